"""What the precision modes mean for mixlists, loss scaling and Keras' policies."""

from __future__ import annotations

from typing import Any, Optional, Union

MIXED_FLOAT16 = ("allow_mix_precision", "allow_mix_precision_fp16", "mixed_float16")
MIXED_BFLOAT16 = ("allow_mix_precision_bf16", "mixed_bfloat16")
MIXED = (*MIXED_FLOAT16, *MIXED_BFLOAT16, "mixed_hif8")
"""Modes in which a mixlist counts."""

ORIGINAL = ("must_keep_origin_dtype", "origin")
"""Modes that change no number format."""

INFERENCE = ("force_fp16",)
"""Modes that CANN documents for online inference alone."""


def mode_of(options: Any) -> Optional[str]:
    """Returns the precision mode that was given, by either option."""
    mode = options.precision_mode_v2 or options.precision_mode
    return None if mode is None else str(mode)


def resolved_loss_scale(
    options: Any, dtype_policy: Optional[str] = None
) -> Union[None, str, float]:
    """Returns `"dynamic"`, the scale, or `None` for no loss scaling.

    Args:
        options: `AscendOptions`.
        dtype_policy: str, name of the model's Keras policy.
    """
    if options.loss_scale == "off":
        return None
    if options.loss_scale == "auto":
        is_mixed = mode_of(options) in MIXED_FLOAT16 or dtype_policy == "mixed_float16"
        return "dynamic" if is_mixed else None
    return options.loss_scale if options.loss_scale == "dynamic" else float(options.loss_scale)
