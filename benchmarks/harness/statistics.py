"""Ratios of pairs, and how they spread."""

from __future__ import annotations

import math
import statistics
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple


class Spread(NamedTuple):
    """A median and the range around it.

    Attributes:
        median: float.
        low: float, the smallest value.
        high: float, the largest value.
        count: int, how many values.
    """

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Summarizes values.

        Example:

        >>> Spread.of([3.0, 1.0, 2.0])
        Spread(median=2.0, low=1.0, high=3.0, count=3)
        """
        return cls(statistics.median(values), min(values), max(values), len(values))


def paired_ratio(
    measurements: Sequence[Dict[str, Any]], case: str, of: str, over: str, value: str = "seconds"
) -> Spread:
    """Divides a value of one contestant by that of another, round by round.

    Args:
        measurements: what `Benchmark.measure` noted.
        case: str. The case that is looked at.
        of: str. The contestant whose value is divided.
        over: str. The contestant whose value it is divided by, in the same round.
        value: str. Key of the value, `"seconds"` or `"peak_mb"` for instance.

    Returns:
        `Spread` of the ratios.

    Raises:
        ValueError: the two never met.

    Example:

    >>> rounds = [("us", 0, 2.0), ("them", 0, 6.0), ("us", 1, 1.0), ("them", 1, 4.0)]
    >>> notes = [dict(case="a", contestant=c, round=r, seconds=s) for c, r, s in rounds]
    >>> paired_ratio(notes, "a", of="them", over="us")
    Spread(median=3.5, low=3.0, high=4.0, count=2)
    """
    found = {
        (note["contestant"], note["round"]): note[value]
        for note in measurements
        if note["case"] == case and value in note
    }
    ratios: List[float] = [
        top / found[over, number]
        for (name, number), top in found.items()
        if name == of and (over, number) in found
    ]
    if not ratios:
        raise ValueError(f"`{of}` and `{over}` were never measured in one round of {case!r}.")
    return Spread.of(ratios)


def growth_exponent(points: Sequence[Tuple[float, float]]) -> float:
    """Fits `time = constant * size ** exponent`; 1 is linear growth.

    Args:
        points: pairs of size and time, two or more.

    Returns:
        float. The exponent, by least squares of the logarithms.

    Example:

    >>> round(growth_exponent([(10, 2.0), (100, 20.0), (1000, 200.0)]), 3)
    1.0
    """
    sizes = [math.log(size) for size, _ in points]
    times = [math.log(time) for _, time in points]
    mean_size, mean_time = statistics.mean(sizes), statistics.mean(times)
    covariance = sum((s - mean_size) * (t - mean_time) for s, t in zip(sizes, times))
    return covariance / sum((s - mean_size) ** 2 for s in sizes)
