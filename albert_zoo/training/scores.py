"""The benchmark's scores of a whole data set, exactly, in float64."""

from __future__ import annotations

from typing import Callable, Dict, Sequence

import numpy as np


def _confusion(labels: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    classes = int(max(labels.max(), predictions.max())) + 1
    counts = np.zeros((classes, classes), "float64")
    np.add.at(counts, (labels, predictions), 1)
    return counts


def accuracy(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Share of the rows whose class is right."""
    return float(np.mean(labels == predictions))


def f1(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Harmonic mean of precision and recall of class 1; 0 where no row is or is called 1."""
    hits = float(np.sum((labels == 1) & (predictions == 1)))
    total = float(np.sum(labels == 1) + np.sum(predictions == 1))
    return 2 * hits / total if total else 0.0


def matthews(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Matthews correlation of any number of classes, in [-1, 1]; 0 where one side is constant."""
    counts = _confusion(labels, predictions)
    true, called, total = counts.sum(1), counts.sum(0), counts.sum()
    covariance = np.trace(counts) * total - true @ called
    scale = (total**2 - true @ true) * (total**2 - called @ called)
    return float(covariance / np.sqrt(scale)) if scale > 0 else 0.0


def pearson(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Pearson correlation in [-1, 1]; 0 where one side is constant."""
    x = labels.astype("float64") - labels.mean(dtype="float64")
    y = predictions.astype("float64") - predictions.mean(dtype="float64")
    scale = np.sqrt((x @ x) * (y @ y))
    return float(x @ y / scale) if scale > 0 else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[places]  # ties share the mean of their ranks


def spearman(labels: np.ndarray, predictions: np.ndarray) -> float:
    """Spearman rank correlation in [-1, 1], ties at their mean rank; 0 if a side is constant."""
    return pearson(_ranks(labels), _ranks(predictions))


SCORES: Dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": accuracy,
    "f1": f1,
    "matthews": matthews,
    "pearson": pearson,
    "spearman": spearman,
}


def score(names: Sequence[str], labels: np.ndarray, outputs: np.ndarray) -> Dict[str, float]:
    """Scores the outputs of a model against the labels of a whole data set.

    Args:
        names: keys of `SCORES`.
        labels: int array `(num_rows,)` of classes, or float array of scores.
        outputs: float array `(num_rows, num_classes)` of logits, or `(num_rows, 1)` of scores.

    Returns:
        dict of name to value.

    Raises:
        ValueError: a name is unknown.

    Example:

    >>> logits = np.array([[0.0, 2.0], [1.0, 0.0], [3.0, 1.0]])
    >>> score(["accuracy", "f1"], np.array([1, 1, 0]), logits)["f1"]
    0.6666666666666666
    """
    unknown = [name for name in names if name not in SCORES]
    if unknown:
        raise ValueError(
            f"`metrics` must be among {', '.join(SCORES)}. Received: {unknown[0]!r}. Correct it."
        )
    predictions = outputs[:, 0] if outputs.shape[1] == 1 else outputs.argmax(axis=1)
    return {name: SCORES[name](np.asarray(labels), predictions) for name in names}
