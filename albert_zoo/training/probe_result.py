"""ProbeResult: what a model said of a probe's rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional


@dataclass(frozen=True)
class ProbeResult:
    """What a model says of the probe's rows.

    Args:
        loss: mean cross-entropy, or squared error.
        guess_loss: `Probe.guess_loss`.
        agreement: correlation of answers and labels, in [-1, 1].
        entropy: mean entropy of the predicted probabilities, in nats; `None` for regression.
        shares: share of the rows that each class is predicted for; empty for regression.
        is_constant: whether all rows get the same answer.
    """

    loss: float
    guess_loss: float
    agreement: float
    entropy: Optional[float]
    shares: List[float]
    is_constant: bool
