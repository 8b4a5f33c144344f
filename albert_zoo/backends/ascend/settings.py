"""From `AscendOptions` to the list of what is assigned in the adapter."""

from __future__ import annotations

from typing import Any, Dict, List

from albert_zoo.backends.ascend import fusion_switch, mixlist
from albert_zoo.backends.ascend.auto_tune import AutoTune
from albert_zoo.backends.ascend.option_table import adapter_options
from albert_zoo.backends.ascend.setting import Setting, absolute

OURS = {"mixlist": mixlist.OURS, "fusion_switch": fusion_switch.OURS}
"""Options whose value may be `"albert"`, and the file that it stands for."""

_GROUPS = ("dump", "overflow_dump", "profiling", "hccl")


def auto_tune_of(options: Any) -> Any:
    """Returns the `AutoTune` that the option stands for, or `None`."""
    value = options.auto_tune
    if value is None or value is False:
        return None
    if isinstance(value, AutoTune):
        return value
    return AutoTune() if value is True else AutoTune(value)


def settings_of(options: Any) -> List[Setting]:
    """Returns what is assigned in the adapter, in the order of its table.

    `recompute` is not among them: the adapter knows it as an option of `npu_run_context`.

    Args:
        options: `AscendOptions`.

    Returns:
        list of `Setting`. `auto_tune` stands there as newer adapters take it.
    """
    found: Dict[str, Setting] = {}
    for group in _GROUPS:
        if getattr(options, group) is not None:
            found.update({s.path: s for s in getattr(options, group).settings()})
    tuning = auto_tune_of(options)
    if tuning is not None:
        found.update({s.path: s for s in tuning.settings()})
    for option in adapter_options().values():
        (name,) = option.ours if len(option.ours) == 1 else ("",)
        if option.path not in found and hasattr(options, name) and name not in _GROUPS:
            value = getattr(options, name)
            if value is not None and name not in ("auto_tune", "recompute"):
                value = _for_adapter(name, option.type, value)
                found[option.path] = Setting(name, option.path, value)
    for path, value in options.extra.items():
        value = _for_adapter(path, adapter_options()[path].type, value)
        found[path] = Setting(path, path, value)
    return [found[path] for path in adapter_options() if path in found]


def _for_adapter(name: str, kind: str, value: Any) -> Any:
    if kind in ("file", "folder"):
        return absolute(OURS[name] if name in OURS and value == "albert" else value)
    if kind == "int" and isinstance(value, bool):
        return int(value)
    if isinstance(value, (list, tuple)):
        return ",".join(value)
    return value
