"""Preset folders: written whole or not at all, and damage is named by its file."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo import atomic
from albert_zoo.errors import ConversionError, OutputExistsError
from albert_zoo.zoo import PresetFolder, preset_io, read_preset, write_preset

pytestmark = pytest.mark.backends

FULL = PresetFolder(
    backbone_config={"num_layers": 2, "dropout": 0.0, "layer_norm_epsilon": 1e-12},
    backbone_arrays={
        "embeddings/token_embeddings": np.arange(6, dtype="float32").reshape(2, 3),
        "encoder/group_0/inner_0/query/kernel": np.array([[1e-30, -0.0]], "float32"),
    },
    task_config={"num_classes": 2, "dropout": 0.1, "task": {"glue": "mrpc", "labels": ["ä", "0"]}},
    task_arrays={"head/bias": np.array([0.5, -0.5], "float16")},
    pretraining_arrays={"sop/bias": np.array([0.25, 4], "float32")},
    tokenizer_config={"lowercase": True},
    preprocessor_config={"sequence_length": 64},
    vocabulary=b"\x00not a model\xff",
    metadata={"parameter_count": 8, "description": "a café — €"},
)
FILES = [
    "assets/tokenizer/vocabulary.spm",
    "config.json",
    "metadata.json",
    "model.weights.h5",
    "preprocessor.json",
    "pretraining.weights.h5",
    "task.json",
    "task.weights.h5",
    "tokenizer.json",
]
ARRAYS = ("backbone_arrays", "task_arrays", "pretraining_arrays")


def files_in(folder: Path) -> list:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def contents(folder: Path) -> dict:
    return {name: (folder / name).read_bytes() for name in files_in(folder)}


def assert_same(read: PresetFolder, written: PresetFolder) -> None:
    for name in ARRAYS:
        ours, theirs = getattr(read, name), getattr(written, name)
        assert (ours is None) == (theirs is None)
        for key in theirs or ():
            assert ours[key].dtype == theirs[key].dtype
            np.testing.assert_array_equal(ours[key], theirs[key])
        assert (ours or {}).keys() == (theirs or {}).keys()
    without = {**dict.fromkeys(ARRAYS), "source": ""}
    assert asdict(replace(read, **without)) == asdict(replace(written, **without))


# === Round trip ===


def test_round_trip(tmp_path: Path) -> None:
    folder = write_preset(tmp_path / "sub" / "preset", FULL)
    assert folder == tmp_path / "sub" / "preset"
    assert files_in(folder) == FILES
    assert_same(read_preset(folder), FULL)
    assert_same(read_preset(str(folder)), FULL)


@pytest.mark.parametrize(
    "missing, files",
    [
        ({"task_config": None, "task_arrays": None}, {"task.json", "task.weights.h5"}),
        ({"task_arrays": None}, {"task.weights.h5"}),
        ({"backbone_arrays": None}, {"model.weights.h5"}),
        ({"pretraining_arrays": None}, {"pretraining.weights.h5"}),
        (
            {"vocabulary": None, "tokenizer_config": {}, "preprocessor_config": {}},
            {"assets/tokenizer/vocabulary.spm", "preprocessor.json", "tokenizer.json"},
        ),
    ],
)
def test_parts_may_be_missing(tmp_path: Path, missing: dict, files: set) -> None:
    preset = replace(FULL, **missing)
    folder = write_preset(tmp_path / "preset", preset)
    assert set(files_in(folder)) == set(FILES) - files
    assert_same(read_preset(folder), preset)


def test_an_array_is_read_when_it_is_asked_for(tmp_path: Path) -> None:
    folder = write_preset(tmp_path / "preset", FULL)
    arrays = read_preset(folder).backbone_arrays
    assert arrays is not None and set(arrays) == set(FULL.backbone_arrays or ())
    (folder / "model.weights.h5").write_bytes(b"gone")
    with pytest.raises(ConversionError, match="not a readable HDF5 file"):
        _ = arrays["embeddings/token_embeddings"]


def test_the_heads(tmp_path: Path) -> None:
    assert FULL.heads == ("sop", "head")
    assert read_preset(write_preset(tmp_path / "preset", FULL)).heads == ("sop", "head")
    assert PresetFolder(backbone_config={}).heads == ()


def test_the_files_have_keras_hubs_form(tmp_path: Path) -> None:
    folder = write_preset(tmp_path / "preset", FULL)
    for name, class_name in (
        ("config.json", "AlbertBackbone"),
        ("task.json", "AlbertClassifier"),
        ("preprocessor.json", "AlbertPreprocessor"),
        ("tokenizer.json", "AlbertTokenizer"),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        value = json.loads(text)
        assert list(value) == ["module", "class_name", "config", "registered_name"]
        assert value["class_name"] == class_name
        assert value["registered_name"] == f"albert_zoo>{class_name}"
        assert text == json.dumps(value, indent=4, ensure_ascii=False) + "\n"


def test_the_same_preset_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_preset(tmp_path / name, FULL) for name in ("first", "second"))
    assert contents(first) == contents(second)


def test_the_folder_can_be_read_by_others(tmp_path: Path) -> None:
    """A temporary folder is private; the finished one is as any other."""
    folder = write_preset(tmp_path / "preset", FULL)
    assert folder.stat().st_mode & 0o055 == 0o055


# === What is there stays ===


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "preset").mkdir()
    assert files_in(write_preset(tmp_path / "preset", FULL)) == FILES


def test_a_preset_is_replaced_only_if_asked(tmp_path: Path) -> None:
    folder = write_preset(tmp_path / "preset", FULL)
    before = contents(folder)
    small = PresetFolder(backbone_config={"num_layers": 1})
    with pytest.raises(OutputExistsError, match="`folder` must be new or empty.*overwrite=True"):
        write_preset(folder, small)
    assert contents(folder) == before
    write_preset(folder, small, overwrite=True)
    assert files_in(folder) == ["config.json", "metadata.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["preset"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_other_folders_are_never_replaced(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("dear", encoding="utf-8")
    (tmp_path / "file").write_text("text", encoding="utf-8")
    for name in ("letters", "file"):
        with pytest.raises(OutputExistsError):
            write_preset(tmp_path / name, FULL, overwrite=overwrite)
    assert files_in(tmp_path) == ["file", "letters/letter.txt"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_failure_in_the_middle_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, overwrite: bool
) -> None:
    folder = tmp_path / "preset"
    if overwrite:
        write_preset(folder, FULL)
    before = contents(tmp_path)

    def fail(path: Path, arrays: Any) -> None:
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(preset_io, "write_hdf5", fail)
    with pytest.raises(OSError, match="No space left"):
        write_preset(folder, replace(FULL, backbone_config={"num_layers": 9}), overwrite=overwrite)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == (["preset"] if overwrite else [])


def test_a_stop_by_the_user_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_preset(tmp_path / "preset", FULL)
    before = contents(tmp_path)

    def stop(path: Path, content: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(preset_io, "_write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        write_preset(folder, FULL, overwrite=True)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["preset"]


def test_a_failed_exchange_puts_the_old_preset_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new folder is whole, but cannot take the old one's place."""
    folder = write_preset(tmp_path / "preset", FULL)
    before = contents(tmp_path)
    replace_file = atomic.os.replace

    def refuse_the_new_one(source: Any, destination: Any) -> None:
        is_new = Path(source, "config.json").read_text().count("9") > 0
        if is_new:
            raise PermissionError("denied")
        replace_file(source, destination)

    monkeypatch.setattr(atomic.os, "replace", refuse_the_new_one)
    with pytest.raises(PermissionError):
        write_preset(folder, PresetFolder(backbone_config={"num_layers": 9}), overwrite=True)
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["preset"]


# === Damage ===


def test_an_unknown_folder_lists_what_there_is_and_what_would_do(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("text", encoding="utf-8")
    with pytest.raises(ConversionError) as caught:
        read_preset(tmp_path)
    message = str(caught.value)
    assert f"Received: {tmp_path}, which holds none. Found: notes.txt. Accepted: " in message
    for name in ("tf1", "tf2", "transformers", "keras-hub", "albert-zoo"):
        assert f"{name}: " in message
    with pytest.raises(ConversionError, match="nowhere"):
        read_preset(tmp_path / "nowhere")


def test_two_formats_in_one_folder(tmp_path: Path) -> None:
    folder = write_preset(tmp_path / "preset", FULL)
    (folder / "saved_model.pb").write_bytes(b"")
    with pytest.raises(ConversionError, match=r"preset: must hold one checkpoint|one format"):
        read_preset(folder)


def test_a_configuration_beside_ours_is_refused(tmp_path: Path) -> None:
    folder = write_preset(tmp_path / "preset", FULL)
    with pytest.raises(ConversionError, match="`config` must be left out for the format albert-zo"):
        read_preset(folder, config={"vocab_size": 3})


@pytest.mark.parametrize(
    "name", ["config.json", "task.json", "tokenizer.json", "preprocessor.json", "metadata.json"]
)
@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b'{"config": {}', b"\xff\xfe{}", b"[1]", b"null", b'"config"'],
    ids=["empty", "brace", "cut", "not UTF-8", "list", "null", "string"],
)
def test_damaged_json_is_named(tmp_path: Path, name: str, damage: bytes) -> None:
    folder = write_preset(tmp_path / "preset", FULL)
    (folder / name).write_bytes(damage)
    with pytest.raises(ConversionError) as caught:
        read_preset(folder)
    assert str(caught.value).startswith(f"{folder / name}: ")
    assert str(caught.value).endswith("Restore the file.")


@pytest.mark.parametrize(
    "name", ["config.json", "task.json", "tokenizer.json", "preprocessor.json"]
)
@pytest.mark.parametrize("config", [[1], None])
def test_a_config_that_is_no_object_is_named(tmp_path: Path, name: str, config: Any) -> None:
    folder = write_preset(tmp_path / "preset", FULL)
    content = {"registered_name": "albert_zoo>AlbertBackbone", "config": config}
    (folder / name).write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ConversionError) as caught:
        read_preset(folder)
    assert str(caught.value).startswith(f"{folder / name}: ")


@pytest.mark.parametrize("name", ["model.weights.h5", "task.weights.h5", "pretraining.weights.h5"])
@pytest.mark.parametrize("damage", ["empty", "text", "cut"])
def test_damaged_weights_are_named(tmp_path: Path, name: str, damage: str) -> None:
    folder = write_preset(tmp_path / "preset", FULL)
    whole = (folder / name).read_bytes()
    broken = {"empty": b"", "text": b"these are no weights" * 99, "cut": whole[: len(whole) // 2]}
    (folder / name).write_bytes(broken[damage])
    with pytest.raises(ConversionError) as caught:
        read_preset(folder)
    message = str(caught.value)
    assert message.startswith(f"{folder / name}: not a readable HDF5 file (")
    assert "\n" not in message
