"""Giving Huawei's `npu_device` its options, and opening it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any, Dict, List, Sequence, Tuple

from albert_zoo.backends.ascend.adapter_import import import_adapter, one_line, version_of
from albert_zoo.backends.ascend.auto_tune import MODES, OLD_MODE
from albert_zoo.backends.ascend.cluster import Cluster, read_cluster
from albert_zoo.backends.ascend.option_table import adapter_options, releases
from albert_zoo.backends.ascend.setting import Setting
from albert_zoo.errors import AscendError


@dataclass(frozen=True)
class NpuDevice:
    """An NPU that is open and TensorFlow's default device.

    Args:
        npu_device: the adapter's module.
        handle: what `npu_device.open()` returned.
        settings: list of `Setting` as they were assigned, by the adapter's own names.
        cluster: `Cluster`.
        options: dict of every option's name and value that the device was opened with.
    """

    npu_device: Any
    handle: Any
    settings: Tuple[Setting, ...]
    cluster: Cluster
    options: Dict[str, str]

    def record(self) -> Dict[str, Any]:
        """Returns what a run's `config.json` is to hold of the device, ready for JSON."""
        return {
            "device": str(self.handle.name()),
            "adapter": version_of("npu_device", "npu-device"),
            "tensorflow": version_of("tensorflow", "tensorflow-cpu"),
            "workers": int(self.handle.workers_num),
            "worker": int(self.handle.worker_id),
            "cluster": self.cluster.source,
            "set": {setting.path: setting.value for setting in self.settings},
            "resolved": dict(self.options),
        }


_open: List[Tuple[Tuple[Setting, ...], NpuDevice]] = []


def open_device(npu_device: Any, settings: Sequence[Setting]) -> NpuDevice:
    """Sets options, opens the NPU, and makes it TensorFlow's default device.

    Args:
        npu_device: the adapter's module; `None` imports it.
        settings: list of `Setting`. Options that are not among them keep the adapter's values.

    Returns:
        `NpuDevice`. In a process that opened it with equal settings before, the same one.

    Raises:
        AscendError: something is missing, an option is refused, or the device does not open.
    """
    wanted = tuple(settings)
    cluster = read_cluster()
    npu_device = import_adapter(cluster) if npu_device is None else npu_device
    for given, device in _open:
        if device.npu_device is npu_device:
            _check_same(given, wanted)
            return device
    assigned = tuple(_assign_all(npu_device, wanted))
    options = dict(npu_device.global_options().as_dict())
    try:
        handle = npu_device.open()
    except (RuntimeError, ValueError, ImportError) as error:
        raise AscendError(
            f"The NPU could not be opened: {one_line(error)} See `npu-smi info` for its state, "
            "and ASCEND_DEVICE_ID for which one is asked for."
        ) from None
    handle.as_default()
    device = NpuDevice(npu_device, handle, assigned, cluster, options)
    _open.append((wanted, device))
    return device


def _check_same(given: Tuple[Setting, ...], wanted: Tuple[Setting, ...]) -> None:
    changed = sorted({setting.option for setting in set(given) ^ set(wanted)})
    if changed:
        raise AscendError(
            f"`{changed[0]}` must be what it was when the NPU was opened: the adapter reads its "
            f"options once in a process. Received: other values for {', '.join(changed)}. "
            "Start another process for them."
        )


# === Options ===
def _assign_all(npu_device: Any, settings: Sequence[Setting]) -> List[Setting]:
    config = npu_device.global_options()
    assigned = [_fit(config, setting) for setting in settings]
    # First to a copy: what was refused must not leave the others behind for a second try.
    _assign(copy.deepcopy(config), assigned)
    _assign(config, assigned)
    return assigned


def _assign(config: Any, settings: Sequence[Setting]) -> None:
    for setting in settings:
        *groups, leaf = setting.path.split(".")
        node = _find(config, groups)
        if node is None or not hasattr(node, leaf):
            raise _unknown(setting)
        try:
            setattr(node, leaf, setting.value)
        except (ValueError, TypeError) as error:
            raise AscendError(
                f"`{setting.option}` was refused by npu_device. Received: {setting.value!r} for "
                f"{setting.path}: {one_line(error)} Choose another value, or install another "
                "adapter."
            ) from None


def _find(node: Any, names: Sequence[str]) -> Any:
    for name in names:
        node = getattr(node, name, None)
    return node


def _fit(config: Any, setting: Setting) -> Setting:
    """Returns what an option is in the adapter at hand, where releases differ."""
    if setting.path == "jit_compile":
        # Releases spelled the values as bools, then capitalised, then in lower case.
        choices = getattr(getattr(config, "jit_compile", None), "optional", None) or ()
        as_bool = {"true": True, "false": False}.get(setting.value)
        spellings = (setting.value, setting.value.capitalize(), as_bool)
        known = [value for value in spellings if value is not None and value in choices]
        return setting._replace(value=known[0]) if known else setting
    if setting.path == "aoe_config.aoe_mode" and setting.value == MODES["operator"]:
        is_plain = setting.option == "auto_tune"
        if hasattr(config, "auto_tune_mode") and (is_plain or not hasattr(config, "aoe_config")):
            return Setting(setting.option, "auto_tune_mode", OLD_MODE)
    return setting


def _unknown(setting: Setting) -> AscendError:
    option = adapter_options()[setting.path]
    since = f"came with {option.since} ({releases()[option.since]})"
    if option.removed is not None:
        since += f" and is gone since {option.removed}"
    return AscendError(
        f"`{setting.option}` is not known to this npu_device: {setting.path} {since}. "
        f"Received: {setting.value!r}. Leave it out, or install another adapter."
    )
