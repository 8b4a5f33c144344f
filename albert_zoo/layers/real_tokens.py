"""RealTokens: a batch as its real tokens, one after another."""

from __future__ import annotations

from typing import Any, Optional

from albert_zoo.keras_api import ops
from albert_zoo.layers.backend_graphs import custom_gradient, has_dynamic_shapes, take_rows


class RealTokens:
    """`(tokens, width)`, the real tokens alone, so that nothing is computed for padding.

    Dense layers, LayerNorm and the activation see every token by itself, and get the same results
    in either layout. Attention alone needs the rows, where padded positions get zero weight
    whatever they hold; the vectors are brought there and back by indexing. Real are the positions
    that `padding_mask` says; besides, so that all that can be read of a row is as in the padded
    layout, each row's first, and a row without any real token as a whole.

    Make one with `real_tokens`.

    Args:
        padding_mask: int tensor `(batch_size, sequence_length)`, 1 at real tokens and 0 at padding.
        num_heads: int, above 0. Heads that `split_heads` makes.
    """

    def __init__(self, padding_mask: Any, num_heads: int = 1):
        batch, length = ops.shape(padding_mask)
        self.batch, self.length, self.num_heads = batch, length, num_heads
        real = ops.cast(ops.not_equal(padding_mask, 0), "int32")
        positions = ops.arange(length, dtype="int32")
        always = ops.cast(positions < 1, "int32")  # (length,)
        empty = 1 - ops.minimum(ops.sum(real, axis=1, keepdims=True), 1)  # (batch, 1)
        kept = ops.reshape(ops.maximum(ops.maximum(real, always), empty), (-1,))
        self.rows = ops.cast(ops.nonzero(kept)[0], "int32")
        """Where in the flattened batch each token is, `(tokens,)`."""
        number = ops.maximum(ops.cast(ops.cumsum(kept), "int32") - 1, 0)
        self.numbers = ops.reshape(number, (batch, length))
        """Which token each position is; at padding any one."""
        self.kept = ops.reshape(kept, (batch, length))
        """1 where the position is one of the tokens, int32."""
        self.positions = self.rows % length
        """Position of each token in its row, `(tokens,)`."""
        # Once, for all layers.
        self._index, self._back = self._head_indices(num_heads)
        self._kept_heads = ops.reshape(self.kept, (batch, 1, length, 1))

    def gather(self, x: Any) -> Any:
        """Returns the tokens' entries of `x`, `(batch_size, sequence_length, ...)`."""
        rest = tuple(ops.shape(x)[2:])
        return ops.take(ops.reshape(x, (self.batch * self.length, *rest)), self.rows, axis=0)

    def pad(self, x: Any) -> Any:
        """Returns `(batch_size, sequence_length, width)` of `(tokens, width)`, 0 at padding."""
        kept = ops.cast(ops.expand_dims(self.kept, axis=2), x.dtype)
        return _move(x, self.numbers, self.rows) * kept

    def first(self, x: Any) -> Any:
        """Returns the vector of each row's first token, `(batch_size, width)`."""
        is_first = ops.expand_dims(ops.cast(self.positions < 1, "int32"), axis=1)
        return _move(x, self.numbers[:, 0], self.rows // self.length, is_first)

    def split_heads(self, x: Any, num_heads: int) -> Any:
        """Returns `(batch_size, num_heads, sequence_length, head_dim)`, anything at padding."""
        # What padding holds is finite and has no influence, so that its gradient is exactly zero.
        return _move(x, self._index, self._back, width=x.shape[1] // num_heads)

    def merge_heads(self, x: Any) -> Any:
        """Undoes `split_heads`."""
        width, kept = x.shape[3], self._kept_heads
        return _move(x, self._back, self._index, kept, width, joined=self.num_heads * width)

    def _head_indices(self, num_heads: int) -> Any:
        """Returns where `(batch, heads, length)` is found in `(tokens, heads)`, and back."""
        heads = ops.arange(num_heads, dtype="int32")
        index = ops.expand_dims(self.numbers, axis=1) * num_heads + heads[None, :, None]
        row = ops.expand_dims(self.rows // self.length, axis=1)  # (tokens, 1)
        back = (row * num_heads + heads[None, :]) * self.length
        return index, back + ops.expand_dims(self.positions, axis=1)


def real_tokens(padding_mask: Any, num_heads: int = 1) -> Optional[RealTokens]:
    """Returns the layout without padding, or `None` where shapes must be known in advance.

    These are JAX, XLA (`jit_compile=True`), and a PyTorch graph that is traced or exported.

    Args:
        padding_mask: int tensor `(batch_size, sequence_length)`.
        num_heads: int, above 0. Attention heads.
    """
    return RealTokens(padding_mask, num_heads) if has_dynamic_shapes(padding_mask) else None


def _move(
    x: Any,
    index: Any,
    back: Any,
    kept: Any = None,
    width: Optional[int] = None,
    joined: Optional[int] = None,
) -> Any:
    """Indexes rows: `x[index]`. The gradient is indexed too, by `back`, and adds nothing up.

    Args:
        x: float tensor, seen as `(rows, width)`.
        index: int tensor of any shape.
        back: int tensor. Where in the flattened `index` each row of `x` is.
        kept: int tensor that broadcasts over the gradient, 0 at rows of `x` that `index` leaves
            out.
        width: int. `None` for that of `x`.
        joined: int. Width that the result is brought to, `(rows, joined)`.
    """

    @custom_gradient
    def move(x: Any) -> Any:
        size = width or x.shape[-1]

        def gradient(upstream: Any) -> Any:
            moved = take_rows(ops.reshape(upstream, (-1, size)), back)
            if kept is not None:
                moved = moved * ops.cast(kept, moved.dtype)
            same = len(x.shape) == len(moved.shape)
            return moved if same else ops.reshape(moved, (-1, x.shape[-1]))

        taken = take_rows(ops.reshape(x, (-1, size)), index)
        return taken if joined is None else ops.reshape(taken, (-1, joined)), gradient

    return move(x)
