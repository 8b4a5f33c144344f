"""Runs that are interrupted in one process and go on; tests/reliability kills real ones."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any, Dict, Optional

import numpy as np
import pytest

from albert_zoo import AlbertClassifier, Task
from albert_zoo.errors import (
    CheckpointError,
    OutputExistsError,
    RunChangedError,
    RunInUseError,
    RunStopped,
)
from albert_zoo.keras_api import KERAS_GENERATION, keras
from albert_zoo.runs import OutputLock
from albert_zoo.training.checkpoint_settings import CheckpointSettings
from albert_zoo.training.run_log import RunLog
from tests.model_checks import tiny_backbone

DROPOUT = 0.2 if KERAS_GENERATION == 3 else 0.0  # tf.keras 2.6 hides what its dropout draws from
EVERY_STEP = CheckpointSettings(minutes=None, steps=1)


class Interrupt(keras.callbacks.Callback):
    """Breaks a run off after a step, as nothing that a user does."""

    def __init__(self, step: int, action: Any):
        super().__init__()
        self.step = step
        self.action = action

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self.step -= 1
        if self.step == 0:
            self.action()


def break_off() -> None:
    raise ConnectionError("broken off")


def rows(count: int = 20, seed: int = 0) -> Dict[str, Any]:
    random = np.random.default_rng(seed)
    lengths = random.integers(4, 13, count)
    mask = (np.arange(12) < lengths[:, None]).astype("int32")
    ids = random.integers(5, 100, mask.shape).astype("int32") * mask
    return {
        "data": {"token_ids": ids, "segment_ids": 0 * mask, "padding_mask": mask},
        "labels": (ids.sum(axis=1) % 2).astype("int32"),
    }


def make(**changes: Any) -> Task:
    keras.utils.set_random_seed(0)
    backbone = tiny_backbone(dropout=DROPOUT, attention_dropout=DROPOUT)
    classifier = AlbertClassifier(backbone, num_classes=2, dropout=DROPOUT, preprocessor=None)
    task = Task("cola", classifier)
    task.compile(**{"learning_rate": 1e-2, **changes})
    return task


def fit(task: Task, folder: Optional[Path], *callbacks: Any, **changes: Any) -> Any:
    data = rows()
    dev = rows(12, seed=1)
    arguments: Dict[str, Any] = {
        "validation_data": (dev["data"], dev["labels"]),
        "epochs": 3,
        "batch_size": 4,
        "verbose": 0,
        "callbacks": callbacks,
    }
    if folder is not None:
        arguments.update(run_folder=folder, resume=True, checkpoints=EVERY_STEP)
    return task.fit(**{**data, **arguments, **changes})


def log_of(task: Task, history: Any) -> Dict[str, Any]:
    return {
        "history": history.history,
        "best": task.dev_score.best_epoch,
        "dev": task.dev_score.history,
        "weights": task.classifier.get_named_arrays(),
    }


def assert_same(found: Dict[str, Any], expected: Dict[str, Any]) -> None:
    for name in ("history", "best", "dev"):
        assert found[name] == expected[name], name
    for name, array in expected["weights"].items():
        assert array.tobytes() == found["weights"][name].tobytes(), name


@pytest.mark.backends
def test_an_interrupted_run_ends_as_a_whole_one(tmp_path: Path) -> None:
    options = {"pool_batches": 2}
    whole, whole_log = make(), RunLog(4, 20)
    expected = log_of(whole, fit(whole, None, whole_log, **options))
    # Within the first epoch, at its end, and again within one.
    for step in (2, 3, 7):
        with pytest.raises(ConnectionError):
            fit(make(), tmp_path / "run", RunLog(4, 20), Interrupt(step, break_off), **options)
    last, log = make(), RunLog(4, 20)
    found = log_of(last, fit(last, tmp_path / "run", log, **options))
    assert_same(found, expected)
    assert len(log.step_losses) == 15 and log.step_losses == whole_log.step_losses
    assert [{**e, "seconds": 0} for e in log.epochs] == [
        {**e, "seconds": 0} for e in whole_log.epochs
    ]
    # It is done: the weights come from the disk.
    again = make()
    assert_same(log_of(again, fit(again, tmp_path / "run", **options)), expected)
    assert sorted(os.listdir(tmp_path / "run")) == ["snapshots"]


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three epochs of five steps, of which seven steps are made."""
    folder = tmp_path_factory.mktemp("runs") / "interrupted"
    with pytest.raises(ConnectionError):
        fit(make(), folder, Interrupt(8, break_off))
    return folder


def copy_of(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "run"))


def test_what_was_changed_is_named(interrupted: Path, tmp_path: Path) -> None:
    folder = copy_of(interrupted, tmp_path)
    with pytest.raises(RunChangedError, match="learning_rate was 0.01, is 0.02. Take"):
        fit(make(learning_rate=2e-2), folder)
    with pytest.raises(RunChangedError, match="batch_size was 4, is 5;.* data: train"):
        fit(make(), folder, batch_size=5, **rows(25))
    with pytest.raises(RunChangedError, match="seed was 0, is 1"):
        fit(make(), folder, seed=1)
    with pytest.raises(RunChangedError, match="data: dev sha256 was .*, is .*"):
        other = rows(12, seed=2)
        fit(make(), folder, validation_data=(other["data"], other["labels"]))
    with pytest.raises(RunChangedError, match="configuration: task glue was cola, is sst2"):
        fit(Task("sst2", make().classifier), folder)
    allowed = CheckpointSettings(minutes=None, steps=1, allow_changed=True)
    history = fit(make(learning_rate=2e-2), folder, checkpoints=allowed)
    assert history.epoch == [0, 1, 2]


def test_a_run_that_is_there_is_not_begun_anew(interrupted: Path) -> None:
    with pytest.raises(OutputExistsError, match="can go on. Pass `resume=True`"):
        fit(make(), interrupted, resume=False)
    with pytest.raises(ValueError, match="`run_folder` must name a folder"):
        fit(make(), None, resume=True)


def test_a_damaged_checkpoint(
    interrupted: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = copy_of(interrupted, tmp_path)
    before, newest = sorted((folder / "snapshots").glob("step-*"))[-2:]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(content)
    task = make()
    with caplog.at_level(logging.INFO, "albert_zoo"):
        history = fit(task, folder)
    assert f"{newest.name}: damaged" in caplog.text
    assert f"goes on from step {int(before.stem[-8:])} of 15" in caplog.text
    assert history.epoch == [0, 1, 2]


def test_two_runs_in_one_folder(interrupted: Path) -> None:
    at_work = pytest.raises(RunInUseError, match="at work there")
    with OutputLock(interrupted / "snapshots"), at_work:
        fit(make(), interrupted)


@pytest.mark.parametrize("number, step", [(signal.SIGTERM, 3), (signal.SIGINT, 5)])
def test_a_signal_ends_the_step_and_saves(number: int, step: int, tmp_path: Path) -> None:
    settings = CheckpointSettings(minutes=None)
    stop = Interrupt(step, lambda: os.kill(os.getpid(), number))
    message = rf"after step {step} of 15; it is saved in .*run. The same again with `resume=True`"
    with pytest.raises(RunStopped, match=message) as stopped:
        fit(make(), tmp_path / "run", stop, checkpoints=settings)
    assert stopped.value.exit_code == 128 + number
    names = sorted(os.listdir(tmp_path / "run" / "snapshots"))
    assert f"step-0000000{step}.npz" in names
    assert not any("lock" in name or "part" in name for name in names)


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings = CheckpointSettings(minutes=None, steps=1, patience_minutes=0.001)
    with pytest.raises((CheckpointError, NotADirectoryError, FileExistsError)):
        fit(make(), tmp_path / "file" / "run", checkpoints=settings)


def test_a_folder_that_vanishes(tmp_path: Path) -> None:
    folder = tmp_path / "run" / "snapshots"
    settings = CheckpointSettings(minutes=None, steps=1, patience_minutes=0.02)

    def move() -> None:
        while not folder.is_dir() or not list(folder.glob("step-*.npz")):
            time.sleep(0.01)
        folder.rename(tmp_path / "moved")

    with pytest.raises(CheckpointError, match="snapshots: the folder is gone. The last good one"):
        fit(make(), tmp_path / "run", Interrupt(4, move), checkpoints=settings)
    (tmp_path / "moved").rename(folder)
    assert fit(make(), tmp_path / "run").epoch == [0, 1, 2]


def test_a_user_s_dataset(tmp_path: Path) -> None:
    import tensorflow as tf

    data = rows()
    dataset = tf.data.Dataset.from_tensor_slices((data["data"], data["labels"])).batch(4)
    options = {"labels": None, "validation_data": dataset, "steps_per_epoch": 3, "epochs": 2}
    endless = {**options, "data": dataset.repeat()}
    whole = make()
    expected = log_of(whole, fit(whole, None, **endless))
    with pytest.raises(ConnectionError):
        fit(make(), tmp_path / "run", Interrupt(5, break_off), **endless)
    interrupted = Path(shutil.copytree(tmp_path / "run", tmp_path / "other"))
    last = make()
    assert_same(log_of(last, fit(last, tmp_path / "run", **endless)), expected)
    with pytest.raises(ValueError, match="`resume` needs a dataset .*of 5 batches, .* of 3"):
        fit(make(), interrupted, **{**options, "data": dataset})
