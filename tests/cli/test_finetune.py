"""`finetune`, `evaluate` and `predict` on GLUE tasks, one after the other."""

from __future__ import annotations

import errno
import json
import os
import re

import pytest

from albert_zoo.tables import read_rows
from tests.cli.conftest import FAST


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_run_leaves_a_whole_folder(cola_run):
    names = ["config.json", "logs", "metrics.json", "predictions_dev.tsv", "preset", "training.png"]
    assert sorted(path.name for path in cola_run.iterdir()) == names
    assert [path.name for path in cola_run.parent.iterdir()] == ["cola"]  # no hidden leftovers
    assert (cola_run / "training.png").read_bytes().startswith(b"\x89PNG")
    assert list((cola_run / "logs").rglob("events.out.tfevents.*"))


def test_the_scores_are_written(cola_run):
    metrics = read_json(cola_run / "metrics.json")
    assert (metrics["task"], metrics["main_metric"]) == ("cola", "matthews")
    assert metrics["rows"] == {"train": 48, "dev": 16}
    assert (metrics["steps"], len(metrics["epochs"])) == (12, 2)
    best = max(epoch["scores"]["matthews"] for epoch in metrics["epochs"])
    assert metrics["final"]["matthews"] == best
    assert metrics["epochs"][metrics["best_epoch"] - 1]["scores"] == metrics["final"]
    assert metrics["examples_per_second"] > 0


def test_the_settings_are_written(cola_run, untrained):
    config = read_json(cola_run / "config.json")
    assert config["options"]["preset"] == str(untrained)
    assert config["options"]["epochs"] == 2
    assert config["recipe"]["learning_rate"] == 1e-3
    assert config["recipe"]["sequence_length"] == 64  # the recipe's 128, cut to what it can read
    assert config["model"]["backbone"]["hidden_dim"] == 16
    assert {"albert_zoo", "keras", "backend", "tensorflow", "python"} <= set(config["versions"])


def test_the_predictions_are_those_of_the_saved_model(cola_run):
    rows = [row for _, row in read_rows(cola_run / "predictions_dev.tsv")]
    assert list(rows[0]) == ["id", "text", "label", "prediction", "probability"]
    right = sum(row["label"] == row["prediction"] for row in rows)
    assert len(rows) == 16
    assert all(0.5 <= float(row["probability"]) <= 1 for row in rows)
    assert 0 <= right <= 16


def test_evaluate_gives_the_scores_of_the_run(run, cola_run, samples, tmp_path):
    result = run(
        *("evaluate", "--preset", cola_run / "preset", "--data", samples / "CoLA"),
        *("--json", tmp_path / "scores.json"),
    )
    assert "matthews" in result.stdout
    scores = read_json(tmp_path / "scores.json")
    assert scores["rows"] == {"dev": 16}
    final = read_json(cola_run / "metrics.json")["final"]
    assert scores["scores"]["dev"] == pytest.approx(final, abs=1e-6)


def test_predict_takes_texts_files_and_lines(run, cola_run, samples, tmp_path):
    preset = cola_run / "preset"
    texts = ["The girl laughs.", "The girl laugh."]
    spoken = run("predict", "--preset", preset, "--text", texts[0], "--text", texts[1]).stdout
    assert spoken.splitlines()[0] == "id\tprediction\tprobability"
    lines = tmp_path / "new.txt"
    lines.write_text("\n".join(texts) + "\n", encoding="utf-8")
    assert run("predict", "--preset", preset, "--input", lines).stdout == spoken
    piped = run("predict", "--preset", preset, "--input", "-", input=lines.read_text())
    assert piped.stdout == spoken
    output = tmp_path / "there" / "predictions.tsv"
    run(
        *("predict", "--preset", preset, "--input", samples / "CoLA" / "test.tsv"),
        *("--output", output, "--probabilities"),
    )
    rows = [row for _, row in read_rows(output)]
    assert len(rows) == 8
    sums = [float(row["probability of 0"]) + float(row["probability of 1"]) for row in rows]
    assert sums == pytest.approx([1] * 8, abs=2e-4)


def test_submission_of_one_test_set(run, cola_run, samples, tmp_path):
    run(
        *("predict", "--preset", cola_run / "preset", "--data", samples / "CoLA"),
        *("--submission", tmp_path / "glue"),
    )
    lines = (tmp_path / "glue" / "CoLA.tsv").read_text().splitlines()
    assert lines[0] == "index\tprediction"
    assert len(lines) == 9


def test_mnli_has_two_of_everything(run, untrained, samples, tmp_path):
    folder = tmp_path / "mnli"
    run(
        *("finetune", "--task", "mnli", "--data", samples / "MNLI", "--preset", untrained),
        *("--output", folder, *FAST),
    )
    for name in ("dev_matched", "dev_mismatched"):
        assert len(list(read_rows(folder / f"predictions_{name}.tsv"))) == 16
    metrics = read_json(folder / "metrics.json")
    assert {"accuracy", "mismatched_accuracy"} <= set(metrics["final"])
    shown = run("evaluate", "--preset", folder / "preset", "--data", samples / "MNLI").stdout
    assert "dev matched" in shown
    assert "dev mismatched" in shown
    run(
        *("predict", "--preset", folder / "preset", "--data", samples),
        *("--submission", tmp_path / "glue"),
    )
    files = sorted(path.name for path in (tmp_path / "glue").iterdir())
    assert files == ["AX.tsv", "MNLI-m.tsv", "MNLI-mm.tsv"]


def test_regression(run, untrained, samples, tmp_path):
    folder = tmp_path / "stsb"
    shown = run(
        *("finetune", "--task", "sts-b", "--data", samples, "--preset", untrained),
        *("--output", folder, *FAST, "--keep-last", "--optimizer", "lamb"),
    ).stdout
    assert "a score, judged by pearson and spearman" in shown
    assert read_json(folder / "metrics.json")["kept_epoch"] == 2
    rows = [row for _, row in read_rows(folder / "predictions_dev.tsv")]
    assert list(rows[0]) == ["id", "text", "text_pair", "label", "prediction"]
    table = run(
        *("predict", "--preset", folder / "preset", "--text", "A dog."),
        *("--text-pair", "A cat."),
    ).stdout
    assert table.splitlines()[0] == "id\tprediction"
    float(table.splitlines()[1].split("\t")[1])


def test_what_the_user_sees(run, untrained, samples, tmp_path):
    result = run(
        *("finetune", "--task", "mrpc", "--data", samples, "--preset", untrained),
        *("--output", tmp_path / "run", "--max-steps", "3", "--batch-size", "8"),
        *("--dropout", "0.2", "--dtype", "mixed_bfloat16", "--warmup-fraction", "0.5"),
    )
    for words in (
        "MRPC: 2 labels (0, 1), judged by accuracy and f1",
        "48 rows",
        "16 rows",
        "2 layers, hidden 16, 2 heads",
        "yours: batch size, warmup fraction",
        "3 steps, 1 epoch",
        "mixed_bfloat16",
        "<- best, saved",
        "training.png",
        "albert-zoo predict --preset",
        '--text-pair "Another one."',
    ):
        assert words in result.stdout, words
    notes = result.stderr.splitlines()
    cut = re.compile(r"Before training, train: \d+ of 48 rows \(\d+%\) are longer than 64 tokens")
    advice = [note for note in notes if cut.search(note)]
    notes = [note for note in notes if note not in advice]
    assert len(advice) == 1, result.stderr
    assert len(notes) == 2  # of the training rows, and once of the development rows
    assert all("rows were cut to 64 tokens" in note for note in notes)
    assert read_json(tmp_path / "run" / "config.json")["model"]["head_dropout"] == 0.2


def test_a_seed_gives_the_same_run(run, untrained, samples, tmp_path):
    losses = []
    for name in ("a", "b"):
        run(
            *("finetune", "--task", "cola", "--data", samples, "--preset", untrained),
            *("--output", tmp_path / name, "--max-steps", "4", "--seed", "5"),
        )
        losses.append([e["loss"] for e in read_json(tmp_path / name / "metrics.json")["epochs"]])
    assert losses[0] == losses[1]


def test_from_scratch_with_a_vocabulary(run, tiny_vocabulary, samples, untrained, tmp_path):
    vocabulary = tmp_path / "tiny.model"
    vocabulary.write_bytes(tiny_vocabulary)
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "config.json").write_bytes((untrained / "config.json").read_bytes())
    shown = run(
        *("finetune", "--task", "cola", "--data", samples, "--preset", bare, "--from-scratch"),
        *("--vocabulary", vocabulary, "--output", tmp_path / "run", "--max-steps", "1"),
    ).stdout
    assert "random weights" in shown
    assert (tmp_path / "run" / "preset" / "assets" / "tokenizer" / "vocabulary.spm").is_file()


@pytest.mark.parametrize(("parity", "dropout"), [(None, 0.1), ("google", 0.1), ("garden", 0.0)])
def test_the_head_drops_as_in_the_original(untrained, samples, tmp_path, parity, dropout):
    from albert_zoo.cli.finetune_model import build_classifier
    from albert_zoo.cli.finetune_settings import FinetuneSettings
    from albert_zoo.training.task_data import GlueData

    settings = FinetuneSettings(
        task="cola",
        data=samples / "CoLA",
        preset=str(untrained),
        output=tmp_path / "run",
        parity=parity,
    )
    assert build_classifier(settings, GlueData("cola")).dropout == dropout


def test_results_that_did_not_fit_on_the_disk_are_written_later(
    run, fails, untrained, samples, tmp_path, monkeypatch
):
    """Without training anew: the second call makes no step."""
    from albert_zoo.cli import finetune_run
    from albert_zoo.keras_api import keras

    args = ["finetune", "--task", "cola", "--data", samples / "CoLA", "--preset", untrained]
    args = [*args, "--output", tmp_path / "run", *FAST]

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / "run"))

    with monkeypatch.context() as patch:
        patch.setattr(finetune_run, "write_files", full)
        assert "the disk is full" in fails(*args)
    assert not (tmp_path / "run").exists()

    def no_step(*_, **__):
        raise AssertionError("trained again")

    monkeypatch.setattr(keras.Model, "train_step", no_step)
    run(*args, "--resume")
    metrics = read_json(tmp_path / "run" / "metrics.json")
    assert [epoch["epoch"] for epoch in metrics["epochs"]] == [1, 2]
    assert (tmp_path / "run" / "preset" / "task.json").is_file()
