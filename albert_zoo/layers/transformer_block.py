"""AlbertTransformerBlock: one un-shared block of self-attention and feed-forward."""

from __future__ import annotations

import math
from typing import Any, Dict, Sequence

from albert_zoo.keras_api import build_sublayer, keras, ops, register_keras_serializable
from albert_zoo.layers.argument_checks import check_multiple, check_positive, check_rate
from albert_zoo.layers.initial_weights import NormalInitializer
from albert_zoo.layers.padded_tokens import PaddedTokens
from albert_zoo.layers.rematerialization import draw_seeds, drop
from albert_zoo.layers.token_functions import (
    add,
    biased_softmax,
    dense_of_gelu,
    layer_norm,
    norm_and_dense,
)


@register_keras_serializable("albert_zoo")
class AlbertTransformerBlock(keras.layers.Layer):
    """Self-attention and a feed-forward network, each with a residual and a LayerNorm after it.

    The activation is the tanh form of GELU, which every ALBERT checkpoint was trained with, also
    where a configuration says plain "gelu". Softmax runs in float32 under every dtype policy.
    Re-implements google-research/albert modeling.py, `attention_ffn_block`.

    Args:
        hidden_dim: int, a multiple of `num_heads`. Width of input and output.
        intermediate_dim: int, above 0. Width inside the feed-forward network.
        num_heads: int, above 0. Attention heads.
        dropout: float in [0, 1). Dropped from both sublayers' outputs in training.
        attention_dropout: float in [0, 1). Dropped from the attention probabilities in training.
        layer_norm_epsilon: float. Added to the variance.
        initializer_range: float. Standard deviation of the truncated normal initializer.
        **kwargs: `name`, `dtype`, `trainable` of `keras.layers.Layer`.

    Call arguments:
        hidden_states: float tensor `(batch_size, sequence_length, hidden_dim)`.
        attention_bias: float32 tensor that broadcasts to
            `(batch_size, num_heads, sequence_length, sequence_length)`, added to the scores.
        training: bool. Whether dropout is on.
        layout: `RealTokens` where `hidden_states` is `(tokens, hidden_dim)`.
        first_only: bool. Whether to compute the output of each row's first token alone.
        seeds: list of tensors that `draw_seeds` returned, for dropout that can be repeated.

    Output shape:
        float tensor of the shape of `hidden_states`; with `first_only` `(batch_size, hidden_dim)`.

    Raises:
        ValueError: an argument is out of range, or `hidden_dim` is not a multiple of `num_heads`.

    Example:

    >>> import numpy as np
    >>> block = AlbertTransformerBlock(hidden_dim=16, intermediate_dim=32, num_heads=2)
    >>> tuple(block(np.ones((2, 7, 16), "float32")).shape)
    (2, 7, 16)

    References:
        [Lan et al., 2019](https://arxiv.org/abs/1909.11942)
    """

    def __init__(
        self,
        hidden_dim: int,
        intermediate_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        attention_dropout: float = 0.0,
        layer_norm_epsilon: float = 1e-12,
        initializer_range: float = 0.02,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_positive(
            hidden_dim=hidden_dim, intermediate_dim=intermediate_dim, num_heads=num_heads
        )
        check_multiple("hidden_dim", "num_heads", hidden_dim=hidden_dim, num_heads=num_heads)
        check_rate(dropout=dropout, attention_dropout=attention_dropout)
        self.hidden_dim = hidden_dim
        self.intermediate_dim = intermediate_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.layer_norm_epsilon = layer_norm_epsilon
        self.initializer_range = initializer_range

        def dense(width: int, name: str) -> Any:
            return keras.layers.Dense(
                width,
                kernel_initializer=NormalInitializer(stddev=initializer_range),
                dtype=self.dtype_policy,
                name=name,
            )

        def norm(name: str) -> Any:
            return keras.layers.LayerNormalization(
                epsilon=layer_norm_epsilon, dtype=self.dtype_policy, name=name
            )

        self.query = dense(hidden_dim, "query")
        self.key = dense(hidden_dim, "key")
        self.value = dense(hidden_dim, "value")
        self.attention_output = dense(hidden_dim, "attention_output")
        self.attention_layer_norm = norm("attention_layer_norm")
        self.intermediate = dense(intermediate_dim, "intermediate")
        self.output_dense = dense(hidden_dim, "output_dense")
        self.output_layer_norm = norm("output_layer_norm")
        self.dropout_layer = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")
        self.attention_dropout_layer = keras.layers.Dropout(
            attention_dropout, dtype=self.dtype_policy, name="attention_dropout"
        )

    def build(self, hidden_states_shape: Any, attention_bias_shape: Any = None) -> None:
        hidden_shape = (None, None, self.hidden_dim)
        for layer in (self.query, self.key, self.value, self.attention_output, self.intermediate):
            build_sublayer(layer, hidden_shape)
        build_sublayer(self.output_dense, (None, None, self.intermediate_dim))
        build_sublayer(self.attention_layer_norm, hidden_shape)
        build_sublayer(self.output_layer_norm, hidden_shape)
        self.built = True

    def call(
        self,
        hidden_states: Any,
        attention_bias: Any = None,
        training: Any = None,
        layout: Any = None,
        first_only: bool = False,
        seeds: Sequence[Any] = (),
    ) -> Any:
        in_attention, after_attention, after_inner = seeds or (None, None, None)
        layout = PaddedTokens() if layout is None else layout
        asking = layout.first(hidden_states) if first_only else hidden_states
        attended = self._attend(
            hidden_states, asking, attention_bias, training, layout, in_attention
        )
        attended = self.attention_output(attended)
        attended = drop(self.dropout_layer, attended, training, after_attention)
        attended = add(attended, asking)
        x, inner = norm_and_dense(self.attention_layer_norm, self.intermediate, attended)
        inner = dense_of_gelu(self.output_dense, inner)
        inner = drop(self.dropout_layer, inner, training, after_inner)
        return layer_norm(self.output_layer_norm, add(inner, x))

    def draw_seeds(self) -> Sequence[Any]:
        """Returns the seeds of the next call's dropout; none where nothing is dropped."""
        return draw_seeds(self.attention_dropout_layer, self.dropout_layer, self.dropout_layer)

    def _attend(
        self, x: Any, asking: Any, attention_bias: Any, training: Any, layout: Any, seed: Any
    ) -> Any:
        first_only = asking is not x
        head_dim = self.hidden_dim // self.num_heads
        query = self.query(asking) * (1.0 / math.sqrt(head_dim))
        if first_only:
            query = ops.reshape(query, (-1, self.num_heads, 1, head_dim))
        else:
            query = layout.split_heads(query, self.num_heads)
        key = layout.split_heads(self.key(x), self.num_heads)
        value = layout.split_heads(self.value(x), self.num_heads)
        scores = ops.matmul(query, ops.transpose(key, axes=(0, 1, 3, 2)))  # (batch, heads, L, L)
        scores = ops.cast(scores, "float32")
        bias = 0.0 if attention_bias is None else attention_bias
        probabilities = biased_softmax(scores, ops.cast(bias, "float32"))  # Keras casts arguments
        probabilities = ops.cast(probabilities, self.compute_dtype)
        probabilities = drop(self.attention_dropout_layer, probabilities, training, seed)
        context = ops.matmul(probabilities, value)
        if first_only:
            return ops.reshape(context, (-1, self.hidden_dim))
        return layout.merge_heads(context)

    def compute_output_shape(
        self, hidden_states_shape: Any, attention_bias_shape: Any = None
    ) -> Any:
        return hidden_states_shape

    def named_weights(self) -> Dict[str, Any]:
        """Returns this layer's variables under the names that preset files use."""
        dense = ("query", "key", "value", "attention_output", "intermediate", "output_dense")
        norms = ("attention_layer_norm", "output_layer_norm")
        named = {}
        for names, parts in ((dense, ("kernel", "bias")), (norms, ("gamma", "beta"))):
            for name in names:
                for part in parts:
                    named[f"{name}/{part}"] = getattr(getattr(self, name), part)
        return named

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        config.update(
            hidden_dim=self.hidden_dim,
            intermediate_dim=self.intermediate_dim,
            num_heads=self.num_heads,
            dropout=self.dropout,
            attention_dropout=self.attention_dropout,
            layer_norm_epsilon=self.layer_norm_epsilon,
            initializer_range=self.initializer_range,
        )
        return config
