"""Presets of the models with pre-training heads."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo import (
    AlbertBackbone,
    AlbertClassifier,
    AlbertMaskedLM,
    AlbertPreprocessor,
    AlbertPretrainer,
    AlbertTokenizer,
)
from albert_zoo.errors import ConversionError, OutputExistsError
from albert_zoo.keras_api import keras
from albert_zoo.zoo import read_preset, write_preset
from tests.keras_generations import keras_3_only
from tests.model_checks import largest_difference, tiny_backbone, tiny_inputs

pytestmark = pytest.mark.backends


def inputs_of(rows: int = 3) -> dict:
    return {**tiny_inputs(rows=rows), "mask_positions": np.array([[1, 2]] * rows, "int32")}


@pytest.fixture
def model(tiny_vocabulary: bytes) -> AlbertPretrainer:
    keras.utils.set_random_seed(3)
    model = AlbertPretrainer(tiny_backbone(initializer_range=0.3))
    model.mlm_head.output_bias.assign(np.linspace(-1, 1, 100))
    model.preprocessor = AlbertPreprocessor(AlbertTokenizer(tiny_vocabulary), sequence_length=32)
    return model


def equal_weights(first: Any, second: Any) -> bool:
    second_arrays = second.get_named_arrays()
    arrays = first.get_named_arrays()
    return all(np.array_equal(arrays[name], second_arrays[name]) for name in arrays)


def test_a_preset_keeps_the_heads_and_the_vocabulary(tmp_path: Path, model) -> None:
    model.save_to_preset(tmp_path / "preset")
    again = AlbertPretrainer.from_preset(tmp_path / "preset")
    assert equal_weights(model, again) and equal_weights(again, model)
    for head in ("mlm", "sop"):
        assert largest_difference(again(inputs_of())[head], model(inputs_of())[head]) < 1e-6
    assert again.preprocessor.sequence_length == 32
    assert again.preprocessor.tokenizer.vocabulary_size == 100
    again.save_to_preset(tmp_path / "again")
    stored = read_preset(tmp_path / "again")
    assert sorted(stored.pretraining_arrays) == sorted(model.head_weights())


def test_other_models_start_from_it(tmp_path: Path, model) -> None:
    model.save_to_preset(tmp_path / "preset")
    backbone = AlbertBackbone.from_preset(tmp_path / "preset")
    assert equal_weights(backbone, model)
    classifier = AlbertClassifier.from_preset(tmp_path / "preset", num_classes=2)
    assert classifier.predict(["the cat sat"], verbose=0).shape == (1, 2)
    masked = AlbertMaskedLM.from_preset(tmp_path / "preset")
    assert largest_difference(masked(inputs_of()), model(inputs_of())["mlm"]) < 1e-6


def test_a_masked_lm_keeps_its_one_head(tmp_path: Path, model, caplog) -> None:
    masked = AlbertMaskedLM(model.backbone)
    masked.save_to_preset(tmp_path / "preset")
    caplog.set_level(logging.WARNING, "albert_zoo")
    again = AlbertMaskedLM.from_preset(tmp_path / "preset")
    assert equal_weights(masked, again) and caplog.text == ""
    full = AlbertPretrainer.from_preset(tmp_path / "preset")
    assert equal_weights(masked, full)
    assert "no weights of the pre-training heads: sop. They are random" in caplog.text


def test_a_preset_without_heads_warns(tmp_path: Path, caplog) -> None:
    tiny_backbone().save_to_preset(tmp_path / "preset")
    caplog.set_level(logging.WARNING, "albert_zoo")
    AlbertPretrainer.from_preset(tmp_path / "preset")
    assert "heads: mlm, sop. They are random" in caplog.text


def test_random_weights_and_other_arguments_on_request(tmp_path: Path, model, caplog) -> None:
    model.save_to_preset(tmp_path / "preset")
    fresh = AlbertPretrainer.from_preset(tmp_path / "preset", load_weights=False)
    assert not equal_weights(fresh, model) and caplog.text == ""
    deeper = AlbertPretrainer.from_preset(tmp_path / "preset", num_layers=4, dropout=0.1)
    assert equal_weights(model, deeper) and deeper.backbone.num_layers == 4


def test_a_head_of_another_shape_is_refused(tmp_path: Path, model) -> None:
    model.save_to_preset(tmp_path / "preset")
    stored = read_preset(tmp_path / "preset")
    stored.pretraining_arrays = {
        **{name: stored.pretraining_arrays[name] for name in stored.pretraining_arrays},
        "mlm/output_bias": np.zeros(7, "float32"),
    }
    write_preset(tmp_path / "bad", stored)
    with pytest.raises(ConversionError, match="mlm/output_bias"):
        AlbertPretrainer.from_preset(tmp_path / "bad")


def test_nothing_is_overwritten_unasked(tmp_path: Path, model) -> None:
    model.save_to_preset(tmp_path / "preset")
    with pytest.raises(OutputExistsError):
        model.save_to_preset(tmp_path / "preset")
    model.save_to_preset(tmp_path / "preset", overwrite=True)


@pytest.mark.parametrize("source", ["tf1", "hf"])
def test_checkpoints_of_others_bring_their_heads(shared: Path, source: str, caplog) -> None:
    outputs = np.load(shared / "golden" / "small" / "outputs" / "google_research_a.npz")
    given = np.load(shared / "golden" / "small" / "inputs_a.npz")
    model = AlbertPretrainer.from_preset(shared / "golden" / "small" / source)
    assert caplog.text == ""
    found = model(
        {
            "token_ids": given["input_ids"],
            "segment_ids": given["segment_ids"],
            "padding_mask": given["input_mask"],
            "mask_positions": given["masked_lm_positions"],
        }
    )
    for head in ("mlm", "sop"):
        assert largest_difference(found[head], outputs[f"{head}_logits"]) < 1e-5


def test_masked_lm_config_round_trip(model) -> None:
    masked = AlbertMaskedLM(model.backbone)
    again = AlbertMaskedLM.from_config(masked.get_config())
    assert again.get_config() == masked.get_config()


@keras_3_only(".keras files")
def test_masked_lm_keras_file_round_trip(tmp_path: Path, model) -> None:
    masked = AlbertMaskedLM(model.backbone)
    masked.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert largest_difference(loaded(inputs_of()), masked(inputs_of())) == 0
