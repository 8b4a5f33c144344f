"""DataSettings: how pre-training data is made."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Dict


@dataclass(frozen=True)
class DataSettings:
    """How pre-training data is made. The defaults are the original's but for its length and copies.

    Args:
        sequence_length: int. Tokens of a row.
        max_predictions: int. Pieces hidden in a row at the most. 0 for `mask_rate` of the length.
        mask_rate: float in (0, 1). Share of pieces to hide.
        max_ngram: int. Words that are hidden together at the most.
        short_rate: float in [0, 1]. Share of passes over a document that aim at a shorter length.
        copies: int above 0. How often the text is gone through, cut and hidden differently each
            time; the original's `dupe_factor`.
        held_out_rate: float in [0, 1). Share of documents that are kept for evaluation.
        seed: int.
        block_characters: int. Text of a shard, in characters.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> DataSettings(sequence_length=128).num_predictions
    19
    """

    sequence_length: int = 128
    max_predictions: int = 0
    mask_rate: float = 0.15
    max_ngram: int = 3
    short_rate: float = 0.1
    copies: int = 5
    held_out_rate: float = 0.01
    seed: int = 12345
    block_characters: int = 2_000_000

    def __post_init__(self) -> None:
        if self.copies < 1:
            raise ValueError(f"`copies` must be above 0. Received: {self.copies}. Give 5, say.")
        if not 0 <= self.held_out_rate < 1:
            raise ValueError(
                f"`held_out_rate` must be in [0, 1). Received: {self.held_out_rate}. Give 0.01."
            )
        if self.max_predictions < 0 or self.block_characters < 1:
            raise ValueError(
                "`max_predictions` must be 0 or above and `block_characters` above 0. Received: "
                f"{self.max_predictions} and {self.block_characters}. Correct them."
            )

    @property
    def num_predictions(self) -> int:
        """Places for hidden pieces in a row."""
        return self.max_predictions or max(1, round(self.sequence_length * self.mask_rate))

    def as_dict(self) -> Dict[str, Any]:
        """Returns the settings as JSON values."""
        return asdict(self)
