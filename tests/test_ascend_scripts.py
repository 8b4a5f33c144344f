"""The four scripts of examples/ascend: they run to the end, and leave what log parsers read."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from albert_zoo.checkpoints import Checkpoint, write_checkpoint
from albert_zoo.cli.prepare_records import RecordFiles, write_task_records
from albert_zoo.data.sharded_records import RecordFormat
from albert_zoo.glue import get_task
from albert_zoo.glue.samples import write_samples
from albert_zoo.models import AlbertBackbone
from albert_zoo.text import AlbertTokenizer

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "examples" / "ascend"

# Facts about Huawei's scripts: what each passes to the training and calls its results.
BASE, LARGE = (
    f"albert_FineTune_GLUE_Albert{size}_for_TensorFlow2.X"
    for size in ("Base_ID3243", "Large_ID3244")
)
NAME = "train_ID{}_albert_FineTune_GLUE_Albert{}_{}_1p.sh"
EXPECTED = {
    NAME.format(3243, "Base", "full"): (BASE, "acc", "2e-5", 3, 98175),
    NAME.format(3243, "Base", "performance"): (BASE, "perf", "2e-5", 3, 1000),
    NAME.format(3244, "Large", "full"): (LARGE, "acc", "4e-6", 5, 98175),
    NAME.format(3244, "Large", "performance"): (LARGE, "perf", "4e-6", 3, 1000),
}
KEYS = (
    *("Network", "RankSize", "BatchSize", "DeviceType", "CaseName", "ActualFPS", "TrainingTime"),
    *("TrainAccuracy", "ActualLoss", "E2ETrainingTime"),
)
TRAINING, DEVELOPMENT = 40, 27  # rows; the second is no multiple of the batch of 4


def write_mnli(folder: Path) -> Path:
    """A few rows of the real MNLI, where it lies beside the checkout, or generated ones."""
    shared = Path(os.environ.get("ALBERT_ZOO_SHARED", ROOT.parent / "shared")) / "data"
    folder.mkdir()
    if not (shared / "glue" / "MNLI").is_dir():
        sizes = {"train_rows": TRAINING, "dev_rows": DEVELOPMENT, "test_rows": 1}
        return write_samples(folder, ["mnli"], **sizes)["mnli"]
    files = {"train.tsv": ("train.sample1k.tsv", TRAINING), "dev_matched.tsv": (None, DEVELOPMENT)}
    for name, (source, rows) in files.items():
        text = (shared / "glue" / "MNLI" / (source or name)).read_text(encoding="utf-8")
        (folder / name).write_text("".join(text.splitlines(True)[: rows + 1]), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def albert_data(tmp_path_factory, tiny_vocabulary) -> Path:
    """The folder that the scripts expect, with models of one tiny layer."""
    folder = tmp_path_factory.mktemp("ascend") / "albert_data"
    model = folder.parent / "30k-clean.model"
    real = Path(os.environ.get("ALBERT_ZOO_SHARED", ROOT.parent / "shared")) / "data" / "albert"
    model.write_bytes((real / model.name).read_bytes() if real.is_dir() else tiny_vocabulary)
    backbone = AlbertBackbone(
        vocabulary_size=AlbertTokenizer(model).vocabulary_size,
        **{"num_layers": 1, "num_heads": 1, "embedding_dim": 4, "hidden_dim": 8},
        **{"intermediate_dim": 8, "max_sequence_length": 32, "dropout": 0.0},
    )
    config = backbone.get_config()
    config = {name: config[name] for name in config.keys() - {"name", "dtype", "trainable"}}
    checkpoint = Checkpoint("tf2", config, backbone.get_named_arrays(), model.read_bytes())
    folder.mkdir()
    for name in ("albert_base", "albert_large"):
        write_checkpoint(folder / name, "tf2", checkpoint)
    mnli = get_task("mnli")
    source = write_mnli(folder.parent / "MNLI")
    records = folder / "MNLI_dataset"
    records.mkdir()
    files = RecordFiles.in_folder(records, mnli, "garden", "matched")
    write_task_records(
        *(mnli, source, files, RecordFormat(model.read_bytes(), True, 32, False, "garden")),
        mnli_type="matched",
        skip_missing=True,
        rows_per_shard=1000,
        workers=1,
    )
    assert {"MNLI_train.tf_record", "MNLI_eval.tf_record", "MNLI_meta_data"} <= {
        path.name for path in records.iterdir()
    }
    return folder


def run(name, folder, *arguments, python=sys.executable):
    environment = {**os.environ, "PYTHON": str(python), "ASCEND_DEVICE_ID": "5"}
    return subprocess.run(
        ["bash", str(SCRIPTS / name), *map(str, arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module", params=sorted(EXPECTED))
def done(request, albert_data, tmp_path_factory):
    """A script, run for four steps on the CPU."""
    folder = tmp_path_factory.mktemp("run")
    result = run(
        *(request.param, folder, f"--data_path={albert_data}", "--device=cpu", "--max_steps=4")
    )
    assert result.returncode == 0, result.stdout + result.stderr
    output = folder / "output" / "5"
    network, kind, *_ = EXPECTED[request.param]
    case = f"{network}_bs4_1p_{kind}"
    return SimpleNamespace(
        case=case,
        lines=result.stdout.splitlines(),
        output=output,
        log=(output / "train_5.log").read_text().splitlines(),
        results=(output / f"{case}.log").read_text().splitlines(),
    )


def test_the_results_are_those_of_the_ports_keys(done):
    results = dict(line.split(" = ") for line in done.results)
    assert tuple(results) == KEYS
    history = [line.split() for line in done.log if line.startswith("TimeHistory")][-1]
    epoch = [line.split() for line in done.log if "val_loss" in line][-1]
    assert results["CaseName"] == done.case
    assert results["Network"] == done.case.split("_bs4")[0]
    assert (results["BatchSize"], results["RankSize"]) == ("4", "1")
    assert results["ActualFPS"] == history[3]
    assert float(results["TrainingTime"]) == pytest.approx(float(history[1]) / 4, abs=0.01)
    assert results["TrainAccuracy"] == epoch[-1]
    assert results["ActualLoss"] == epoch[5]
    assert (done.output / f"train_{done.case}_loss.txt").read_text() == f"{epoch[5]}\n"


def test_the_results_are_printed_in_the_ports_words(done):
    number = r"\d+\.\d+"
    wanted = [
        r"Final Training Duration sec : \d+",
        "-+ Final result -+",
        f"Final Performance images/sec : {number}",
        f"Final Train Accuracy : {number}",
        f"Steady State images/sec : {number}",
        rf"First Steps sec : {number} \(1 steps\)",
    ]
    assert len(done.lines) == len(wanted)
    assert all(map(re.fullmatch, wanted, done.lines)), done.lines


def test_the_whole_development_set_is_scored(done):
    assert f"Training on {TRAINING} rows, scoring {DEVELOPMENT}, from the weights of" in "".join(
        done.log
    )
    accuracy = float(done.lines[3].split()[-1])
    assert abs(accuracy * DEVELOPMENT - round(accuracy * DEVELOPMENT)) < 0.01


def test_checkpoints_lie_in_the_output_folder(done):
    assert (done.output / "ckpt" / "ckpt-4.index").is_file()
    assert (done.output / "ckpt" / "run_config.json").is_file()


# === What is passed on ===
RECORDER = """#!/bin/bash
printf '%s\\n' "$@" > arguments
printf 'TimeHistory: 2.00 seconds, 8.00 examples/second between steps 0 and 4\\n'
printf '4/4 - 2s - loss: 1.5000 - accuracy: 0.5 - val_loss: 1.2 - val_accuracy: 0.6667\\n'
exit $(cat status 2> /dev/null || echo 0)
"""


@pytest.fixture
def recorder(tmp_path):
    """Stands for Python: notes the arguments of the training."""
    path = tmp_path / "python"
    path.write_text(RECORDER)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_hyper_parameters_are_the_ports(name, tmp_path, recorder):
    assert run(name, tmp_path, "--data_path=/d", python=recorder).returncode == 0
    lines = (tmp_path / "arguments").read_text().splitlines()
    assert lines[:3] == ["-m", "albert_zoo.cli", "run-classifier"]
    passed = dict(line[2:].split("=", 1) for line in lines[3:])
    network, kind, learning_rate, epochs, log_steps = EXPECTED[name]
    model = "albert_base" if network == BASE else "albert_large"
    wanted = {
        "mode": "train_and_eval",
        "input_meta_data_path": "/d/MNLI_dataset/MNLI_meta_data",
        "train_data_path": "/d/MNLI_dataset/MNLI_train.tf_record",
        "eval_data_path": "/d/MNLI_dataset/MNLI_eval.tf_record",
        "bert_config_file": f"/d/{model}/albert_config.json",
        "init_checkpoint": f"/d/{model}/bert_model.ckpt",
        **{"train_batch_size": "4", "eval_batch_size": "4", "steps_per_loop": "1"},
        **{"learning_rate": learning_rate, "num_train_epochs": str(epochs)},
        **{"log_steps": str(log_steps), "distribution_strategy": "one_device"},
        **{"precision_mode": "allow_mix_precision", "use_mixlist": "True"},
        **{"over_dump": "False", "data_dump_flag": "False", "data_dump_step": "10"},
        **{"profiling": "False", "fusion_off_flag": "False", "auto_tune": "False"},
        "device": "npu",
    }
    assert {key: passed.get(key) for key in wanted} == wanted
    assert passed.get("steps_per_epoch") == ("1000" if kind == "perf" else None)
    assert "max_steps" not in passed


def test_arguments_are_passed_on(tmp_path, recorder):
    given = {"precision_mode": "must_keep_origin_dtype", "use_mixlist": "False"}
    given.update(over_dump="True", over_dump_path="/o p", data_dump_flag="False")
    given.update(data_dump_path="/d", data_dump_step="0|3", profiling="True", auto_tune="True")
    given.update(profiling_dump_path="/p", mixlist_file="m.json", fusion_off_flag="True")
    given.update(fusion_off_file="f.cfg", max_steps="7")
    arguments = [f"--{name}={value}" for name, value in given.items()]
    name = min(EXPECTED)
    assert run(name, tmp_path, "--data_path=/d", *arguments, python=recorder).returncode == 0
    assert set(arguments) <= set((tmp_path / "arguments").read_text().splitlines())


# === Failures ===
def test_a_failure_is_the_exit_code(tmp_path, recorder):
    name = min(EXPECTED)
    run(name, tmp_path, "--data_path=/d", python=recorder)
    results = list((tmp_path / "output" / "5").glob("*_acc.log"))
    assert len(results) == 1
    (tmp_path / "status").write_text("7")
    failed = run(name, tmp_path, "--data_path=/d", python=recorder)
    assert failed.returncode == 7
    assert "the training failed with exit code 7" in failed.stderr
    assert "TimeHistory" in failed.stderr  # the end of the log
    assert not results[0].exists()  # that of the run before


def test_a_training_that_fails(tmp_path, albert_data):
    given = (f"--data_path={albert_data}", "--device=cpu", "--precision_mode=force_fp16")
    failed = run(min(EXPECTED), tmp_path, *given)
    assert failed.returncode == 2
    assert "error: `--precision_mode` must be one for training" in failed.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ([], 1, '[Error] para "data_path" must be config'),
        (["--data_pth=/d"], 2, '[Error] unknown para "--data_pth"'),
        (["--help"], 0, "usage: bash train_ID3243"),
    ],
)
def test_arguments_that_train_nothing(tmp_path, arguments, code, text):
    ended = run(min(EXPECTED), tmp_path, *arguments)
    assert ended.returncode == code
    assert text in ended.stdout + ended.stderr
    assert not (tmp_path / "output").exists()


def test_the_scripts_are_those_of_the_port():
    assert {path.name for path in SCRIPTS.glob("train_*.sh")} == set(EXPECTED)
    assert all(os.access(SCRIPTS / name, os.X_OK) for name in EXPECTED)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="needs shellcheck")
def test_shellcheck_finds_nothing():
    files = sorted(path.name for path in SCRIPTS.glob("*.sh"))
    found = subprocess.run(
        ["shellcheck", "-x", *files], cwd=SCRIPTS, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stdout
