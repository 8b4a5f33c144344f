"""The flags of Huawei's ALBERT scripts, read as they are.

They are those of Ascend/ModelZoo-TensorFlow, TensorFlow2/built-in/nlp/
albert-FineTune_Series_for_TensorFlow2.X, official/nlp/albert/run_classifier.py.
"""

from __future__ import annotations

import difflib
import logging
import sys
from typing import Any, Dict, Mapping, Optional, Sequence

from albert_zoo.backends.ascend.dump import Dump
from albert_zoo.backends.ascend.overflow_dump import OverflowDump
from albert_zoo.backends.ascend.profiling import Profiling
from albert_zoo.backends.ascend.value_checks import as_bool
from albert_zoo.errors import AscendError

SWITCHES = {
    "over_dump": False,
    "data_dump_flag": False,
    "profiling": False,
    "use_mixlist": False,
    "fusion_off_flag": False,
    "auto_tune": False,
    "use_fastgelu": False,
}
"""Flags that are on or off. The scripts have `use_fastgelu` on; our model has no FastGelu."""

TEXTS = {
    "precision_mode": "allow_fp32_to_fp16",
    "over_dump_path": "/home/data",
    "data_dump_step": "10",
    "data_dump_path": "/home/data",
    "profiling_dump_path": "/home/data",
    "mixlist_file": "ops_info.json",
    "fusion_off_file": "fusion_switch.cfg",
}
"""Flags with a value, and the scripts' defaults."""

_logger = logging.getLogger("albert_zoo")


def arguments_from_flags(flags: Any = None) -> Dict[str, Any]:
    """Returns the arguments of `AscendOptions` that the flags stand for.

    Args:
        flags: list of str, dict of flag to value, or absl's `FLAGS`. `None` for the arguments of
            the process.

    Returns:
        dict of argument to value.

    Raises:
        AscendError: a flag is misspelled, or its value is no such value.

    Example:

    >>> arguments_from_flags(["--precision_mode=allow_mix_precision", "--nouse_mixlist"])
    {'precision_mode': 'allow_mix_precision'}
    """
    given = _from_mapping(flags) if flags is not None and not _is_list(flags) else _parse(flags)
    values: Dict[str, Any] = {**SWITCHES, **TEXTS, **given}
    if values["use_fastgelu"]:
        _logger.info("`use_fastgelu` has no effect: the model keeps the original's GELU.")
    arguments: Dict[str, Any] = {"precision_mode": values["precision_mode"]}
    if values["data_dump_flag"]:
        arguments["dump"] = Dump(values["data_dump_path"], steps=values["data_dump_step"])
    if values["over_dump"]:
        arguments["overflow_dump"] = OverflowDump(values["over_dump_path"])
    if values["profiling"]:
        arguments["profiling"] = Profiling(values["profiling_dump_path"])
    if values["use_mixlist"]:
        arguments["mixlist"] = values["mixlist_file"]
    if values["fusion_off_flag"]:
        arguments["fusion_switch"] = values["fusion_off_file"]
    if values["auto_tune"]:
        arguments["auto_tune"] = True
    return arguments


def _is_list(flags: Any) -> bool:
    return isinstance(flags, (list, tuple))


def _from_mapping(flags: Any) -> Dict[str, Any]:
    values: Mapping[str, Any] = (
        flags.flag_values_dict() if hasattr(flags, "flag_values_dict") else flags
    )
    if not isinstance(values, Mapping):
        raise AscendError(
            f"`flags` must be a list of texts, a dict, or absl's FLAGS. Received: {flags!r}. "
            'Write ["--use_mixlist=True"], say.'
        )
    found: Dict[str, Any] = {}
    for name, value in values.items():
        if name in SWITCHES:
            found[name] = value if isinstance(value, bool) else as_bool(name, str(value))
        elif name in TEXTS:
            found[name] = str(value)
        else:
            _refuse_misspelled(name)
    return found


def _parse(arguments: Optional[Sequence[str]]) -> Dict[str, Any]:
    """Reads flags as absl does: `--flag`, `--noflag`, `--flag=value`, `--flag value`."""
    found: Dict[str, Any] = {}
    waiting = iter(sys.argv[1:] if arguments is None else arguments)
    for argument in waiting:
        if argument == "--":
            break
        if not argument.startswith("-") or argument == "-":
            continue
        name, equals, value = argument.lstrip("-").partition("=")
        if name in SWITCHES:
            found[name] = as_bool(name, value) if equals else True
        elif name.startswith("no") and name[2:] in SWITCHES and not equals:
            found[name[2:]] = False
        elif name in TEXTS:
            text = value if equals else next(waiting, None)
            if text is None:
                raise AscendError(f"`{name}` must have a value. Received: none. Give --{name}=...")
            found[name] = text
        else:
            _refuse_misspelled(name)
    return found


def _refuse_misspelled(name: str) -> None:
    """Flags of the script's other parts pass; one that is nearly ours does not."""
    near = difflib.get_close_matches(name, [*SWITCHES, *TEXTS], n=1, cutoff=0.85)
    if near:
        raise AscendError(
            f"`flags` must be flags of Huawei's scripts. Received: {name!r}. "
            f"Did you mean {near[0]!r}?"
        )
