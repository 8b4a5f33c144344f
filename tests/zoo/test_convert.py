"""Conversion: any format to any other and back bit by bit, and nothing lost unasked."""

from __future__ import annotations

import itertools
import json
import logging
import shutil
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import numpy as np
import pytest

import albert_zoo
from albert_zoo.checkpoints import hdf5
from albert_zoo.errors import ConversionError, OutputExistsError
from albert_zoo.zoo import PresetFolder, read_preset, write_preset
from albert_zoo.zoo.convert import FORMATS, convert, heads_to_keep
from albert_zoo.zoo.foreign import label_names
from tests.model_checks import golden_inputs, largest_difference
from tests.zoo.conftest import LABELS

EVERY = ("mlm", "sop", "head")
# The largest sets of heads that a format has a place for.
HELD: Dict[str, List[Tuple[str, ...]]] = {
    "tf1": [EVERY],
    "tf2": [("mlm",), ("head",)],
    "transformers": [("mlm", "sop"), ("head",)],
    "keras-hub": [("mlm",), ("head",)],
    "albert-zoo": [EVERY],
}


def arrays_of(path: Any) -> Dict[str, np.ndarray]:
    preset = read_preset(path)
    parts = (preset.backbone_arrays, preset.pretraining_arrays, preset.task_arrays)
    return {name: part[name] for part in parts if part for name in part}


def assert_equal_arrays(found: Any, wanted: Any) -> None:
    found, wanted = arrays_of(found), arrays_of(wanted)
    assert sorted(found) == sorted(wanted)
    for name, array in wanted.items():
        assert found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def files_in(folder: Path) -> List[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def ours(tiny_preset: Callable[..., PresetFolder], tmp_path: Path) -> Path:
    return write_preset(tmp_path / "ours", tiny_preset(*EVERY))


# === There and back ===


@pytest.mark.parametrize("first, second", list(itertools.permutations(FORMATS, 2)))
def test_there_and_back(
    tmp_path: Path, tiny_preset: Callable[..., PresetFolder], first: str, second: str
) -> None:
    common = HELD[first] if len(HELD[first][0]) < len(HELD[second][0]) else HELD[second]
    for number, heads in enumerate(common):
        start = write_preset(tmp_path / f"start{number}", tiny_preset(*heads))
        one = convert(start, tmp_path / f"one{number}", first)
        other = convert(one, tmp_path / f"other{number}", second)
        back = convert(other, tmp_path / f"back{number}", first)
        for folder, format in ((one, first), (other, second), (back, first)):
            preset, wanted = read_preset(folder), read_preset(start)
            assert (preset.format, preset.heads) == (format, heads)
            assert preset.vocabulary == wanted.vocabulary
            assert_equal_arrays(folder, start)
            built_in = {"initializer_range": 0.02}  # KerasHub's files do not say it
            assert {**preset.backbone_config, **built_in} == {**wanted.backbone_config, **built_in}


def test_ours_to_ours_keeps_every_byte(ours: Path, tmp_path: Path) -> None:
    copy = convert(ours, tmp_path / "copy", "albert-zoo")
    assert files_in(copy) == files_in(ours)
    for name in files_in(ours):
        assert (copy / name).read_bytes() == (ours / name).read_bytes(), name


def test_a_fine_tuned_preset_keeps_its_task_in_hugging_faces_files(
    ours: Path, tmp_path: Path
) -> None:
    there = convert(ours, tmp_path / "there", "transformers", heads="head")
    config = json.loads((there / "config.json").read_text())
    assert config["id2label"] == {"0": "no", "1": "yes", "2": "maybe"}
    assert config["architectures"] == ["AlbertForSequenceClassification"]
    assert json.loads((there / "tokenizer_config.json").read_text())["do_lower_case"] is True
    back = read_preset(convert(there, tmp_path / "back", "albert-zoo"))
    assert back.task_config == read_preset(ours).task_config
    assert label_names(back.task_config or {}) == LABELS


@pytest.mark.parametrize("format", ["tf1", "tf2", "keras-hub"])
def test_other_formats_have_no_place_for_labels_and_say_so(
    ours: Path, tmp_path: Path, format: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "albert_zoo"):
        there = convert(ours, tmp_path / "there", format, heads="head")
    assert "0 is no, 1 is yes, 2 is maybe" in caplog.text
    stored = read_preset(there).task_config
    assert stored is not None and stored["num_classes"] == 3
    assert stored["dropout"] == (0.25 if format == "keras-hub" else 0.1)
    assert label_names(stored) == []


def test_the_origin_is_written_down(tmp_path: Path, ours: Path) -> None:
    there = convert(ours, tmp_path / "there", "transformers", heads="none")
    metadata = read_preset(convert(there, tmp_path / "back", "albert-zoo")).metadata
    assert metadata["converted_from"]["format"] == "transformers"
    files = metadata["converted_from"]["files"]
    assert files["model.safetensors"]["bytes"] == (there / "model.safetensors").stat().st_size
    assert len(files["model.safetensors"]["sha256"]) == 64
    assert str(tmp_path) not in json.dumps(metadata)


# === What the originals wrote ===


def test_heads_survive_google_hugging_face_and_ours(shared: Path, tmp_path: Path) -> None:
    golden = shared / "golden"
    for model in ("small", "groups"):
        google, hugging_face = golden / model / "tf1", golden / model / "hf"
        path = google
        for number, to in enumerate(["albert-zoo", "transformers", "albert-zoo", "tf1"]):
            path = convert(path, tmp_path / f"{model}{number}", to)
            assert read_preset(path).heads == ("mlm", "sop")
            assert_equal_arrays(path, google)
            assert_equal_arrays(path, hugging_face)


@pytest.fixture(scope="module")
def ascend(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layout that Huawei's scripts ask for: the Model Garden's files and the vocabulary."""
    folder = tmp_path_factory.mktemp("run") / "albert_data" / "albert_base"
    folder.mkdir(parents=True)
    small = shared / "golden" / "small"
    for path in (small / "tf2" / "garden-2.4.0-encoder-model").iterdir():
        if path.name != "KEYS.txt":
            (folder / path.name).write_bytes(path.read_bytes())
    for path in (small / "spm").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.backends
@pytest.mark.parametrize("to", ["tf1", "tf2", "transformers", "keras-hub", "albert-zoo"])
def test_the_ascend_layout_into_every_format(
    ascend: Path, golden: Path, tmp_path: Path, to: str
) -> None:
    names = {"30k-clean.model", "30k-clean.vocab", "albert_config.json", "bert_model.ckpt.index"}
    assert names <= {path.name for path in ascend.iterdir()}
    folder = convert(ascend, tmp_path / to, to)
    backbone = albert_zoo.AlbertBackbone.from_preset(folder)
    arrays = dict(np.load(golden / "models" / "small.npz"))
    for batch in "ab":
        outputs = backbone(golden_inputs(arrays, batch))
        for key in ("sequence_output", "pooled_output"):
            assert largest_difference(outputs[key], arrays[f"{batch}/{key}"]) < 1e-5
    assert read_preset(folder).vocabulary == (ascend / "30k-clean.model").read_bytes()


def test_the_model_garden_s_files_are_all_written(ascend: Path, tmp_path: Path) -> None:
    again = convert(ascend, tmp_path / "again", "tf2")
    assert set(files_in(again)) == {*files_in(ascend), "checkpoint"}
    assert (again / "30k-clean.vocab").read_bytes() == (ascend / "30k-clean.vocab").read_bytes()


def test_a_prefix_is_a_source(shared: Path, tmp_path: Path) -> None:
    google = shared / "golden" / "small" / "tf1"
    for number, name in enumerate(["model.ckpt-best", "model.ckpt-best.index"]):
        folder = convert(google / name, tmp_path / str(number), "transformers")
        assert_equal_arrays(folder, google)


def test_a_saved_model_is_a_source(shared: Path, tmp_path: Path) -> None:
    small = shared / "golden" / "small"
    source = small / "tf2" / "garden-2.4.0-classifier-model" / "saved_model"
    config = json.loads((small / "tf1" / "albert_config.json").read_text())
    folder = convert(source, tmp_path / "x", "albert-zoo", config=config)
    bare = convert(small / "tf1", tmp_path / "bare", "albert-zoo", heads="none")
    assert_equal_arrays(folder, bare)
    assert "variables/variables.index" in read_preset(folder).metadata["converted_from"]["files"]


def test_a_checkpoint_without_its_configuration(shared: Path, tmp_path: Path) -> None:
    small = shared / "golden" / "small"
    source = tmp_path / "alone" / "source"  # what lies in the folder above counts too
    source.mkdir(parents=True)
    for file in (small / "tf2" / "garden-2.4.0-classifier-model").glob("ckpt-1.*"):
        shutil.copy(file, source)
    with pytest.raises(ConversionError, match=r"albert_config\.json"):
        convert(source, tmp_path / "x", "transformers")
    path = small / "tf1" / "albert_config.json"
    folder = convert(source, tmp_path / "x", "transformers", config=path)
    assert read_preset(folder).heads == ("head",)


# === Half the size ===


def test_float16_halves_the_files_and_loads_as_float32(ours: Path, tmp_path: Path) -> None:
    half = convert(ours, tmp_path / "half", "albert-zoo", float16=True)
    for name in ("model.weights.h5", "pretraining.weights.h5", "task.weights.h5"):
        assert (half / name).is_file()
    sizes = [(folder / "model.weights.h5").stat().st_size for folder in (half, ours)]
    assert sizes[0] < sizes[1]
    assert read_preset(half).metadata["weights_dtype"] == "float16"
    whole, rounded = arrays_of(ours), arrays_of(half)
    for name, array in whole.items():
        assert rounded[name].dtype == np.float16
        np.testing.assert_array_equal(rounded[name], array.astype("float16"))
    model = albert_zoo.AlbertClassifier.from_preset(half)
    for name, array in model.get_named_arrays().items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, rounded[name].astype("float32"))
    again = convert(half, tmp_path / "tf1", "tf1")
    for name, array in arrays_of(again).items():
        assert array.dtype == np.float32
        np.testing.assert_array_equal(array, rounded[name].astype("float32"))


def test_float16_has_its_limits(ours: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`float16` is for the format albert-zoo alone"):
        convert(ours, tmp_path / "x", "tf1", float16=True)
    preset = read_preset(ours)
    arrays = arrays_of(ours)
    arrays["pooler/bias"] = np.full_like(arrays["pooler/bias"], 1e5)
    preset.backbone_arrays = {name: arrays[name] for name in preset.backbone_arrays or ()}
    large = write_preset(tmp_path / "large", preset)
    with pytest.raises(ConversionError, match="`pooler/bias` holds NaN, infinity"):
        convert(large, tmp_path / "x", "albert-zoo", float16=True)
    assert not (tmp_path / "x").exists()


# === Heads ===


@pytest.mark.parametrize(
    "to, present, choices",
    [
        ("tf2", ("mlm", "sop"), "`heads='mlm'` or `heads='none'`"),
        ("keras-hub", ("sop",), "Pass `heads='none'` to say"),
        ("transformers", EVERY, "`heads='mlm,sop'` or `heads='mlm'` or `heads='head'` or"),
    ],
)
def test_no_head_is_dropped_unasked(
    ours: Path, tmp_path: Path, to: str, present: Tuple[str, ...], choices: str
) -> None:
    source = convert(ours, tmp_path / "source", "albert-zoo", heads=present)
    with pytest.raises(ConversionError) as caught:
        convert(source, tmp_path / "x", to)
    assert f"The format {to} has no place for these heads together: {present[0]} (" in str(
        caught.value
    )
    assert choices in str(caught.value)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("heads", ["none", "", [], "mlm", ["mlm", "head"], "sop, head"])
def test_heads_are_chosen(ours: Path, tmp_path: Path, heads: Any) -> None:
    folder = convert(ours, tmp_path / "x", "tf1", heads=heads)
    wanted = heads.replace(" ", "").split(",") if isinstance(heads, str) else heads
    assert list(read_preset(folder).heads) == [name for name in wanted if name not in ("", "none")]


def test_heads_that_are_not_there(ours: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Received: 'mlmm'. Did you mean 'mlm'"):
        convert(ours, tmp_path / "x", "tf1", heads="mlmm")
    bare = convert(ours, tmp_path / "bare", "tf1", heads="none")
    with pytest.raises(ConversionError, match="where the source has no head"):
        convert(bare, tmp_path / "x", "tf2", heads="mlm")
    assert heads_to_keep((), None, "keras-hub") == ()


# === What is refused, and what stays ===


def test_an_unknown_format_and_an_unknown_source(ours: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="`to` must be one of tf1.*Did you mean 'transformers'"):
        convert(ours, tmp_path / "x", "transformer")
    with pytest.raises(ValueError, match="nowhere"):
        convert(tmp_path / "nowhere", tmp_path / "x", "tf1")


@pytest.mark.parametrize("to", FORMATS)
def test_weights_that_do_not_fit_are_refused(
    tiny_preset: Callable[..., PresetFolder], tmp_path: Path, to: str
) -> None:
    for number, (name, array, words) in enumerate(
        [
            ("pooler/bias", None, "weights that it does not set: pooler/bias"),
            ("pooler/more", np.zeros(2, "float32"), "arrays that nothing reads: pooler/more"),
            ("pooler/bias", np.zeros(7, "float32"), r"shape \(7,\), wanted \(16,\)"),
            ("pooler/bias", np.full(16, np.nan, "float32"), "`pooler/bias` holds NaN"),
        ]
    ):
        preset = tiny_preset()
        arrays = dict(preset.backbone_arrays or {})
        arrays.pop("pooler/bias") if array is None else arrays.update({name: array})
        preset.backbone_arrays = arrays
        source = write_preset(tmp_path / f"source{number}", preset)
        with pytest.raises(ConversionError, match=words):
            convert(source, tmp_path / "x", to)
        assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("change", [{"num_heads": None}, {"num_heads": 3}, {"depth": 3}])
def test_a_damaged_configuration_of_ours_is_refused(
    ours: Path, tmp_path: Path, change: Dict[str, Any]
) -> None:
    content = json.loads((ours / "config.json").read_text())
    content["config"].update(change)
    (ours / "config.json").write_text(json.dumps(content))
    with pytest.raises(ConversionError, match=f"`{next(iter(change))}` in .*config.json must"):
        convert(ours, tmp_path / "x", "tf1")


@pytest.mark.parametrize("to", ["tf1", "albert-zoo"])
def test_a_model_is_replaced_only_if_asked(ours: Path, tmp_path: Path, to: str) -> None:
    there = convert(ours, tmp_path / "there", "tf1")
    before = {name: (there / name).read_bytes() for name in files_in(there)}
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        convert(ours, there, to)
    assert {name: (there / name).read_bytes() for name in files_in(there)} == before
    convert(ours, there, to, heads="none", overwrite=True)
    assert read_preset(there).format == to
    assert read_preset(there).heads == ()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("dear")
    with pytest.raises(OutputExistsError, match=r"holds neither.*letter\.txt"):
        convert(ours, tmp_path / "letters", to, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letters", "ours", "there"]


def test_the_source_is_never_replaced(ours: Path, tmp_path: Path) -> None:
    for destination in (ours, tmp_path, tmp_path / "there" / ".." / "ours"):
        with pytest.raises(OutputExistsError, match="must not be, or hold, the source"):
            convert(ours, destination, "tf1", overwrite=True)
    assert read_preset(ours).heads == EVERY


@pytest.mark.parametrize("to", ["keras-hub", "albert-zoo"])
def test_a_failure_in_the_middle_leaves_all_as_it_was(
    ours: Path, tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = convert(ours, tmp_path / "there", to, heads="mlm")
    before = {name: (there / name).read_bytes() for name in files_in(there)}
    create = hdf5.h5py.Group.create_dataset

    def fail(self: Any, name: str, **arguments: Any) -> Any:
        if "pooler" in name or "dense_1" in name:
            raise OSError("No space left on device")
        return create(self, name, **arguments)

    monkeypatch.setattr(hdf5.h5py.Group, "create_dataset", fail)
    with pytest.raises(OSError, match="No space left"):
        convert(ours, there, to, heads="none", overwrite=True)
    assert {name: (there / name).read_bytes() for name in files_in(there)} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ours", "there"]
