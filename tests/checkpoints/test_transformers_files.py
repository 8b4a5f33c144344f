"""Hugging Face folders: the forms in which they come, and damaged files."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest

from albert_zoo.checkpoints import read_checkpoint, write_checkpoint
from albert_zoo.checkpoints.safetensors import read_safetensors, write_safetensors
from albert_zoo.errors import ConversionError


@pytest.fixture()
def folder(tmp_path: Path, whole: Any) -> Path:
    return write_checkpoint(tmp_path / "a", "transformers", whole("small").with_heads("mlm", "sop"))


def change_config(folder: Path, **changes: Any) -> Path:
    values = {**json.loads((folder / "config.json").read_text()), **changes}
    (folder / "config.json").write_text(json.dumps(values))
    return folder


def change_arrays(folder: Path, **changes: Any) -> Path:
    arrays = dict(read_safetensors(folder / "model.safetensors"))
    arrays.update({name.replace("__", "."): array for name, array in changes.items()})
    write_safetensors(folder / "model.safetensors", arrays)
    return folder


def test_tied_copies_are_dropped(folder: Path) -> None:
    arrays = read_safetensors(folder / "model.safetensors")
    copies = {
        "predictions__decoder__weight": arrays["albert.embeddings.word_embeddings.weight"],
        "predictions__decoder__bias": arrays["predictions.bias"],
    }
    assert len(read_checkpoint(change_arrays(folder, **copies)).arrays) == 32
    copies["predictions__decoder__bias"] = copies["predictions__decoder__bias"] + 1
    with pytest.raises(ConversionError, match="tied"):
        read_checkpoint(change_arrays(folder, **copies))


def test_the_bare_model_has_no_prefix(tmp_path: Path, whole: Any) -> None:
    folder = write_checkpoint(tmp_path / "a", "transformers", whole("small").with_heads())
    names = list(read_safetensors(folder / "model.safetensors"))
    assert "pooler.weight" in names
    assert not [name for name in names if name.startswith("albert.")]
    assert json.loads((folder / "config.json").read_text())["architectures"] == ["AlbertModel"]


def test_a_model_without_a_pooler(folder: Path) -> None:
    """transformers' AlbertForMaskedLM saves none."""
    path = folder / "model.safetensors"
    arrays = dict(read_safetensors(path))
    write_safetensors(path, {k: v for k, v in arrays.items() if not k.startswith("albert.pooler.")})
    with pytest.raises(ConversionError, match="must hold a pooler.*AlbertForPreTraining"):
        read_checkpoint(folder)


def test_exact_gelu_is_reported(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    (note,) = read_checkpoint(change_config(folder, hidden_act="gelu")).notes
    assert "tanh" in note
    assert note in caplog.text
    assert read_checkpoint(change_config(folder, hidden_act="gelu_pytorch_tanh")).notes == []
    with pytest.raises(ConversionError, match="hidden_act"):
        read_checkpoint(change_config(folder, hidden_act="relu"))


def test_unknown_keys_are_listed(folder: Path) -> None:
    (note,) = read_checkpoint(change_config(folder, my_key=1, gap_size=0)).notes
    assert note.endswith("were not read: my_key.")


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"model_type": "bert"}, "one format"),
        ({"gap_size": 1}, "gap_size"),
        ({"position_embedding_type": "relative_key"}, "position_embedding_type"),
        ({"architectures": ["AlbertForTokenClassification"]}, "architectures"),
        ({"num_attention_heads": 5}, "num_attention_heads"),
        ({"num_hidden_layers": "4"}, "num_hidden_layers"),
        ({"num_hidden_groups": 2}, "does not set"),
        ({"hidden_size": None}, "hidden_size"),
        ({"hidden_dropout_prob": 1.5}, "hidden_dropout_prob"),
    ],
)
def test_configurations_that_are_refused(folder: Path, changes: Any, words: str) -> None:
    with pytest.raises(ConversionError, match=words):
        read_checkpoint(change_config(folder, **changes))


def test_labels_survive(tmp_path: Path, whole: Any) -> None:
    start = whole("small").with_heads("head")
    start.task_config.update(dropout=0.2, labels=["no", "maybe", "yes"])
    folder = write_checkpoint(tmp_path / "a", "transformers", start)
    assert read_checkpoint(folder).task_config == {"dropout": 0.2, "labels": ["no", "maybe", "yes"]}
    values = json.loads((folder / "config.json").read_text())
    assert values["id2label"]["2"] == "yes"
    assert values["label2id"]["yes"] == 2


# === The file format ===


def raw(path: Path, header: Any, data: bytes = b"") -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def entry(dtype: str = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> Dict[str, Any]:
    return {"x": {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}}


def test_three_types_are_read(tmp_path: Path) -> None:
    wanted = np.array([1.5, -2.0], "<f4")
    upper_halves = wanted.view("<u4") >> 16
    for dtype, data in (
        ("F32", wanted.tobytes()),
        ("F16", wanted.astype("<f2").tobytes()),
        ("BF16", upper_halves.astype("<u2").tobytes()),
    ):
        header = {**entry(dtype, offsets=(0, len(data))), "__metadata__": {"format": "pt"}}
        array = read_safetensors(raw(tmp_path / "x", header, data))["x"]
        np.testing.assert_array_equal(array, wanted)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    arrays = {
        "b": np.arange(6, dtype="f4").reshape(2, 3),
        "a": np.float32(3),
        "c": np.zeros((0, 2), "f4"),
    }
    write_safetensors(tmp_path / "x", {name: np.asarray(array) for name, array in arrays.items()})
    back = read_safetensors(tmp_path / "x")
    assert sorted(back) == ["a", "b", "c"]
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], array)
    package = pytest.importorskip("safetensors.numpy")
    assert sorted(package.load_file(tmp_path / "x")) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "header, data",
    [
        (entry("I64", (1,)), b"8" * 8),
        (entry(offsets=(0, 12)), b"8" * 12),
        (entry(offsets=(8, 16)), b"8" * 8),
        (entry(offsets=(8, 0)), b"8" * 8),
        (entry(shape=(-2,)), b"8" * 8),
        (entry(shape=(2.0,)), b"8" * 8),
        (entry(shape=(1 << 62, 1 << 62)), b"8" * 8),
        (entry(), b"8" * 9),
        (entry(), b"8" * 7),
        ({**entry(), "y": entry()["x"]}, b"8" * 8),
        ({"x": 3}, b""),
        ([], b""),
        (b"{", b""),
        (b"[" * 100000, b""),
        (b"\xff", b""),
    ],
)
def test_damaged_files(tmp_path: Path, header: Any, data: bytes) -> None:
    with pytest.raises(ConversionError, match="not a readable safetensors file"):
        read_safetensors(raw(tmp_path / "x", header, data))


@pytest.mark.parametrize("content", [b"", b"1234", struct.pack("<Q", 1 << 40) + b"{}"])
def test_cut_files(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(ConversionError, match="not a readable safetensors file"):
        read_safetensors(tmp_path / "x")
