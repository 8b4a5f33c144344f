"""GuardSettings: what the divergence guard looks for, and what it does then."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict, Optional

from albert_zoo.errors import did_you_mean

ACTIONS = ("report", "retry", "stop")
"""What to do with a training that learns nothing."""


@dataclass(frozen=True)
class GuardSettings:
    """Settings of `DivergenceGuard`, which watches a training.

    A step whose loss or gradient is infinite or no number is skipped, whatever the settings; after
    `bad_steps` of them in a row the weights go back to the last good ones, with half the learning
    rate. When that did not help `max_rollbacks` times, training stops.

    A training has *collapsed* when, after the warm-up and in `patience` checks one after the other,
    the model gives all rows the same answer, no better than a guess that knows how frequent each
    label is.

    Args:
        on_divergence: what to do then: `"report"` it and go on, `"retry"` from the weights that
            training began with, with a lower learning rate and another seed, or `"stop"`.
        bad_steps: int, above 0.
        max_rollbacks: int.
        max_retries: int.
        retry_rate: float in (0, 1). A retry's learning rate, as a share of the last one.
        check_share: float in (0, 1). Steps between two checks, as a share of all steps.
        min_steps_between_checks: int, above 0.
        patience: int, above 0. Checks that must all find the model collapsed.
        probe_rows: int, above 1. Training rows that a check computes.
        max_agreement: float. Correlation of answers and labels below which they count as unrelated.
        min_share_of_guess: float. Share of a guess's loss above which the loss is no better.
        spike: float, above 1. Multiple of a guess's loss above which the mean loss of five steps
            counts as a spike, if it is also twice as high as it has been.

    Raises:
        ValueError: a setting is out of range.
    """

    on_divergence: str = "report"
    bad_steps: int = 3
    max_rollbacks: int = 2
    max_retries: int = 3
    retry_rate: float = 0.2
    check_share: float = 0.05
    min_steps_between_checks: int = 40
    patience: int = 4
    probe_rows: int = 32
    max_agreement: float = 0.35
    min_share_of_guess: float = 0.98
    spike: float = 2.5

    def __post_init__(self) -> None:
        if self.on_divergence not in ACTIONS:
            raise ValueError(
                f"`on_divergence` must be one of {', '.join(ACTIONS)}. "
                f"Received: {self.on_divergence!r}.{did_you_mean(self.on_divergence, ACTIONS)}"
            )
        for name in ("bad_steps", "patience", "min_steps_between_checks", "probe_rows"):
            if getattr(self, name) < 1:
                raise ValueError(
                    f"`{name}` must be above 0. Received: {getattr(self, name)}. Correct it."
                )
        for name in ("retry_rate", "check_share"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(
                    f"`{name}` must be in (0, 1). Received: {getattr(self, name)}. Correct it."
                )

    @classmethod
    def of(cls, guard: Any) -> Optional[GuardSettings]:
        """Returns the settings that `Task.fit`'s argument `guard` stands for.

        Args:
            guard: True for the defaults, False for no guard, one of `ACTIONS`, or `GuardSettings`.

        Example:

        >>> GuardSettings.of("retry").on_divergence, GuardSettings.of(False)
        ('retry', None)
        """
        if isinstance(guard, cls):
            return guard
        if isinstance(guard, str):
            return cls(on_divergence=guard)
        return cls() if guard else None

    def as_json(self) -> Dict[str, Any]:
        """Returns every setting."""
        return asdict(self)
