"""A model's outputs on encoded rows, as fast as the tokens allow."""

from __future__ import annotations

from typing import Any

import numpy as np

from albert_zoo.data import EncodedExamples
from albert_zoo.data.batching import batches_by_tokens
from albert_zoo.keras_api import backend_name, inference_function

_LENGTH_MULTIPLE = {"tensorflow": 1, "torch": 1, "jax": 32}
"""Tokens. JAX compiles every shape anew, so it gets few."""
_ROW = 128  # tokens of the rows that `batch_size` counts
_MOST_TOKENS = 1024  # more make a step no faster, and its arrays leave the processor's caches


def outputs_of_rows(model: Any, encoded: EncodedExamples, batch_size: int = 64) -> np.ndarray:
    """Computes rows in batches of like length, each of about as many tokens.

    Args:
        model: functional model on `token_ids`, `segment_ids` and `padding_mask`.
        encoded: `EncodedExamples`.
        batch_size: int above 0. Rows of 128 tokens computed at once at the most, of which memory
            is the limit; of shorter ones more.

    Returns:
        array `(num_rows, ...)`, in the order of the rows.

    Raises:
        ValueError: there are no rows.
    """
    if not len(encoded):
        raise ValueError("`x` must hold rows. Received: none. Give a text or more.")
    multiple = _LENGTH_MULTIPLE[backend_name()]
    longest_row = getattr(getattr(model, "backbone", model), "max_sequence_length", None)
    padded = -(-encoded.lengths // multiple) * multiple
    if longest_row is not None:
        padded = np.minimum(padded, np.maximum(longest_row, encoded.lengths))
    compute = _function_of(model)
    outputs: Any = None
    for rows in batches_by_tokens(padded, min(batch_size * _ROW, _MOST_TOKENS)):
        found = compute(encoded.batch(rows, int(padded[rows[0]])))
        if outputs is None:
            outputs = np.empty((len(encoded), *found.shape[1:]), found.dtype)
        outputs[rows] = found
    return outputs


def _function_of(model: Any) -> Any:
    """Returns the model's compiled function, made anew where its variables are other ones."""
    backbone = getattr(model, "backbone", model)
    switches = [getattr(backbone, name, None) for name in ("unpad", "first_token_alone")]
    state = ([id(variable) for variable in model.weights], switches)
    cached = getattr(model, "_fast_function", None)
    if cached is None or cached.state != state:
        cached = _Cached(inference_function(model), state)
        model._fast_function = cached
    return cached.function


class _Cached:
    """A plain object, of which Keras tracks nothing."""

    def __init__(self, function: Any, state: Any):
        self.function, self.state = function, state
