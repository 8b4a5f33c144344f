"""The user's own tables, from CSV to predictions."""

from __future__ import annotations

import json

import pytest

from albert_zoo.tables import read_rows
from tests.cli.conftest import FAST, REVIEWS


@pytest.fixture
def finetune(run, untrained, tmp_path):
    """Fine-tunes on a table and returns the run's folder and what was printed."""

    def invoke(path, *args):
        folder = tmp_path / "run"
        args = ("--train", path, *args, "--preset", untrained, "--output", folder, *FAST)
        return folder, run("finetune", *args).stdout

    return invoke


def test_csv_to_predictions(finetune, run, reviews, tmp_path):
    folder, shown = finetune(reviews, "--text", "review", "--label", "stars")
    assert "reviews.csv: 2 labels (neg, pos), judged by accuracy and f1" in shown
    assert "22 rows" in shown
    assert "2 rows, 10% of the rows, held out at random" in shown
    preset = folder / "preset"
    run("evaluate", "--preset", preset, "--data", reviews)
    new = tmp_path / "new.csv"
    new.write_text('note,review\n1,"good, so good"\n2,bad\n', encoding="utf-8")
    lines = run("predict", "--preset", preset, "--input", new).stdout.splitlines()
    assert len(lines) == 3
    assert lines[1].split("\t")[1] in ("neg", "pos")


def test_dev_file_and_chosen_labels(finetune, reviews):
    folder, shown = finetune(
        *(reviews, "--text", "review", "--label", "stars", "--labels", "pos,neg"),
        *("--dev", reviews, "--metrics", "matthews,accuracy"),
    )
    assert "2 labels (pos, neg), judged by matthews and accuracy" in shown
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["rows"] == {"train": len(REVIEWS), "dev": len(REVIEWS)}
    assert metrics["main_metric"] == "matthews"


def test_pairs_and_scores_in_json_lines(finetune, run, tmp_path):
    path = tmp_path / "pairs.jsonl"
    rows = [{"a": f"the cat {i}", "b": "a dog", "how": i / 4} for i in range(20)]
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    folder, shown = finetune(
        path, "--text", "a", "--text-pair", "b", "--label", "how", "--regression"
    )
    assert "a score, judged by pearson and spearman" in shown
    lines = tmp_path / "new.txt"
    lines.write_text("the cat\ta dog\n", encoding="utf-8")
    run("predict", "--preset", folder / "preset", "--input", lines)


def test_no_header(finetune, run, tmp_path):
    path = tmp_path / "rows.tsv"
    path.write_text("1\tgood news\n0\tbad news\n" * 8, encoding="utf-8")
    folder, _ = finetune(path, "--no-header", "--text", "1", "--label", "0")
    shown = run("evaluate", "--preset", folder / "preset", "--data", path).stdout
    assert shown.splitlines()[1].split() == ["rows", "16"]  # the first row is one of them


def test_no_scores(finetune, reviews):
    folder, shown = finetune(reviews, "--text", "review", "--label", "stars", "--dev-fraction", "0")
    assert "<- saved" in shown
    assert not list(folder.glob("predictions*"))
    assert json.loads((folder / "metrics.json").read_text())["final"] == {}


def test_a_text_of_100000_characters_is_cut(finetune, run, reviews, tmp_path):
    long = "the cat sat on the mat, " * 4200
    with open(reviews, "a", encoding="utf-8") as file:
        file.write(f'"{long}",pos\n')
    folder, _ = finetune(reviews, "--text", "review", "--label", "stars", "--dev", reviews)
    rows = [row for _, row in read_rows(folder / "predictions_dev.tsv")]
    assert len(rows[-1]["text"]) > 100000
    path = tmp_path / "long.txt"
    path.write_text(long, encoding="utf-8")
    run("predict", "--preset", folder / "preset", "--input", path)


def test_lines_within_a_text_stay_one_row(finetune, reviews):
    with open(reviews, "a", encoding="utf-8", newline="") as file:
        file.write('"good\nnews\tfor all",pos\n')
    folder, _ = finetune(reviews, "--text", "review", "--label", "stars", "--dev", reviews)
    rows = [row for _, row in read_rows(folder / "predictions_dev.tsv")]
    assert rows[-1]["text"] == "good news for all"
