"""Downloading from servers that are slow, cut off, or refuse to go on."""

from __future__ import annotations

import os
import time

import pytest

from albert_zoo.downloads import fetch
from albert_zoo.errors import DownloadError
from tests.downloads.served import CONTENT, assert_only, get
from tests.flaky_server import FlakyServer


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
    assert_only(path, "file.bin.sha256")
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


def test_nobody_listens(path):
    with pytest.raises(DownloadError, match="the connection failed"):
        fetch("http://127.0.0.1:9/file.bin", path, retries=1, backoff=0.01)


def test_slow_server_is_asked_for_the_rest(server, path):
    """What came before the time was up is kept."""
    server.faults["file.bin"] = [{"pause": 1.5}]
    get(server, path, timeout=0.3)
    assert_only(path)
    first, second = server.requests
    assert first == ("file.bin", None)
    assert int(second[1][len("bytes=") : -1]) > 100_000


def test_server_that_refuses_ranges(path):
    with FlakyServer(ranges="refuse") as server:
        server.files["file.bin"] = CONTENT
        server.faults["file.bin"] = [{"cut": 100_000}]
        get(server, path)
    assert [wanted is not None for _, wanted in server.requests] == [False, True, False]
    assert_only(path)


def test_server_that_refuses_ranges_and_cuts_each_time(path):
    """Starting over again and again is no progress."""
    with FlakyServer(ranges="refuse") as server:
        server.files["file.bin"] = CONTENT
        server.faults["file.bin"] = [{"cut": 100_000}, {}] * 50
        with pytest.raises(DownloadError, match="3 attempts in a row brought nothing new"):
            get(server, path, retries=2)


def test_nobody_listens_at_the_first_address(server, path):
    """The next one is asked before there is any wait."""
    begin = time.monotonic()
    fetch(["http://127.0.0.1:9/file.bin", server.url + "file.bin"], path, backoff=60)
    assert time.monotonic() - begin < 30
