"""Unpacking archives, those that mean harm among them."""

from __future__ import annotations

import os
import random
import stat
import zipfile
from pathlib import Path

import pytest

from albert_zoo.downloads import safe_extract
from albert_zoo.errors import DataError, OutputExistsError


def _zip(path: Path, members: dict) -> Path:
    """A zip file of names to contents; a name may be a ready `ZipInfo`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_extracts(tmp_path):
    archive = _zip(tmp_path / "a.zip", {"RTE/": "", "RTE/train.tsv": "rows", "RTE/x/Icon\r": "i"})
    folder = safe_extract(archive, tmp_path / "deep" / "out")
    assert (folder / "RTE" / "train.tsv").read_text() == "rows"
    assert (folder / "RTE" / "x" / "Icon\r").read_text() == "i"
    assert os.listdir(folder.parent) == ["out"]


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../up", "a/../../up", "..\\up", "C:/x", "C:\\x", "\\x", "a/.."],
)
def test_paths_that_lead_out_are_refused(tmp_path, name):
    archive = _zip(tmp_path / "a.zip", {"good.txt": "x", name: "evil"})
    with pytest.raises(DataError, match="leads out of the folder"):
        safe_extract(archive, tmp_path / "out")
    assert os.listdir(tmp_path) == ["a.zip"]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_special_files_are_refused(tmp_path, kind):
    link = zipfile.ZipInfo("link")
    link.external_attr = (kind | 0o777) << 16
    archive = _zip(tmp_path / "a.zip", {link: "/etc/passwd"})
    with pytest.raises(DataError, match="a link or a special file: 'link'"):
        safe_extract(archive, tmp_path / "out")
    assert os.listdir(tmp_path) == ["a.zip"]


def test_declared_bomb_is_refused(tmp_path):
    archive = _zip(tmp_path / "a.zip", {"one": b"\0" * 6000, "two": b"\0" * 6000})
    with pytest.raises(DataError, match="more than the allowed 10000 bytes"):
        safe_extract(archive, tmp_path / "out", max_bytes=10000)
    assert os.listdir(tmp_path) == ["a.zip"]


def test_bomb_that_declares_little_is_refused(tmp_path):
    archive = _zip(tmp_path / "a.zip", {"one": b"\0" * 6000})
    real, declared = (6000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(real, declared))
    with pytest.raises(DataError):
        safe_extract(archive, tmp_path / "out", max_bytes=1000)
    assert os.listdir(tmp_path) == ["a.zip"]


@pytest.mark.parametrize("damage", ["text", "short", "flipped", "empty"])
def test_unsound_archive(tmp_path, damage):
    archive = _zip(
        tmp_path / "a.zip", {"one": random.Random(0).getrandbits(8000).to_bytes(1000, "big")}
    )
    content = bytearray(archive.read_bytes())
    content[500] ^= 1
    damaged = {"text": b"<html>", "short": content[:600], "flipped": content, "empty": b""}
    archive.write_bytes(damaged[damage])
    with pytest.raises(DataError, match=r"a\.zip: not a sound zip archive"):
        safe_extract(archive, tmp_path / "out")
    assert os.listdir(tmp_path) == ["a.zip"]


def test_existing_folder_is_kept(tmp_path):
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputExistsError, match="must not exist yet"):
        safe_extract(_zip(tmp_path / "a.zip", {"one": "x"}), tmp_path / "out")
