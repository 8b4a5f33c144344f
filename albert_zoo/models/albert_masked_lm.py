"""AlbertMaskedLM: a backbone that predicts masked words."""

from __future__ import annotations

from typing import Any, Dict

from albert_zoo.keras_api import keras, register_keras_serializable
from albert_zoo.layers import MaskedLMHead
from albert_zoo.models.albert_backbone import AlbertBackbone
from albert_zoo.models.pretraining_heads import PretrainingHeads


@register_keras_serializable("albert_zoo")
class AlbertMaskedLM(PretrainingHeads):
    """ALBERT that predicts masked words, without the head for sentence order.

    For filling gaps, and for going on with pre-training on texts whose order means nothing. An
    ordinary functional `keras.Model`; `MaskedWordLoss` is its loss. See `AlbertPretrainer`.

    Args:
        backbone: `AlbertBackbone`.
        **kwargs: `name`, `trainable`, `dtype` of `keras.Model`.

    Call arguments:
        inputs: dict of int tensors: `token_ids`, `segment_ids` and `padding_mask`
            `(batch_size, sequence_length)`, and `mask_positions` `(batch_size, num_predictions)`,
            each in [0, sequence_length).

    Output shape:
        float32 tensor `(batch_size, num_predictions, vocabulary_size)`, logits.

    Example:

    >>> import numpy as np
    >>> backbone = AlbertBackbone(
    ...     vocabulary_size=50, num_layers=2, num_heads=2, embedding_dim=8, hidden_dim=16,
    ...     intermediate_dim=32, max_sequence_length=32)
    >>> ids = np.ones((2, 7), "int32")
    >>> inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids}
    >>> inputs["mask_positions"] = np.array([[1], [3]])
    >>> tuple(AlbertMaskedLM(backbone)(inputs).shape)
    (2, 1, 50)
    """

    heads = ("mlm",)

    def __init__(self, backbone: AlbertBackbone, **kwargs: Any):
        dtype = kwargs.pop("dtype", None) or backbone.dtype_policy

        # === Layers ===
        mlm_head = MaskedLMHead(
            backbone.embeddings.token_embedding,
            layer_norm_epsilon=backbone.layer_norm_epsilon,
            initializer_range=backbone.initializer_range,
            dtype=dtype,
            name="mlm",
        )

        # === Functional Model ===
        inputs = dict(backbone.input)
        mask_positions = keras.Input(shape=(None,), dtype="int32", name="mask_positions")
        sequence_output = backbone(inputs, skip_padding=True)["sequence_output"]
        outputs = mlm_head(sequence_output, mask_positions=mask_positions)
        inputs["mask_positions"] = mask_positions
        super().__init__(inputs=inputs, outputs=outputs, dtype=dtype, **kwargs)

        # === Config ===
        self.backbone = backbone
        self.mlm_head = mlm_head

    def head_weights(self) -> Dict[str, Any]:
        return {f"mlm/{k}": v for k, v in self.mlm_head.named_weights().items()}
