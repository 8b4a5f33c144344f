"""Checkpoint: what every format is read into and written from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np

from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.checkpoints.weight_shapes import HEADS, heads_of
from albert_zoo.errors import ConversionError, did_you_mean


@dataclass(frozen=True)
class Checkpoint:
    """A model as plain data: a configuration and float32 arrays under our names.

    The arrays of a checkpoint that was read are lazy: its files must stay where they are.

    Args:
        format: str. What it was read from: `"tf1"`, `"tf2"`, `"transformers"`, `"keras-hub"`.
        config: dict of the backbone's arguments, such as `{"num_layers": 12, ...}`.
        arrays: mapping of our name, such as `"pooler/kernel"`, to float32 array.
        vocabulary: bytes of the SentencePiece model, or `None`.
        task_config: dict of what is known of a task's head: `dropout`, `labels`, and as `task` what
            our own `Task` says of it.
        tokenizer_config: dict of `AlbertTokenizer` arguments, where the format states any.
        notes: list of sentences on what was left out or may differ.

    Example:

    >>> checkpoint = Checkpoint("tf1", {}, {"sop/bias": np.zeros(2, "float32")})
    >>> checkpoint.heads
    ('sop',)
    """

    format: str
    config: Dict[str, Any]
    arrays: Mapping[str, np.ndarray]
    vocabulary: Optional[bytes] = None
    task_config: Dict[str, Any] = field(default_factory=dict)
    tokenizer_config: Dict[str, Any] = field(default_factory=dict)
    notes: List[str] = field(default_factory=list)

    @property
    def heads(self) -> Tuple[str, ...]:
        """The heads that are present, of `"mlm"`, `"sop"` and `"head"` (a task's)."""
        return heads_of(self.arrays)

    def with_heads(self, *heads: str) -> Checkpoint:
        """Returns a copy that has these heads alone; with no argument the bare backbone.

        Args:
            *heads: str. Of `"mlm"`, `"sop"` and `"head"`.

        Returns:
            `Checkpoint`.

        Raises:
            ValueError: there is no such kind of head.
            ConversionError: the checkpoint does not have it.
        """
        for head in heads:
            if head not in HEADS:
                raise ValueError(
                    f"`heads` must be of {', '.join(HEADS)}. Received: {head!r}."
                    f"{did_you_mean(head, HEADS)}"
                )
            if head not in self.heads:
                raise ConversionError(
                    f"`heads` must be present. Received: {head!r}, where the checkpoint has "
                    f"{', '.join(self.heads) or 'none'}. Leave it out."
                )
        dropped = tuple(f"{head}/" for head in HEADS if head not in heads)
        entries = LazyArrays.of(self.arrays).entries
        arrays = LazyArrays({k: v for k, v in entries.items() if not k.startswith(dropped)})
        task_config = self.task_config if "head" in heads else {}
        return replace(self, arrays=arrays, task_config=task_config)
