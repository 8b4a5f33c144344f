"""The options of commands that train on Ascend's NPUs: their panel in the help, what they mean."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Annotated, Any, Dict, List, Optional

import typer


class BackendName(str, Enum):
    """Where a model is trained."""

    default = "default"
    ascend = "ascend"


def _npu(help: str, metavar: Optional[str] = None, *names: str, **limits: Any) -> Any:
    panel = "Huawei's Ascend NPUs"
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel, **limits)


Backend = Annotated[
    BackendName,
    _npu("default, the device that Keras finds, or ascend; the options below go with ascend."),
]
PrecisionMode = Annotated[
    Optional[str],
    _npu(
        "Number format of the whole network: allow_mix_precision, must_keep_origin_dtype.", "MODE"
    ),
]
PrecisionModeV2 = Annotated[
    Optional[str], _npu("Its newer form: mixed_float16, mixed_bfloat16, origin.", "MODE")
]
Mixlist = Annotated[
    Optional[str],
    _npu("JSON of operators that stay in float32; albert for the file that we bring.", "FILE"),
]
FusionSwitch = Annotated[
    Optional[str],
    _npu("File of fusion rules to switch off; albert for the file that we bring.", "FILE"),
]
LossScale = Annotated[
    Optional[str], _npu("auto, dynamic, off, or a number that stays. Left out: auto.", "SCALE")
]
Dump = Annotated[
    Optional[str], _npu("Folder for what operators read and write, to compare runs.", "FOLDER")
]
DumpSteps = Annotated[
    Optional[str], _npu('Which steps to dump, as in "0|3-5|10". Left out: all.', "STEPS")
]
OverflowDump = Annotated[
    Optional[str], _npu("Folder for operators that overflow; not with --dump.", "FOLDER")
]
Profiling = Annotated[Optional[str], _npu("Folder for how long operators take.", "FOLDER")]
AutoTune = Annotated[
    Optional[str],
    _npu("Search for faster operators: auto, operator, subgraph or gradient.", "NAME"),
]
NpuOption = Annotated[
    Optional[List[str]],
    _npu(
        "Any other option of the adapter, by its full path; may come several times.", "PATH=VALUE"
    ),
]

NAMES = (
    *("precision_mode", "precision_mode_v2", "mixlist", "fusion_switch", "loss_scale"),
    *("dump", "dump_steps", "overflow_dump", "profiling", "auto_tune"),
    "npu_option",
)
"""The options that need `--backend ascend`."""

_FOLDERS = ("dump", "overflow_dump", "profiling")
"""Of them, those that switch something on by naming its folder."""


def take_ascend_options(given: Dict[str, Any]) -> Any:
    """Takes the options of this panel out of a command's and makes `AscendOptions` of them.

    Args:
        given: dict of every option of the command. What is taken out is no longer in it, but for
            `backend`, and `deterministic`, which counts on every backend.

    Returns:
        `AscendOptions`, or `None` on another backend.

    Raises:
        ValueError: an option is given without `--backend ascend`.
        AscendError: a value is not allowed, or two do not go together.
    """
    values = {name: value for name, value in ((n, given.pop(n)) for n in NAMES) if value}
    if given["backend"] != BackendName.ascend:
        for name in values:
            raise ValueError(
                f"`{name}` is for Ascend's NPUs. Received: backend=default. "
                "Pass `backend=ascend` with it, or leave it out."
            )
        return None
    from albert_zoo.backends import AscendOptions, Dump, OverflowDump, Profiling

    if given.get("deterministic"):
        values["deterministic"] = True
    others = values.pop("npu_option", ())
    steps = values.pop("dump_steps", None)
    if "dump" in values:
        values["dump"] = Dump(values["dump"], steps=steps)
    elif steps is not None:
        raise ValueError("`dump_steps` needs a folder. Received: none. Pass `dump` with it.")
    for name, kind in (("overflow_dump", OverflowDump), ("profiling", Profiling)):
        if name in values:
            values[name] = kind(values[name])
    if values.get("auto_tune") == "auto":
        values["auto_tune"] = True
    if "loss_scale" in values:
        values["loss_scale"] = _scale(values["loss_scale"])
    _add_others(values, others)
    return AscendOptions(**values)


def _scale(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text  # `AscendOptions` checks it


def _add_others(values: Dict[str, Any], others: Any) -> None:
    """Adds options by the adapter's names: as arguments where they are, and else to `extra`."""
    from albert_zoo.backends.ascend.value_checks import known_option, value_from_text

    values["extra"] = {}
    for other in others:
        path, equals, text = other.partition("=")
        if not equals:
            raise ValueError(
                f"`npu_option` must be a path and a value. Received: {other!r}. "
                "Write external_weight=true, say."
            )
        value = value_from_text(path, text)
        ours = known_option(path).ours
        group, dot, name = ours[0].partition(".") if ours else ("", "", "")
        if not ours:
            values["extra"][path] = value
        elif len(ours) > 1 or group in _FOLDERS and not dot:
            options = " or ".join(f"`{option.partition('.')[0]}`" for option in ours)
            raise ValueError(
                f"`npu_option` must be of options without their own. Received: {other!r}. "
                f"Pass a folder with {options}."
            )
        elif dot:
            _add_to_group(values, group, name, value, other)
        elif group in values:
            raise ValueError(f"`{group}` must be given once. Received: it, and {other!r}.")
        else:
            values[group] = value


def _add_to_group(values: Dict[str, Any], group: str, name: str, value: Any, given: str) -> None:
    """Sets one argument of `Dump`, `OverflowDump`, `AutoTune` or `Hccl`."""
    from albert_zoo.backends.ascend.auto_tune import AutoTune
    from albert_zoo.backends.ascend.hccl import Hccl

    now: Any = values.get(group)
    if group == "hccl":
        now = Hccl() if now is None else now
    elif now is None:
        raise ValueError(f"`{group}` must be given for this. Received: {given!r}. Pass both.")
    elif group == "auto_tune" and not isinstance(now, AutoTune):
        now = AutoTune(None if now is True else now)
    if name == "steps" and now.steps is not None:
        raise ValueError(f"`dump_steps` must be given once. Received: it, and {given!r}.")
    values[group] = replace(now, **{name: value.split() if name == "layers" else value})
