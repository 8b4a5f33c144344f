"""The table of tasks: names, and that its entries agree with each other."""

from __future__ import annotations

import pytest

from albert_zoo.glue import TASKS, get_task

METRICS = {"accuracy", "f1", "matthews", "pearson", "spearman"}


def test_all_ten_tasks_are_there():
    assert list(TASKS) == [
        "cola",
        "sst2",
        "mrpc",
        "stsb",
        "qqp",
        "mnli",
        "qnli",
        "rte",
        "wnli",
        "ax",
    ]


@pytest.mark.parametrize("name", TASKS)
def test_entries_agree_with_each_other(name):
    task = TASKS[name]
    assert task.name == name
    assert task.main_metric in task.metrics and set(task.metrics) <= METRICS
    assert set(task.columns) == {split.split("_")[0] for split in task.split_files}
    assert set(task.submission_files) == set(task.test_files)
    for kind, columns in task.columns.items():
        assert task.text in columns
        assert task.text_pair is None or task.text_pair in columns
        assert (task.label in columns) == (kind != "test")
        assert isinstance(task.has_header[kind], bool)
    assert task.id in task.columns["test"]
    assert task.is_regression == (task.score_range is not None) == (name == "stsb")
    assert task.num_classes == {"stsb": 1, "mnli": 3, "ax": 3}.get(name, 2)
    assert (task.train_rows == 0) == (name == "ax")


@pytest.mark.parametrize(
    "alias, name",
    [
        ("SST-2", "sst2"),
        ("sst-2", "sst2"),
        ("sst_2", "sst2"),
        ("STS-B", "stsb"),
        ("MRPC", "mrpc"),
        ("mismnli", "mnli"),
        ("MNLI-mm", "mnli"),
        ("diagnostic", "ax"),
    ],
)
def test_aliases(alias, name):
    assert get_task(alias) is TASKS[name]


def test_unknown_task():
    with pytest.raises(ValueError, match="Received: 'mrcp'. Did you mean 'mrpc'.* cola, sst2"):
        get_task("mrcp")


def test_files_by_kind():
    assert TASKS["mrpc"].files == {
        "train": ("train.tsv",),
        "dev": {"dev": "dev.tsv"},
        "test": {"test": "test.tsv"},
    }
    assert TASKS["mnli"].files["dev"]["mismatched"] == "dev_mismatched.tsv"
    assert TASKS["ax"].files == {"train": (), "dev": {}, "test": {"test": "AX.tsv"}}


def test_split_names():
    mnli = TASKS["mnli"]
    assert list(mnli.split_files) == [
        "train",
        "dev_matched",
        "dev_mismatched",
        "test_matched",
        "test_mismatched",
    ]
    for short, name in [
        ("train", "train"),
        ("dev", "dev_matched"),
        ("matched", "dev_matched"),
        ("mismatched", "dev_mismatched"),
        ("test", "test_matched"),
        ("test_mismatched", "test_mismatched"),
    ]:
        assert mnli.split_name(short) == name
    assert list(TASKS["ax"].split_files) == ["test"]
    with pytest.raises(ValueError, match="one of test for AX. Received: 'train'"):
        TASKS["ax"].split_name("train")
    with pytest.raises(ValueError, match="train, dev, test for MRPC. Received: 'matched'"):
        TASKS["mrpc"].split_name("matched")
