"""Every file format, and every fault with the line on which it stands."""

from __future__ import annotations

import logging

import pytest

from albert_zoo.errors import DataError
from albert_zoo.tables import open_table, read_rows


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="rows.tsv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file


def rows_of(path, **arguments):
    return [(line, tuple(row)) for line, row in open_table(path, **arguments).rows]


@pytest.mark.parametrize(
    "content, expected",
    [
        ("a\tb\n1\t2\n", [(2, ("1", "2"))]),
        ("a\tb\n1\t2", [(2, ("1", "2"))]),
        ("\ufeffa\tb\n1\t2\n", [(2, ("1", "2"))]),
        ("a\tb\r\n1\t2\r\n", [(2, ("1", "2"))]),
        ("a\tb\n1\t2\n\n\r\n", [(2, ("1", "2"))]),
        ('a\tb\n"1\t2"\n\'\t\\t\n', [(2, ('"1', '2"')), (3, ("'", "\\t"))]),
        ("a\tb\n\t\n", [(2, ("", ""))]),
        # None of these ends a line, whatever str.splitlines thinks.
        ("a\tb\n1\u2028x\x85\x0b\x0c\x1c\t2\n", [(2, ("1\u2028x\x85\x0b\x0c\x1c", "2"))]),
    ],
)
def test_tsv(write, content, expected):
    table = open_table(write(content))
    assert table.columns == ("a", "b")
    assert [(line, tuple(row)) for line, row in table.rows] == expected


def test_csv_rows_are_numbered_by_their_first_line(write):
    path = write('a,b\n"x, ""y""","first\nsecond\r\nthird"\n,2\n\n', "rows.csv")
    assert rows_of(path) == [(2, ('x, "y"', "first\nsecond\nthird")), (5, ("", "2"))]


def test_json_lines(write):
    lines = '{"a": "x\\ty", "b": 1}\n{"b": true, "a": null, "c": 5}\n{"a": "\\ud83d\\ude00"}\n'
    path = write(lines, "rows.jsonl")
    assert rows_of(path) == [(1, ("x\ty", 1)), (2, (None, True)), (3, ("\U0001f600", None))]


def test_header_forms(write):
    path = write("1\t2\n3\t4\n")
    assert open_table(path).columns == ("1", "2")
    assert open_table(path, header=False).columns is None
    assert rows_of(path, header=False) == [(1, ("1", "2")), (2, ("3", "4"))]
    assert list(read_rows(path, header=["x", "y"])) == [
        (1, {"x": "1", "y": "2"}),
        (2, {"x": "3", "y": "4"}),
    ]
    assert list(read_rows(path, header=False))[0] == (1, ["1", "2"])


def test_format_from_the_ending_or_as_told(write):
    assert open_table(write("a\tb\n1\t2\n", "msr.txt")).columns == ("a", "b")
    path = write("a,b\n1,2\n", "rows.data")
    assert open_table(path, format="csv").columns == ("a", "b")
    with pytest.raises(ValueError, match="`format` must be given"):
        open_table(path)
    with pytest.raises(ValueError, match="Received: 'xml'"):
        open_table(path, format="xml")


def test_frames_are_tables_numbered_from_0():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": ["a", "b"], 5: [1, 2]}, index=[10, 20])
    table = open_table(frame)
    assert table.columns == ("text", "5")
    assert list(table.rows) == [(0, ["a", 1]), (1, ["b", 2])]
    with pytest.raises(DataError, match="DataFrame: no row"):
        list(open_table(frame[:0]).rows)


def test_short_rows_are_skipped_and_counted(write, caplog):
    path = write("a\tb\tc\n1\t2\t3\n1\t2\n1\n4\t5\t6\n")
    with caplog.at_level(logging.INFO):
        assert [line for line, _ in rows_of(path, skip_short_rows=True)] == [2, 5]
    assert "skipped 2 rows" in caplog.text
    with pytest.raises(DataError, match="rows.tsv:2: expected 3 columns .*, found 4"):
        rows_of(write("a\tb\tc\n1\t2\t3\t4\n"), skip_short_rows=True)


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("f.tsv", "", "f.tsv: the file is empty"),
        ("f.tsv", "\n\n", "f.tsv: the file is empty"),
        ("f.csv", "", "f.csv: the file is empty"),
        ("f.jsonl", "", "f.jsonl: the file is empty"),
        ("f.tsv", "a\tb\n", "f.tsv: no row of data; the file holds a header only"),
        ("f.csv", "a,b\n", "f.csv: no row of data"),
        ("f.tsv", "a\tb\n1\t2\n3\n", r"f.tsv:3: expected 2 columns \(a, b\), found 1"),
        ("f.csv", 'a,b\n"x\ny",2\n3,4,5\n', r"f.csv:4: expected 2 columns \(a, b\), found 3"),
        ("f.tsv", "a\tb\n1\t2\n\n\n3\t4\n", "f.tsv:3: the line is empty"),
        ("f.csv", "a,b\n1,2\n\n3,4\n", "f.csv:3: the line is empty"),
        ("f.jsonl", '{"a": 1}\n\n{"a": 1}\n', "f.jsonl:2: the line is empty"),
        ("f.tsv", "a\tb\n1\tx\ry\n", "f.tsv:2: a carriage return"),
        ("f.tsv", "a\tb\r1\t2\r", "f.tsv:1: a carriage return"),
        ("f.csv", 'a,b\n1,"x\ry"\n', "f.csv:2: a carriage return"),
        ("f.tsv", "a\tb\n1\tx\0y\n", "f.tsv:2: a NUL byte"),
        ("f.tsv", b"a\tb\n1\t2\n1\t\xe9t\xe9\n", "f.tsv:3: not UTF-8: byte 0xe9 at byte 3"),
        ("f.csv", b"a,b\n1,\xff\n", "f.csv:2: not UTF-8"),
        ("f.tsv", "a\tb\n".encode("utf-16"), "f.tsv:1: not UTF-8: byte 0xff at byte 1"),
        ("f.tsv", "a\ta\n1\t2\n", "f.tsv:1: two columns are named 'a'"),
        ("f.csv", 'a,b\n1,2\n3,"x\n4,5\n', "f.csv:3: not valid CSV: unexpected end of data"),
        ("f.csv", 'a,b\n1,"x"y\n', "f.csv:2: not valid CSV"),
        ("f.jsonl", '{"a": 1}\n{"a": \n', "f.jsonl:2: not JSON"),
        ("f.json", '[{"a": 1}]\n', "f.json:1: expected one JSON object a line.* array"),
        ("f.jsonl", '{"a": "\\ud83d"}\n', "f.jsonl:1: .*half a character"),
    ],
)
def test_faults_are_named_with_their_line(write, name, content, message):
    with pytest.raises(DataError, match=message) as error:
        rows_of(write(content, name))
    assert "\n" not in str(error.value)


def test_a_missing_file_tells_what_is_there(write, tmp_path):
    write("a\n", "dev.tsv")
    (tmp_path / "sub").mkdir()
    with pytest.raises(DataError, match=r"train.tsv: no such file. The folder .* dev.tsv, sub/\."):
        open_table(tmp_path / "train.tsv")
    with pytest.raises(DataError, match=r"There is no folder .*nowhere either"):
        open_table(tmp_path / "nowhere" / "train.tsv")
    with pytest.raises(DataError, match="is empty"):
        open_table(tmp_path / "sub" / "train.tsv")
    (tmp_path / "folder.tsv").mkdir()
    with pytest.raises(DataError, match="this is a folder"):
        open_table(tmp_path / "folder.tsv")
    for number in range(20):
        write("", f"{number:02}.tsv")
    with pytest.raises(DataError, match="and 11 more"):
        open_table(tmp_path / "train.tsv")
