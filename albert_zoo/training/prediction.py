"""Prediction: what a task says of one text."""

from __future__ import annotations

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

import numpy as np


class Prediction(NamedTuple):
    """A label with its probability, or a score.

    Attributes:
        label: str, the most probable label; or float, the score, for regression.
        probability: float in [0, 1], of that label; `None` for regression.
        probabilities: dict of every label to its probability; empty for regression.

    Example:

    >>> Prediction("yes", 0.9, {"no": 0.1, "yes": 0.9}).label
    'yes'
    """

    label: Union[str, float]
    probability: Optional[float]
    probabilities: Dict[str, float]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Returns probabilities `(num_rows, num_classes)` for logits of that shape."""
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=1, keepdims=True))


def predictions_from(outputs: Any, labels: Optional[Sequence[str]]) -> List[Prediction]:
    """Turns a model's outputs into predictions.

    Args:
        outputs: float array `(num_rows, num_classes)` of logits, or `(num_rows, 1)` of scores.
        labels: names of the classes, or `None` for regression.

    Returns:
        list of `Prediction`, in order.
    """
    outputs = np.asarray(outputs, "float64")
    if labels is None:
        return [Prediction(float(score), None, {}) for score in outputs[:, 0]]
    predictions = []
    for row in softmax(outputs):
        best = int(row.argmax())
        named = {name: float(value) for name, value in zip(labels, row)}
        predictions.append(Prediction(labels[best], float(row[best]), named))
    return predictions
