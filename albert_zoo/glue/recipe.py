"""Recipe: the hyper-parameters of one fine-tuning run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple


@dataclass(frozen=True)
class Recipe:
    """How to fine-tune: learning rate, batch, length of training, length of texts.

    Training is as long as `epochs` says, or `total_steps` where the source counts steps.

    Args:
        learning_rate: float, the peak, reached at the end of the warmup.
        batch_size: int, examples in a step.
        sequence_length: int, tokens; longer texts are cut.
        source: str. Where the numbers come from.
        epochs: float. Passes over the training data, or None.
        total_steps: int, or None.
        warmup_fraction: float. Steps of warmup as a fraction of all steps, in [0, 1).
        warmup_steps: int. Steps of warmup; goes before `warmup_fraction` if given.

    Example:

    >>> recipe = Recipe(2e-5, batch_size=32, sequence_length=128, epochs=3, source="an example")
    >>> recipe.steps(train_rows=3668)
    (342, 34)
    """

    learning_rate: float
    batch_size: int
    sequence_length: int
    source: str
    epochs: Optional[float] = None
    total_steps: Optional[int] = None
    warmup_fraction: float = 0.1
    warmup_steps: Optional[int] = None

    def __post_init__(self) -> None:
        if (self.epochs is None) == (self.total_steps is None):
            raise ValueError(
                "Exactly one of `epochs` and `total_steps` must be given. "
                f"Received: epochs={self.epochs}, total_steps={self.total_steps}."
            )

    def steps(self, train_rows: int) -> Tuple[int, int]:
        """Returns `(total_steps, warmup_steps)` for a training set of `train_rows` examples.

        Whole batches only, as the originals train: the last, smaller batch of an epoch is
        dropped. There is one step at least.
        """
        if self.total_steps is not None:
            total = self.total_steps
        else:
            total = max(1, int(max(1, train_rows // self.batch_size) * (self.epochs or 0)))
        if self.warmup_steps is not None:
            return total, self.warmup_steps
        return total, int(total * self.warmup_fraction)

    def num_epochs(self, train_rows: int) -> float:
        """Returns the passes over a training set of `train_rows` examples."""
        if self.epochs is not None:
            return self.epochs
        return (self.total_steps or 0) * self.batch_size / train_rows
