"""Weight names of foreign formats beside ours, one table each."""

from __future__ import annotations

import re
from typing import Any, Dict, Mapping

# google-research/albert variable names. `{g}` is the group, `{i}` the block in it.
_TF1_BLOCK = "bert/encoder/transformer/group_{g}/inner_group_{i}/"
_OUR_BLOCK = "encoder/group_{g}/inner_{i}/"

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

TF1_DROPPED = ("cls/", "global_step", "output_weights", "output_bias")
"""What a backbone leaves unread: pre-training heads, the step, a task's head."""

_LEAVES = r"(?P<leaf>/(?:kernel|bias|gamma|beta))?"


def _pattern(name: str) -> str:
    escaped = re.escape(name).replace(r"\{g\}", r"(?P<g>\d+)").replace(r"\{i\}", r"(?P<i>\d+)")
    return escaped + _LEAVES + "$"


_TF1_PATTERNS = [(re.compile(_pattern(theirs)), ours) for theirs, ours in TF1_NAMES.items()]


def from_tf1_names(arrays: Mapping[str, Any]) -> Dict[str, Any]:
    """Renames arrays of a google-research/albert checkpoint to our names.

    Args:
        arrays: mapping of variable name, such as `bert/pooler/dense/kernel`, to array. Kernels
            are `(inputs, outputs)`, as ours.

    Returns:
        dict of our name to array. What no row of the table names keeps its name, so that the check
        on loading reports it.

    Example:

    >>> sorted(from_tf1_names({"bert/pooler/dense/bias": [0.0], "global_step": 7}))
    ['pooler/bias']
    """
    renamed = {}
    for name, array in arrays.items():
        if name.startswith(TF1_DROPPED) or name.endswith(("/adam_m", "/adam_v")):
            continue
        for pattern, ours in _TF1_PATTERNS:
            match = pattern.match(name)
            if match:
                groups = match.groupdict()
                leaf = groups.pop("leaf") or ""
                name = ours.format(**groups) + leaf
                break
        renamed[name] = array
    return renamed
