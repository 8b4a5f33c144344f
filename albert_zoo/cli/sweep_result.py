"""SweepResult: what came of one of a sweep's runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional

from albert_zoo.cli.sweep_run import SweepRun


@dataclass
class SweepResult:
    """What came of a run.

    Args:
        run: `SweepRun`.
        metrics: what its `metrics.json` holds, or `None`.
        config: what its `config.json` holds, or `None`.
        error: why there are none.
    """

    run: SweepRun
    metrics: Optional[Dict[str, Any]] = None
    config: Optional[Dict[str, Any]] = None
    error: str = ""

    @property
    def score(self) -> Optional[float]:
        """The main score of the epoch that was kept; `None` for a run that failed."""
        if self.metrics is None or not self.metrics.get("main_metric"):
            return None
        return float(self.metrics["final"][self.metrics["main_metric"]])

    @property
    def learning_rate(self) -> Optional[float]:
        """The rate that was used, also where it is the recipe's."""
        return None if self.config is None else float(self.config["recipe"]["learning_rate"])

    @property
    def learned_nothing(self) -> bool:
        """Whether the guard said so of its last attempt."""
        guard = (self.metrics or {}).get("guard") or {}
        last = guard.get("attempts", 1)
        return any(
            entry["kind"] in ("collapsed", "stopped") and entry["attempt"] == last
            for entry in guard.get("interventions", ())
        )
