"""Claim: a ratio that a benchmark is expected to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional, Sequence

from harness.statistics import Spread, paired_ratio


@dataclass(frozen=True)
class Claim:
    """How one contestant stands to another.

    Args:
        what: str. What was compared, for the table.
        case: str. The case in which both were measured.
        ours: str. Contestant.
        theirs: str. Contestant it is compared with.
        target: float. The ratio to reach; None where nothing was promised.
        value: str. What is compared: `"seconds"`, `"peak_mb"`, or a key that `run` returned.
        is_speedup: bool. True: theirs / ours, to be at least the target ("2 x faster").
            False: ours / theirs, to be at most the target ("0.6 of its latency").
    """

    what: str
    case: str
    ours: str
    theirs: str
    target: Optional[float] = None
    value: str = "seconds"
    is_speedup: bool = True

    def ratio(self, measurements: Sequence[Dict[str, Any]]) -> Spread:
        """Returns the ratio's median and range over the rounds."""
        of, over = (self.theirs, self.ours) if self.is_speedup else (self.ours, self.theirs)
        return paired_ratio(measurements, self.case, of, over, self.value)

    def is_reached(self, ratio: Spread) -> Optional[bool]:
        """Says whether the median reaches the target; None where there is none."""
        if self.target is None:
            return None
        return ratio.median >= self.target if self.is_speedup else ratio.median <= self.target
