"""GuardReport: what the divergence guard saw and did, in words and in numbers."""

from __future__ import annotations

import logging
import math
from typing import Any, Dict, List, Optional

from albert_zoo.training.guard_settings import GuardSettings

logger = logging.getLogger(__name__)

USUAL_RATIO = 0.01
"""Share of the weights' norm by which a step changes them, above which it is unusually much."""
VANISHED_NORM = 1e-4
_STATE = (
    *("attempt", "interventions", "skipped_steps", "stopped"),
    *("_norms", "_ratios", "_checks"),
)
_MOST_SPOKEN = 3  # times that one kind of thing is said; all of them are in the record


class GuardReport:
    """Collects the guard's interventions over all attempts of a training, and says them as they
    happen, as warnings of the logger `albert_zoo.training.guard_report`.

    Args:
        settings: `GuardSettings`.
    """

    def __init__(self, settings: GuardSettings):
        self.settings = settings
        self.attempt = 1
        """From 1; each retry is another one."""
        self.interventions: List[Dict[str, Any]] = []
        """Of each what it was (`kind`), `attempt`, `step`, `message` and its numbers."""
        self.skipped_steps = 0
        self.stopped = False
        """Whether the training was given up."""
        self._norms: List[float] = []
        self._ratios: List[float] = []
        self._checks: List[Dict[str, Any]] = []

    def watched(self, gradient_norm: Optional[float], update_ratio: Optional[float]) -> None:
        """Takes down a step's gradient norm, and how much it changed the weights."""
        if gradient_norm is not None and math.isfinite(gradient_norm):
            self._norms.append(gradient_norm)
        if update_ratio is not None and math.isfinite(update_ratio):
            self._ratios.append(update_ratio)

    def checked(self, step: int, result: Any) -> None:
        """Takes down what a check found.

        Args:
            step: int.
            result: `ProbeResult`.
        """
        check = {"attempt": self.attempt, "step": step, **vars(result)}
        self._checks.append({k: _rounded(v) for k, v in check.items()})

    def add(self, kind: str, step: int, message: str, **numbers: Any) -> None:
        """Takes down an intervention, and says it.

        Args:
            kind: str: skipped, spike, rollback, collapsed, retry or stopped.
            step: int, from 1.
            message: str, a sentence.
            **numbers: JSON values.
        """
        entry = {"kind": kind, "attempt": self.attempt, "step": step, "message": message}
        self.interventions.append({**entry, **{k: _rounded(v) for k, v in numbers.items()}})
        if self.count(kind) <= _MOST_SPOKEN:
            more = (
                " (further ones are counted silently)" if self.count(kind) == _MOST_SPOKEN else ""
            )
            logger.warning("Step %d: %s%s", step, message, more)

    def count(self, kind: str) -> int:
        """Returns how many interventions of a kind there were."""
        return sum(entry["kind"] == kind for entry in self.interventions)

    def causes(self) -> str:
        """Words the likely causes of a training that learns nothing, from what was watched."""
        ratio, norm = max(self._ratios, default=None), _median(self._norms[-5:])
        causes = []
        if ratio is not None and ratio > USUAL_RATIO:
            causes.append(
                f"the learning rate is too high (a step changed the weights by {ratio:.1%} of "
                "their norm; 0.1 to 1 % is usual)"
            )
        if norm is not None and norm < VANISHED_NORM:
            causes.append(f"the gradient has vanished (its norm is {norm:.1e})")
        if not causes:
            causes.append("the learning rate is too high or too low, or the warm-up too short")
        causes.append("the pretrained weights were not loaded")
        causes.append("the labels do not follow from the texts")
        return f"Likely causes, the likeliest first: {'; '.join(causes)}."

    def as_json(self) -> Dict[str, Any]:
        """Returns what belongs into `metrics.json`."""
        return {
            "on_divergence": self.settings.on_divergence,
            "attempts": self.attempt,
            "stopped": self.stopped,
            "skipped_steps": self.skipped_steps,
            "interventions": self.interventions,
            "gradient_norm": {
                "median": _median(self._norms),
                "max": max(self._norms, default=None),
            },
            "update_ratio": {
                "median": _median(self._ratios),
                "max": max(self._ratios, default=None),
            },
            "checks": self._checks,
        }

    # === What a checkpoint keeps ===
    def get_state(self) -> Dict[str, Any]:
        """Returns everything as JSON values."""
        return {name: getattr(self, name) for name in _STATE}

    def set_state(self, state: Dict[str, Any]) -> None:
        """Takes over what `get_state` returned."""
        for name, value in state.items():
            setattr(self, name, list(value) if isinstance(value, list) else value)


def _median(values: List[float]) -> Optional[float]:
    ordered = sorted(values)
    return ordered[len(ordered) // 2] if ordered else None


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    if not isinstance(value, float):
        return value
    return float(f"{value:.6g}") if math.isfinite(value) else str(value)
