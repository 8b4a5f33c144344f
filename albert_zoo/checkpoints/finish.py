"""The last step of every reader: the arrays are exactly what the configuration calls for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, Mapping, Optional

import numpy as np

from albert_zoo.checkpoints.checkpoint import Checkpoint
from albert_zoo.checkpoints.lazy_array import LazyArray
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
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
    tokenizer_config: Optional[Mapping[str, Any]] = None,
) -> Checkpoint:
    """Checks arrays against a configuration and makes a `Checkpoint` of them, reading none.

    Args:
        format: str. Name of the format.
        config: the backbone's arguments.
        arrays: mapping of name to array, lazy or not: ours, or theirs where no table has one.
        source: str. Where they came from, for messages.
        vocabulary: bytes of the SentencePiece model, or `None`.
        task_config: what is known of a task's head.
        notes: sentences on what was left out or may differ.
        tokenizer_config: arguments of the tokenizer that the format states.

    Returns:
        `Checkpoint` of lazy float32 arrays, in the order of the models' weights. Reading one
        raises a `ConversionError` if it holds NaN or infinity.

    Raises:
        ConversionError: a weight has no array, an array has no weight, or a shape or type differs.
    """
    found = LazyArrays.of(arrays)
    for name, dtype in found.dtypes.items():
        if dtype not in ("float32", *_WIDENED):
            raise ConversionError(
                f"`{name}` in {source} must be float32, float16 or bfloat16. "
                f"Received: {dtype}. Save the weights as float32."
            )
    heads = heads_of(found)
    kernel = found.shapes.get("head/kernel", ())
    wanted = weight_shapes(config, heads, kernel[1] if len(kernel) == 2 else 1)
    matched = LazyArrays.of(match_arrays(wanted, found, source))
    notes = list(notes or [])
    widened = sorted(set(matched.dtypes.values()) - {"float32"})
    if widened:
        notes.append(f"Weights in {' and '.join(widened)} were widened to float32.")
    return Checkpoint(
        format=format,
        config=dict(config),
        arrays=LazyArrays({name: _as_float32(entry) for name, entry in matched.entries.items()}),
        vocabulary=vocabulary,
        task_config=dict(task_config or {}) if "head" in heads else {},
        tokenizer_config=dict(tokenizer_config or {}),
        notes=notes,
    )


def _as_float32(entry: LazyArray) -> LazyArray:
    # Not contiguous where a matrix was turned: whoever takes it copies it anyway.
    widened = entry.followed_by(lambda array: np.asarray(array, dtype="float32"))
    return widened._replace(dtype="float32")


def checked(checkpoint: Checkpoint) -> Checkpoint:
    """Returns a checkpoint to write, whose arrays belong to its configuration.

    Raises:
        ConversionError: they do not.
    """
    source = "the checkpoint to write"
    return replace(
        checkpoint, arrays=finish("", checkpoint.config, checkpoint.arrays, source).arrays
    )
