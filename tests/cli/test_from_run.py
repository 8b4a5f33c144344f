"""Runs that are repeated, and what they record."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from albert_zoo.checkpoints.hdf5 import read_hdf5
from albert_zoo.keras_api import KERAS_GENERATION
from tests.cli.conftest import FAST


def weights_of(run):
    return {
        name: np.asarray(array)
        for file in ("model.weights.h5", "task.weights.h5")
        for name, array in read_hdf5(run / "preset" / file).items()
    }


def finetune(*args):
    """Runs in a process of its own: what `--deterministic` switches on stays on."""
    command = [sys.executable, "-m", "albert_zoo.cli", "finetune", *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ})
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.skipif(KERAS_GENERATION == 2, reason="needs TensorFlow's deterministic operations")
def test_a_run_is_repeated_bit_by_bit(untrained, samples, tmp_path):
    given = ["--task", "cola", "--data", samples / "CoLA", "--preset", untrained, *FAST]
    finetune(*given, "--deterministic", "--seed", 5, "--output", tmp_path / "one")
    repeated = finetune("--from-run", tmp_path / "one", "--output", tmp_path / "again")
    one, again = weights_of(tmp_path / "one"), weights_of(tmp_path / "again")
    assert all(np.array_equal(one[name], again[name]) for name in one)
    assert "Not as in" not in repeated.stderr
    configs = [json.loads((tmp_path / n / "config.json").read_text()) for n in ("one", "again")]
    for name in ("recipe", "data", "preset", "versions", "machine", "labels"):
        assert configs[0][name] == configs[1][name], name
    assert configs[1]["options"]["deterministic"] is True
    assert configs[1]["options"]["seed"] == 5


def test_the_record_of_a_run(cola_run, untrained):
    config = json.loads((cola_run / "config.json").read_text())
    assert config["data"]["train"]["rows"] == 48
    assert len(config["data"]["dev"]["sha256"]) == 64
    assert config["preset"]["path"] == str(untrained)
    assert set(config["preset"]["files"]) >= {"config.json", "model.weights.h5"}
    assert {"architecture", "processor", "cores"} <= set(config["machine"])
    assert "git" in config
    guard = json.loads((cola_run / "metrics.json").read_text())["guard"]
    assert guard["interventions"] == []
    assert guard["on_divergence"] == "report"


def test_options_given_here_come_first_and_changes_are_said(
    run, cola_run, samples, tmp_path, monkeypatch
):
    from albert_zoo.cli import finetune as command

    seen = {}
    monkeypatch.setattr(command, "run_finetune", lambda s, b=None: seen.update(vars(s)))
    run("finetune", "--from-run", cola_run, "--output", tmp_path / "o", "--epochs", 1)
    assert (seen["epochs"], seen["batch_size"], seen["learning_rate"]) == (1, 8, 1e-3)
    assert (seen["task"], seen["data"]) == ("cola", samples / "CoLA")
    assert seen["output"] == tmp_path / "o"


def test_what_is_no_run_is_not_repeated(fails, tmp_path, untrained, samples):
    line = fails("finetune", "--from-run", tmp_path, "--output", tmp_path / "o")
    assert "no run is there" in line
    line = fails("finetune", "--task", "cola", "--data", samples / "CoLA", "--output", tmp_path)
    assert "`--preset` must name the model to start from" in line
