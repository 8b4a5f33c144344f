"""What `AscendOptions` mean where Keras 3 runs on PyTorch with torch_npu."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, Dict, Optional

from albert_zoo.backends.ascend.precision import MIXED_BFLOAT16, MIXED_FLOAT16, ORIGINAL, mode_of
from albert_zoo.backends.ascend.profiling import Profiling
from albert_zoo.errors import AscendError

COUNTERPARTS = (
    "precision_mode",
    "precision_mode_v2",
    "loss_scale",
    "deterministic",
    "graph_run_mode",
    "profiling",
)
"""Options that mean something there."""

_PROFILING = ("output", "aic_metrics", "task_trace")
LEVELS = {True: "Level1", False: "Level_none", "l0": "Level0", "l1": "Level1"}
"""torch_npu's `ProfilerLevel` for each value of `Profiling.task_trace`."""


def dtype_policy_of(options: Any) -> Optional[str]:
    """Returns the Keras policy that stands for the precision mode, or `None` for Keras' own.

    Args:
        options: `AscendOptions`, which `check_torch_options` passed.
    """
    mode = mode_of(options)
    if mode in MIXED_FLOAT16:
        return "mixed_float16"
    return "mixed_bfloat16" if mode in MIXED_BFLOAT16 else None


def check_torch_options(options: Any) -> None:
    """Refuses what has no counterpart, all of it at once.

    Args:
        options: `AscendOptions`.

    Raises:
        AscendError: an option or a value has no counterpart in torch_npu.
    """
    without = [name for name, value in _changed(options).items() if name not in COUNTERPARTS]
    if options.profiling is not None:
        changed = _changed(options.profiling)
        without += [f"profiling.{name}" for name in changed if name not in _PROFILING]
    if without:
        raise AscendError(
            f"`{without[0]}` has no counterpart in torch_npu: it belongs to TensorFlow's adapter. "
            f"Received: {', '.join(without)}. Leave {'it' if len(without) == 1 else 'them'} out."
        )
    mode = mode_of(options)
    if mode not in (None, *MIXED_FLOAT16, *MIXED_BFLOAT16, *ORIGINAL):
        name = "precision_mode" if options.precision_mode else "precision_mode_v2"
        raise AscendError(
            f"`{name}` has no counterpart of {mode!r} in torch_npu. Received: {mode!r}. "
            "Use a mixed mode, or 'must_keep_origin_dtype'."
        )
    if options.loss_scale == "dynamic" and dtype_policy_of(options) != "mixed_float16":
        raise AscendError(
            "`loss_scale` of 'dynamic' needs mixed float16 in Keras. "
            f'Received: {mode!r}. Leave it out, or use `precision_mode_v2="mixed_float16"`.'
        )
    if options.loss_scale not in ("auto", "dynamic", "off"):
        raise AscendError(
            "`loss_scale` has no counterpart of a fixed number in Keras 3. "
            f"Received: {options.loss_scale!r}. Leave it out, or pass 'dynamic'."
        )


def profiler_of(profiling: Profiling, profiler: Any) -> Any:
    """Returns torch_npu's profiler with our options.

    Args:
        profiling: `Profiling`.
        profiler: the module `torch_npu.profiler`.

    Raises:
        AscendError: this torch_npu does not know a value.
    """
    try:
        config = profiler._ExperimentalConfig(
            aic_metrics=getattr(profiler.AiCMetrics, profiling.aic_metrics),
            profiler_level=getattr(profiler.ProfilerLevel, LEVELS[profiling.task_trace]),
        )
    except AttributeError as error:
        raise AscendError(
            f"`profiling` holds a value that this torch_npu does not know: {error}. "
            "Choose another one, or install a newer torch_npu."
        ) from None
    activities = profiler.ProfilerActivity
    return profiler.profile(
        activities=[activities.CPU, activities.NPU],
        on_trace_ready=profiler.tensorboard_trace_handler(str(profiling.output)),
        experimental_config=config,
    )


def _changed(given: Any) -> Dict[str, Any]:
    """Returns the fields of a dataclass that differ from their defaults."""
    found: Dict[str, Any] = {}
    for known in fields(given):
        default = known.default
        if known.default_factory is not MISSING:
            default = known.default_factory()
        if getattr(given, known.name) != default:
            found[known.name] = getattr(given, known.name)
    return found
