"""The names and shapes of every weight that a configuration calls for."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

HEADS = ("mlm", "sop", "head")
"""Masked words, sentence order, and a task's classes or score."""

Shapes = Dict[str, Tuple[int, ...]]


def heads_of(names: Iterable[str]) -> Tuple[str, ...]:
    """Returns the heads of which there is any weight, in the order of `HEADS`."""
    found = {name.split("/")[0] for name in names}
    return tuple(head for head in HEADS if head in found)


def has_projection(config: Mapping[str, Any]) -> bool:
    """Whether the embeddings are projected to `hidden_dim`."""
    return bool(config["embedding_dim"] != config["hidden_dim"])


def _dense(name: str, inputs: int, outputs: int) -> Shapes:
    return {f"{name}/kernel": (inputs, outputs), f"{name}/bias": (outputs,)}


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}/gamma": (width,), f"{name}/beta": (width,)}


def weight_shapes(
    config: Mapping[str, Any], heads: Iterable[str] = (), num_classes: Optional[int] = None
) -> Shapes:
    """Returns the shape of every weight, under our names.

    Args:
        config: the backbone's arguments.
        heads: of `HEADS`.
        num_classes: int, the width of the task's head, if `"head"` is among `heads`.

    Returns:
        dict of name to shape, in the order in which the models list their weights.

    Example:

    >>> config = dict(vocabulary_size=50, max_sequence_length=32, num_segments=2, embedding_dim=8,
    ...     hidden_dim=16, intermediate_dim=32, num_groups=1, num_inner_repetitions=1)
    >>> weight_shapes(config)["encoder/group_0/inner_0/query/kernel"]
    (16, 16)
    """
    narrow, wide = config["embedding_dim"], config["hidden_dim"]
    shapes: Shapes = {
        "embeddings/token_embeddings": (config["vocabulary_size"], narrow),
        "embeddings/position_embeddings": (config["max_sequence_length"], narrow),
        "embeddings/segment_embeddings": (config["num_segments"], narrow),
        **_norm("embeddings/layer_norm", narrow),
    }
    if has_projection(config):
        shapes.update(_dense("embeddings/projection", narrow, wide))
    for group in range(config["num_groups"]):
        for inner in range(config["num_inner_repetitions"]):
            block = f"encoder/group_{group}/inner_{inner}/"
            for name in ("query", "key", "value", "attention_output"):
                shapes.update(_dense(block + name, wide, wide))
            shapes.update(_dense(block + "intermediate", wide, config["intermediate_dim"]))
            shapes.update(_dense(block + "output_dense", config["intermediate_dim"], wide))
            shapes.update(_norm(block + "attention_layer_norm", wide))
            shapes.update(_norm(block + "output_layer_norm", wide))
    shapes.update(_dense("pooler", wide, wide))
    if "mlm" in heads:
        shapes.update(_dense("mlm/dense", wide, narrow))
        shapes.update(_norm("mlm/layer_norm", narrow))
        shapes["mlm/output_bias"] = (config["vocabulary_size"],)
    if "sop" in heads:
        shapes.update(_dense("sop", wide, 2))
    if "head" in heads and num_classes is not None:
        shapes.update(_dense("head", wide, num_classes))
    return shapes
