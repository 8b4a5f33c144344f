"""TorchNpuBackend: trains on an NPU with Keras 3 on PyTorch, through Huawei's torch_npu."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import sys
from pathlib import Path
from typing import Any, ContextManager, Dict, Iterator, Optional

from albert_zoo.backends.ascend.adapter_import import one_line, version_of
from albert_zoo.backends.ascend.cluster import read_cluster
from albert_zoo.backends.ascend.options import AscendOptions
from albert_zoo.backends.ascend.torch_npu_options import (
    check_torch_options,
    dtype_policy_of,
    profiler_of,
)
from albert_zoo.backends.base import Backend
from albert_zoo.errors import AscendError

VARIABLE = "KERAS_TORCH_DEVICE"
"""What Keras reads, once, when it is imported on PyTorch."""


class TorchNpuBackend(Backend):
    """Trains on one Ascend NPU with Keras 3 on PyTorch.

    `prepare` must run before Keras is imported, or KERAS_TORCH_DEVICE must be set by then: Keras
    reads it once.

    Args:
        options: `AscendOptions`.

    Raises:
        AscendError: an option has no counterpart in torch_npu.
    """

    name = "ascend"
    jit_compile = False

    def __init__(self, options: Optional[AscendOptions] = None):
        self.options = AscendOptions() if options is None else options
        check_torch_options(self.options)
        self.dtype_policy = dtype_policy_of(self.options)
        self.auto_scale_loss = self.options.loss_scale != "off"
        self._torch: Any = None
        self._torch_npu: Any = None
        self._device = ""
        self._profiler: Any = None

    def prepare(self) -> None:
        """Chooses the NPU and tells Keras of it.

        Raises:
            AscendError: torch_npu or a CANN library is missing, there is no such NPU, or Keras was
                imported for another device.
        """
        if self._torch is not None:
            return
        cluster = read_cluster()
        if cluster.workers > 1:
            raise AscendError(
                "backend='ascend' trains on one NPU with PyTorch. "
                f"Received: {cluster.workers} of them in the environment. Unset RANK_SIZE."
            )
        device = device_name(cluster.device)
        _check_keras_variable(device)
        self._make_folder()
        torch, torch_npu = _import_torch_npu()
        if not torch.npu.is_available() or cluster.device >= torch.npu.device_count():
            count = torch.npu.device_count() if torch.npu.is_available() else 0
            raise AscendError(
                f"ASCEND_DEVICE_ID must be one of the NPUs that torch_npu sees. Received: "
                f"{cluster.device}, and it sees {count}. See `npu-smi info`."
            )
        torch.npu.set_device(device)
        if self.options.deterministic is not None:
            torch.use_deterministic_algorithms(bool(self.options.deterministic))
        os.environ[VARIABLE] = device
        self._torch, self._torch_npu, self._device = torch, torch_npu, device

    def _make_folder(self) -> None:
        if self.options.profiling is not None:
            self.options.check_files(make_folders=True)

    def start(self, model: Any) -> None:
        """Checks that the model's weights lie on the NPU.

        Raises:
            AscendError: they lie elsewhere.
        """
        for weight in list(model.weights)[:1]:
            found = str(weight.value.device)
            if found != self._device:
                raise AscendError(
                    f"The model must lie on {self._device}. Received: {found}. "
                    f"Make it after `prepare()`, or set {VARIABLE}={self._device} before Python "
                    "starts."
                )

    def step(self) -> None:
        """Tells the profiler that a step is done."""
        if self._profiler is not None:
            self._profiler.step()

    def scope(self) -> ContextManager[Any]:
        """Returns torch_npu's profiler, where it was asked for."""
        return self._profile() if self.options.profiling is not None else contextlib.nullcontext()

    @contextlib.contextmanager
    def _profile(self) -> Iterator[None]:
        if self._torch_npu is None or self.options.profiling is None:
            raise AscendError("The NPU must be opened first. Received: none. Call `prepare()`.")
        with profiler_of(self.options.profiling, self._torch_npu.profiler) as self._profiler:
            try:
                yield
            finally:
                self._profiler = None

    def record(self) -> Dict[str, Any]:
        """Returns what a run's `config.json` is to hold of the backend."""
        return {
            "name": self.name,
            "road": "torch_npu",
            "device": self._device,
            "torch": version_of("torch"),
            "torch_npu": version_of("torch-npu"),
            "dtype_policy": self.dtype_policy,
            "auto_scale_loss": self.auto_scale_loss,
            "deterministic": self.options.deterministic,
            "profiling": None
            if self.options.profiling is None
            else str(Path(self.options.profiling.output)),
        }


def device_name(number: int) -> str:
    """Returns what PyTorch calls an NPU, as its tensors spell it.

    Keras compares this with its tensors' device. A spelling of another kind, `cpu:0` for PyTorch's
    `cpu` for instance, makes it copy every weight, and gradients get lost.

    Example:

    >>> device_name(1)
    'npu:1'
    """
    return f"npu:{number}"


def _check_keras_variable(device: str) -> None:
    given = os.environ.get(VARIABLE)
    is_late = "keras" in sys.modules
    if given is None and not is_late:
        return
    if given != device:
        received = f"{given!r}" if given is not None else "none, and Keras is imported already"
        raise AscendError(
            f"{VARIABLE} must be {device!r}, because Keras reads it once. Received: {received}. "
            f"Run `export {VARIABLE}={device}` before Python starts."
        )


def _import_torch_npu() -> Any:
    try:
        # Plain `import torch` loads torch_npu by itself, and fails if CANN is missing.
        torch = importlib.import_module("torch")
        torch_npu = importlib.import_module("torch_npu")
    except Exception as error:  # torch raises RuntimeError for a backend that does not load
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        text = " ".join(f"{error} {cause}".split())
        library = re.search(r"lib\w+\.so[\w.]*", text)
        if library is not None:
            reason = (
                f"torch_npu cannot load {library.group()}, one of CANN's libraries. "
                "Install CANN and run `source <CANN>/set_env.sh`."
            )
        else:
            reason = (
                "torch and torch_npu must be installed to train on an NPU with PyTorch. "
                f"Received: {type(error).__name__}: {one_line(error)} "
                "Install CANN, and the torch-npu of your torch's version."
            )
        raise AscendError(reason) from None
    return torch, torch_npu
