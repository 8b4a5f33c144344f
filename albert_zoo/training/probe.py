"""Probe: a few training rows on which a model is looked at while it trains."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from albert_zoo.data import EncodedExamples
from albert_zoo.models.fast_prediction import outputs_of_rows
from albert_zoo.training.probe_result import ProbeResult

SAME_SPREAD = 0.1
"""Standard deviation of scores, as a share of the labels', below which they count as the same."""


class Probe:
    """Rows spread evenly over the labels, so that their shares are those of the whole set.

    Args:
        rows: `EncodedExamples`.
        labels: array `(num_rows,)`: int classes, or float scores.
        is_regression: bool.
    """

    def __init__(self, rows: EncodedExamples, labels: np.ndarray, is_regression: bool):
        self.rows = rows
        self.labels = np.asarray(labels).reshape(-1)
        self.is_regression = is_regression

    @property
    def guess_loss(self) -> float:
        """Loss of the best answer that is the same for all rows: the labels' entropy in nats, or
        their variance."""
        if self.is_regression:
            return float(self.labels.astype("float64").var())
        share = np.unique(self.labels, return_counts=True)[1] / len(self.labels)
        return float(-(share * np.log(share)).sum())

    @classmethod
    def of(cls, encoded: EncodedExamples, rows: int, is_regression: bool) -> Optional[Probe]:
        """Chooses rows of a training set.

        Args:
            encoded: `EncodedExamples` with labels.
            rows: int, at the most.
            is_regression: bool.

        Returns:
            `Probe`, or `None` where all labels are the same and nothing can be learned.
        """
        labels = np.asarray(encoded.labels)
        order = np.argsort(labels, kind="stable")
        count = min(rows, len(order))
        chosen = order[np.linspace(0, len(order) - 1, count).round().astype("int64")]
        if len(np.unique(labels[chosen])) < 2:
            return None
        return cls(encoded.take(chosen), labels[chosen], is_regression)

    def measure(self, model: Any) -> ProbeResult:
        """Applies the model, without dropout.

        Args:
            model: Keras model.
        """
        # As the development set is scored, whose compiled function is there anyway.
        outputs = np.asarray(outputs_of_rows(model, self.rows), "float64")
        return self._of_scores(outputs[:, 0]) if self.is_regression else self._of_logits(outputs)

    def _of_logits(self, logits: np.ndarray) -> ProbeResult:
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        probabilities = np.exp(log_probabilities)
        rows, classes = logits.shape
        one_hot = np.eye(classes)[self.labels]
        counts = np.bincount(logits.argmax(axis=1), minlength=classes)
        return ProbeResult(
            loss=float(-(one_hot * log_probabilities).sum(axis=1).mean()),
            guess_loss=self.guess_loss,
            agreement=_correlation(probabilities, one_hot),
            entropy=float(-(probabilities * log_probabilities).sum(axis=1).mean()),
            shares=[float(count) / rows for count in counts],
            is_constant=bool(counts.max() == rows),
        )

    def _of_scores(self, scores: np.ndarray) -> ProbeResult:
        labels = self.labels.astype("float64")
        return ProbeResult(
            loss=float(((scores - labels) ** 2).mean()),
            guess_loss=self.guess_loss,
            agreement=_correlation(scores[:, None], labels[:, None]),
            entropy=None,
            shares=[],
            is_constant=bool(scores.std() < SAME_SPREAD * labels.std()),
        )


def _correlation(answers: np.ndarray, labels: np.ndarray) -> float:
    answers, labels = answers - answers.mean(axis=0), labels - labels.mean(axis=0)
    scale = np.sqrt((answers**2).sum() * (labels**2).sum())
    return float((answers * labels).sum() / scale) if scale > 0 else 0.0
