"""AlbertBackbone: ids to one vector a token and one a sequence."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

from albert_zoo.keras_api import keras, register_keras_serializable
from albert_zoo.layers import FactorizedEmbedding, SharedTransformerStack
from albert_zoo.layers.initial_weights import NormalInitializer
from albert_zoo.layers.real_tokens import real_tokens
from albert_zoo.models.pretrained import PretrainedModel, preset_of, weights_to_be_set
from albert_zoo.zoo import find_preset, read_preset, write_preset


@register_keras_serializable("albert_zoo")
class AlbertBackbone(PretrainedModel):
    """ALBERT without a task's head.

    The defaults are ALBERT-base v2. Re-implements google-research/albert modeling.py,
    `AlbertModel`.

    Args:
        vocabulary_size: int. Number of token ids.
        num_layers: int, a multiple of `num_groups`. Transformer layers.
        num_heads: int. Attention heads, of which `hidden_dim` is a multiple.
        embedding_dim: int. Width of the embedding tables.
        hidden_dim: int. Width of the hidden vectors. Equal to `embedding_dim`: no projection.
        intermediate_dim: int. Width inside the feed-forward networks.
        num_groups: int. Groups of blocks with parameters of their own.
        num_inner_repetitions: int. Blocks in a group.
        dropout: float in [0, 1). Dropped from embeddings and sublayer outputs in training.
        attention_dropout: float in [0, 1). Dropped from attention probabilities in training.
            `None` means the value of `dropout`.
        max_sequence_length: int. Longest input, in tokens.
        num_segments: int. Segment ids.
        layer_norm_epsilon: float. Added to the variance.
        initializer_range: float. Standard deviation of the truncated normal initializer.
        dtype: str or `keras.DTypePolicy`: "float32", "mixed_bfloat16", "mixed_float16" ...
        remat: bool. Whether training computes the blocks' inner results again for the gradient
            rather than keep them (gradient checkpointing). No part of `get_config` and presets.
        **kwargs: `name` and `trainable` of `keras.Model`.

    Call arguments:
        inputs: dict of int tensors `(batch_size, sequence_length)`: `token_ids`, `segment_ids`
            and `padding_mask` (1 at real tokens, 0 at padding).
        training: bool. Whether dropout is on.
        skip_padding: bool. Whether `sequence_output` may hold zeros at padding, so that nothing is
            computed there; see `unpad`. By default it holds what the original computes there.
        pooled_only: bool. Whether to return `pooled_output` alone. The last block then computes
            each row's first token and nothing else; see `first_token_alone`.

    Output shape:
        dict of float tensors: `sequence_output` `(batch_size, sequence_length, hidden_dim)` and
        `pooled_output` `(batch_size, hidden_dim)`, in [-1, 1].

    Raises:
        ValueError: an argument is out of range, or an input is longer than `max_sequence_length`.

    Example:

    >>> import numpy as np
    >>> backbone = AlbertBackbone(
    ...     vocabulary_size=50, num_layers=2, num_heads=2, embedding_dim=8, hidden_dim=16,
    ...     intermediate_dim=32, max_sequence_length=32)
    >>> ids = np.ones((2, 7), "int32")
    >>> outputs = backbone({"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids})
    >>> tuple(outputs["sequence_output"].shape), tuple(outputs["pooled_output"].shape)
    ((2, 7, 16), (2, 16))

    References:
        [Lan et al., 2019](https://arxiv.org/abs/1909.11942)
    """

    def __init__(
        self,
        vocabulary_size: int = 30000,
        num_layers: int = 12,
        num_heads: int = 12,
        embedding_dim: int = 128,
        hidden_dim: int = 768,
        intermediate_dim: int = 3072,
        num_groups: int = 1,
        num_inner_repetitions: int = 1,
        dropout: float = 0.0,
        attention_dropout: Optional[float] = None,
        max_sequence_length: int = 512,
        num_segments: int = 2,
        layer_norm_epsilon: float = 1e-12,
        initializer_range: float = 0.02,
        dtype: Any = None,
        remat: bool = False,
        **kwargs: Any,
    ):
        if attention_dropout is None:
            attention_dropout = dropout
        dtype = keras.dtype_policies.get(dtype)

        # === Layers ===
        embeddings = FactorizedEmbedding(
            vocabulary_size=vocabulary_size,
            embedding_dim=embedding_dim,
            hidden_dim=hidden_dim,
            max_sequence_length=max_sequence_length,
            num_segments=num_segments,
            dropout=dropout,
            layer_norm_epsilon=layer_norm_epsilon,
            initializer_range=initializer_range,
            dtype=dtype,
            name="embeddings",
        )
        encoder = SharedTransformerStack(
            num_layers=num_layers,
            num_heads=num_heads,
            hidden_dim=hidden_dim,
            intermediate_dim=intermediate_dim,
            num_groups=num_groups,
            num_inner_repetitions=num_inner_repetitions,
            dropout=dropout,
            attention_dropout=attention_dropout,
            layer_norm_epsilon=layer_norm_epsilon,
            initializer_range=initializer_range,
            dtype=dtype,
            name="encoder",
        )
        encoder.remat = remat
        pooler = keras.layers.Dense(
            hidden_dim,
            activation="tanh",
            kernel_initializer=NormalInitializer(stddev=initializer_range),
            dtype=dtype,
            name="pooler",
        )

        # === Functional Model ===
        inputs = {
            name: keras.Input(shape=(None,), dtype="int32", name=name)
            for name in ("token_ids", "segment_ids", "padding_mask")
        }
        x = embeddings(inputs["token_ids"], segment_ids=inputs["segment_ids"])
        sequence_output = encoder(x, padding_mask=inputs["padding_mask"])
        pooled_output = pooler(sequence_output[:, 0, :])
        super().__init__(
            inputs=inputs,
            outputs={"sequence_output": sequence_output, "pooled_output": pooled_output},
            dtype=dtype,
            **kwargs,
        )

        # === Config ===
        self.embeddings = embeddings
        self.encoder = encoder
        self.pooler = pooler
        self.vocabulary_size = vocabulary_size
        self.num_layers = num_layers
        self.num_heads = num_heads
        self.embedding_dim = embedding_dim
        self.hidden_dim = hidden_dim
        self.intermediate_dim = intermediate_dim
        self.num_groups = num_groups
        self.num_inner_repetitions = num_inner_repetitions
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.max_sequence_length = max_sequence_length
        self.num_segments = num_segments
        self.layer_norm_epsilon = layer_norm_epsilon
        self.initializer_range = initializer_range

    unpad: bool = True
    """Whether `skip_padding` and `pooled_only` compute the real tokens alone, where shapes may
    depend on values: not on JAX and under XLA. Results are the same. Set it before `compile`."""

    first_token_alone: bool = True
    """Whether, with `pooled_only`, the last block computes each row's first token and nothing else.
    Results are the same. Set it before `compile`."""

    def call(
        self,
        inputs: Dict[str, Any],
        training: Any = None,
        mask: Any = None,
        skip_padding: bool = False,
        pooled_only: bool = False,
    ) -> Dict[str, Any]:
        layout: Any = None
        if self.unpad and (skip_padding or pooled_only):
            layout = real_tokens(inputs["padding_mask"], self.num_heads)
        if layout is None and not pooled_only:
            return super().call(inputs, training=training, mask=mask)
        how = {"training": training, "layout": layout}
        x = self.embeddings(inputs["token_ids"], segment_ids=inputs["segment_ids"], **how)
        mask = inputs["padding_mask"]
        first_only = pooled_only and self.first_token_alone
        x = self.encoder(x, padding_mask=mask, first_only=first_only, **how)
        first = x
        if not first_only:
            first = x[:, 0] if layout is None else layout.first(x)
        outputs = {} if pooled_only else {"sequence_output": layout.pad(x)}
        return {**outputs, "pooled_output": self.pooler(first)}

    def compute_output_spec(self, inputs: Any, pooled_only: bool = False, **how: Any) -> Any:
        spec = super().compute_output_spec(inputs)
        return {"pooled_output": spec["pooled_output"]} if pooled_only else spec

    def layer_outputs(self, inputs: Dict[str, Any], training: Any = None) -> List[Any]:
        """Runs the backbone and returns the output of every block call, first to last.

        Args:
            inputs: dict of int tensors `(batch_size, sequence_length)`, as in the call.
            training: bool. Whether dropout is on.

        Returns:
            list of float tensors `(batch_size, sequence_length, hidden_dim)`.
        """
        x = self.embeddings(
            inputs["token_ids"], segment_ids=inputs["segment_ids"], training=training
        )
        return self.encoder(
            x, padding_mask=inputs["padding_mask"], training=training, return_all_layers=True
        )

    @classmethod
    def from_preset(
        cls, preset: Any, load_weights: bool = True, dtype: Any = None, **arguments: Any
    ) -> AlbertBackbone:
        """Builds a backbone from a preset, whatever its format, fetched if need be.

        Args:
            preset: str or path. A name that `albert-zoo presets` lists; a folder or archive of any
                format; or an address: `https://` of an archive, `hf://owner/name`, `kaggle://...`.
            load_weights: bool. False gives random weights.
            dtype: dtype policy of the model, such as `"mixed_bfloat16"`.
            **arguments: override the preset's arguments, such as `dropout`.

        Returns:
            `AlbertBackbone`.

        Raises:
            PresetNotFoundError: no such preset, or its weights are not here.
            ConversionError: the weights do not fit the configuration.
        """
        folder = find_preset(preset, need_weights=load_weights)
        stored = read_preset(folder)
        arguments = {"name": "backbone", **stored.backbone_config, **arguments}
        arrays = stored.backbone_arrays if load_weights else None
        with weights_to_be_set(arrays):
            backbone = cls(**arguments, dtype=dtype)
        if arrays is not None:
            backbone.set_named_arrays(arrays, source=str(folder))
        return backbone

    def save_to_preset(
        self, folder: Any, preprocessor: Any = None, overwrite: bool = False
    ) -> Path:
        """Writes the backbone as a preset folder.

        Args:
            folder: path of a new or empty folder.
            preprocessor: `AlbertPreprocessor` to go with it, or `None`.
            overwrite: bool. Whether a preset that is there may be replaced.

        Returns:
            `pathlib.Path` of the folder.

        Raises:
            OutputExistsError: the folder is not empty and `overwrite` is false.
        """
        return write_preset(folder, preset_of(self, preprocessor), overwrite=overwrite)

    def named_weights(self) -> Dict[str, Any]:
        """Returns every variable under the name that preset files use."""
        named = {f"embeddings/{k}": v for k, v in self.embeddings.named_weights().items()}
        named.update({f"encoder/{k}": v for k, v in self.encoder.named_weights().items()})
        named.update({"pooler/kernel": self.pooler.kernel, "pooler/bias": self.pooler.bias})
        return named

    def get_config(self) -> Dict[str, Any]:
        config = self.base_config()
        config.update(
            vocabulary_size=self.vocabulary_size,
            num_layers=self.num_layers,
            num_heads=self.num_heads,
            embedding_dim=self.embedding_dim,
            hidden_dim=self.hidden_dim,
            intermediate_dim=self.intermediate_dim,
            num_groups=self.num_groups,
            num_inner_repetitions=self.num_inner_repetitions,
            dropout=self.dropout,
            attention_dropout=self.attention_dropout,
            max_sequence_length=self.max_sequence_length,
            num_segments=self.num_segments,
            layer_norm_epsilon=self.layer_norm_epsilon,
            initializer_range=self.initializer_range,
        )
        return config
