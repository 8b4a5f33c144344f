"""MaskedWordLoss: the mean over the masked words of a batch."""

from __future__ import annotations

from typing import Any

from albert_zoo.keras_api import keras, ops, register_keras_serializable


@register_keras_serializable("albert_zoo")
class MaskedWordLoss(keras.losses.Loss):
    """Cross-entropy summed over the masked words, divided by their number.

    Rows of a batch have different numbers of masked words, and places to spare of weight 0. Each
    word counts the same, whatever row it is in. Re-implements google-research/albert
    run_pretraining.py, `get_masked_lm_output`: `sum(weights * losses) / (sum(weights) + 1e-5)`.

    Args:
        name: str.
        **kwargs: of `keras.losses.Loss`.

    Call arguments:
        y_true: int tensor `(batch_size, num_predictions)`, the ids that were masked.
        y_pred: float tensor `(batch_size, num_predictions, vocabulary_size)`, logits.
        sample_weight: float tensor `(batch_size, num_predictions)`, 1 at masked words and 0 at
            spare places. Ones if left out.

    Output shape:
        float scalar.

    Example:

    >>> import numpy as np
    >>> loss = MaskedWordLoss()(np.array([[1, 0]]), np.zeros((1, 2, 4), "float32"),
    ...     np.array([[1.0, 0.0]], "float32"))
    >>> round(float(loss), 3)  # log(4)
    1.386
    """

    def __init__(self, name: str = "masked_word_loss", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        losses = self.call(y_true, y_pred)
        if sample_weight is None:
            sample_weight = ops.ones_like(losses)
        weights = ops.cast(ops.convert_to_tensor(sample_weight), losses.dtype)
        return ops.sum(losses * weights) / (ops.sum(weights) + 1e-5)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Returns the loss of each place, `(batch_size, num_predictions)`."""
        y_pred = ops.convert_to_tensor(y_pred)
        y_true = ops.convert_to_tensor(y_true)
        return keras.losses.sparse_categorical_crossentropy(y_true, y_pred, from_logits=True)
