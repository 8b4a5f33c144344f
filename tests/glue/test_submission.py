"""Submission files: names, columns and values as GLUE's site takes them."""

from __future__ import annotations

import numpy as np
import pytest

from albert_zoo.glue import TASKS, submission_name, write_submission


def test_names_are_those_glue_asks_for():
    names = [
        submission_name(task, split)
        for task in TASKS.values()
        for split in task.split_files
        if split.startswith("test")
    ]
    assert names == [
        *("CoLA.tsv", "SST-2.tsv", "MRPC.tsv", "STS-B.tsv", "QQP.tsv", "MNLI-m.tsv"),
        *("MNLI-mm.tsv", "QNLI.tsv", "RTE.tsv", "WNLI.tsv", "AX.tsv"),
    ]
    assert submission_name("mnli") == "MNLI-m.tsv"
    with pytest.raises(ValueError, match="must be a test split of MNLI. Received: 'matched'"):
        submission_name("mnli", "matched")
    with pytest.raises(ValueError, match="must be a test split of RTE. Received: 'dev'"):
        submission_name("rte", "dev")


@pytest.mark.parametrize(
    "task, predictions, text",
    [
        ("rte", ["entailment", "not_entailment"], "0\tentailment\n1\tnot_entailment\n"),
        ("ax", ["neutral", "contradiction"], "0\tneutral\n1\tcontradiction\n"),
        ("sst2", ["1", 0], "0\t1\n1\t0\n"),
        ("cola", np.array(["1", "0"]), "0\t1\n1\t0\n"),
        ("stsb", [5.2, np.float32(2.34567)], "0\t5.000\n1\t2.346\n"),
        ("stsb", [-0.001, -0.0], "0\t0.000\n1\t0.000\n"),
    ],
)
def test_values(tmp_path, task, predictions, text):
    path = write_submission(task, ["0", "1"], predictions, tmp_path)
    assert path == tmp_path / submission_name(task)
    assert path.read_bytes().decode() == "index\tprediction\n" + text
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_folders_are_made_and_files_replaced(tmp_path):
    path = write_submission("mnli", [3], ["neutral"], tmp_path / "a" / "b", "test_mismatched")
    assert path == tmp_path / "a" / "b" / "MNLI-mm.tsv"
    named = write_submission("rte", [], [], tmp_path / "c" / "mine.tsv")
    assert named.read_text() == "index\tprediction\n"
    write_submission("rte", [1], ["entailment"], named)
    assert named.read_text() == "index\tprediction\n1\tentailment\n"


@pytest.mark.parametrize(
    "task, ids, predictions, message",
    [
        ("rte", ["0"], [], "0 predictions, 1 ids"),
        ("rte", ["0", "1", 0], ["entailment"] * 3, "'0' 2 times"),
        ("rte", ["0"], ["entails"], "labels of RTE: .*Received: 'entails'. Did you mean"),
        ("mnli", ["0"], [2], "Received: 2"),
        ("stsb", ["0"], [float("nan")], "finite scores. Received: nan"),
        ("stsb", ["0"], [float("inf")], "finite scores"),
    ],
)
def test_nothing_is_written_when_something_is_wrong(tmp_path, task, ids, predictions, message):
    with pytest.raises(ValueError, match=message):
        write_submission(task, ids, predictions, tmp_path)
    assert not list(tmp_path.iterdir())
