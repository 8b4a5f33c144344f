"""Inspection: what is in a folder of any format, and what no shape can tell."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any, Callable

import numpy as np
import pytest

from albert_zoo.checkpoints.weight_shapes import weight_shapes
from albert_zoo.errors import ConversionError
from albert_zoo.zoo import PresetFolder, write_preset
from albert_zoo.zoo.convert import FORMATS, convert
from albert_zoo.zoo.inspect import PUBLISHED_VOCABULARY, inspect


@pytest.fixture
def folders(tiny_preset: Callable[..., PresetFolder], tmp_path: Path) -> Callable[[str], Path]:
    """Function of a format: the tiny model in it, with the head for masked words."""

    def write(format: str) -> Path:
        if not (tmp_path / "start").exists():
            write_preset(tmp_path / "start", tiny_preset("mlm"))
        return convert(tmp_path / "start", tmp_path / format, format)

    return write


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(folders: Callable[[str], Path], format: str) -> None:
    folder = folders(format)
    found = inspect(folder)
    assert (found.path, found.format, found.heads) == (folder, format, ("mlm",))
    assert found.config["hidden_dim"] == 16
    shapes = weight_shapes(found.config)
    assert found.parameter_count == sum(math.prod(shape) for shape in shapes.values())
    assert {name: row["shape"] for name, row in found.tensors.items()} == weight_shapes(
        found.config, ["mlm"]
    )
    assert found.vocabulary is not None
    assert (found.vocabulary["pieces"], found.vocabulary["is_published"]) == (100, False)
    assert found.notes == []
    assert set(found.files) == {
        p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
    }
    for name, file in found.files.items():
        content = (folder / name).read_bytes()
        assert file == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    # The Model Garden and KerasHub keep the heads as an axis: a wrong number is refused there.
    assert ("2 heads" in found.assumed) == (format not in ("tf2", "keras-hub"))
    assert "2 layers" in found.assumed


@pytest.mark.parametrize(
    "format, ours, theirs",
    [
        ("tf1", "pooler/bias", "bert/pooler/dense/bias"),
        ("tf2", "embeddings/layer_norm/beta", "encoder/layer_with_weights-3/beta"),
        ("transformers", "mlm/dense/kernel", "predictions.dense.weight"),
        ("keras-hub", "pooler/kernel", "layers/dense_1/vars/0"),
        ("albert-zoo", "pooler/kernel", "pooler/kernel"),
    ],
)
def test_the_names_in_the_files(
    folders: Callable[[str], Path], format: str, ours: str, theirs: str
) -> None:
    assert inspect(folders(format)).tensors[ours]["stored_as"] == theirs


def test_names_are_those_in_hugging_faces_file(folders: Any, tmp_path: Path) -> None:
    from albert_zoo.checkpoints.safetensors import read_safetensors

    bare = convert(folders("tf1"), tmp_path / "bare", "transformers", heads="none")
    for folder in (folders("transformers"), bare):
        found = {row["stored_as"] for row in inspect(folder).tensors.values()}
        assert found == set(read_safetensors(folder / "model.safetensors"))


def test_one_of_the_files_will_do(folders: Callable[[str], Path]) -> None:
    folder = folders("tf1")
    for name in ("model.ckpt-best.index", "model.ckpt-best.data-00000-of-00001"):
        found = inspect(folder / name)
        assert (found.path, found.format) == (folder / "model.ckpt-best", "tf1")
        assert "checkpoint" not in found.files
        assert "30k-clean.model" in found.files
    assert inspect(folders("transformers") / "model.safetensors").format == "transformers"


def test_a_fine_tuned_preset(tiny_preset: Callable[..., PresetFolder], tmp_path: Path) -> None:
    found = inspect(write_preset(tmp_path / "a", tiny_preset("head")))
    assert found.heads == ("head",)
    assert found.task_config is not None and found.task_config["num_classes"] == 3


def test_a_configuration_alone() -> None:
    found = inspect("albert_base_v2")
    assert (found.parameter_count, found.tensors) == (11_683_584, {})
    assert "There are no weights in the folder." in found.notes


@pytest.mark.parametrize("heads", [16, 32])
def test_xlarge_heads_are_warned_of(heads: int, tmp_path: Path) -> None:
    config = {**inspect("albert_xlarge_v2").config, "num_heads": heads}
    folder = write_preset(tmp_path / "a", PresetFolder(backbone_config=config))
    (note,) = [note for note in inspect(folder).notes if "xlarge" in note]
    assert f"The configuration says {heads} attention heads" in note
    assert "32" in note and "16" in note and "wrong outputs" in note


def test_another_gelu_is_warned_of(folders: Callable[[str], Path]) -> None:
    folder = folders("transformers")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "hidden_act": "gelu"}))
    (note,) = inspect(folder).notes
    assert 'hidden_act "gelu"' in note


def test_a_vocabulary_that_does_not_belong(
    tiny_preset: Callable[..., PresetFolder], tmp_path: Path
) -> None:
    preset = tiny_preset()
    preset.vocabulary = b"no model"
    folder = write_preset(tmp_path / "a", preset)
    assert any("cannot be read" in note for note in inspect(folder).notes)
    preset.vocabulary = None
    folder = write_preset(tmp_path / "b", preset)
    assert any("no vocabulary" in note for note in inspect(folder).notes)


def test_the_published_vocabulary_is_known(shared: Path) -> None:
    content = (shared / "data" / "albert" / "30k-clean.model").read_bytes()
    assert hashlib.md5(content).hexdigest() == "73e62ff8e90f951f24c8b907913039a5"  # noqa: S324
    assert hashlib.sha256(content).hexdigest() == PUBLISHED_VOCABULARY


@pytest.mark.parametrize("format", FORMATS)
def test_damage_is_one_line(folders: Callable[[str], Path], format: str) -> None:
    folder = folders(format)
    files = [
        path
        for path in folder.rglob("*")
        if path.suffix in (".h5", ".safetensors", ".json", ".index") or ".data-" in path.name
    ]
    read = [path for path in files if path.name not in ("metadata.json", "tokenizer.json")]
    assert len(read) >= 3
    for path in read:
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
        if format == "keras-hub" and path.name == "preprocessor.json":
            inspect(folder)  # it holds nothing that is read
        else:
            with pytest.raises(ConversionError) as caught:
                inspect(folder)
            assert "\n" not in str(caught.value)
            assert path.name.split(".data-")[0] in str(caught.value)
        path.write_bytes(whole)
    inspect(folder)


def test_nan_is_found(tiny_preset: Callable[..., PresetFolder], tmp_path: Path) -> None:
    preset = tiny_preset()
    preset.backbone_arrays = {
        **(preset.backbone_arrays or {}),
        "pooler/bias": np.full(16, np.inf, "float32"),
    }
    folder = write_preset(tmp_path / "a", preset)
    with pytest.raises(ConversionError, match="`pooler/bias` holds NaN, infinity"):
        inspect(folder)
