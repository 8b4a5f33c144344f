"""Where the configuration of a TensorFlow checkpoint is looked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Optional

import pytest

from albert_zoo.checkpoints.beside import find_beside
from albert_zoo.checkpoints.config import from_google
from albert_zoo.checkpoints.saved_model import config_of_saved_model
from albert_zoo.errors import ConversionError
from tests.checkpoints.conftest import google_config

ENCODER: Dict[str, Any] = {  # what the Garden's class states of the model "small"
    "vocab_size": 1000,
    "embedding_width": 16,
    "hidden_size": 64,
    "num_layers": 4,
    "num_attention_heads": 4,
    "max_sequence_length": 64,
    "type_vocab_size": 2,
    "intermediate_size": 128,
    "activation": "Text>gelu",
    "dropout_rate": 0.0,
    "attention_dropout_rate": 0.0,
    "initializer": {"class_name": "TruncatedNormal", "config": {"stddev": 0.2}},
}


def field(number: int, value: bytes) -> bytes:
    size, out = len(value), bytearray()
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    return bytes([number << 3 | 2]) + bytes(out) + bytes([size]) + value


def keras_metadata(*nodes: Dict[str, Any]) -> bytes:
    return b"".join(field(1, b"\x10\x07" + field(5, json.dumps(node).encode())) for node in nodes)


def old_saved_model(*nodes: Dict[str, Any]) -> bytes:
    objects = [field(4, field(1, b"id") + field(3, json.dumps(node).encode())) for node in nodes]
    return b"\x08\x01" + field(2, field(7, b"".join(field(1, node) for node in objects)))


def node(class_name: str = "Text>AlbertEncoder", **changes: Any) -> Dict[str, Any]:
    return {"class_name": class_name, "config": {**ENCODER, **changes}}


def saved(folder: Path, metadata: Optional[bytes], graph: bytes = b"") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "saved_model.pb").write_bytes(graph)
    if metadata is not None:
        (folder / "keras_metadata.pb").write_bytes(metadata)
    return folder


def test_both_places_of_keras_metadata(tmp_path: Path) -> None:
    other = {"class_name": "Dense", "config": {"units": 3}}
    new = saved(tmp_path / "new", keras_metadata(other, node(), node()))
    old = saved(tmp_path / "old", None, old_saved_model(other, node("AlbertTransformerEncoder")))
    for folder in (new, old):
        found = config_of_saved_model(folder)
        assert found is not None
        assert from_google(found[0]) == from_google(google_config("small"))
    assert config_of_saved_model(saved(tmp_path / "none", keras_metadata(other))) is None
    assert config_of_saved_model(tmp_path) is None


def test_the_exact_gelu_is_not_taken_for_the_garden_s(tmp_path: Path) -> None:
    found = config_of_saved_model(saved(tmp_path, keras_metadata(node(activation="gelu"))))
    assert found is not None
    with pytest.raises(ConversionError, match="hidden_act"):
        from_google(found[0])


@pytest.mark.parametrize(
    "metadata",
    [
        b"\x0a\xff",
        b"\xff",
        field(1, field(5, b"{")),
        keras_metadata({"class_name": "Text>AlbertEncoder", "config": {"vocab_size": 3}}),
        keras_metadata({"class_name": "Text>AlbertEncoder", "config": 3}),
    ],
)
def test_damaged_metadata(tmp_path: Path, metadata: bytes) -> None:
    with pytest.raises(ConversionError, match="keras_metadata.pb: not readable"):
        config_of_saved_model(saved(tmp_path, metadata))


def test_two_encoders_that_differ(tmp_path: Path) -> None:
    folder = saved(tmp_path, keras_metadata(node(), node(num_layers=6)))
    with pytest.raises(ConversionError, match="one ALBERT encoder"):
        config_of_saved_model(folder)


def test_nearer_places_come_first(tmp_path: Path) -> None:
    run = tmp_path / "run"
    prefix = run / "checkpoints" / "ckpt-3"

    def put(folder: Path, layers: int) -> Path:
        path = folder / "albert_config.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**google_config("small"), "num_hidden_layers": layers}))
        return path

    def found() -> Any:
        beside = find_beside(prefix)
        return beside.config["num_hidden_layers"], beside.notes

    prefix.parent.mkdir(parents=True)
    put(tmp_path, 1)  # two floors above: another model's, perhaps
    with pytest.raises(ConversionError, match="must hold albert_config.json"):
        find_beside(prefix)
    for layers, folder in ((2, run / "saved_model"), (3, prefix.parent / "saved_model")):
        path = saved(folder, keras_metadata(node(num_layers=layers))) / "keras_metadata.pb"
        assert found() == (layers, [f"The configuration was taken from {path}."])
    saved(run / "saved_model", keras_metadata(node(num_layers=2)))
    (prefix.parent / "saved_model" / "keras_metadata.pb").unlink()
    path = put(run, 4)
    assert found() == (4, [f"The configuration was taken from {path}."])
    put(prefix.parent / "assets", 5)
    assert found() == (5, [])
    put(prefix.parent, 6)
    assert found() == (6, [])
    assert find_beside(prefix, {"mine": 1}).config == {"mine": 1}
