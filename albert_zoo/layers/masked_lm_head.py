"""MaskedLMHead: hidden vectors at chosen positions to a score for every piece."""

from __future__ import annotations

from typing import Any, Dict

from albert_zoo.keras_api import build_sublayer, keras, ops, register_keras_serializable
from albert_zoo.layers.initial_weights import NormalInitializer


@register_keras_serializable("albert_zoo")
class MaskedLMHead(keras.layers.Layer):
    """Predicts the pieces that were masked, with the embedding table as its output matrix.

    Only the masked positions pass: a dense layer back to the width of the embeddings, the tanh form
    of GELU, LayerNorm, the transposed token table and a bias for each piece. Re-implements
    google-research/albert run_pretraining.py, `get_masked_lm_output`.

    Args:
        token_embedding: `keras.layers.Embedding`, the backbone's `embeddings.token_embedding`.
            The head trains it too.
        layer_norm_epsilon: float. Added to the variance.
        initializer_range: float. Standard deviation of the truncated normal initializer.
        **kwargs: `name`, `dtype`, `trainable` of `keras.layers.Layer`.

    Call arguments:
        sequence_output: float tensor `(batch_size, sequence_length, hidden_dim)`.
        mask_positions: int tensor `(batch_size, num_predictions)`, each in [0, sequence_length).

    Output shape:
        float32 tensor `(batch_size, num_predictions, vocabulary_size)`, logits.

    Example:

    >>> import numpy as np
    >>> table = keras.layers.Embedding(50, 8)
    >>> head = MaskedLMHead(table)
    >>> hidden = np.ones((2, 7, 16), "float32")
    >>> tuple(head(hidden, mask_positions=np.array([[1, 4], [2, 0]])).shape)
    (2, 2, 50)
    """

    def __init__(
        self,
        token_embedding: Any,
        layer_norm_epsilon: float = 1e-12,
        initializer_range: float = 0.02,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.token_embedding = token_embedding
        self.layer_norm_epsilon = layer_norm_epsilon
        self.initializer_range = initializer_range
        self.dense = keras.layers.Dense(
            token_embedding.output_dim,
            kernel_initializer=NormalInitializer(stddev=initializer_range),
            dtype=self.dtype_policy,
            name="dense",
        )
        self.layer_norm = keras.layers.LayerNormalization(
            epsilon=layer_norm_epsilon, dtype=self.dtype_policy, name="layer_norm"
        )

    def build(self, sequence_output_shape: Any, mask_positions_shape: Any = None) -> None:
        if not self.token_embedding.built:
            build_sublayer(self.token_embedding, (None, None))
        # tf.keras 2.6 must know how many dimensions come: the positions are in one.
        build_sublayer(self.dense, (None, sequence_output_shape[-1]))
        build_sublayer(self.layer_norm, (None, self.token_embedding.output_dim))
        self.output_bias = self.add_weight(
            shape=(self.token_embedding.input_dim,), initializer="zeros", name="output_bias"
        )
        self.built = True

    def call(self, sequence_output: Any, mask_positions: Any) -> Any:
        batch, length, width = ops.shape(sequence_output)
        rows = ops.expand_dims(ops.arange(batch, dtype="int32") * length, axis=1)
        flat = ops.reshape(ops.cast(mask_positions, "int32") + rows, (-1,))
        x = ops.take(ops.reshape(sequence_output, (-1, width)), flat, axis=0)
        x = self.layer_norm(ops.gelu(self.dense(x), approximate=True))
        table = ops.cast(ops.convert_to_tensor(self.token_embedding.embeddings), x.dtype)
        logits = ops.cast(ops.matmul(x, ops.transpose(table)), "float32")
        logits = logits + ops.cast(ops.convert_to_tensor(self.output_bias), "float32")
        return ops.reshape(logits, (*ops.shape(mask_positions), self.token_embedding.input_dim))

    def compute_output_shape(self, sequence_output_shape: Any, mask_positions_shape: Any) -> Any:
        return (*mask_positions_shape, self.token_embedding.input_dim)

    def compute_output_spec(self, sequence_output: Any, mask_positions: Any) -> Any:
        shape = self.compute_output_shape(sequence_output.shape, mask_positions.shape)
        return keras.KerasTensor(shape, dtype="float32")

    def named_weights(self) -> Dict[str, Any]:
        """Returns the head's own variables under the names that preset files use."""
        return {
            "dense/kernel": self.dense.kernel,
            "dense/bias": self.dense.bias,
            "layer_norm/gamma": self.layer_norm.gamma,
            "layer_norm/beta": self.layer_norm.beta,
            "output_bias": self.output_bias,
        }

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        config.update(
            token_embedding=keras.saving.serialize_keras_object(self.token_embedding),
            layer_norm_epsilon=self.layer_norm_epsilon,
            initializer_range=self.initializer_range,
        )
        return config

    @classmethod
    def from_config(cls, config: Dict[str, Any]) -> MaskedLMHead:
        config = dict(config)
        config["token_embedding"] = keras.saving.deserialize_keras_object(config["token_embedding"])
        return cls(**config)
