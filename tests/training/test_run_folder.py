"""RunFolder, and the files that a run writes into it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from albert_zoo.errors import OutputExistsError, RunInUseError, RunStopped
from albert_zoo.runs import Snapshot, SnapshotStore
from albert_zoo.tables import Examples, read_rows
from albert_zoo.training.plots import plot_training
from albert_zoo.training.prediction import Prediction
from albert_zoo.training.run_folder import RunFolder
from albert_zoo.training.run_log import RunLog, write_predictions


def fill(folder, value=1):
    with folder:
        folder.write_json("metrics.json", {"value": value})
        folder.write_json("config.json", {})


def names(path):
    return sorted(entry.name for entry in path.iterdir())


def test_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a" / "run"
    with pytest.raises(KeyError), RunFolder(path) as folder:
        folder.write_json("metrics.json", {})
        assert not path.exists()
        raise KeyError
    assert names(tmp_path / "a") == []
    fill(RunFolder(path))
    assert names(path) == ["config.json", "metrics.json"]
    assert path.stat().st_mode & 0o777 == 0o755
    assert names(tmp_path / "a") == ["run"]


def test_an_empty_folder_is_as_good_as_none(tmp_path):
    (tmp_path / "run").mkdir()
    fill(RunFolder(tmp_path / "run"))


def test_what_is_there_is_kept(tmp_path):
    path = tmp_path / "run"
    fill(RunFolder(path))
    with pytest.raises(OutputExistsError, match="config.json, metrics.json"):
        RunFolder(path)
    with pytest.raises(KeyError), RunFolder(path, overwrite=True):
        raise KeyError
    assert json.loads((path / "metrics.json").read_text()) == {"value": 1}
    fill(RunFolder(path, overwrite=True), value=2)
    assert json.loads((path / "metrics.json").read_text()) == {"value": 2}
    assert names(tmp_path) == ["run"]


def test_foreign_folders_and_files_are_never_replaced(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text("{}")
    with pytest.raises(OutputExistsError, match="earlier run only"):
        RunFolder(tmp_path / "run", overwrite=True)
    with pytest.raises(OutputExistsError, match="is a file"):
        RunFolder(tmp_path / "run" / "config.json", overwrite=True)


def test_a_folder_that_appears_meanwhile(tmp_path):
    path = tmp_path / "run"
    kept_in = pytest.raises(OutputExistsError, match="The run is kept in")
    with kept_in as caught, RunFolder(path) as folder:
        folder.write_json("metrics.json", {})
        path.mkdir()
        (path / "mine.txt").write_text("mine")
    assert names(path) == ["mine.txt"]
    kept = str(caught.value).split("The run is kept in ")[1].rstrip(".")
    assert names(Path(kept)) == ["metrics.json"]


def interrupt(path, **options):
    with pytest.raises(KeyError), RunFolder(path, **options) as folder:
        store = SnapshotStore(folder.unfinished / "snapshots")
        store.write(Snapshot(len(store.files()) + 1, {}, {}))
        folder.write_json("metrics.json", {})
        (folder.staging / "logs").mkdir(exist_ok=True)
        raise KeyError


def test_an_interrupted_run_waits_to_go_on(tmp_path, caplog):
    path = tmp_path / "run"
    with caplog.at_level("INFO", "albert_zoo"):
        interrupt(path)
    assert "run.unfinished holds the last checkpoint; `--resume` goes on" in caplog.text
    assert names(tmp_path) == ["run.unfinished"]
    assert names(tmp_path / "run.unfinished" / "files") == ["logs"]
    with pytest.raises(OutputExistsError, match="Pass `resume=True` for that"):
        RunFolder(path)
    interrupt(path, resume=True)
    assert len(names(tmp_path / "run.unfinished" / "snapshots")) == 2
    interrupt(path, overwrite=True)
    assert len(names(tmp_path / "run.unfinished" / "snapshots")) == 1
    fill(RunFolder(path, resume=True))
    assert names(tmp_path) == ["run"]
    assert names(path) == ["config.json", "logs", "metrics.json"]
    assert RunFolder(path, resume=True).is_complete
    with pytest.raises(OutputExistsError, match="new or empty"):
        RunFolder(path)


def test_ctrl_c_says_how_to_go_on(tmp_path):
    stops = pytest.raises(RunStopped, match="`resume=True` goes on")
    with stops as stopped, RunFolder(tmp_path / "run") as folder:
        SnapshotStore(folder.unfinished / "snapshots").write(Snapshot(1, {}, {}))
        raise KeyboardInterrupt
    assert stopped.value.exit_code == 130
    with pytest.raises(KeyboardInterrupt) as stopped, RunFolder(tmp_path / "other"):
        raise KeyboardInterrupt
    assert type(stopped.value) is KeyboardInterrupt
    assert names(tmp_path) == ["run.unfinished"]


def test_what_no_run_wrote_stays(tmp_path):
    (tmp_path / "run.unfinished").mkdir()
    (tmp_path / "run.unfinished" / "mine.txt").write_text("mine")
    for options in ({}, {"resume": True}, {"overwrite": True}):
        with pytest.raises(OutputExistsError, match="holds mine.txt. Choose another folder"):
            RunFolder(tmp_path / "run", **options)


def test_two_runs_at_once(tmp_path):
    with RunFolder(tmp_path / "run"):
        with pytest.raises(RunInUseError), RunFolder(tmp_path / "run"):
            pass
        assert names(tmp_path) == ["run.lock", "run.unfinished"]
    assert names(tmp_path) == ["run"]


def test_a_run_that_was_killed_as_it_took_the_name(tmp_path):
    fill(RunFolder(tmp_path / "run"))
    (tmp_path / "run").rename(tmp_path / ".run.old")
    with pytest.raises(KeyError), RunFolder(tmp_path / "run", overwrite=True):
        raise KeyError
    assert names(tmp_path) == ["run"]


def test_final_paths(tmp_path):
    with RunFolder(tmp_path / "run") as folder:
        assert folder.final(folder.staging / "data" / "x") == tmp_path / "run" / "data" / "x"
        assert str(folder.final("elsewhere")) == "elsewhere"
    with pytest.raises(ValueError, match="Use `with`"):
        _ = folder.staging


# === The log ===
def test_step_losses_come_from_running_means():
    log = RunLog(batch_size=4, num_rows=10)
    losses = [3.0, 1.0, 2.0]
    for epoch in range(2):
        log.on_epoch_begin(epoch)
        for step in range(3):
            log.on_train_batch_end(step, {"loss": float(np.mean(losses[: step + 1]))})
        log.on_epoch_end(epoch, {"loss": 2.0, "val_f1": 0.5, "learning_rate": 0.1})
    assert log.step_losses == pytest.approx(losses * 2)
    assert log.rows_seen == 20  # the third batch of an epoch is not full
    assert [epoch["step"] for epoch in log.epochs] == [3, 6]
    assert log.epochs[0]["scores"] == {"f1": 0.5}
    assert log.examples_per_second > 0


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_diverged_run_is_stopped(loss):
    log = RunLog(batch_size=4, num_rows=8)
    log.on_epoch_begin(0)
    with pytest.raises(ValueError, match="step 1: training has diverged"):
        log.on_train_batch_end(0, {"loss": loss})


# === Predictions and picture ===
def test_predictions(tmp_path):
    examples = Examples.from_lists(["a\tb", "c\r\nd"], ["e", "f"], [1, 0], ids=["x", "y"])
    predictions = [Prediction("yes", 0.75, {}), Prediction("no", 0.5, {})]
    write_predictions(tmp_path / "p.tsv", examples, predictions, ["no", "yes"])
    rows = [row for _, row in read_rows(tmp_path / "p.tsv")]
    assert rows[0] == {
        "id": "x",
        "text": "a b",
        "text_pair": "e",
        "label": "yes",
        "prediction": "yes",
        "probability": "0.7500",
    }
    assert rows[1]["text"] == "c  d"


def test_predicted_scores(tmp_path):
    examples = Examples.from_lists(["a"], labels=[2.5])
    write_predictions(tmp_path / "p.tsv", examples, [Prediction(2.25, None, {})], None)
    assert (tmp_path / "p.tsv").read_text() == ("id\ttext\tlabel\tprediction\n0\ta\t2.5\t2.2500\n")


@pytest.mark.parametrize("steps", [1, 2, 7, 500])
@pytest.mark.parametrize("scored", [True, False])
def test_picture(tmp_path, steps, scored):
    scores = {"accuracy": 0.5, "f1": 0.25, "loss": 0.7} if scored else {}
    path = plot_training(
        tmp_path / "training.png",
        "MRPC",
        np.linspace(1, 0.1, steps),
        (np.arange(1, steps + 1), np.linspace(1e-4, 0, steps)),
        [{"epoch": 1, "step": steps, "scores": scores}],
        "accuracy" if scored else None,
        1 if scored else None,
    )
    assert path.stat().st_size > 5000
