"""Files that are believed once, and must stay as they were."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess

import pooch
import pytest

from albert_zoo.downloads.recorded_checksum import RecordedChecksum
from albert_zoo.errors import DownloadError
from tests.downloads.served import CONTENT, SHA256, assert_only, get

RECORD = "file.bin.sha256"


@pytest.fixture
def hashed(monkeypatch) -> list:
    """The files that were read for their checksum."""
    names: list = []
    real = pooch.file_hash
    monkeypatch.setattr(pooch, "file_hash", lambda name: names.append(name) or real(name))
    return names


def test_records_at_first_use(server, path, hashed):
    get(server, path, sha256=None)
    assert_only(path, RECORD)
    record = RecordedChecksum.read(path)
    assert (record.sha256, record.size) == (SHA256, len(CONTENT))
    hashed.clear()
    for _ in range(3):
        get(server, path, sha256=None)
    assert hashed == []
    assert len(server.requests) == 1


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_reads_the_record(server, path):
    get(server, path, sha256=None)
    command = ["sha256sum", "--check", "--strict", RECORD]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "file.bin: OK\n", "")
    path.write_bytes(b"changed")
    assert subprocess.run(command, cwd=path.parent, capture_output=True).returncode == 1


def test_a_file_put_there_by_hand_is_recorded(server, path):
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    get(server, path, sha256=None)
    assert_only(path, RECORD)
    assert server.requests == []


def test_a_file_put_there_by_hand_must_have_the_published_size(server, path):
    path.parent.mkdir()
    path.write_bytes(CONTENT[:1000])
    with pytest.raises(DownloadError, match="must have the published size, 300000 bytes. Found: 1"):
        get(server, path, sha256=None, size=len(CONTENT))
    assert os.listdir(path.parent) == ["file.bin"]


def test_a_later_change_is_refused(server, path):
    get(server, path, sha256=None)
    path.write_bytes(b"changed")
    with pytest.raises(DownloadError) as error:
        get(server, path, sha256=None)
    message = str(error.value)
    found = hashlib.sha256(b"changed").hexdigest()
    assert SHA256 in message and found in message
    assert f"If the change is wanted, delete {path}.sha256; if not, delete {path}." in message
    assert path.read_bytes() == b"changed"

    path.with_name(RECORD).unlink()  # as the message says
    get(server, path, sha256=None)
    assert RecordedChecksum.read(path).sha256 == found


def test_a_change_at_the_address_is_refused(server, path):
    get(server, path, sha256=None)
    path.unlink()
    server.files["file.bin"] = b"changed"
    with pytest.raises(DownloadError, match=f"not {SHA256}, as at its first use; .*delete {path}."):
        get(server, path, sha256=None)
    assert os.listdir(path.parent) == [RECORD]
    server.files["file.bin"] = CONTENT
    get(server, path, sha256=None)
    assert_only(path, RECORD)


def test_another_time_but_the_same_bytes(server, path, hashed):
    """As in a copied cache folder: read once more, then known again."""
    get(server, path, sha256=None)
    hashed.clear()
    os.utime(path, (1, 1))
    get(server, path, sha256=None)
    get(server, path, sha256=None)
    assert hashed == [str(path)]


def test_published_files_are_read_once(server, path, hashed):
    get(server, path)
    hashed.clear()
    for _ in range(3):
        get(server, path)
    assert hashed == [str(path)]
    path.write_bytes(CONTENT[::-1])
    get(server, path)
    assert_only(path, RECORD)
    assert len(server.requests) == 2


def test_a_new_published_checksum_outdates_the_record(server, path):
    server.files["file.bin"] = b"older edition"
    get(server, path, sha256=None)
    server.files["file.bin"] = CONTENT
    get(server, path)
    get(server, path, sha256=None)
    assert RecordedChecksum.read(path).sha256 == SHA256


def test_a_record_of_sha256sum_is_enough(server, path):
    path.parent.mkdir()
    path.with_name(RECORD).write_text(f"{SHA256.upper()} *file.bin\n")
    server.files["file.bin"] = b"not it"
    with pytest.raises(DownloadError, match="as at its first use"):
        get(server, path, sha256=None)
    path.write_bytes(CONTENT)
    get(server, path, sha256=None)
    assert RecordedChecksum.read(path).describes(path)


def test_something_else_in_the_place_of_the_record(server, path):
    path.parent.mkdir()
    path.with_name(RECORD).write_text("<html>")
    with pytest.raises(DownloadError, match="must hold the sha256 of file.bin. Received: '<html>'"):
        get(server, path, sha256=None)


def test_a_folder_without_permission_to_write(server, path, monkeypatch):
    path.parent.mkdir()
    path.write_bytes(CONTENT)

    def refuse(self: object, path: object) -> None:
        raise PermissionError

    monkeypatch.setattr(RecordedChecksum, "write", refuse)
    assert get(server, path) == path
    assert_only(path)
