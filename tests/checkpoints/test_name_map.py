"""The table of google-research/albert's variable names."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

import numpy as np
import pytest

from albert_zoo.checkpoints import from_tf1_names, match_arrays
from albert_zoo.checkpoints.name_map import TF1_NAMES
from albert_zoo.errors import ConversionError


def golden_weights(golden: Path, name: str) -> Dict[str, np.ndarray]:
    """Arrays under the names that the original gave them."""
    with np.load(golden / "models" / f"{name}.npz") as file:
        prefix = "weights/"
        return {k[len(prefix) :]: file[k] for k in file.files if k.startswith(prefix)}


@pytest.mark.parametrize("model, blocks", [("small", 1), ("groups", 4)])
def test_every_name_of_the_original_has_ours(golden: Path, model: str, blocks: int) -> None:
    weights = golden_weights(golden, model)
    renamed = from_tf1_names(weights)
    assert len(renamed) == 9 + 16 * blocks  # embeddings 5, projection 2, pooler 2
    assert not [name for name in renamed if name.startswith("bert/")]
    of_backbone = [array for name, array in weights.items() if name.startswith("bert/")]
    assert {id(array) for array in renamed.values()} == {id(array) for array in of_backbone}
    assert all(name.startswith(("bert/", "cls/")) for name in weights)
    assert {name.split("/")[0] for name in renamed} == {"embeddings", "encoder", "pooler"}
    in_blocks = {name.rsplit("/", 2)[0] for name in renamed if name.startswith("encoder/")}
    assert len(in_blocks) == blocks


def test_every_row_of_the_table_is_used(golden: Path) -> None:
    names = list(golden_weights(golden, "groups"))
    for theirs in TF1_NAMES:
        theirs = theirs.format(g=1, i=0)
        assert [name for name in names if name == theirs or name.startswith(theirs + "/")], theirs


@pytest.mark.parametrize(
    "theirs, ours",
    [
        ("bert/embeddings/word_embeddings", "embeddings/token_embeddings"),
        ("bert/embeddings/LayerNorm/gamma", "embeddings/layer_norm/gamma"),
        ("bert/encoder/embedding_hidden_mapping_in/bias", "embeddings/projection/bias"),
        (
            "bert/encoder/transformer/group_0/inner_group_0/attention_1/output/dense/kernel",
            "encoder/group_0/inner_0/attention_output/kernel",
        ),
        (
            "bert/encoder/transformer/group_11/inner_group_3/LayerNorm_1/beta",
            "encoder/group_11/inner_3/output_layer_norm/beta",
        ),
        (
            "bert/encoder/transformer/group_0/inner_group_0/LayerNorm/beta",
            "encoder/group_0/inner_0/attention_layer_norm/beta",
        ),
        ("bert/pooler/dense/kernel", "pooler/kernel"),
    ],
)
def test_names(theirs: str, ours: str) -> None:
    assert list(from_tf1_names({theirs: 0.0})) == [ours]


@pytest.mark.parametrize(
    "name",
    [
        "global_step",
        "cls/predictions/transform/dense/kernel",
        "cls/seq_relationship/output_bias",
        "output_weights",
        "output_bias",
        "bert/pooler/dense/kernel/adam_m",
        "bert/embeddings/word_embeddings/adam_v",
    ],
)
def test_what_a_backbone_does_not_have_is_dropped(name: str) -> None:
    assert from_tf1_names({name: 0.0}) == {}


@pytest.mark.parametrize(
    "name",
    [
        "bert/pooler/dense/scale",
        "bert/pooler/dense/kernel/ema",
        "bert/embeddings/word_embeddings_2",
        "albert/pooler/dense/kernel",
        "bert/encoder/layer_0/attention/self/query/kernel",  # BERT's own
        "bert/encoder/transformer/group_x/inner_group_0/LayerNorm/beta",
        "module/bert/pooler/dense/kernel",
    ],
)
def test_an_unknown_name_is_kept_and_then_refused(name: str) -> None:
    renamed = from_tf1_names({name: np.zeros(2), "bert/pooler/dense/bias": np.zeros(2)})
    assert sorted(renamed) == sorted([name, "pooler/bias"])
    with pytest.raises(ConversionError, match=f"arrays that nothing reads: {name}"):
        match_arrays({"pooler/bias": (2,)}, renamed, source="a checkpoint")


def test_arrays_are_handed_on_untouched() -> None:
    array = np.arange(3.0)
    assert from_tf1_names({"bert/pooler/dense/bias": array})["pooler/bias"] is array
