"""AlbertPretrainer: a backbone with the two heads of ALBERT's pre-training."""

from __future__ import annotations

from typing import Any, Dict

from albert_zoo.keras_api import keras, register_keras_serializable
from albert_zoo.layers import MaskedLMHead
from albert_zoo.layers.initial_weights import NormalInitializer
from albert_zoo.models.albert_backbone import AlbertBackbone
from albert_zoo.models.pretraining_heads import PretrainingHeads


@register_keras_serializable("albert_zoo")
class AlbertPretrainer(PretrainingHeads):
    """ALBERT that predicts masked words and whether two segments stand in their order.

    An ordinary functional `keras.Model` with two outputs. Re-implements google-research/albert
    run_pretraining.py, `get_masked_lm_output` and `get_sentence_order_output`.

    Args:
        backbone: `AlbertBackbone`.
        **kwargs: `name`, `trainable`, `dtype` of `keras.Model`.

    Call arguments:
        inputs: dict of int tensors: `token_ids`, `segment_ids` and `padding_mask`
            `(batch_size, sequence_length)`, and `mask_positions` `(batch_size, num_predictions)`,
            each in [0, sequence_length).

    Output shape:
        dict of float32 tensors: `mlm`, logits `(batch_size, num_predictions, vocabulary_size)`, and
        `sop`, logits `(batch_size, 2)` of "in order" and "swapped".

    Example:

    >>> import numpy as np
    >>> backbone = AlbertBackbone(
    ...     vocabulary_size=50, num_layers=2, num_heads=2, embedding_dim=8, hidden_dim=16,
    ...     intermediate_dim=32, max_sequence_length=32)
    >>> ids = np.ones((2, 7), "int32")
    >>> inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids}
    >>> outputs = AlbertPretrainer(backbone)({**inputs, "mask_positions": np.array([[1], [3]])})
    >>> tuple(outputs["mlm"].shape), tuple(outputs["sop"].shape)
    ((2, 1, 50), (2, 2))

    References:
        [Lan et al., 2019](https://arxiv.org/abs/1909.11942)
    """

    heads = ("mlm", "sop")

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
        sop_head = keras.layers.Dense(
            2,
            kernel_initializer=NormalInitializer(stddev=backbone.initializer_range),
            dtype="float32",  # logits stay float32 under mixed precision
            name="sop",
        )

        # === Functional Model ===
        inputs = dict(backbone.input)
        mask_positions = keras.Input(shape=(None,), dtype="int32", name="mask_positions")
        encoded = backbone(inputs, skip_padding=True)
        outputs = {
            "mlm": mlm_head(encoded["sequence_output"], mask_positions=mask_positions),
            "sop": sop_head(encoded["pooled_output"]),
        }
        inputs["mask_positions"] = mask_positions
        super().__init__(inputs=inputs, outputs=outputs, dtype=dtype, **kwargs)

        # === Config ===
        self.backbone = backbone
        self.mlm_head = mlm_head
        self.sop_head = sop_head

    def head_weights(self) -> Dict[str, Any]:
        named = {f"mlm/{k}": v for k, v in self.mlm_head.named_weights().items()}
        named.update({"sop/kernel": self.sop_head.kernel, "sop/bias": self.sop_head.bias})
        return named
