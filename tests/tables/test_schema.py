"""Columns: user data in every format, and every way in which it can be wrong."""

from __future__ import annotations

import json
import logging

import numpy as np
import pytest

from albert_zoo.errors import DataError
from albert_zoo.tables import Columns

TEXTS = ["So good", 'He said "no", twice', "Cafe\u0301 \u4f60\u597d", ""]
PAIRS = ["yes", "", "x, y", "z"]
LABELS = ["good", "bad", "so so", "bad"]


@pytest.fixture(params=["tsv", "csv", "jsonl", "frame"])
def source(request, tmp_path):
    """The same four rows in every format."""
    path = tmp_path / f"rows.{request.param}"
    rows = list(zip(TEXTS, PAIRS, LABELS))
    if request.param == "frame":
        pandas = pytest.importorskip("pandas")
        return pandas.DataFrame(rows, columns=["review", "reply", "stars"])
    if request.param == "jsonl":
        lines = [json.dumps(dict(zip(["review", "reply", "stars"], row))) for row in rows]
    elif request.param == "csv":
        quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in rows]
        lines = ["review,reply,stars"] + [",".join(row) for row in quoted]
    else:
        lines = ["review\treply\tstars"] + ["\t".join(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write(tmp_path, content, name="rows.tsv"):
    path = tmp_path / name
    path.write_bytes(content.encode("utf-8"))
    return path


def test_every_format_gives_the_same_examples(source):
    columns = Columns("review", "stars", "reply", labels=["bad", "good", "so so"], id="reply")
    examples = columns.read(source)
    assert examples.texts == TEXTS
    assert examples.text_pairs == PAIRS
    assert examples.labels.tolist() == [1, 0, 2, 0] and examples.labels.dtype == np.int32
    assert examples.ids == PAIRS


def test_columns_by_number(source):
    examples = Columns(0, 2, labels=["bad", "good", "so so"]).read(source)
    assert examples.texts == TEXTS and examples.text_pairs is None
    assert examples.ids == ["0", "1", "2", "3"]


def test_labels_are_discovered_and_kept(source):
    columns = Columns("review", "stars").with_labels_from(source)
    assert columns.labels == ("bad", "good", "so so")
    assert columns.with_labels_from("not read again") is columns
    assert columns.read(source).labels.tolist() == [1, 0, 2, 0]


def test_discovered_numbers_are_sorted_by_size(tmp_path):
    path = write(tmp_path, "t\tl\na\t10\nb\t9\nc\t2\n")
    assert Columns("t", "l").with_labels_from(path).labels == ("2", "9", "10")


@pytest.mark.parametrize("labels", [[0, 1], ["0", "1"], (0.0, 1.0), np.array([0, 1])])
def test_known_labels_of_any_type_match_the_text_in_the_file(tmp_path, labels):
    path = write(tmp_path, "t\tl\na\t1\nb\t0\n")
    assert Columns("t", "l", labels=labels).read(path).labels.tolist() == [1, 0]


def test_known_numbers_match_frames_and_json(tmp_path):
    pandas = pytest.importorskip("pandas")
    columns = Columns("t", "l", labels=["0", "1"])
    assert columns.read(pandas.DataFrame({"t": ["a"], "l": [1.0]})).labels.tolist() == [1]
    path = write(tmp_path, '{"t": "a", "l": 1}\n', "rows.jsonl")
    assert columns.read(path).labels.tolist() == [1]


def test_boolean_labels(tmp_path):
    pandas = pytest.importorskip("pandas")
    columns = Columns("t", "l", labels=[False, True])
    frame = pandas.DataFrame({"t": ["a", "b"], "l": [True, False]})
    assert columns.read(frame).labels.tolist() == [1, 0]
    assert columns.read(write(tmp_path, "t\tl\na\ttrue\nb\tFALSE\n")).labels.tolist() == [1, 0]
    assert Columns("t", "l").with_labels_from(frame).labels == ("False", "True")


def test_regression(tmp_path):
    path = write(tmp_path, "t\tl\na\t5\nb\t-0.25\n")
    examples = Columns("t", "l", regression=True).read(path)
    assert examples.labels.tolist() == [5.0, -0.25] and examples.labels.dtype == np.float32
    with pytest.raises(DataError, match=r"rows.tsv:3: .* \[0, 5\], found '-0.25'"):
        Columns("t", "l", regression=True, score_range=(0, 5)).read(path)


def test_without_header(tmp_path):
    path = write(tmp_path, "a\t1\nb\t0\n")
    assert Columns(0, 1, labels=[0, 1], header=False).read(path).texts == ["a", "b"]
    named = Columns("text", "label", labels=[0, 1], header=["text", "label"])
    assert named.read(path).labels.tolist() == [1, 0]
    with pytest.raises(ValueError, match="`text` must be a column number"):
        Columns("text", 1, labels=[0, 1], header=False).read(path)


def test_labels_are_optional_where_not_required(tmp_path):
    path = write(tmp_path, "t\na\nb\n")
    columns = Columns("t", "l", labels=[0, 1])
    assert columns.read(path, require_labels=False).labels is None
    with pytest.raises(DataError, match="rows.tsv:1: no column 'l' for `label`"):
        columns.read(path)
    assert Columns("t").read(path, require_labels=False).labels is None
    with pytest.raises(ValueError, match="`label` must name the column"):
        Columns("t").read(path)
    labelled = write(tmp_path, "t\tl\na\t1\n", "labelled.tsv")
    assert columns.read(labelled, require_labels=False).labels.tolist() == [1]
    assert Columns("t", "l").read(labelled, require_labels=False).labels is None
    with pytest.raises(ValueError, match="`labels` must be known"):
        Columns("t", "l").read(labelled)


def test_rows_with_a_skipped_label_are_counted(tmp_path, caplog):
    path = write(tmp_path, "t\tl\na\t-\nb\t1\nc\t0\n")
    columns = Columns("t", "l", skip_labels=("-",)).with_labels_from(path)
    with caplog.at_level(logging.INFO):
        examples = columns.read(path)
    assert columns.labels == ("0", "1") and examples.texts == ["b", "c"]
    assert "skipped 1 rows labelled -" in caplog.text
    with pytest.raises(DataError, match="no row is left; 1 were skipped"):
        columns.read(write(tmp_path, "t\tl\na\t-\n"))


@pytest.mark.parametrize(
    "content, columns, message",
    [
        ("t\tl\na\t2\n", Columns("t", "l", labels=[0, 1]), "rows.tsv:2: unknown label '2'"),
        ("t\tl\na\t1\n", Columns("txt", "l", labels=[0, 1]), "rows.tsv:1: no column 'txt'.*: t, l"),
        ("t\tl\na\t1\n", Columns("t", 2, labels=[0, 1]), "rows.tsv:1: no column 2 for `label`"),
        ("t\tl\na\t1\n", Columns(-1, "l", labels=[0, 1]), "no column -1 for `text`"),
        ("a\t1\n", Columns("t", "l", labels=[0, 1]), "rows.tsv:1: no column 't'.*: a, 1"),
        ("t\tl\na\tx\n", Columns("t", "l", regression=True), "rows.tsv:2: the score must be"),
    ],
)
def test_faults_in_files(tmp_path, content, columns, message):
    with pytest.raises(DataError, match=message):
        columns.read(write(tmp_path, content))


def test_an_empty_label_cannot_be_discovered(tmp_path):
    with pytest.raises(DataError, match="rows.tsv:3: the label is empty"):
        Columns("t", "l").with_labels_from(write(tmp_path, "t\tl\na\t1\nb\t\n"))
    with pytest.raises(ValueError, match="`label` must name"):
        Columns("t").with_labels_from("rows.tsv")


@pytest.mark.parametrize(
    "value, found", [(None, "nothing"), (float("nan"), "nothing"), (5, "5 .int")]
)
def test_cells_that_are_no_text(value, found):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"t": ["a", value], "p": ["b", "c"]}, dtype=object)
    for columns in (Columns("t"), Columns("p", text_pair="t")):
        with pytest.raises(
            DataError, match=f"DataFrame:1: column 't' must hold text, found {found}"
        ):
            columns.read(frame, require_labels=False)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(labels=["a"]), "two or more"),
        (dict(labels=["a", " a"]), "different"),
        (dict(labels=[1, "1"]), "different"),
        (dict(labels="ab"), "must be a list"),
        (dict(labels=["a", "b"], regression=True), "None with `regression=True`"),
    ],
)
def test_bad_columns(arguments, message):
    with pytest.raises(ValueError, match=message):
        Columns("t", "l", **arguments)
