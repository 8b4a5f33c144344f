"""Every format: what others wrote is read bit by bit, and what is written can be read again."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any, Callable, Dict

import h5py
import numpy as np
import pytest

from albert_zoo.checkpoints import Checkpoint, detect, read_checkpoint, write_checkpoint
from albert_zoo.checkpoints.config import from_google
from albert_zoo.checkpoints.name_map import TF1
from albert_zoo.checkpoints.safetensors import read_safetensors
from albert_zoo.errors import ConversionError, OutputExistsError

FORMATS = ("tf1", "tf2", "transformers", "keras-hub")
EVERY = [(), ("mlm",), ("sop",), ("mlm", "sop"), ("head",), ("mlm", "sop", "head")]
HELD = {  # the sets of heads that a format has a place for
    "tf1": EVERY,
    "tf2": [(), ("mlm",), ("head",)],
    "transformers": [(), ("mlm",), ("mlm", "sop"), ("head",)],
    "keras-hub": [(), ("mlm",), ("head",)],
}
GARDEN = "small/tf2/garden-"
GARDEN_CLASSIFIER = GARDEN + "2.4.0-classifier-model"
FOLDERS = {  # folder: format, heads
    "small/tf1": ("tf1", ("mlm", "sop")),
    "groups/tf1": ("tf1", ("mlm", "sop")),
    "small/hf": ("transformers", ("mlm", "sop")),
    "groups/hf": ("transformers", ("mlm", "sop")),
    "small/keras_hub": ("keras-hub", ()),
    "groups/keras_hub": ("keras-hub", ()),
    "small/keras_hub_masked_lm": ("keras-hub", ("mlm",)),
    "groups/keras_hub_masked_lm": ("keras-hub", ("mlm",)),
    "small/keras_hub_classifier": ("keras-hub", ("head",)),
    GARDEN + "2.2.2-encoder-model": ("tf2", ()),
    GARDEN + "2.3.0-encoder-model": ("tf2", ()),
    GARDEN + "2.4.0-encoder-model": ("tf2", ()),
    GARDEN + "2.4.0-encoder-encoder": ("tf2", ()),
    GARDEN + "2.20.0-encoder-model": ("tf2", ()),
    GARDEN + "2.20.0-encoder-encoder": ("tf2", ()),
    GARDEN + "2.20.0-pretrainer-model": ("tf2", ("mlm",)),
    GARDEN_CLASSIFIER: ("tf2", ("head",)),
    GARDEN_CLASSIFIER + "/saved_model": ("tf2", ()),
    GARDEN_CLASSIFIER + "/weights_tf": ("tf2", ("head",)),
}


def assert_equal(found: Dict[str, np.ndarray], wanted: Dict[str, np.ndarray]) -> None:
    assert sorted(found) == sorted(wanted)
    for name, array in found.items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, wanted[name], err_msg=name)


def test_every_golden_folder_is_in_the_list(shared: Path) -> None:
    golden = shared / "golden"
    marks = ("config.json", "*.index")
    found = {str(p.parent.relative_to(golden)) for mark in marks for p in golden.rglob(mark)}
    saved_model = GARDEN_CLASSIFIER + "/saved_model"
    assert found - {saved_model + "/variables"} == FOLDERS.keys() - {saved_model}


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_others_wrote_is_read_bit_by_bit(shared: Path, folder: str) -> None:
    golden = shared / "golden"
    model = folder.split("/")[0]
    google = json.loads((golden / model / "tf1" / "albert_config.json").read_text())
    with np.load(golden / model / "weights_tf1_names.npz") as file:
        wanted = TF1.to_ours({name: file[name] for name in file.files}, from_google(google))
    format, heads = FOLDERS[folder]
    checkpoint = read_checkpoint(golden / folder)
    assert (checkpoint.format, checkpoint.heads) == (format, heads)
    stated = golden / GARDEN_CLASSIFIER / "saved_model" / "keras_metadata.pb"
    is_elsewhere = folder.startswith(GARDEN_CLASSIFIER)
    notes = [f"The configuration was taken from {stated}."] if is_elsewhere else []
    assert checkpoint.notes == notes
    found = {k: v for k, v in checkpoint.arrays.items() if not k.startswith("head/")}
    assert_equal(found, {k: v for k, v in wanted.items() if k in found or "sop" in heads})
    ours = from_google(google)
    built_in = ("initializer_range",) if format == "keras-hub" else ()
    for name, value in ours.items():
        assert checkpoint.config[name] == (0.02 if name in built_in else value), name
    if folder in ("small/tf1", "small/hf", "small/keras_hub_classifier"):
        assert checkpoint.vocabulary == (golden / "small/spm/30k-clean.model").read_bytes()
    else:
        assert checkpoint.vocabulary is None


# === Our own writing ===


@pytest.mark.parametrize("model", ["small", "groups", "square"])
@pytest.mark.parametrize("first, second", list(itertools.permutations(FORMATS, 2)))
def test_there_and_back(
    tmp_path: Path, whole: Callable[[str], Checkpoint], model: str, first: str, second: str
) -> None:
    if model == "groups" and "tf2" in (first, second):
        with pytest.raises(ConversionError, match="`num_groups`"):
            write_checkpoint(tmp_path / "a", "tf2", whole(model).with_heads())
        return
    common = [heads for heads in EVERY if heads in HELD[first] and heads in HELD[second]]
    for number, heads in enumerate(common):
        start = whole(model).with_heads(*heads)
        one, other = tmp_path / f"{number}-one", tmp_path / f"{number}-other"
        write_checkpoint(one, first, start)
        between = read_checkpoint(one)
        write_checkpoint(other, second, between)
        write_checkpoint(tmp_path / f"{number}-back", first, read_checkpoint(other))
        for path, format in ((one, first), (other, second), (tmp_path / f"{number}-back", first)):
            back = read_checkpoint(path)
            assert (back.format, back.heads) == (format, heads)
            assert_equal(back.arrays, start.arrays)
            assert back.vocabulary == b"a vocabulary"
            lost = "initializer_range"
            without = [{k: v for k, v in c.config.items() if k != lost} for c in (back, start)]
            assert without[0] == without[1]


def test_three_heads_at_once_are_google_s_alone(
    tmp_path: Path, whole: Callable[[str], Checkpoint]
) -> None:
    start = whole("small")
    assert start.heads == ("mlm", "sop", "head")
    assert_equal(
        read_checkpoint(write_checkpoint(tmp_path / "a", "tf1", start)).arrays, start.arrays
    )
    for format in FORMATS[1:]:
        with pytest.raises(ConversionError, match="with_heads"):
            write_checkpoint(tmp_path / "b", format, start)
        assert not (tmp_path / "b").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def tensorflow_shapes(folder: Path) -> Dict[str, Any]:
    import tensorflow as tf

    (index,) = folder.glob("*.index")
    return dict(tf.train.list_variables(str(index)[: -len(".index")]))


@pytest.mark.parametrize("model", ["small", "groups"])
def test_google_s_names_and_shapes(tmp_path: Path, whole: Any, keys: Any, model: str) -> None:
    write_checkpoint(tmp_path / "a", "tf1", whole(model).with_heads("mlm", "sop"))
    assert tensorflow_shapes(tmp_path / "a") == keys(f"tf1-{model}")


@pytest.mark.parametrize(
    "kind, heads", [("encoder", ()), ("pretrainer", ("mlm",)), ("classifier", ("head",))]
)
def test_the_garden_s_names_and_shapes(
    tmp_path: Path, whole: Any, keys: Any, kind: str, heads: Any
) -> None:
    write_checkpoint(tmp_path / "a", "tf2", whole("small").with_heads(*heads))
    assert tensorflow_shapes(tmp_path / "a") == keys(f"tf2-{kind}")


@pytest.mark.parametrize("model", ["small", "groups"])
def test_transformers_names_and_shapes(tmp_path: Path, whole: Any, keys: Any, model: str) -> None:
    write_checkpoint(tmp_path / "a", "transformers", whole(model).with_heads("mlm", "sop"))
    arrays = read_safetensors(tmp_path / "a" / "model.safetensors")
    assert {name: list(array.shape) for name, array in arrays.items()} == keys(
        f"transformers-{model}"
    )


@pytest.mark.parametrize("model", ["small", "groups"])
def test_keras_hub_s_names_and_shapes(tmp_path: Path, whole: Any, keys: Any, model: str) -> None:
    write_checkpoint(tmp_path / "a", "keras-hub", whole(model).with_heads())
    shapes: Dict[str, Any] = {}
    with h5py.File(tmp_path / "a" / "model.weights.h5") as file:
        file.visititems(
            lambda name, item: (
                shapes.update({name: list(item.shape)}) if hasattr(item, "shape") else None
            )
        )
    assert shapes == keys(f"keras-hub-{model}")


@pytest.mark.parametrize("format", FORMATS)
def test_a_folder_is_written_whole_or_not_at_all(
    tmp_path: Path, whole: Any, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = whole("small").with_heads()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("kept")
    with pytest.raises(OutputExistsError):
        write_checkpoint(tmp_path / "full", format, start)
    assert (tmp_path / "full" / "mine.txt").read_text() == "kept"

    bad = {**start.arrays, "pooler/bias": np.full(64, np.nan, "float32")}
    with pytest.raises(ConversionError, match="pooler/bias"):
        write_checkpoint(tmp_path / "new", format, Checkpoint(format, start.config, bad))

    def fail(*_: Any, **__: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "write_text", fail)
    with pytest.raises(OSError, match="disk full"):
        write_checkpoint(tmp_path / "new", format, start)
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_an_unknown_format(tmp_path: Path, whole: Any) -> None:
    with pytest.raises(ValueError, match="Did you mean 'tf1'"):
        write_checkpoint(tmp_path / "a", "tf11", whole("small"))


def test_formats_are_told_apart(tmp_path: Path, whole: Any) -> None:
    start = whole("small").with_heads()
    for format in FORMATS:
        assert detect(write_checkpoint(tmp_path / format, format, start)) == format
    assert detect(tmp_path / "tf1" / "model.ckpt-best") == "tf1"
    assert detect(tmp_path / "tf2" / "bert_model.ckpt.index") == "tf2"
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "config.json").write_text(
        '{"registered_name": "albert_zoo>AlbertBackbone"}'
    )
    assert detect(tmp_path / "ours") == "albert-zoo"
    with pytest.raises(ConversionError, match="from_preset"):
        read_checkpoint(tmp_path / "ours")


def test_no_format_and_two_formats(tmp_path: Path, whole: Any) -> None:
    (tmp_path / "none").mkdir()
    (tmp_path / "none" / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ConversionError) as caught:
        detect(tmp_path / "none")
    assert "pytorch_model.bin" in str(caught.value)
    assert "model.safetensors" in str(caught.value)
    both = write_checkpoint(tmp_path / "both", "tf1", whole("small"))
    other = write_checkpoint(tmp_path / "other", "transformers", whole("small").with_heads())
    for name in ("config.json", "model.safetensors"):
        (other / name).rename(both / name)
    with pytest.raises(ConversionError, match="transformers and tf1"):
        read_checkpoint(both)
    with pytest.raises(ConversionError):
        detect(tmp_path / "missing")
