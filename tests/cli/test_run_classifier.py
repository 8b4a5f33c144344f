"""`albert-zoo run-classifier`: the flags, lines and files of the Model Garden's and Huawei's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from albert_zoo.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from albert_zoo.cli import app
from albert_zoo.data import Record, write_meta_data, write_records
from albert_zoo.keras_api import backend_name
from albert_zoo.models import AlbertClassifier
from tests.model_checks import TINY_GEOMETRY, tiny_backbone

LENGTH = 24
ROWS = {"train": 40, "eval": 18}

# The flags of the port, as facts about it; with the defaults of its run_classifier.py.
PORT = {
    "precision_mode": "allow_fp32_to_fp16",
    "over_dump": "False",
    "over_dump_path": "/home/data",
    "data_dump_flag": "False",
    "data_dump_step": "10",
    "data_dump_path": "/home/data",
    "profiling": "False",
    "profiling_dump_path": "/home/data",
    "use_mixlist": "False",
    "mixlist_file": "ops_info.json",
    "fusion_off_flag": "False",
    "fusion_off_file": "fusion_switch.cfg",
    "auto_tune": "False",
    "use_fastgelu": "True",
}
GARDEN = {
    "mode": "train_and_eval",
    "train_batch_size": 32,
    "eval_batch_size": 32,
    "num_train_epochs": 3,
    "learning_rate": 5e-5,
    "log_steps": 100,
    "distribution_strategy": "mirrored",
    "optimizer_type": "adamw",
    "dtype": "fp32",
}
OTHERS = (
    *("input_meta_data_path", "train_data_path", "eval_data_path", "bert_config_file"),
    *("init_checkpoint", "model_dir", "steps_per_loop", "predict_checkpoint_path"),
    *("model_export_path", "train_data_size", "num_eval_per_epoch", "end_lr", "num_gpus", "tpu"),
    *("loss_scale", "enable_xla", "fp16_implementation", "hub_module_url", "scale_loss"),
    *("hub_module_trainable", "sub_model_export_name", "explicit_allreduce", "run_eagerly"),
    *("gin_file", "gin_param"),
)


def write_data(folder: Path, pieces: int, length: int, num_labels: int = 3) -> None:
    """Records of random ids whose label shows: its own piece comes again and again."""
    random = np.random.default_rng(0)
    for split, rows in ROWS.items():
        records = []
        for row in range(rows):
            size = int(random.integers(length // 2, length + 1))
            ids = random.integers(5 + num_labels, pieces, size)
            ids[::2] = 5 + row % num_labels
            segments = (np.arange(size) >= size // 2).astype(int)
            records.append(Record(ids, segments, row % num_labels))
        write_records(folder / f"MNLI_{split}.tf_record", records, length, layout="garden")
    write_meta_data(
        *(folder / "MNLI_meta_data", "MNLI", length, ROWS["train"], ROWS["eval"]),
        num_labels=num_labels,
    )


@pytest.fixture(scope="session")
def port(tmp_path_factory):
    """Folders as Huawei's scripts expect them, with a tiny model."""
    folder = tmp_path_factory.mktemp("albert_data")
    (folder / "MNLI_dataset").mkdir()
    write_data(folder / "MNLI_dataset", TINY_GEOMETRY["vocabulary_size"], LENGTH)
    backbone = tiny_backbone(dropout=0.0)
    config = {k: v for k, v in backbone.get_config().items() if k not in ("name", "dtype")}
    config.pop("trainable")
    arrays = backbone.get_named_arrays()
    write_checkpoint(folder / "albert_base", "tf2", Checkpoint("tf2", config, arrays))
    return folder


def flags(port, model_dir, **changes):
    values = {
        "input_meta_data_path": port / "MNLI_dataset" / "MNLI_meta_data",
        "train_data_path": port / "MNLI_dataset" / "MNLI_train.tf_record",
        "eval_data_path": port / "MNLI_dataset" / "MNLI_eval.tf_record",
        "bert_config_file": port / "albert_base" / "albert_config.json",
        "init_checkpoint": port / "albert_base" / "bert_model.ckpt",
        "model_dir": model_dir,
        "train_batch_size": 8,
        "eval_batch_size": 4,
        "learning_rate": 1e-2,
        "num_train_epochs": 2,
        "device": "cpu",
        **changes,
    }
    values = {name: value for name, value in values.items() if value is not None}
    return ["run-classifier", *(f"--{name}={value}" for name, value in values.items())]


def arrays_of(folder, step):
    return read_checkpoint(folder / f"ckpt-{step}").arrays


# === Flags ===
def test_every_flag_is_there_with_its_default():
    import typer

    command = typer.main.get_command(app).commands["run-classifier"]
    defaults = {p.opts[0].lstrip("-"): p.default for p in command.params}
    assert set(OTHERS) <= set(defaults)
    found = {name: getattr(defaults[name], "value", defaults[name]) for name in {**PORT, **GARDEN}}
    assert found == {**PORT, **GARDEN}


def test_the_ports_command_line_is_read(port, tmp_path, monkeypatch, run):
    """That of its shell scripts, with the empty variables that they leave."""
    from albert_zoo.cli import run_classifier_modes

    seen = []
    monkeypatch.setattr(
        run_classifier_modes, "run", lambda settings, backend: seen.append(settings)
    )
    switches = {"over_dump": "False", "over_dump_path": "", "data_dump_flag": "False"}
    switches.update(data_dump_path="", profiling="False", profiling_dump_path="", auto_tune="False")
    mixlist = {"use_mixlist": "True", "mixlist_file": "albert", "fusion_off_flag": "False"}
    more = {"mode": "train_and_eval", "steps_per_loop": 1, "log_steps": 98175}
    given = flags(
        *(port, ""),
        **{**switches, **mixlist, **more, "precision_mode": "allow_mix_precision"},
        distribution_strategy="one_device",
    )
    shown = run(*given).stderr
    (settings,) = seen
    assert settings.ascend.as_dict().keys() == {"precision_mode", "modify_mixlist"}
    assert settings.folder.name == "bert20"
    assert (settings.data_dump_path, settings.log_steps) == ("/home/data", 98175)
    assert "means nothing" not in shown
    assert "GELU" in shown


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"steps_per_loop": 1000}, "`--steps_per_loop=1000` means nothing here"),
        ({"run_eagerly": True}, "`--run_eagerly=True` means nothing here"),
        ({"over_dump": True, "over_dump_path": "dump"}, "checked and not used on the CPU"),
    ],
)
def test_a_flag_without_a_meaning_is_answered(port, monkeypatch, run, changes, line):
    from albert_zoo.cli import run_classifier_modes

    monkeypatch.setattr(run_classifier_modes, "run", lambda settings, backend: None)
    assert line in run(*flags(port, "", **changes)).stderr


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"tpu": "grpc://x"}, "`--tpu` cannot be used here"),
        ({"end_lr": 1e-6}, "`--end_lr` cannot be used here"),
        ({"distribution_strategy": "tpu"}, "`--distribution_strategy` must be of one_device"),
        ({"dtype": "fp8"}, "`--dtype` must be of fp32"),
        ({"eval_data_path": None}, "`--eval_data_path` must be given for mode=train_and_eval"),
        ({"mode": "export_only"}, "`--model_export_path` must be given"),
        ({"bert_config_file": "none.json"}, "none.json: no such file. `--bert_config_file`"),
        ({"use_mixlist": True}, "`--mixlist_file` counts under mixed precision alone"),
        ({"precision_mode": "force_fp16"}, "must be one for training"),
        (
            {"over_dump": True, "data_dump_flag": True},
            "`--data_dump_flag` and `--over_dump` exclude each other",
        ),
        ({"init_checkpoint": "none.ckpt"}, "none.ckpt"),
    ],
)
def test_what_cannot_be_meant_is_refused(port, tmp_path, fails, changes, line):
    assert line in fails(*flags(port, tmp_path, **changes))
    assert list(tmp_path.iterdir()) == []


# === A run ===
@pytest.fixture(scope="module")
def trained(port, tmp_path_factory):
    """Folder and output of a run of two epochs."""
    from typer.testing import CliRunner

    folder = tmp_path_factory.mktemp("model_dir")
    export = folder / "saved_model"
    given = flags(port, folder, log_steps=3, model_export_path=export)
    if backend_name() != "tensorflow":
        given.pop()
    result = CliRunner().invoke(app, list(map(str, given)))
    assert result.exit_code == 0, result.output
    return SimpleNamespace(folder=folder, lines=result.stdout.splitlines(), export=export)


def test_it_prints_the_ports_lines(trained):
    number = r"\d+\.\d\d"
    history = [line for line in trained.lines if line.startswith("TimeHistory: ")]
    pattern = (
        rf"TimeHistory: {number} seconds, {number} examples/second between steps (\d+) and (\d+)"
    )
    steps = [re.fullmatch(pattern, line).groups() for line in history]
    assert steps == [("0", "3"), ("3", "6"), ("6", "9"), ("9", "10")]
    score = r"\d\.\d{4}"
    pattern = (
        rf"5/5 - \d+s - loss: {score} - accuracy: {score} - val_loss: {score} - "
        rf"val_accuracy: {score}"
    )
    epochs = [line for line in trained.lines if "val_loss" in line]
    assert len(epochs) == 2
    assert all(re.fullmatch(pattern, line) for line in epochs), epochs
    assert "Epoch 2/2" in trained.lines
    assert [line for line in trained.lines if re.match(rf"Steady state: {number} exam", line)]


def test_it_writes_the_ports_files(trained):
    names = {path.name for path in trained.folder.iterdir()} - {"saved_model"}
    checkpoints = {
        f"ckpt-{step}.{ending}" for step in (5, 10) for ending in ("index", "data-00000-of-00001")
    }
    others = {"checkpoint", "albert_config.json", "summaries", "run_config.json"}
    assert names == checkpoints | others
    assert list((trained.folder / "summaries").rglob("events.*"))
    assert not list((trained.folder / "summaries").rglob("profile"))
    state = (trained.folder / "checkpoint").read_text().splitlines()
    assert state[0] == 'model_checkpoint_path: "ckpt-10"'
    record = json.loads((trained.folder / "run_config.json").read_text())
    assert record["backend"] == {"name": "default"}
    assert record["flags"]["train_batch_size"] == 8
    assert record["history"]["val_accuracy"][-1] > 0.5  # it learned


def test_tensorflow_finds_the_newest_checkpoint(trained):
    import tensorflow as tf

    assert tf.train.latest_checkpoint(str(trained.folder)) == str(trained.folder / "ckpt-10")
    keys = dict(tf.train.list_variables(str(trained.folder / "ckpt-10")))
    kernel = "model/layer_with_weights-1/layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE"
    assert keys[kernel] == [16, 3]


def test_predict(trained, port, run):
    files = ("test_results.tsv", "output_labels.tsv")
    run(*flags(port, trained.folder, mode="predict", train_data_path=None))
    rows, labels = ((trained.folder / name).read_text().splitlines() for name in files)
    probabilities = np.array([line.split("\t") for line in rows], "float64")
    assert probabilities.shape == (18, 3)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(18))
    assert labels == [str(row % 3) for row in range(18)]
    accuracy = (probabilities.argmax(1) == np.array(labels, int)).mean()
    record = json.loads((trained.folder / "run_config.json").read_text())
    assert accuracy == pytest.approx(record["history"]["val_accuracy"][-1])
    run(
        *flags(port, trained.folder, mode="predict"),
        f"--predict_checkpoint_path={trained.folder}/ckpt-5",
    )
    assert (trained.folder / files[0]).read_text().splitlines() != rows
    for name in files:
        (trained.folder / name).unlink()


@pytest.mark.skipif(backend_name() != "tensorflow", reason="a SavedModel is TensorFlow's")
def test_export(trained, port, run, tmp_path):
    import tensorflow as tf

    path = tmp_path / "exported"
    run(*flags(port, trained.folder, mode="export_only", model_export_path=path))
    random = np.random.default_rng(0).integers(5, 90, (2, LENGTH)).astype("int32")
    inputs = {"input_word_ids": random, "input_mask": random * 0 + 1, "input_type_ids": random * 0}
    tensors = {name: tf.constant(array) for name, array in inputs.items()}
    loaded = [tf.saved_model.load(str(folder)) for folder in (path, trained.export)]
    outputs = [model.signatures["serving_default"](**tensors)["outputs"] for model in loaded]
    read = read_checkpoint(trained.folder / "ckpt-10")
    classifier = AlbertClassifier(tiny_backbone(dropout=0.0), 3)
    classifier.set_named_arrays(read.arrays)
    ids = {"token_ids": random, "padding_mask": random * 0 + 1, "segment_ids": random * 0}
    for output in outputs:
        np.testing.assert_allclose(output, classifier.predict(ids, verbose=0), atol=1e-5)


def test_two_steps_per_epoch_measure_the_speed(port, run, tmp_path):
    given = flags(port, tmp_path, steps_per_epoch=2, log_steps=2, num_train_epochs=3)
    lines = run(*given).stdout.splitlines()
    found = [line.split("between ")[1] for line in lines if line.startswith("TimeHistory")]
    assert found == ["steps 0 and 2", "steps 2 and 4", "steps 4 and 6"]


# === The pretrained weights ===
def check_that_the_encoder_is_trained_from(prefix, given, run, tmp_path):
    """With next to no learning rate the weights are those of the start."""
    before = {k: v for k, v in read_checkpoint(prefix).arrays.items() if not k.startswith("mlm/")}
    run(*given, f"--model_dir={tmp_path}", "--max_steps=1", "--learning_rate=1e-30")
    start = arrays_of(tmp_path, 1)
    assert set(start) == {*before, "head/kernel", "head/bias"}
    for name, array in before.items():
        assert np.abs(start[name] - array).max() < 1e-25, name
    run(*given, f"--model_dir={tmp_path}", "--max_steps=12", "--num_train_epochs=3")
    trained = arrays_of(tmp_path, 12)
    unchanged = [name for name in before if np.array_equal(trained[name], before[name])]
    assert unchanged == []


def test_every_encoder_variable_is_the_checkpoints_and_changes(port, run, tmp_path):
    prefix = port / "albert_base" / "bert_model.ckpt"
    check_that_the_encoder_is_trained_from(prefix, flags(port, None), run, tmp_path)


def test_a_checkpoint_of_the_model_garden_is_trained_from(shared, run, tmp_path):
    folder = shared / "golden" / "small" / "tf2" / "garden-2.4.0-encoder-model"
    (tmp_path / "MNLI_dataset").mkdir()
    write_data(tmp_path / "MNLI_dataset", pieces=1000, length=32)
    given = flags(
        *(tmp_path, None),
        bert_config_file=folder / "albert_config.json",
        init_checkpoint=folder / "bert_model.ckpt",
    )
    (tmp_path / "model").mkdir()
    check_that_the_encoder_is_trained_from(
        folder / "bert_model.ckpt", given, run, tmp_path / "model"
    )


def test_without_a_checkpoint_it_says_so(port, run, tmp_path):
    shown = run(*flags(port, tmp_path, init_checkpoint=None, max_steps=1)).stderr
    assert "random weights" in shown
