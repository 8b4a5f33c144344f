from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from albert_zoo.errors import DataError
from albert_zoo.text.corpus import LONGEST_LINE, corpus_files, read_documents


def documents(path: Path, **arguments) -> list:
    return list(read_documents([path], **arguments))


def test_blank_lines_and_files_close_documents(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("three\n")
    (tmp_path / "a.txt").write_bytes(b"\n\n one \r\ntwo\r\n \t\n\nnext, with no end of line")
    (tmp_path / "note.json").write_text("{}")
    expected = [["one", "two"], ["next, with no end of line"], ["three"]]
    assert list(read_documents([tmp_path])) == expected
    assert list(read_documents([tmp_path / "b.txt", tmp_path / "b.txt"])) == [["three"]] * 2


def test_files_below_a_folder_come_sorted(tmp_path: Path) -> None:
    for name in ("b/2.txt", "b/1.txt", "a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    assert [file.name for file in corpus_files([tmp_path])] == ["a.txt", "1.txt", "2.txt"]


def test_an_empty_file_has_no_document(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n \n")
    assert documents(tmp_path / "a.txt") == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_marked_encodings_are_recognised(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.txt").write_text("café\nau lait\n", encoding=encoding)
    assert documents(tmp_path / "a.txt") == [["café", "au lait"]]


def test_another_encoding_must_be_named(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes("fine\ncafé au lait\n".encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8.*`encoding`, `latin-1` for instance"):
        documents(file)
    assert documents(file, encoding="latin-1") == [["fine", "café au lait"]]
    with pytest.raises(ValueError, match="`encoding` must be one that Python knows.*'klingon'"):
        documents(file, encoding="klingon")


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"one\ntwo\0\n")
    with pytest.raises(DataError, match=r"a\.txt:2: a NUL"):
        documents(tmp_path / "a.txt")


def test_missing_files_and_empty_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        corpus_files([tmp_path / "none"])
    with pytest.raises(DataError, match=r"no `\*.txt` file"):
        corpus_files([tmp_path])
    with pytest.raises(DataError, match="Received: nothing"):
        corpus_files([])


def test_a_very_long_line_is_cut_between_words(tmp_path: Path) -> None:
    words = [f"word{i}" for i in range(40_000)]
    (tmp_path / "a.txt").write_text(" ".join(words) + "\nnext\n")
    (lines,) = documents(tmp_path / "a.txt")
    assert len(lines) > 2
    assert max(map(len, lines)) <= 2 * LONGEST_LINE
    assert " ".join(lines).split() == [*words, "next"]


def test_a_line_without_a_space_is_cut_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x" * 300_000)
    (lines,) = documents(tmp_path / "a.txt")
    assert sum(map(len, lines)) == 300_000


def test_a_long_document_goes_on_as_another(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0123456789\n" * 10)
    found = documents(tmp_path / "a.txt", longest_document=40)
    assert [len(document) for document in found] == [4, 4, 2]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """One line of 20 MB takes less than 10 MB to read."""
    with open(tmp_path / "a.txt", "w") as file:
        for _ in range(200):
            file.write("some words without any end " * 3800)
    tracemalloc.start()
    length = sum(len(line) for document in read_documents([tmp_path]) for line in document)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert length > 20_000_000
    assert peak < 10_000_000
