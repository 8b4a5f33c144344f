"""ONNX exports: the model's own logits, in any batch, and files that are as small as they say."""

from __future__ import annotations

import json

import numpy as np
import pytest

from albert_zoo import AlbertClassifier
from albert_zoo.errors import DataError, OutputExistsError
from albert_zoo.export import OnnxClassifier, export_onnx
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer
from tests.model_checks import tiny_backbone, tiny_inputs

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

TEXTS = ["the cat sat", "a dog", "the cat ran and the dog sat on the mat, 9,000 times"]


@pytest.fixture
def classifier(tiny_vocabulary):
    preprocessor = AlbertPreprocessor(AlbertTokenizer(tiny_vocabulary), 24)
    return AlbertClassifier(tiny_backbone(initializer_range=0.2), 3, preprocessor=preprocessor)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"num_layers": 4, "num_groups": 2, "num_inner_repetitions": 2},
        {"embedding_dim": 16},  # no projection
        {"layer_norm_epsilon": 1e-3},
    ],
)
def test_logits_equal_the_models(tmp_path, changes):
    backbone = tiny_backbone(**{"initializer_range": 0.2, **changes})
    classifier = AlbertClassifier(backbone, 3)
    exported = OnnxClassifier(export_onnx(classifier, tmp_path / "onnx"))
    for rows, length in ((1, 2), (3, 7), (8, 64)):
        inputs = tiny_inputs(rows, length)
        inputs["padding_mask"][-1] = 0  # a row of padding alone
        expected = np.asarray(classifier.predict_on_batch(inputs))
        assert np.abs(exported.predict(inputs) - expected).max() < 1e-5
    with pytest.raises(ValueError, match="need a vocabulary"):
        exported.predict(["the cat"])


def test_texts_pairs_and_labels(tmp_path, classifier):
    preset = classifier.save_to_preset(tmp_path / "preset", task={"glue": "mnli"})
    exported = OnnxClassifier(export_onnx(preset, tmp_path / "onnx"), threads=1)
    assert exported.labels == ["contradiction", "entailment", "neutral"]
    for x in (TEXTS, list(zip(TEXTS, TEXTS[::-1])), (TEXTS, TEXTS), "the cat"):
        expected = classifier.predict(x)
        assert np.abs(exported.predict(x) - expected).max() < 1e-5
    with pytest.raises(ValueError, match="must hold texts"):
        exported.predict([])


def test_eight_bits(tmp_path, tiny_vocabulary):
    preprocessor = AlbertPreprocessor(AlbertTokenizer(tiny_vocabulary), 24)
    backbone = tiny_backbone(hidden_dim=64, intermediate_dim=256, vocabulary_size=2000)
    classifier = AlbertClassifier(backbone, 3, preprocessor=preprocessor)
    folders = [export_onnx(classifier, tmp_path / str(bits), int8=bits == 8) for bits in (32, 8)]
    whole, small = ((folder / "model.onnx").stat().st_size for folder in folders)
    assert small < 0.4 * whole
    assert sorted(path.name for path in folders[1].iterdir()) == [
        "export.json",
        "model.onnx",
        "vocabulary.spm",
    ]
    outputs = [OnnxClassifier(folder).predict(TEXTS) for folder in folders]
    assert 0 < np.abs(outputs[0] - outputs[1]).max() < 0.05


def test_what_is_refused(tmp_path, classifier):
    classifier.backbone.save_to_preset(tmp_path / "bare")
    with pytest.raises(ValueError, match="must be fine-tuned"):
        export_onnx(tmp_path / "bare", tmp_path / "onnx")
    export_onnx(classifier, tmp_path / "onnx")
    with pytest.raises(OutputExistsError, match="is not empty"):
        export_onnx(classifier, tmp_path / "onnx")
    export_onnx(classifier, tmp_path / "onnx", overwrite=True)
    with pytest.raises(OutputExistsError, match="something else than an export"):
        export_onnx(classifier, tmp_path / "bare", overwrite=True)
    with pytest.raises(DataError, match="not an export"):
        OnnxClassifier(tmp_path / "bare")
    settings = json.loads((tmp_path / "onnx" / "export.json").read_text(encoding="utf-8"))
    assert settings["sequence_length"] == 24 and settings["labels"] is None
