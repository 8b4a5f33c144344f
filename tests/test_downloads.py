"""Fetching from servers that fail in every way, and from two processes at once."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from albert_zoo.downloads import fetch, locked
from albert_zoo.errors import DownloadError
from tests.flaky_server import FlakyServer

CONTENT = random.Random(0).getrandbits(8 * 300_000).to_bytes(300_000, "big")
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server():
    with FlakyServer() as running:
        running.files["file.bin"] = CONTENT
        yield running


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "new" / "file.bin"


def get(server: FlakyServer, path: Path, **options: object) -> Path:
    options = {"sha256": SHA256, "backoff": 0.01, "timeout": 5, "progress": False, **options}
    return fetch(server.url + "file.bin", path, **options)


def assert_only(path: Path) -> None:
    assert path.read_bytes() == CONTENT
    assert os.listdir(path.parent) == [path.name]


# === Fetching ===


def test_downloads_once(server, path):
    assert get(server, path, size=len(CONTENT)) == path
    assert_only(path)
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    get(server, path)
    assert len(server.requests) == 1
    assert_only(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_without_checksum(server, path):
    get(server, path, sha256=None)
    assert_only(path)


def test_cut_connection_goes_on_where_it_stopped(server, path):
    server.faults["file.bin"] = [{"cut": 100_000}, {"cut": 50_000}]
    get(server, path)
    assert_only(path)
    assert server.requests[0] == ("file.bin", None)
    starts = [int(wanted[len("bytes=") : -1]) for _, wanted in server.requests[1:]]
    assert len(starts) == 2
    assert 0 < starts[0] <= 100_000 and starts[0] < starts[1] <= 150_000


def test_cuts_that_bring_something_are_not_counted(server, path):
    server.faults["file.bin"] = [{"cut": 70_000}] * 4
    get(server, path, retries=0)
    assert_only(path)


def test_a_later_call_goes_on(server, path):
    server.faults["file.bin"] = [{"cut": 100_000}, {"cut": 0}, {"cut": 0}]
    with pytest.raises(DownloadError, match="2 attempts in a row brought nothing new"):
        get(server, path, retries=1)
    assert os.listdir(path.parent) == ["file.bin.part"]
    server.requests.clear()
    get(server, path)
    assert_only(path)
    assert server.requests[0][1] is not None


def test_without_checksum_a_later_call_starts_over(server, path):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(b"from elsewhere")
    get(server, path, sha256=None)
    assert_only(path)
    assert server.requests == [("file.bin", None)]


def test_a_complete_part_needs_no_request(server, path):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(CONTENT)
    get(server, path, size=len(CONTENT))
    assert_only(path)
    assert server.requests == []


@pytest.mark.parametrize("part", [b"x" * 1000, b"x" * 400_000])
def test_a_part_of_another_file_is_thrown_away(server, path, part):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(part)
    get(server, path)
    assert_only(path)


def test_server_that_ignores_ranges(path):
    with FlakyServer(ranges=False) as server:
        server.files["file.bin"] = CONTENT
        server.faults["file.bin"] = [{"cut": 100_000}]
        get(server, path)
    assert server.requests[1][1] is not None
    assert_only(path)


def test_server_that_names_no_length(path):
    with FlakyServer(lengths=False) as server:
        server.files["file.bin"] = CONTENT
        server.faults["file.bin"] = [{"cut": 100_000}]
        get(server, path, size=len(CONTENT))
    assert_only(path)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_passing_troubles_are_waited_out(server, path, status):
    server.faults["file.bin"] = [{"status": status}] * 3
    get(server, path)
    assert_only(path)
    assert len(server.requests) == 4


def test_waits_grow(server, path):
    server.faults["file.bin"] = [{"status": 503}] * 3
    begin = time.monotonic()
    get(server, path, backoff=0.1)
    assert time.monotonic() - begin >= 0.1 + 0.2 + 0.4


def test_lasting_trouble_is_reported(server, path):
    server.faults["file.bin"] = [{"status": 503}] * 9
    with pytest.raises(DownloadError, match="503") as error:
        get(server, path, retries=2)
    assert len(server.requests) == 3
    assert str(path) in str(error.value) and server.url in str(error.value)
    assert os.listdir(path.parent) == []


def test_slow_server_times_out(server, path):
    server.faults["file.bin"] = [{"wait": 1.5}, {"pause": 1.5}]
    get(server, path, timeout=0.3)
    assert_only(path)
    assert len(server.requests) == 3


def test_missing_file_is_reported_at_once(server, path):
    with pytest.raises(DownloadError, match="404") as error:
        fetch(server.url + "gone.bin", path, backoff=60)
    assert "gone.bin" in str(error.value) and f"put it at {path}" in str(error.value)
    assert len(server.requests) == 1
    assert os.listdir(path.parent) == []


def test_nobody_listens(path):
    with pytest.raises(DownloadError, match="the connection failed"):
        fetch("http://127.0.0.1:9/file.bin", path, retries=1, backoff=0.01)


def test_no_address(path):
    with pytest.raises(DownloadError, match="No scheme supplied"):
        fetch("file.bin", path)


@pytest.mark.parametrize("same_length", [True, False])
def test_wrong_bytes_leave_nothing_behind(server, path, same_length):
    server.files["file.bin"] = CONTENT[::-1] if same_length else CONTENT + b"more"
    with pytest.raises(DownloadError, match=f"not the published one, {SHA256}"):
        get(server, path)
    assert os.listdir(path.parent) == []


def test_wrong_size_leaves_nothing_behind(server, path):
    with pytest.raises(DownloadError, match="300000 bytes are offered, 300001 are expected"):
        get(server, path, size=len(CONTENT) + 1)
    assert os.listdir(path.parent) == []


def test_too_much_without_a_length_is_stopped(path):
    with FlakyServer(lengths=False) as server:
        server.files["file.bin"] = CONTENT
        with pytest.raises(DownloadError, match="more than the expected 1000 bytes came"):
            get(server, path, size=1000)
    assert os.listdir(path.parent) == []


def test_wrong_bytes_do_not_replace_a_file(server, path):
    path.parent.mkdir()
    path.write_bytes(b"older edition")
    server.files["file.bin"] = b"not it"
    with pytest.raises(DownloadError, match="sha256"):
        get(server, path)
    assert path.read_bytes() == b"older edition"
    server.files["file.bin"] = CONTENT
    get(server, path)
    assert_only(path)


# === Two processes ===


def test_two_processes_download_once(server, path):
    server.faults["file.bin"] = [{"pause": 0.5}, {"pause": 0.5}]
    code = (
        "import sys; from albert_zoo.downloads import fetch; "
        "fetch(sys.argv[1], sys.argv[2], sha256=sys.argv[3], progress=False)"
    )
    command = [sys.executable, "-c", code, server.url + "file.bin", str(path), SHA256]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    running = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert_only(path)
    assert len(server.requests) == 1


def test_a_killed_process_blocks_nobody(tmp_path):
    target = tmp_path / "file.bin"
    code = (
        "import sys, time; from albert_zoo.downloads import locked\n"
        "with locked(sys.argv[1]): print('in', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    command = [sys.executable, "-c", code, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout.readline() == b"in\n"
        process.kill()
    with locked(target):
        assert os.listdir(tmp_path) == ["file.bin.lock"]
    assert os.listdir(tmp_path) == []
