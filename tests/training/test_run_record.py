"""What a run records of itself, and how a change is named."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo.data import EncodedExamples
from albert_zoo.tables import Examples
from albert_zoo.text import PackedIds
from albert_zoo.training.fingerprints import folder_fingerprint, rows_fingerprint
from albert_zoo.training.run_record import RunRecord, git_state, preset_record

EXAMPLES = Examples.from_lists(["a", "bc"], ["d", "e"], labels=[0, 1])


def test_every_change_of_the_rows_is_seen() -> None:
    others = [
        Examples.from_lists(["ab", "c"], ["d", "e"], labels=[0, 1]),
        Examples.from_lists(["a", "bc"], ["d", "f"], labels=[0, 1]),
        Examples.from_lists(["a", "bc"], labels=[0, 1]),
        Examples.from_lists(["a", "bc"], ["d", "e"], labels=[0.0, 1.0]),
        Examples.from_lists(["a", "bc"], ["d", "e"]),
        EXAMPLES.take([1, 0]),
    ]
    found = [rows_fingerprint(each)["sha256"] for each in (EXAMPLES, *others)]
    assert len(set(found)) == len(found)
    assert rows_fingerprint(EXAMPLES.take([0, 1])) == rows_fingerprint(EXAMPLES)
    assert rows_fingerprint([1, 2]) is None


def test_encoded_rows_have_a_fingerprint() -> None:
    rows = PackedIds([2, 5, 3, 2, 6, 7, 3], [3, 4], [3, 4], [False, False])
    one = EncodedExamples(rows, labels=np.array([0, 1], "int32"))
    assert rows_fingerprint(one)["rows"] == 2
    assert rows_fingerprint(one.take([1, 0])) != rows_fingerprint(one)


def test_a_difference_is_named_by_what_it_was_and_is(tiny_preset: Path, tmp_path: Path) -> None:
    record = RunRecord.take({"seed": 1, "data": Path("x")}, {"train": EXAMPLES}, tiny_preset)
    again = RunRecord.from_json(json.loads(json.dumps(record.as_json())))
    assert again == record
    assert record.differences(again) == []

    moved = tmp_path / "moved"
    shutil.copytree(tiny_preset, moved)
    same = RunRecord.take({"seed": 1, "data": "x"}, {"train": EXAMPLES}, moved)
    assert same.differences(record) == []

    (moved / "config.json").write_text("{}")
    other = RunRecord.take({"seed": 2}, {"train": EXAMPLES.take([1]), "dev": EXAMPLES}, moved)
    found = other.differences(record)
    assert found[:2] == [
        "configuration: seed was 1, is 2",
        "configuration: data was x, is not there",
    ]
    assert any(line.startswith("data: train rows was 2, is 1") for line in found)
    assert any(line.startswith("data: dev sha256 was not there") for line in found)
    assert any(line.startswith("preset: config.json sha256") for line in found)
    assert other.differences(record, parts=["versions"]) == []


def test_files_have_their_checksums(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model.ckpt.index").write_bytes(b"abc")
    (tmp_path / ".hidden").write_text("not counted")
    abc = {"bytes": 3, "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
    assert folder_fingerprint(tmp_path) == {"a/model.ckpt.index": abc}
    prefix = preset_record(tmp_path / "a" / "model.ckpt")
    assert prefix["files"] == {"model.ckpt.index": abc}


def test_the_state_of_git_is_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state(tmp_path) is None

    def git(*arguments: str) -> Any:
        name = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        return subprocess.run(["git", "-C", str(tmp_path), *name, *arguments], check=True)

    if shutil.which("git") is None:
        pytest.skip("needs git")
    git("init", "--quiet")
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "--quiet", "--message", "one")
    assert git_state(tmp_path)["changed_files"] == 0
    (tmp_path / "file").write_text("2")
    state = git_state(tmp_path)
    assert state["changed_files"] == 1
    assert len(state["commit"]) == 40
    monkeypatch.setenv("PATH", str(tmp_path))  # without git
    assert git_state(tmp_path) is None
