"""SweepRun: one of a sweep's runs."""

from __future__ import annotations

from typing import List, NamedTuple, Optional

from albert_zoo.cli.finetune_settings import split_list


class SweepRun(NamedTuple):
    """A seed and a learning rate; `None` is the recipe's."""

    learning_rate: Optional[str]
    seed: int

    @property
    def name(self) -> str:
        """The name of its folder."""
        rate = "recipe" if self.learning_rate is None else self.learning_rate
        return f"rate-{rate}-seed-{self.seed}"

    def options(self) -> List[str]:
        """Returns the options of `finetune` that make it."""
        rate = [] if self.learning_rate is None else ["--learning-rate", self.learning_rate]
        return [*rate, "--seed", str(self.seed)]


def rate_text(rate: float) -> str:
    """Writes a learning rate as people do.

    Example:

    >>> rate_text(2e-5), rate_text(0.001)
    ('2e-5', '0.001')
    """
    return f"{rate:g}".replace("e-0", "e-")


def planned_runs(seeds: str, learning_rates: Optional[str]) -> List[SweepRun]:
    """Reads what the user lists.

    Args:
        seeds: str, a number of seeds or a list of them.
        learning_rates: str, a list, or `None`.

    Raises:
        ValueError: it is no list of numbers.

    Example:

    >>> [run.name for run in planned_runs("2", "1e-5,2e-5")]  # doctest: +NORMALIZE_WHITESPACE
    ['rate-1e-5-seed-0', 'rate-1e-5-seed-1', 'rate-2e-5-seed-0', 'rate-2e-5-seed-1']
    """
    try:
        numbers = [int(text) for text in split_list(seeds) or []]
        chosen = list(range(numbers[0])) if len(numbers) == 1 and "," not in seeds else numbers
    except (ValueError, IndexError):
        chosen = []
    if not chosen or min(chosen) < 0:
        raise ValueError(
            f"`seeds` must be a number above 0, or a list such as 3,5,8. Received: {seeds!r}."
        )
    rates: List[Optional[str]] = [None]
    if learning_rates is not None:
        try:
            values = [float(text) for text in split_list(learning_rates) or []]
        except ValueError:
            values = []
        if not values or min(values) <= 0:
            raise ValueError(
                "`learning_rates` must be a list of numbers above 0, such as 1e-5,2e-5. "
                f"Received: {learning_rates!r}."
            )
        rates = [rate_text(value) for value in values]
    return list(dict.fromkeys(SweepRun(rate, seed) for rate in rates for seed in chosen))
