"""Checks that every layer and model must pass, and the golden models."""

from __future__ import annotations

from typing import Any, Dict, Tuple

import numpy as np

from albert_zoo.checkpoints import from_tf1_names
from albert_zoo.keras_api import KERAS_GENERATION, keras
from albert_zoo.models import AlbertBackbone
from albert_zoo.models.pretrained import to_numpy

GOLDEN_GEOMETRY: Dict[str, Dict[str, Any]] = {
    "small": {
        "vocabulary_size": 1000,
        "num_layers": 4,
        "num_heads": 4,
        "embedding_dim": 16,
        "hidden_dim": 64,
        "intermediate_dim": 128,
        "max_sequence_length": 64,
        "initializer_range": 0.2,
    },
    "groups": {
        "vocabulary_size": 500,
        "num_layers": 4,
        "num_heads": 4,
        "embedding_dim": 12,
        "hidden_dim": 32,
        "intermediate_dim": 72,
        "max_sequence_length": 48,
        "num_groups": 2,
        "num_inner_repetitions": 2,
        "initializer_range": 0.2,
    },
}

TINY_GEOMETRY: Dict[str, Any] = {
    "vocabulary_size": 100,
    "num_layers": 2,
    "num_heads": 2,
    "embedding_dim": 8,
    "hidden_dim": 16,
    "intermediate_dim": 32,
    "max_sequence_length": 64,
}


def tiny_backbone(**changes: Any) -> AlbertBackbone:
    return AlbertBackbone(**{**TINY_GEOMETRY, **changes})


def tiny_inputs(rows: int = 3, length: int = 7, seed: int = 0) -> Dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    lengths = random.integers(2, length + 1, rows)
    mask = (np.arange(length) < lengths[:, None]).astype("int32")
    ids = random.integers(5, 100, (rows, length)).astype("int32") * mask
    segments = (np.arange(length) >= lengths[:, None] // 2).astype("int32") * mask
    return {"token_ids": ids, "segment_ids": segments, "padding_mask": mask}


def golden_model(golden: Any, name: str) -> Tuple[AlbertBackbone, Dict[str, np.ndarray]]:
    """The golden backbone, and the golden arrays of its three batches."""
    arrays = dict(np.load(golden / "models" / f"{name}.npz"))
    weights = {k[len("weights/") :]: v for k, v in arrays.items() if k.startswith("weights/")}
    backbone = AlbertBackbone(**GOLDEN_GEOMETRY[name])
    backbone.set_named_arrays(from_tf1_names(weights), source=name)
    return backbone, arrays


def golden_inputs(arrays: Dict[str, np.ndarray], batch: str) -> Dict[str, np.ndarray]:
    names = ("token_ids", "segment_ids", "padding_mask")
    return {name: arrays[f"{batch}/{name}"] for name in names}


def largest_difference(ours: Any, theirs: Any) -> float:
    return float(np.max(np.abs(to_numpy(ours) - to_numpy(theirs))))


def dtype_name(dtype: Any) -> str:
    """The name of a dtype of any backend: `"bfloat16"`."""
    return keras.backend.standardize_dtype(dtype) if KERAS_GENERATION == 3 else dtype.name


def check_layer(layer: Any, *inputs: Any, weights: int, output_shape: Tuple[int, ...]) -> None:
    """Builds a layer, calls it eagerly and symbolically, and makes it again from its config."""
    output = to_numpy(layer(*inputs))
    assert output.shape == output_shape
    assert np.isfinite(output).all()
    assert len(layer.weights) == weights
    assert len(layer.named_weights()) == weights
    assert {id(w) for w in layer.named_weights().values()} == {id(w) for w in layer.weights}

    symbolic = layer(*(keras.Input(x.shape[1:], dtype=str(x.dtype)) for x in inputs))
    assert symbolic.shape[-1] == output_shape[-1]

    config = layer.get_config()
    again = type(layer).from_config(config)
    assert again.get_config() == config
    again(*inputs)
    for ours, theirs in zip(again.weights, layer.weights):
        ours.assign(theirs)
    assert largest_difference(again(*inputs), output) == 0
