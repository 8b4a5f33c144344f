"""PaddedTokens: a batch as rows of one length."""

from __future__ import annotations

from typing import Any

from albert_zoo.keras_api import ops


class PaddedTokens:
    """`(batch_size, sequence_length, width)`, every position of every row."""

    def split_heads(self, x: Any, num_heads: int) -> Any:
        """Returns `(batch_size, num_heads, positions, head_dim)` for attention."""
        batch, positions, width = ops.shape(x)
        x = ops.reshape(x, (batch, positions, num_heads, width // num_heads))
        return ops.transpose(x, axes=(0, 2, 1, 3))

    def merge_heads(self, x: Any) -> Any:
        """Undoes `split_heads`."""
        batch, num_heads, positions, head_dim = ops.shape(x)
        x = ops.transpose(x, axes=(0, 2, 1, 3))
        return ops.reshape(x, (batch, positions, num_heads * head_dim))

    def first(self, x: Any) -> Any:
        """Returns the vector of each row's first token, `(batch_size, width)`."""
        return x[:, 0, :]
