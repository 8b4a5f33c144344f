"""Sweeps: what is run, what is not run again, what is made of it."""

from __future__ import annotations

import json

import pytest

from albert_zoo.cli import sweep_runs
from albert_zoo.cli.sweep_run import SweepRun, planned_runs
from albert_zoo.cli.sweep_summary import summary_of
from tests.cli.conftest import FAST


class Finetune:
    """Stands for the processes: writes what a run writes, or fails."""

    def __init__(self, scores):
        self.scores = scores
        self.calls = []

    def __call__(self, command, stdout, **arguments):
        assert command[1:4] == ["-m", "albert_zoo.cli", "finetune"]
        assert command[-1] == "--resume"
        options = dict(zip(command[4:-1:2], command[5::2]))
        folder = sweep_runs.Path(options["--output"])
        self.calls.append(folder.name)
        score = self.scores[options.get("--learning-rate")][int(options["--seed"])]
        if score is None:
            stdout.write("loading\nerror: the disk is full.\n")
            return type("Done", (), {"returncode": 2})
        folder.mkdir()
        collapsed = [{"kind": "collapsed", "attempt": 1}] if score == 0.0 else []
        metrics = {
            "task": "cola",
            "main_metric": "matthews",
            "final": {"matthews": score},
            "guard": {"attempts": 1, "interventions": collapsed},
        }
        rate = float(options.get("--learning-rate", 5e-4))
        (folder / "metrics.json").write_text(json.dumps(metrics))
        (folder / "config.json").write_text(json.dumps({"recipe": {"learning_rate": rate}}))
        return type("Done", (), {"returncode": 0})


@pytest.fixture
def given(untrained, samples, tmp_path):
    return [
        *("sweep", "--output", tmp_path / "sweep", "--task", "cola", "--data", samples / "CoLA"),
        *("--preset", untrained),
    ]


def test_a_sweep_compares_and_goes_on(run, given, tmp_path, monkeypatch):
    finetune = Finetune({"1e-5": [0.1, 0.3, 0.2], "0.001": [0.5, None, 0.0]})
    monkeypatch.setattr(sweep_runs.subprocess, "run", finetune)
    args = [*given, "--seeds", 3, "--learning-rates", "1e-5,1e-3"]
    said = run(*args).stdout
    assert "6 runs: 3 seeds x 2 learning rates" in said
    assert "learning rate 0.001, seed 1: failed: error: the disk is full." in said
    assert "<- best median" in said
    summary = json.loads((tmp_path / "sweep" / "summary.json").read_text())
    first, second = summary["settings"]
    assert (first["learning_rate"], first["median"], first["runs"]) == (1e-3, 0.25, 2)
    assert (first["best_seed"], first["learned_nothing"]) == (0, 1)
    assert (second["median"], second["best"], second["lowest"]) == (0.2, 0.3, 0.1)
    assert second["spread"] == pytest.approx(0.2)
    assert [failed["folder"] for failed in summary["failed"]] == ["rate-0.001-seed-1"]
    assert (tmp_path / "sweep" / "summary.png").read_bytes().startswith(b"\x89PNG")

    finetune.calls.clear()
    finetune.scores["0.001"][1] = 0.6
    said = run(*args, "--jobs", 2).stdout
    assert finetune.calls == ["rate-0.001-seed-1"]  # what is there is not made again
    assert "5 of them there already" in said
    assert json.loads((tmp_path / "sweep" / "summary.json").read_text())["failed"] == []


def test_one_run_in_a_process_of_its_own(run, given, tmp_path):
    said = run(*given, "--seeds", "4,", *FAST[:4], "--max-steps", 2).stdout
    assert "1 run: 1 seed x 1 learning rate." in said
    summary = json.loads((tmp_path / "sweep" / "summary.json").read_text())
    assert summary["runs"][0]["seed"] == 4
    assert summary["settings"][0]["learning_rate"] == 5e-4  # the recipe's
    assert (tmp_path / "sweep" / "rate-recipe-seed-4" / "preset").is_dir()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--seeds", "none"], "`--seeds` must be a number above 0, or a list"),
        (["--learning-rates", "2e-5,fast"], "`--learning-rates` must be a list of numbers"),
        (["--seed", "3"], "`--seed` is not for a sweep"),
        (["--dev", "no.tsv"], "`--dev` goes with"),
    ],
)
def test_wrong_options_are_found_before_the_first_run(fails, given, options, message):
    assert message in fails(*given, *options)


def test_another_sweep_is_not_mixed_in(run, fails, given, monkeypatch):
    monkeypatch.setattr(sweep_runs.subprocess, "run", Finetune({None: [0.1]}))
    run(*given, "--seeds", 1)
    assert "holds a sweep with other options" in fails(*given, "--seeds", 1, "--epochs", 2)


def test_all_failed(run, given, monkeypatch):
    monkeypatch.setattr(sweep_runs.subprocess, "run", Finetune({None: [None]}))
    run(*given, "--seeds", 1, code=2)


def test_plans():
    assert planned_runs("3,3,1", None) == [SweepRun(None, 3), SweepRun(None, 1)]
    assert summary_of([])["settings"] == []
