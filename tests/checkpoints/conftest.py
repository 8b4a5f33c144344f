"""Two random models as checkpoints, with every kind of head."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import pytest

from albert_zoo.checkpoints import Checkpoint
from albert_zoo.checkpoints.config import from_google
from albert_zoo.checkpoints.finish import finish
from albert_zoo.checkpoints.name_map import TF1
from albert_zoo.checkpoints.weight_shapes import weight_shapes

SIZES = {  # vocabulary, embedding, hidden, intermediate, longest, groups, inner repetitions
    "small": (1000, 16, 64, 128, 64, 1, 1),
    "groups": (500, 12, 32, 72, 48, 2, 2),
    "square": (50, 16, 16, 32, 20, 1, 1),  # no projection of the embeddings
}


def google_config(model: str) -> Dict[str, Any]:
    vocabulary, narrow, wide, middle, longest, groups, inners = SIZES[model]
    return {
        "vocab_size": vocabulary,
        "embedding_size": narrow,
        "hidden_size": wide,
        "intermediate_size": middle,
        "max_position_embeddings": longest,
        "num_hidden_groups": groups,
        "inner_group_num": inners,
        "num_attention_heads": 4,
        "num_hidden_layers": 4,
        "hidden_dropout_prob": 0,
        "attention_probs_dropout_prob": 0,
        "initializer_range": 0.2,
        "hidden_act": "gelu",
        "type_vocab_size": 2,
    }


def _heads(config: Dict[str, Any]) -> Dict[str, np.ndarray]:
    wide, narrow, words = config["hidden_dim"], config["embedding_dim"], config["vocabulary_size"]
    shapes = {
        "mlm/dense/kernel": (wide, narrow),
        "mlm/dense/bias": (narrow,),
        "mlm/layer_norm/gamma": (narrow,),
        "mlm/layer_norm/beta": (narrow,),
        "mlm/output_bias": (words,),
        "sop/kernel": (wide, 2),
        "sop/bias": (2,),
        "head/kernel": (wide, 3),
        "head/bias": (3,),
    }
    return {name: _random(name, shape) for name, shape in shapes.items()}


def _random(name: str, shape: Tuple[int, ...]) -> np.ndarray:
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    return generator.normal(size=shape).astype("float32")


@pytest.fixture(scope="session")
def whole(golden: Path) -> Callable[[str], Checkpoint]:
    """Function of a model's name: the model with all heads and a vocabulary."""

    def build(model: str) -> Checkpoint:
        config = from_google(google_config(model))
        if model == "square":
            arrays = {k: _random(k, shape) for k, shape in weight_shapes(config).items()}
        else:
            with np.load(golden / "models" / f"{model}.npz") as file:
                theirs = {k[8:]: file[k] for k in file.files if k.startswith("weights/")}
            arrays = TF1.to_ours(theirs, config)
        arrays = {**_heads(config), **arrays}
        return finish("tf1", config, arrays, "memory", vocabulary=b"a vocabulary")

    return build


@pytest.fixture(scope="session")
def keys(golden: Path) -> Callable[[str], Dict[str, List[int]]]:
    """Function of a file's name: the names and shapes that another implementation writes."""

    def read(name: str) -> Dict[str, List[int]]:
        rows = (golden / "checkpoints" / f"{name}.txt").read_text().splitlines()
        return dict(_key(row.split("\t")) for row in rows)

    return read


def _key(fields: List[str]) -> Tuple[str, List[int]]:
    if fields[0].endswith(".h5"):
        fields = fields[1:]
    numbers = fields[1].strip("[]()").split(",")
    return fields[0], [int(number) for number in numbers if number.strip()]
