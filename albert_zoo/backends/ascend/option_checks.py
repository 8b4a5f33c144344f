"""Checks of `AscendOptions`: each value, and which of them go together."""

from __future__ import annotations

import math
import numbers
from typing import Any

from albert_zoo.backends.ascend.auto_tune import MODES, AutoTune
from albert_zoo.backends.ascend.dump import Dump
from albert_zoo.backends.ascend.hccl import Hccl
from albert_zoo.backends.ascend.option_table import paths_of
from albert_zoo.backends.ascend.overflow_dump import OverflowDump
from albert_zoo.backends.ascend.precision import (
    INFERENCE,
    MIXED,
    MIXED_BFLOAT16,
    ORIGINAL,
    mode_of,
)
from albert_zoo.backends.ascend.profiling import Profiling
from albert_zoo.backends.ascend.value_checks import (
    check_choice,
    check_int,
    check_value,
    known_option,
)
from albert_zoo.errors import AscendError

_GROUPS = {"dump": Dump, "overflow_dump": OverflowDump, "profiling": Profiling, "hccl": Hccl}
_SPECIAL = ("loss_scale", "auto_tune", "extra", "enable_scope_fusion_passes", "deterministic")
_RANGES = {
    "input_fusion_size": (0, 33554432),
    "graph_exec_timeout": (-1, None),
    "stream_sync_timeout": (-1, None),
    "event_sync_timeout": (-1, None),
}


def check_options(options: Any) -> None:
    """Checks every value, and what excludes what.

    Args:
        options: `AscendOptions`.

    Raises:
        AscendError: a value is not allowed, or two do not go together.
    """
    for name in options.__dataclass_fields__:
        value = getattr(options, name)
        if name in _GROUPS:
            _check_group(name, value)
        elif value is not None and name not in _SPECIAL:
            check_value(name, value, paths_of(name)[0])
            if name in _RANGES:
                check_int(name, value, *_RANGES[name])
    if options.deterministic is not None:
        check_choice("deterministic", options.deterministic, (0, 1, False, True))
    _check_scope_fusion_passes(options.enable_scope_fusion_passes)
    _check_loss_scale(options.loss_scale)
    _check_auto_tune(options.auto_tune)
    _check_extra(options.extra)
    _check_precision(options)
    _check_together(options)


def _check_group(name: str, value: Any) -> None:
    kind = _GROUPS[name]
    if value is not None and not isinstance(value, kind):
        argument = "" if kind is Hccl else '"folder"'
        raise AscendError(
            f"`{name}` must be a {kind.__name__}. Received: {value!r}. "
            f"Write {kind.__name__}({argument})."
        )


def _check_scope_fusion_passes(value: Any) -> None:
    names = value.split(",") if isinstance(value, str) else value
    if names is not None and not (
        isinstance(names, (list, tuple))
        and names
        and all(isinstance(name, str) and name.strip() and "," not in name for name in names)
    ):
        raise AscendError(
            f"`enable_scope_fusion_passes` must be a list of names. Received: {value!r}. "
            'Write ["ScopeLayerNormPass"], say.'
        )


def _check_loss_scale(value: Any) -> None:
    if value in ("auto", "dynamic", "off"):
        return
    if (
        isinstance(value, bool)
        or not isinstance(value, numbers.Real)
        or not math.isfinite(value)
        or value < 1
    ):
        raise AscendError(
            "`loss_scale` must be 'auto', 'dynamic', 'off', or a number of 1 or above. "
            f"Received: {value!r}. Choose one of them."
        )


def _check_auto_tune(value: Any) -> None:
    if value is not None and not isinstance(value, (bool, AutoTune)):
        check_choice("auto_tune", value, (True, *MODES))


def _check_extra(extra: Any) -> None:
    for path, value in extra.items():
        option = known_option(path)
        if option.ours:
            raise AscendError(
                f"`extra` must hold options that have no argument of their own. "
                f"Received: {path!r}. Use `{option.ours[0]}`."
            )
        if option.removed is not None:
            raise AscendError(
                f"`extra` must hold options that the adapter still has. Received: {path!r}, "
                f"which is gone since {option.removed}. Use {option.replacement!r}."
            )
        check_value(path, value, path)


def _check_precision(options: Any) -> None:
    if options.precision_mode is not None and options.precision_mode_v2 is not None:
        raise AscendError(
            "`precision_mode` and `precision_mode_v2` exclude each other. "
            f"Received: {options.precision_mode!r} and {options.precision_mode_v2!r}. "
            "Leave one of them out."
        )
    mode = mode_of(options)
    if mode in INFERENCE and options.graph_run_mode != 0:
        raise AscendError(
            f"`precision_mode` must be one for training; CANN has {mode!r} for online inference "
            f"alone. Received: {mode!r}. Use 'allow_mix_precision', or pass `graph_run_mode=0` to "
            "infer."
        )
    if options.mixlist is not None and mode not in MIXED:
        raise AscendError(
            "`mixlist` counts under mixed precision alone. Received: "
            f"{'no precision mode' if mode is None else repr(mode)}. "
            'Pass `precision_mode="allow_mix_precision"` or `precision_mode_v2="mixed_float16"`, '
            "or leave `mixlist` out."
        )
    if options.customize_dtypes is not None and mode in ORIGINAL:
        raise AscendError(
            f"`customize_dtypes` counts for nothing with the precision mode {mode!r}. "
            "Choose another mode, or leave `customize_dtypes` out."
        )
    if mode in MIXED_BFLOAT16 and options.loss_scale not in ("auto", "off"):
        raise AscendError(
            f"`loss_scale` is for float16. Received: {options.loss_scale!r} and the precision mode "
            f"{mode!r}. Leave `loss_scale` out."
        )


def _check_together(options: Any) -> None:
    if options.dump is not None and options.overflow_dump is not None:
        raise AscendError(
            "`dump` and `overflow_dump` exclude each other: the device makes one kind in a run. "
            "Received: both. Leave one of them out."
        )
    extra = options.extra
    if "shape_generalization_mode" in extra and options.jit_compile != "true":
        raise AscendError(
            '`shape_generalization_mode` counts with `jit_compile="true"` alone. '
            f"Received: jit_compile={options.jit_compile!r}. Set it, or leave the option out."
        )
    if "optypelist_for_implmode" in extra and "op_select_implmode" not in extra:
        raise AscendError(
            "`optypelist_for_implmode` says which operators `op_select_implmode` is for. "
            "Received: none. Give both, or use `op_precision_mode`."
        )
