"""A stand-in for Huawei's `npu_device` that records what it is told, and needs no NPU.

It has the names, allowed values, defaults and errors of the adapter's options in any release, from
the table that the package ships. Its device is TensorFlow's CPU.
"""

from __future__ import annotations

import contextlib
import copy
import os
from types import ModuleType, SimpleNamespace
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from albert_zoo.backends.ascend.option_table import adapter_options, releases

TYPE_ERRORS_SINCE = "r1.13.0"
RUN_CONTEXT_SINCE = "r1.10.0"


def is_at_least(release: str, other: str) -> bool:
    order = list(releases())
    return order.index(release) >= order.index(other)


class OptionValue:
    """An option; reading one from a config gives this object, not its value."""

    def __init__(self, default: Any, optional: Optional[List[Any]], type_errors: bool):
        self.default, self.optional = default, optional
        self._value, self._type_errors = default, type_errors

    @property
    def value(self) -> Optional[str]:
        if self._value is None:
            return None
        return {"True": "1", "False": "0"}.get(str(self._value), str(self._value))

    @value.setter
    def value(self, new: Any) -> None:
        if self.optional is not None and new not in self.optional:
            known = self.default is not None and not isinstance(new, type(self.default))
            if self._type_errors and known:
                expected = type(self.default).__name__
                raise TypeError(f"Expected {expected}, got {type(new).__name__}")
            raise ValueError(f"'{new}' not in optional list {self.optional}")
        self._value = new


class Config:
    """Options and configs by name; others cannot be assigned."""

    def __init__(self, members: Dict[str, Any], note: Callable[[str, Any], None]):
        self.__dict__.update(members, _names=list(members), _note=note)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self._names:
            raise ValueError(f"NpuConfig has no option {name}, all options {self._names}")
        member = self.__dict__[name]
        if isinstance(member, OptionValue):
            member.value = value
        else:
            self.__dict__[name] = value  # as the adapter does: the group is gone
        self._note(name, value)

    def __deepcopy__(self, memo: Any) -> Config:
        members = {name: copy.deepcopy(self.__dict__[name]) for name in self._names}
        return Config(members, lambda name, value: None)

    def as_dict(self) -> Dict[str, str]:
        found: Dict[str, str] = {}
        for name in self._names:
            member = self.__dict__[name]
            if isinstance(member, Config):
                found.update(member.as_dict())
            elif isinstance(member, OptionValue) and member.value is not None:
                found[name] = member.value
        return found


def make_config(release: str, note: Callable[[str, Any], None]) -> Config:
    """Makes the options of a release; `note` gets the path and value of each assignment."""
    tree: Dict[str, Any] = {}
    for option in adapter_options().values():
        entry = option.at(release)
        if entry is not None:
            *groups, leaf = option.path.split(".")
            node = tree
            for group in groups:
                node = node.setdefault(group, {})
            type_errors = is_at_least(release, TYPE_ERRORS_SINCE)
            node[leaf] = OptionValue(entry["default"], entry.get("allowed"), type_errors)

    def build(members: Dict[str, Any], prefix: str) -> Config:
        built = {
            name: build(member, f"{prefix}{name}.") if isinstance(member, dict) else member
            for name, member in members.items()
        }
        return Config(built, lambda name, value: note(prefix + name, value))

    return build(tree, "")


class Recorder(ModuleType):
    """The module `npu_device`.

    `calls` lists what happened in order: `("set", path, value)`, `("open", options)`,
    `("as_default",)`, `("broadcast", names)`, `("all_reduce", count)`, `("loss_scale", arguments)`,
    `("run_context", recompute)`.
    """

    def __init__(self, release: str = "master"):
        super().__init__("npu_device")
        self.calls: List[Tuple[Any, ...]] = []
        self.open_error = ""
        self.reduce: Callable[[List[Any]], List[Any]] = list
        self.config = make_config(release, self._note)
        self.handle: Any = None
        self.distribute = SimpleNamespace(
            broadcast=self._broadcast,
            all_reduce=self._all_reduce,
            npu_distributed_keras_optimizer_wrapper=self._wrap,
        )
        self.train = SimpleNamespace(optimizer=SimpleNamespace())
        self.train.optimizer.NpuLossScaleOptimizer = self._loss_scale_optimizer
        if is_at_least(release, RUN_CONTEXT_SINCE):
            self.npu_run_context = self._run_context
            self.configs = SimpleNamespace(
                run_context_options=lambda: make_config(release, lambda name, value: None)
            )

    def of_kind(self, kind: str) -> List[Tuple[Any, ...]]:
        """The calls of one kind."""
        return [call[1:] for call in self.calls if call[0] == kind]

    def assigned(self) -> Dict[str, Any]:
        """What was assigned, by path."""
        return dict(self.of_kind("set"))

    def _note(self, path: str, value: Any) -> None:
        self.calls.append(("set", path, value))

    # === The adapter's functions ===
    def global_options(self) -> Config:
        return self.config

    def open(self, device_id: Optional[int] = None) -> Any:
        number = int(os.environ.get("ASCEND_DEVICE_ID", "0")) if device_id is None else device_id
        if self.handle is not None:
            if self.handle.device_id != number:
                raise RuntimeError(f"Failed create npu instance on device {number}")
            return self.handle
        workers = int(os.environ.get("RANK_SIZE") or os.environ.get("CM_WORKER_SIZE") or 1)
        self.calls.append(("open", self.config.as_dict()))
        if self.open_error:
            raise RuntimeError(f"Failed open npu device {number} : {self.open_error}")
        self.handle = SimpleNamespace(
            device_id=number,
            workers_num=workers,
            worker_id=int(os.environ.get("RANK_ID", "0")),
            name=lambda: f"/job:localhost/replica:0/task:0/device:NPU:{number}",
            as_default=self._as_default,
        )
        return self.handle

    def _as_default(self) -> Any:
        self.calls.append(("as_default",))
        return self.handle

    def _broadcast(self, values: Any, root_rank: int = 0) -> None:
        self.calls.append(("broadcast", [value.name for value in values], root_rank))

    def _all_reduce(self, values: Any, reduction: str = "mean") -> List[Any]:
        self.calls.append(("all_reduce", [type(value).__name__ for value in values]))
        return self.reduce(list(values))

    def _wrap(self, optimizer: Any, reduce_reduction: str = "mean") -> Any:
        apply_gradients = optimizer.apply_gradients

        def reduced(grads_and_vars: Any, *args: Any, **kwargs: Any) -> Any:
            grads, variables = zip(*grads_and_vars)
            pairs = zip(self._all_reduce(grads, reduce_reduction), variables)
            return apply_gradients(pairs, *args, **kwargs)

        optimizer.apply_gradients = reduced
        return optimizer

    def _loss_scale_optimizer(self, inner_optimizer: Any, **arguments: Any) -> Any:
        self.calls.append(("loss_scale", arguments))
        if isinstance(inner_optimizer, SimpleNamespace):  # no TensorFlow in this test
            return SimpleNamespace(
                inner_optimizer=inner_optimizer, apply_gradients=inner_optimizer.apply_gradients
            )
        import tensorflow as tf

        scaled = tf.keras.mixed_precision.LossScaleOptimizer
        return scaled(inner_optimizer, **arguments)

    @contextlib.contextmanager
    def _run_context(self, options: Any) -> Iterator[None]:
        recompute = options.experimental.graph_memory_optimize_config.recompute.value
        self.calls.append(("run_context", recompute))
        yield
