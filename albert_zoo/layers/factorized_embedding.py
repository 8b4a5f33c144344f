"""FactorizedEmbedding: ids to hidden vectors through a narrow table."""

from __future__ import annotations

from typing import Any, Dict

from albert_zoo.keras_api import build_sublayer, keras, ops, register_keras_serializable
from albert_zoo.layers.argument_checks import check_positive, check_rate
from albert_zoo.layers.initial_weights import NormalInitializer
from albert_zoo.layers.token_functions import layer_norm


@register_keras_serializable("albert_zoo")
class FactorizedEmbedding(keras.layers.Layer):
    """Sum of token, position and segment embeddings, normalized, then projected to the hidden size.

    ALBERT keeps its tables `embedding_dim` wide (128) and reaches `hidden_dim` with one matrix, so
    that a 30,000-piece vocabulary costs 4 M parameters at any hidden size ("factorized embedding
    parameterization", section 3.1 of the paper). Where the two sizes are equal there is no matrix.
    Re-implements google-research/albert modeling.py, `embedding_lookup`, `embedding_postprocessor`
    and the first lines of `transformer_model`.

    Args:
        vocabulary_size: int, above 0. Number of token ids.
        embedding_dim: int, above 0. Width of the tables.
        hidden_dim: int, above 0. Width of the output.
        max_sequence_length: int, above 0. Positions that have an embedding, in tokens.
        num_segments: int, above 0. Segment ids, 2 for ALBERT.
        dropout: float in [0, 1). Fraction of the normalized embedding that training drops.
        layer_norm_epsilon: float. Added to the variance.
        initializer_range: float. Standard deviation of the truncated normal initializer.
        **kwargs: `name`, `dtype`, `trainable` of `keras.layers.Layer`.

    Call arguments:
        token_ids: int tensor `(batch_size, sequence_length)`, each in [0, vocabulary_size).
        segment_ids: int tensor of the same shape, each in [0, num_segments). Zeros if left out.
        training: bool. Whether dropout is on.
        layout: `RealTokens`, to embed the real tokens alone.

    Output shape:
        float tensor `(batch_size, sequence_length, hidden_dim)`, or `(tokens, hidden_dim)` with
        `layout`.

    Raises:
        ValueError: an argument is out of range, or `sequence_length` exceeds
            `max_sequence_length`.

    Example:

    >>> import numpy as np
    >>> layer = FactorizedEmbedding(vocabulary_size=50, embedding_dim=8, hidden_dim=16)
    >>> tuple(layer(np.ones((2, 7), "int32")).shape)
    (2, 7, 16)

    References:
        [Lan et al., 2019](https://arxiv.org/abs/1909.11942)
    """

    def __init__(
        self,
        vocabulary_size: int,
        embedding_dim: int,
        hidden_dim: int,
        max_sequence_length: int = 512,
        num_segments: int = 2,
        dropout: float = 0.0,
        layer_norm_epsilon: float = 1e-12,
        initializer_range: float = 0.02,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_positive(
            vocabulary_size=vocabulary_size,
            embedding_dim=embedding_dim,
            hidden_dim=hidden_dim,
            max_sequence_length=max_sequence_length,
            num_segments=num_segments,
        )
        check_rate(dropout=dropout)
        self.vocabulary_size = vocabulary_size
        self.embedding_dim = embedding_dim
        self.hidden_dim = hidden_dim
        self.max_sequence_length = max_sequence_length
        self.num_segments = num_segments
        self.dropout = dropout
        self.layer_norm_epsilon = layer_norm_epsilon
        self.initializer_range = initializer_range

        def table(rows: int, name: str) -> Any:
            return keras.layers.Embedding(
                rows,
                embedding_dim,
                embeddings_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name=name,
            )

        self.token_embedding = table(vocabulary_size, "token_embedding")
        self.position_embedding = table(max_sequence_length, "position_embedding")
        self.segment_embedding = table(num_segments, "segment_embedding")
        self.layer_norm = keras.layers.LayerNormalization(
            epsilon=layer_norm_epsilon, dtype=self.dtype_policy, name="layer_norm"
        )
        self.dropout_layer = keras.layers.Dropout(dropout, dtype=self.dtype_policy, name="dropout")
        self.projection = None
        if embedding_dim != hidden_dim:
            self.projection = keras.layers.Dense(
                hidden_dim,
                kernel_initializer=self._initializer(),
                dtype=self.dtype_policy,
                name="projection",
            )

    def _initializer(self) -> Any:
        return NormalInitializer(stddev=self.initializer_range)

    def build(self, token_ids_shape: Any, segment_ids_shape: Any = None) -> None:
        for table in (self.token_embedding, self.position_embedding, self.segment_embedding):
            build_sublayer(table, (None, None))
        build_sublayer(self.layer_norm, (None, None, self.embedding_dim))
        if self.projection is not None:
            build_sublayer(self.projection, (None, None, self.embedding_dim))
        self.built = True

    def call(
        self, token_ids: Any, segment_ids: Any = None, training: Any = None, layout: Any = None
    ) -> Any:
        x = self.embed(token_ids, segment_ids, training=training, layout=layout)
        return x if self.projection is None else self.projection(x)

    def embed(
        self, token_ids: Any, segment_ids: Any = None, training: Any = None, layout: Any = None
    ) -> Any:
        """Returns the normalized embedding before the projection.

        Args:
            token_ids: as in the call.
            segment_ids: as in the call.
            training: as in the call.
            layout: as in the call.

        Returns:
            float tensor `(batch_size, sequence_length, embedding_dim)`, or
            `(tokens, embedding_dim)`.
        """
        length = ops.shape(token_ids)[1]
        self._check_length(length)
        if segment_ids is None:
            segment_ids = ops.zeros_like(token_ids)
        positions = ops.arange(length)  # broadcast over the batch
        if layout is not None:
            token_ids, segment_ids = layout.gather(token_ids), layout.gather(segment_ids)
            positions = layout.positions
        x = self.token_embedding(token_ids)
        x = x + self.segment_embedding(segment_ids)
        x = x + self.position_embedding(positions)
        return self.dropout_layer(layer_norm(self.layer_norm, x), training=training)

    def _check_length(self, length: Any) -> None:
        if isinstance(length, int) and length > self.max_sequence_length:
            raise ValueError(
                f"`sequence_length` must be at most `max_sequence_length`. Received: {length} "
                f"tokens, max_sequence_length={self.max_sequence_length}. Truncate the input."
            )

    def compute_output_shape(self, token_ids_shape: Any, segment_ids_shape: Any = None) -> Any:
        self._check_length(token_ids_shape[1])
        return (*token_ids_shape, self.hidden_dim)

    def named_weights(self) -> Dict[str, Any]:
        """Returns this layer's variables under the names that preset files use."""
        named = {
            "token_embeddings": self.token_embedding.embeddings,
            "position_embeddings": self.position_embedding.embeddings,
            "segment_embeddings": self.segment_embedding.embeddings,
            "layer_norm/gamma": self.layer_norm.gamma,
            "layer_norm/beta": self.layer_norm.beta,
        }
        if self.projection is not None:
            named["projection/kernel"] = self.projection.kernel
            named["projection/bias"] = self.projection.bias
        return named

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        config.update(
            vocabulary_size=self.vocabulary_size,
            embedding_dim=self.embedding_dim,
            hidden_dim=self.hidden_dim,
            max_sequence_length=self.max_sequence_length,
            num_segments=self.num_segments,
            dropout=self.dropout,
            layer_norm_epsilon=self.layer_norm_epsilon,
            initializer_range=self.initializer_range,
        )
        return config
