from __future__ import annotations

from pathlib import Path

import pytest

from albert_zoo.atomic import new_file, new_folder


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "scores.txt"
    with new_file(target) as unfinished:
        unfinished.write_text("old")
        assert not target.exists()
    with pytest.raises(RuntimeError), new_file(target) as unfinished:
        unfinished.write_text("new")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [path.name for path in target.parent.iterdir()] == ["scores.txt"]


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "run"
    for content in ("old", "new"):
        with new_folder(target) as unfinished:
            (unfinished / content).write_text(content)
        assert [path.name for path in target.iterdir()] == [content]
    with pytest.raises(RuntimeError), new_folder(target) as unfinished:
        (unfinished / "half").write_text("half")
        raise RuntimeError
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert target.stat().st_mode & 0o777 == 0o755
