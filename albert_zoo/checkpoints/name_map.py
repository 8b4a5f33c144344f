"""Weight names of foreign formats beside ours, one table each. See `NameTable` for placeholders."""

from __future__ import annotations

import re
from typing import Any, Dict, Mapping

from albert_zoo.checkpoints.name_table import NameTable

_OUR_BLOCK = "encoder/group_{g}/inner_{i}/"

# === google-research/albert, by variable name ===

_TF1_BLOCK = "bert/encoder/transformer/group_{g}/inner_group_{i}/"

TF1_NAMES = {
    "bert/embeddings/word_embeddings": "embeddings/token_embeddings",
    "bert/embeddings/position_embeddings": "embeddings/position_embeddings",
    "bert/embeddings/token_type_embeddings": "embeddings/segment_embeddings",
    "bert/embeddings/LayerNorm": "embeddings/layer_norm",
    "bert/encoder/embedding_hidden_mapping_in": "embeddings/projection",
    _TF1_BLOCK + "attention_1/self/query": _OUR_BLOCK + "query",
    _TF1_BLOCK + "attention_1/self/key": _OUR_BLOCK + "key",
    _TF1_BLOCK + "attention_1/self/value": _OUR_BLOCK + "value",
    _TF1_BLOCK + "attention_1/output/dense": _OUR_BLOCK + "attention_output",
    _TF1_BLOCK + "LayerNorm": _OUR_BLOCK + "attention_layer_norm",
    _TF1_BLOCK + "ffn_1/intermediate/dense": _OUR_BLOCK + "intermediate",
    _TF1_BLOCK + "ffn_1/intermediate/output/dense": _OUR_BLOCK + "output_dense",
    _TF1_BLOCK + "LayerNorm_1": _OUR_BLOCK + "output_layer_norm",
    "bert/pooler/dense": "pooler",
}
"""Google's name, or the part of it before `/kernel`, `/bias`, `/gamma`, `/beta`, to ours."""

TF1_HEAD_NAMES = {
    "cls/predictions/transform/dense": "mlm/dense",
    "cls/predictions/transform/LayerNorm": "mlm/layer_norm",
    "cls/predictions/output_bias": "mlm/output_bias",
    "cls/seq_relationship/output_weights": "sop/kernel",
    "cls/seq_relationship/output_bias": "sop/bias",
    "output_weights": "head/kernel",
    "output_bias": "head/bias",
}

TF1_OTHER_HEADS = ("cls/squad/", "start_logits/", "end_logits/", "answer_class/")
"""Heads for span questions, which have no counterpart here."""

TF1 = NameTable(
    names={**TF1_NAMES, **TF1_HEAD_NAMES},
    leaves={"": "", "kernel": "/kernel", "bias": "/bias", "gamma": "/gamma", "beta": "/beta"},
    turned=("cls/seq_relationship/output_weights", "output_weights"),
    dropped=("global_step", "*/adam_m", "*/adam_v", *TF1_OTHER_HEADS),
)

# === Hugging Face transformers ===

_HF_BLOCK = "albert.encoder.albert_layer_groups.{g}.albert_layers.{i}."

TRANSFORMERS = NameTable(
    names={
        "albert.embeddings.word_embeddings.weight": "embeddings/token_embeddings",
        "albert.embeddings.position_embeddings.weight": "embeddings/position_embeddings",
        "albert.embeddings.token_type_embeddings.weight": "embeddings/segment_embeddings",
        "albert.embeddings.LayerNorm": "embeddings/layer_norm",
        "albert.encoder.embedding_hidden_mapping_in": "embeddings/projection",
        _HF_BLOCK + "attention.query": _OUR_BLOCK + "query",
        _HF_BLOCK + "attention.key": _OUR_BLOCK + "key",
        _HF_BLOCK + "attention.value": _OUR_BLOCK + "value",
        _HF_BLOCK + "attention.dense": _OUR_BLOCK + "attention_output",
        _HF_BLOCK + "attention.LayerNorm": _OUR_BLOCK + "attention_layer_norm",
        _HF_BLOCK + "ffn": _OUR_BLOCK + "intermediate",
        _HF_BLOCK + "ffn_output": _OUR_BLOCK + "output_dense",
        _HF_BLOCK + "full_layer_layer_norm": _OUR_BLOCK + "output_layer_norm",
        "albert.pooler": "pooler",
        "predictions.dense": "mlm/dense",
        "predictions.LayerNorm": "mlm/layer_norm",
        "predictions.bias": "mlm/output_bias",
        "sop_classifier.classifier": "sop",
        "classifier": "head",
    },
    leaves={"": "", "kernel": ".weight", "bias": ".bias", "gamma": ".weight", "beta": ".bias"},
    turned=("*",),
    always_projects=True,
    dropped=("albert.embeddings.position_ids",),
)

# === KerasHub, by dataset in model.weights.h5 and task.weights.h5 ===

_KERAS_HUB_BLOCK = "layers/transformer_encoder{block}/"
_VARS = {
    "": "/vars/0",
    "kernel": "/vars/0",
    "bias": "/vars/1",
    "gamma": "/vars/0",
    "beta": "/vars/1",
}

KERAS_HUB = NameTable(
    names={
        "layers/reversible_embedding": "embeddings/token_embeddings",
        "layers/position_embedding": "embeddings/position_embeddings",
        "layers/embedding": "embeddings/segment_embeddings",
        "layers/layer_normalization": "embeddings/layer_norm",
        "layers/dense": "embeddings/projection",
        _KERAS_HUB_BLOCK + "_self_attention_layer/query_dense": _OUR_BLOCK + "query",
        _KERAS_HUB_BLOCK + "_self_attention_layer/key_dense": _OUR_BLOCK + "key",
        _KERAS_HUB_BLOCK + "_self_attention_layer/value_dense": _OUR_BLOCK + "value",
        _KERAS_HUB_BLOCK + "_self_attention_layer/output_dense": _OUR_BLOCK + "attention_output",
        _KERAS_HUB_BLOCK + "_self_attention_layer_norm": _OUR_BLOCK + "attention_layer_norm",
        _KERAS_HUB_BLOCK + "_feedforward_intermediate_dense": _OUR_BLOCK + "intermediate",
        _KERAS_HUB_BLOCK + "_feedforward_output_dense": _OUR_BLOCK + "output_dense",
        _KERAS_HUB_BLOCK + "_feedforward_layer_norm": _OUR_BLOCK + "output_layer_norm",
        "layers/dense_1": "pooler",
    },
    leaves=_VARS,
    per_head=True,
    always_projects=True,
    dropped=("optimizer/",),
)

KERAS_HUB_MASKED_LM = NameTable(
    names={
        "layers/masked_lm_head/_intermediate_dense": "mlm/dense",
        "layers/masked_lm_head/_intermediate_layer_norm": "mlm/layer_norm",
        "layers/masked_lm_head": "mlm/output_bias",
    },
    leaves=_VARS,
    dropped=("optimizer/",),
)

KERAS_HUB_CLASSIFIER = NameTable(
    names={"layers/dense": "head"}, leaves=_VARS, dropped=("optimizer/",)
)

# === TensorFlow Model Garden, by the path of attributes below the encoder, heads beside it ===

_TF2_BLOCK = "encoder/layer_with_weights-{stack}/"

TF2 = NameTable(
    names={
        "encoder/layer_with_weights-0/embeddings": "embeddings/token_embeddings",
        "encoder/layer_with_weights-1/embeddings": "embeddings/position_embeddings",
        "encoder/layer_with_weights-2/embeddings": "embeddings/segment_embeddings",
        "encoder/layer_with_weights-3": "embeddings/layer_norm",
        "encoder/layer_with_weights-4": "embeddings/projection",
        _TF2_BLOCK + "_attention_layer/_query_dense": _OUR_BLOCK + "query",
        _TF2_BLOCK + "_attention_layer/_key_dense": _OUR_BLOCK + "key",
        _TF2_BLOCK + "_attention_layer/_value_dense": _OUR_BLOCK + "value",
        _TF2_BLOCK + "_attention_layer/_output_dense": _OUR_BLOCK + "attention_output",
        _TF2_BLOCK + "_attention_layer_norm": _OUR_BLOCK + "attention_layer_norm",
        _TF2_BLOCK + "_intermediate_dense": _OUR_BLOCK + "intermediate",
        _TF2_BLOCK + "_output_dense": _OUR_BLOCK + "output_dense",
        _TF2_BLOCK + "_output_layer_norm": _OUR_BLOCK + "output_layer_norm",
        "encoder/layer_with_weights-{pooler}": "pooler",
        "masked_lm/dense": "mlm/dense",
        "masked_lm/layer_norm": "mlm/layer_norm",
        "masked_lm/bias": "mlm/output_bias",
        "classifier": "head",
    },
    leaves={"": "", "kernel": "/kernel", "bias": "/bias", "gamma": "/gamma", "beta": "/beta"},
    per_head=True,
    # The Garden up to 2.3.0.
    aliases={_TF2_BLOCK + "_attention_output_dense": _OUR_BLOCK + "attention_output"},
    dropped=("save_counter", "optimizer/", "global_step", "keras_api/"),
)


def from_tf1_names(arrays: Mapping[str, Any]) -> Dict[str, Any]:
    """Renames a google-research/albert checkpoint's arrays to a backbone's names.

    Args:
        arrays: mapping of variable name, such as `bert/pooler/dense/kernel`, to array. Kernels
            are `(inputs, outputs)`, as ours.

    Returns:
        dict of our name to array, without pre-training heads, a task's head, the step and the
        optimizer's slots. What no row of the table names keeps its name, so that the check on
        loading reports it.

    Example:

    >>> sorted(from_tf1_names({"bert/pooler/dense/bias": [0.0], "global_step": 7}))
    ['pooler/bias']
    """
    found = re.findall(r"/group_(\d{1,3})/inner_group_(\d{1,3})/", "\n".join(arrays))
    config = {
        "num_groups": 1 + max((int(group) for group, _ in found), default=0),
        "num_inner_repetitions": 1 + max((int(inner) for _, inner in found), default=0),
        "embedding_dim": 0,  # other than hidden_dim: a projection is looked for
        "hidden_dim": 1,
    }
    heads = ("cls/", "output_weights", "output_bias")
    kept = {name: array for name, array in arrays.items() if not name.startswith(heads)}
    return dict(TF1.to_ours(kept, config))
