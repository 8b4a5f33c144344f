"""The last step of every reader: the arrays are exactly what the configuration calls for."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

import numpy as np

from albert_zoo.checkpoints.checkpoint import Checkpoint
from albert_zoo.checkpoints.matching import match_arrays
from albert_zoo.checkpoints.weight_shapes import heads_of, weight_shapes
from albert_zoo.errors import ConversionError

_WIDENED = ("float16", "bfloat16")  # float32 holds every value of both


def finish(
    format: str,
    config: Mapping[str, Any],
    arrays: Mapping[str, Any],
    source: str,
    vocabulary: Optional[bytes] = None,
    task_config: Optional[Mapping[str, Any]] = None,
    notes: Optional[List[str]] = None,
) -> Checkpoint:
    """Checks arrays against a configuration and makes a `Checkpoint` of them.

    Args:
        format: str. Name of the format.
        config: the backbone's arguments.
        arrays: mapping of name to array: ours, or theirs where no table has one.
        source: str. Where they came from, for messages.
        vocabulary: bytes of the SentencePiece model, or `None`.
        task_config: what is known of a task's head.
        notes: sentences on what was left out or may differ.

    Returns:
        `Checkpoint` with float32 arrays, in the order of the models' weights.

    Raises:
        ConversionError: a weight has no array, an array has no weight, a shape or type differs, or
            an array holds NaN or infinity.
    """
    found: Dict[str, np.ndarray] = {name: np.asarray(array) for name, array in arrays.items()}
    for name, array in found.items():
        if array.dtype.name not in ("float32", *_WIDENED):
            raise ConversionError(
                f"`{name}` in {source} must be float32, float16 or bfloat16. "
                f"Received: {array.dtype.name}. Save the weights as float32."
            )
    heads = heads_of(found)
    kernel = found.get("head/kernel")
    num_classes = kernel.shape[1] if kernel is not None and kernel.ndim == 2 else 1
    wanted = weight_shapes(config, heads, num_classes)
    matched = match_arrays(wanted, found, source)
    notes = list(notes or [])
    widened = sorted({array.dtype.name for array in matched.values()} - {"float32"})
    if widened:
        notes.append(f"Weights in {' and '.join(widened)} were widened to float32.")
    return Checkpoint(
        format=format,
        config=dict(config),
        arrays={k: np.array(v, dtype="float32", order="C") for k, v in matched.items()},
        vocabulary=vocabulary,
        task_config=dict(task_config or {}) if "head" in heads else {},
        notes=notes,
    )


def check_to_write(checkpoint: Checkpoint) -> None:
    """Refuses to write a checkpoint whose arrays do not belong to its configuration."""
    finish("", checkpoint.config, checkpoint.arrays, "the checkpoint to write")
