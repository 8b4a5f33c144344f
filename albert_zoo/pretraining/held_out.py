"""Scores of a pre-trained model on held-out text."""

from __future__ import annotations

from typing import Any, Dict, Sequence

import numpy as np

from albert_zoo.data import PretrainingRows, read_pretraining_records
from albert_zoo.pretraining.pretraining_batches import as_batch


class HeldOutText:
    """Held-out rows, always the same words hidden, on which a model is scored.

    Args:
        shards: sequence of paths of record files.
        batch_tokens: int. Tokens that go through the model at once.
        most_rows: int. Rows to score at the most; 0 for all.

    Raises:
        DataError: a shard cannot be read.
    """

    def __init__(self, shards: Sequence[Any], batch_tokens: int, most_rows: int = 0):
        parts = [read_pretraining_records(shard) for shard in shards]
        rows = PretrainingRows(*map(np.concatenate, zip(*parts)))
        self.rows = rows.take(slice(most_rows or None))
        self.batch_size = max(1, batch_tokens // self.rows.token_ids.shape[1])

    def __len__(self) -> int:
        return len(self.rows.token_ids)

    def score(self, model: Any) -> Dict[str, float]:
        """Scores a compiled `AlbertPretrainer`.

        Returns:
            dict of `mlm_loss`, `mlm_accuracy`, `sop_loss` and `sop_accuracy`, each the mean over
            all hidden pieces or all rows.
        """
        sums: Dict[str, float] = {}
        totals = {"mlm": 0.0, "sop": 0.0}
        for start in range(0, len(self), self.batch_size):
            rows = self.rows.take(slice(start, start + self.batch_size))
            inputs, labels, weights = as_batch(rows, self.batch_size)
            scores = scores_of(model.test_on_batch(inputs, labels, weights, return_dict=True))
            counts = {head: float(weights[head].sum()) for head in totals}
            for name, score in scores.items():
                sums[name] = sums.get(name, 0.0) + score * counts[name[:3]]
            for head, count in counts.items():
                totals[head] += count
        return {name: total / totals[name[:3]] for name, total in sums.items()}


def scores_of(logs: Dict[str, Any]) -> Dict[str, float]:
    """Picks our four scores, which are of one batch, from Keras' logs."""
    return {
        f"{head}_{score}": float(logs[f"{head}_{head}_{score}"])
        for head in ("mlm", "sop")
        for score in ("loss", "accuracy")
    }
