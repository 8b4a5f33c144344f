"""KerasHub folders that are refused, and what is written for the tokenizer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from albert_zoo.checkpoints import read_checkpoint, write_checkpoint
from albert_zoo.errors import ConversionError


@pytest.fixture()
def folder(tmp_path: Path, whole: Any) -> Path:
    return write_checkpoint(tmp_path / "a", "keras-hub", whole("small").with_heads("head"))


def change(path: Path, **changes: Any) -> None:
    content = json.loads(path.read_text())
    content["config"].update(changes.pop("config", {}))
    path.write_text(json.dumps({**content, **changes}))


def test_the_files_that_keras_hub_wants(folder: Path) -> None:
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert names == {
        "config.json",
        "metadata.json",
        "model.weights.h5",
        "task.json",
        "task.weights.h5",
        "preprocessor.json",
        "tokenizer.json",
        "assets/tokenizer/vocabulary.spm",
    }
    assert json.loads((folder / "tokenizer.json").read_text())["config"]["proto"] is None


@pytest.mark.parametrize("file", ["config", "task", "tokenizer", "preprocessor"])
def test_the_json_is_keras_hub_s(shared: Path, folder: Path, file: str) -> None:
    golden = shared / "golden" / "small" / "keras_hub_classifier" / f"{file}.json"
    assert json.loads((folder / f"{file}.json").read_text()) == json.loads(golden.read_text())


@pytest.mark.parametrize(
    "file, changes, words",
    [
        ("config.json", {"config": {"num_heads": 8}}, "num_heads=8"),
        ("config.json", {"config": {"rotary": True}}, "rotary"),
        ("config.json", {"config": {"hidden_dim": 128}}, "num_heads|wanted"),
        ("config.json", {"class_name": "BertBackbone"}, "ALBERT preset"),
        ("config.json", {"registered_name": "keras_hub>BertBackbone"}, "ALBERT preset"),
        ("task.json", {"registered_name": "keras_hub>AlbertTagger"}, "ALBERT preset"),
        ("task.json", {"config": {"activation": "softmax"}}, "activation"),
    ],
)
def test_configurations_that_are_refused(folder: Path, file: str, changes: Any, words: str) -> None:
    change(folder / file, **changes)
    with pytest.raises(ConversionError, match=words):
        read_checkpoint(folder)


def test_arrays_that_are_refused(folder: Path) -> None:
    with h5py.File(folder / "task.weights.h5", "a") as file:
        file["optimizer/vars/2"] = np.int64(3)
    assert read_checkpoint(folder).heads == ("head",)
    with h5py.File(folder / "task.weights.h5", "a") as file:
        file["layers/dense_7/vars/0"] = np.zeros(3, "float32")
    with pytest.raises(ConversionError, match="nothing reads: layers/dense_7/vars/0"):
        read_checkpoint(folder)
    (folder / "task.weights.h5").write_bytes(b"none")
    with pytest.raises(ConversionError, match="not a readable HDF5 file"):
        read_checkpoint(folder)
    (folder / "task.weights.h5").unlink()
    with pytest.raises(ConversionError, match=r"must hold task\.weights\.h5"):
        read_checkpoint(folder)


def test_a_projection_between_equal_widths_must_be_the_identity(tmp_path: Path, whole: Any) -> None:
    folder = write_checkpoint(tmp_path / "a", "keras-hub", whole("square").with_heads())
    with h5py.File(folder / "model.weights.h5", "a") as file:
        np.testing.assert_array_equal(file["layers/dense/vars/0"][()], np.eye(16))
        file["layers/dense/vars/1"][0] = 1
    with pytest.raises(ConversionError, match="identity"):
        read_checkpoint(folder)


def test_values_that_are_built_in_there(
    tmp_path: Path, whole: Any, caplog: pytest.LogCaptureFixture
) -> None:
    start = whole("small").with_heads()
    start.config.update(dropout=0.1)
    folder = write_checkpoint(tmp_path / "a", "keras-hub", start)
    assert "attention_dropout=0.0 becomes 0.1" in caplog.text
    assert read_checkpoint(folder).config["attention_dropout"] == 0.1
    start.config.update(layer_norm_epsilon=1e-6)
    for format in ("keras-hub", "tf1", "tf2"):
        with pytest.raises(ConversionError, match="layer_norm_epsilon"):
            write_checkpoint(tmp_path / "b", format, start)
    folder = write_checkpoint(tmp_path / "b", "transformers", start)
    assert read_checkpoint(folder).config["layer_norm_epsilon"] == 1e-6
