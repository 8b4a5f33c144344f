"""Whole commands on the NPU's road: TensorFlow 2.6 and the adapter's stand-in on the CPU."""

from __future__ import annotations

import json
import sys
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any, Callable, Dict, List

import numpy as np
import pytest
from typer.testing import CliRunner

from albert_zoo.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from albert_zoo.cli import app
from albert_zoo.data import Record, write_meta_data, write_records
from albert_zoo.glue.samples import write_samples
from tests.backends.npu_recorder import Recorder
from tests.keras_generations import keras_2_only
from tests.model_checks import tiny_backbone

pytestmark = keras_2_only

_APART = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
FAST = ["--epochs", "2", "--batch-size", "8", "--learning-rate", "1e-3", "--dropout", "0"]


def run(*arguments: Any) -> Any:
    result = CliRunner(**_APART).invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output + str(result.stderr)
    return result


@pytest.fixture(scope="module")
def finetune(tmp_path_factory: pytest.TempPathFactory, tiny_vocabulary: bytes) -> List[Any]:
    """The beginning of a command, with a tiny model and 48 rows of CoLA's kind."""
    from albert_zoo.cli.new_preset import write_new

    folder = tmp_path_factory.mktemp("whole")
    geometry = {"num_layers": 2, "hidden_dim": 16, "num_heads": 2, "embedding_dim": 8}
    geometry.update(intermediate_dim=32, max_sequence_length=48)
    write_new(folder / "untrained", tiny_vocabulary, seed=0, overwrite=False, **geometry)
    data = write_samples(folder, ["cola"], train_rows=48, dev_rows=20, test_rows=1)["cola"]
    return ["finetune", "--task", "cola", "--data", data, "--preset", folder / "untrained", *FAST]


@pytest.fixture(scope="module")
def without(finetune: List[Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the run without the hook."""
    folder = tmp_path_factory.mktemp("whole") / "without"
    run(*finetune, "--output", folder)
    return folder


def read(folder: Path, name: str) -> Dict[str, Any]:
    return dict(json.loads((folder / name).read_text(encoding="utf-8")))


def check_same_scores(folder: Path, other: Path) -> None:
    ours, theirs = (read(each, "metrics.json") for each in (folder, other))
    assert ours["final"]["matthews"] == theirs["final"]["matthews"]
    for epoch, expected in zip(ours["epochs"], theirs["epochs"]):
        assert epoch["loss"] == pytest.approx(expected["loss"], abs=1e-5)
        assert epoch["scores"] == pytest.approx(expected["scores"], abs=1e-5)
    labels = [
        [line.split("\t")[3] for line in path.read_text("utf-8").splitlines()]
        for path in (folder / "predictions_dev.tsv", other / "predictions_dev.tsv")
    ]
    assert labels[0] == labels[1]


@pytest.mark.parametrize("release", ["master", "r1.9.0"])
def test_finetune_scores_as_without_the_hook(
    installed: Callable[..., Recorder],
    finetune: List[Any],
    without: Path,
    tmp_path: Path,
    release: str,
) -> None:
    recorder = installed(release)
    options = ["--precision-mode", "allow_mix_precision", "--mixlist", "albert", "--auto-tune"]
    options += ["auto", "--profiling", tmp_path / "profile"]
    shown = run(*finetune, "--output", tmp_path / "run", "--backend", "ascend", *options).stdout
    assert "Ascend NPU" in shown

    kinds = [call[0] for call in recorder.calls]
    first = kinds.index("open")
    assert set(kinds[:first]) == {"set"}
    assert kinds[first:] == ["open", "as_default", "loss_scale"]
    tuned = {"aoe_config.aoe_mode": "2"} if release == "master" else {"auto_tune_mode": "RL,GA"}
    assigned = recorder.assigned()
    assert assigned["precision_mode"] == "allow_mix_precision"
    assert tuned.items() <= assigned.items()
    assert Path(assigned["modify_mixlist"]).name == "mixlist.json"
    assert (tmp_path / "profile").is_dir()

    check_same_scores(tmp_path / "run", without)
    config = read(tmp_path / "run", "config.json")
    assert config["backend"]["set"] == assigned
    assert config["backend"]["resolved"] == recorder.of_kind("open")[0][0]
    assert config["backend"]["resolved"]["precision_mode"] == "allow_mix_precision"


def test_the_second_npu_trains_and_writes_nothing(
    installed: Callable[..., Recorder],
    finetune: List[Any],
    rank_table: Callable[[int], None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("hccl", "hccl.manage", "hccl.manage.api"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    rank_table(1)
    recorder = installed()
    run(*finetune, "--output", tmp_path / "run", "--backend", "ascend", "--max-steps", "3")
    assert not (tmp_path / "run").exists()
    ((names, root),) = recorder.of_kind("broadcast")
    assert root == 0
    assert len(names) == len(set(names)) > 20
    assert recorder.of_kind("all_reduce")
    dense = {kind for (kinds,) in recorder.of_kind("all_reduce") for kind in kinds}
    assert dense & {"IndexedSlices"} == set()


def test_run_classifier_opens_the_npu(installed: Callable[..., Recorder], tmp_path: Path) -> None:
    recorder = installed()
    random = np.random.default_rng(0)
    for split in ("train", "eval"):
        rows = [Record(random.integers(5, 90, 16), [0] * 16, row % 3) for row in range(12)]
        write_records(tmp_path / split, rows, 16)
    write_meta_data(tmp_path / "meta", "MNLI", 16, 12, 12, num_labels=3)
    backbone = tiny_backbone(dropout=0.0)
    config = backbone.get_config()
    config = {name: config[name] for name in config.keys() - {"name", "dtype", "trainable"}}
    arrays = backbone.get_named_arrays()
    write_checkpoint(tmp_path / "model", "tf2", Checkpoint("tf2", config, arrays))
    command = [
        *("run-classifier", f"--input_meta_data_path={tmp_path}/meta", "--train_batch_size=4"),
        *(f"--train_data_path={tmp_path}/train", f"--eval_data_path={tmp_path}/eval"),
        *(f"--bert_config_file={tmp_path}/model/albert_config.json", "--num_train_epochs=2"),
        *(f"--init_checkpoint={tmp_path}/model/bert_model.ckpt", "--learning_rate=1e-3"),
    ]
    given = ["--precision_mode=allow_mix_precision", "--use_mixlist=True", "--mixlist_file=albert"]
    given += ["--over_dump=True", f"--over_dump_path={tmp_path}/overflow"]
    run(*command, *given, f"--model_dir={tmp_path}/npu")
    assigned = recorder.assigned()
    assert assigned["dump_config.enable_dump_debug"] is True
    assert assigned["precision_mode"] == "allow_mix_precision"
    assert len(recorder.of_kind("open")) == len(recorder.of_kind("as_default")) == 1
    assert (tmp_path / "overflow").is_dir()
    record = read(tmp_path / "npu", "run_config.json")
    assert record["backend"]["set"] == assigned

    run(*command, "--device=cpu", f"--model_dir={tmp_path}/cpu")
    npu, cpu = (read_checkpoint(tmp_path / name / "ckpt-6").arrays for name in ("npu", "cpu"))
    for name in cpu:
        np.testing.assert_allclose(npu[name], cpu[name], atol=1e-5, err_msg=name)
        assert name.endswith("bias") or not np.array_equal(cpu[name], arrays.get(name))
