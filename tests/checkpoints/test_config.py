"""One table of configurations, and the weights that a configuration calls for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import pytest

from albert_zoo.checkpoints import read_checkpoint
from albert_zoo.checkpoints.config import (
    from_google,
    from_keras_hub,
    from_transformers,
    to_google,
    to_keras_hub,
    to_transformers,
)
from albert_zoo.checkpoints.weight_shapes import weight_shapes
from albert_zoo.errors import ConversionError
from albert_zoo.models import AlbertBackbone, AlbertClassifier
from tests.checkpoints.conftest import google_config


def arguments_of(model: str) -> Dict[str, Any]:
    return from_google(google_config(model))


@pytest.mark.parametrize("model", ["small", "groups", "square"])
def test_the_weights_and_arguments_are_the_models(model: str) -> None:
    backbone = AlbertBackbone(**arguments_of(model))
    config = backbone.get_config()
    for key in ("name", "trainable", "dtype"):
        config.pop(key, None)
    assert config == arguments_of(model)
    classifier = AlbertClassifier(backbone, num_classes=3)
    wanted = {name: tuple(w.shape) for name, w in classifier.named_weights().items()}
    assert weight_shapes(config, ["head"], num_classes=3) == wanted
    assert list(weight_shapes(config)) == list(backbone.named_weights())


@pytest.mark.parametrize("model", ["small", "groups", "square"])
def test_there_and_back(model: str) -> None:
    config = {**arguments_of(model), "dropout": 0.1, "attention_dropout": 0.1}
    assert from_google(to_google(config)) == config
    values = to_transformers(config, {"dropout": 0.3}, "AlbertModel")
    assert from_transformers(values) == (config, {"dropout": 0.3}, [])
    assert from_keras_hub(to_keras_hub(config)) == {**config, "initializer_range": 0.02}


def test_gelu_is_named_for_each_side() -> None:
    config = arguments_of("small")
    assert to_google(config)["hidden_act"] == "gelu"
    assert to_transformers(config, {}, "AlbertModel")["hidden_act"] == "gelu_new"


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"net_structure_type": 1}, "net_structure_type"),
        ({"num_memory_blocks": 1}, "num_memory_blocks"),
        ({"down_scale_factor": 2}, "down_scale_factor"),
        ({"hidden_act": "relu"}, "hidden_act"),
        ({"ln_type": "preln"}, "ln_type"),
        ({"num_hidden_groups": 3}, "num_hidden_groups"),
        ({"vocab_size": True}, "vocab_size"),
        ({"vocab_size": 1.5}, "vocab_size"),
        ({"num_hidden_layers": 0}, "num_hidden_layers"),
    ],
)
def test_what_no_published_configuration_says(changes: Dict[str, Any], words: str) -> None:
    with pytest.raises(ConversionError, match=words):
        from_google({**google_config("small"), **changes})


def test_missing_keys() -> None:
    whole = google_config("small")
    for key in ("num_attention_heads", "num_hidden_layers", "embedding_size"):
        with pytest.raises(ConversionError, match=f"`{key}`.*must be given"):
            from_google({name: value for name, value in whole.items() if name != key})


def test_the_golden_configurations_agree(shared: Path) -> None:
    for model in ("small", "groups"):
        folder = shared / "golden" / model
        wanted = from_google(json.loads((folder / "tf1" / "albert_config.json").read_text()))
        assert read_checkpoint(folder / "hf").config == wanted


def test_heads_are_chosen_by_name(whole: Any) -> None:
    start = whole("small")
    assert start.with_heads("sop", "mlm").heads == ("mlm", "sop")
    with pytest.raises(ValueError, match="'mlm'"):
        start.with_heads("mln")
    with pytest.raises(ConversionError, match="must be present"):
        start.with_heads().with_heads("sop")
