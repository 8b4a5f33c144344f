"""SharedTransformerStack: a few blocks, called many times."""

from __future__ import annotations

from typing import Any, Dict, List

from albert_zoo.keras_api import (
    build_sublayer,
    keras,
    ops,
    register_keras_serializable,
)
from albert_zoo.layers.argument_checks import check_multiple, check_positive
from albert_zoo.layers.backend_graphs import read_once, traced_once
from albert_zoo.layers.rematerialization import rematerialized
from albert_zoo.layers.transformer_block import AlbertTransformerBlock

# Added to the scores of padded keys. The original's value: exp(-10000) is 0 in float32, float16
# can hold it, and a row of padding alone stays finite.
PADDING_BIAS = -10000.0


@register_keras_serializable("albert_zoo")
class SharedTransformerStack(keras.layers.Layer):
    """`num_layers` layers that share the parameters of `num_groups` groups of blocks.

    Layer `i` runs every block of group `int(i / num_layers * num_groups)`, one after another
    ("cross-layer parameter sharing", section 3.1 of the paper). The published models have one group
    of one block. Re-implements google-research/albert modeling.py, `transformer_model`.

    Args:
        num_layers: int, a multiple of `num_groups`. How often a group is run.
        num_heads: int, above 0. Attention heads of a block.
        hidden_dim: int, a multiple of `num_heads`. Width of input and output.
        intermediate_dim: int, above 0. Width inside the feed-forward networks.
        num_groups: int, above 0. Groups with parameters of their own.
        num_inner_repetitions: int, above 0. Blocks in a group.
        dropout: float in [0, 1). Dropped from each sublayer's output in training.
        attention_dropout: float in [0, 1). Dropped from attention probabilities in training.
        layer_norm_epsilon: float. Added to the variance.
        initializer_range: float. Standard deviation of the truncated normal initializer.
        **kwargs: `name`, `dtype`, `trainable` of `keras.layers.Layer`.

    Call arguments:
        hidden_states: float tensor `(batch_size, sequence_length, hidden_dim)`.
        padding_mask: int tensor `(batch_size, sequence_length)`, 1 at real tokens and 0 at padding.
        training: bool. Whether dropout is on.
        return_all_layers: bool. Whether to return the output of every block call instead.
        layout: `RealTokens` where `hidden_states` is `(tokens, hidden_dim)`.
        first_only: bool. Whether to return each row's first token alone, for which the last block
            then leaves out the others.

    Output shape:
        float tensor of the shape of `hidden_states`, with `first_only` `(batch_size, hidden_dim)`,
        or with `return_all_layers` a list of `num_layers * num_inner_repetitions` of them.

    Masking:
        Padded positions are never attended to; their own outputs mean nothing.

    Raises:
        ValueError: an argument is out of range, or `num_layers` is not a multiple of `num_groups`.

    Example:

    >>> import numpy as np
    >>> stack = SharedTransformerStack(
    ...     num_layers=6, num_heads=2, hidden_dim=16, intermediate_dim=32)
    >>> tuple(stack(np.ones((2, 7, 16), "float32")).shape), len(stack.blocks)
    ((2, 7, 16), 1)

    References:
        [Lan et al., 2019](https://arxiv.org/abs/1909.11942)
    """

    def __init__(
        self,
        num_layers: int,
        num_heads: int,
        hidden_dim: int,
        intermediate_dim: int,
        num_groups: int = 1,
        num_inner_repetitions: int = 1,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        layer_norm_epsilon: float = 1e-12,
        initializer_range: float = 0.02,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_positive(
            num_layers=num_layers,
            num_groups=num_groups,
            num_inner_repetitions=num_inner_repetitions,
        )
        check_multiple("num_layers", "num_groups", num_layers=num_layers, num_groups=num_groups)
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.hidden_dim = hidden_dim
        self.intermediate_dim = intermediate_dim
        self.num_groups = num_groups
        self.num_inner_repetitions = num_inner_repetitions
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.layer_norm_epsilon = layer_norm_epsilon
        self.initializer_range = initializer_range
        self.blocks: List[Any] = [
            AlbertTransformerBlock(
                hidden_dim=hidden_dim,
                intermediate_dim=intermediate_dim,
                num_heads=num_heads,
                dropout=dropout,
                attention_dropout=attention_dropout,
                layer_norm_epsilon=layer_norm_epsilon,
                initializer_range=initializer_range,
                dtype=self.dtype_policy,
                name=f"group_{group}_inner_{inner}",
            )
            for group in range(num_groups)
            for inner in range(num_inner_repetitions)
        ]

    remat: bool = False
    """Whether a block's inner results are computed again for the gradient rather than kept: less
    memory, a third more time, the same gradient. Set it before `compile`."""

    one_trace: bool = True
    """Whether TensorFlow traces each block once and calls that graph for every layer, which makes
    the first step come sooner. Set it before `compile`."""

    def build(self, hidden_states_shape: Any, padding_mask_shape: Any = None) -> None:
        for block in self.blocks:
            build_sublayer(block, (None, None, self.hidden_dim))
        self.built = True

    def call(
        self,
        hidden_states: Any,
        padding_mask: Any = None,
        training: Any = None,
        return_all_layers: bool = False,
        layout: Any = None,
        first_only: bool = False,
    ) -> Any:
        attention_bias = None
        if padding_mask is not None:
            padded = 1.0 - ops.cast(padding_mask, "float32")
            attention_bias = padded[:, None, None, :] * PADDING_BIAS  # (batch, 1, 1, length)
        how = dict(attention_bias=attention_bias, training=training, layout=layout)
        reads = {block.name: read_once(block) if self.one_trace else None for block in self.blocks}
        functions = {
            block.name: self._function(block, reads[block.name], how) for block in self.blocks
        }
        *calls, last = self._calls()
        outputs = []
        for block in calls:
            seeds = block.draw_seeds() if training else ()
            outputs.append(functions[block.name](hidden_states, *seeds))
            hidden_states = outputs[-1]
        call = functions[last.name]
        if first_only:
            call = self._function(last, reads[last.name], dict(how, first_only=True))
        outputs.append(call(hidden_states, *(last.draw_seeds() if training else ())))
        return outputs if return_all_layers else outputs[-1]

    def _function(self, block: Any, weights: Any, how: Dict[str, Any]) -> Any:
        """Returns a block's call as a function of hidden states and seeds."""

        def call(hidden_states: Any, *seeds: Any) -> Any:
            return block(hidden_states, **how, seeds=seeds)

        remat = self.remat and how["training"] is not False
        if weights is not None:
            is_last = how.get("first_only", False)
            return traced_once(call, weights, again=remat, is_last=is_last)
        return (lambda *tensors: rematerialized(call, *tensors)) if remat else call

    def _calls(self) -> List[Any]:
        """Returns the block of every call, first to last."""
        calls: List[Any] = []
        for layer in range(self.num_layers):
            group = int(layer / self.num_layers * self.num_groups)
            first = group * self.num_inner_repetitions
            calls.extend(self.blocks[first : first + self.num_inner_repetitions])
        return calls

    def compute_output_shape(self, hidden_states_shape: Any, padding_mask_shape: Any = None) -> Any:
        return hidden_states_shape

    def named_weights(self) -> Dict[str, Any]:
        """Returns this layer's variables under the names that preset files use."""
        named = {}
        for number, block in enumerate(self.blocks):
            group, inner = divmod(number, self.num_inner_repetitions)
            for name, weight in block.named_weights().items():
                named[f"group_{group}/inner_{inner}/{name}"] = weight
        return named

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        config.update(
            num_layers=self.num_layers,
            num_heads=self.num_heads,
            hidden_dim=self.hidden_dim,
            intermediate_dim=self.intermediate_dim,
            num_groups=self.num_groups,
            num_inner_repetitions=self.num_inner_repetitions,
            dropout=self.dropout,
            attention_dropout=self.attention_dropout,
            layer_norm_epsilon=self.layer_norm_epsilon,
            initializer_range=self.initializer_range,
        )
        return config
