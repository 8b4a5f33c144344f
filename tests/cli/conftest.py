"""Fixtures of the command line's tests: a runner, an untrained model, small data sets."""

from __future__ import annotations

import csv
from inspect import signature

import pytest
from typer.testing import CliRunner

from albert_zoo.cli import app
from albert_zoo.glue.samples import write_samples

# Click 8.2 keeps the two streams apart by itself, the versions for Python 3.9 when told so.
_APART = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
FAST = ["--epochs", "2", "--batch-size", "8", "--learning-rate", "1e-3"]


@pytest.fixture
def run():
    """Runs a command and checks its exit code; returns Typer's result."""

    def invoke(*args, code=0, **kwargs):
        result = CliRunner(**_APART).invoke(app, [str(arg) for arg in args], **kwargs)
        assert result.exit_code == code, result.stdout + result.stderr
        return result

    return invoke


@pytest.fixture
def fails(run):
    """Runs a command that must fail with exit code 2 and one line, which it returns.

    Notes on the data may stand before it.
    """

    def invoke(*args, **kwargs):
        result = run(*args, code=2, **kwargs)
        lines = [line for line in result.stderr.splitlines() if not line.startswith("note: ")]
        assert len(lines) == 1, result.stderr
        assert lines[0].startswith("error: ")
        return lines[0]

    return invoke


@pytest.fixture(scope="session")
def untrained(tmp_path_factory, tiny_vocabulary):
    """Folder of an untrained preset: 2 layers, hidden 16."""
    from albert_zoo.cli.new_preset import write_new

    folder = tmp_path_factory.mktemp("presets") / "untrained"
    write_new(
        folder,
        tiny_vocabulary,
        seed=0,
        overwrite=False,
        num_layers=2,
        hidden_dim=16,
        num_heads=2,
        embedding_dim=8,
        intermediate_dim=32,
        max_sequence_length=64,
    )
    return folder


@pytest.fixture(scope="session")
def samples(tmp_path_factory):
    """Folder of generated GLUE files, few rows each."""
    folder = tmp_path_factory.mktemp("glue")
    tasks = ["cola", "mrpc", "stsb", "mnli", "ax"]
    write_samples(folder, tasks, train_rows=48, dev_rows=16, test_rows=8)
    return folder


REVIEWS = [
    ("the film is good", "pos"),
    ("a bad, bad story", "neg"),
    ('she said "good news"', "pos"),
    ("the rain did not stop", "neg"),
] * 6


@pytest.fixture
def reviews(tmp_path):
    """A CSV file of 24 labelled texts, with commas and quotes in them."""
    path = tmp_path / "reviews.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("review", "stars"), *REVIEWS])
    return path


@pytest.fixture(scope="session")
def cola_run(tmp_path_factory, untrained, samples):
    """Folder of a short run on CoLA's samples."""
    folder = tmp_path_factory.mktemp("runs") / "cola"
    args = ["--task", "cola", "--data", samples / "CoLA", "--preset", untrained]
    args = ["finetune", *args, "--output", folder, *FAST]
    result = CliRunner(**_APART).invoke(app, [str(arg) for arg in args])
    assert result.exit_code == 0, result.output
    return folder
