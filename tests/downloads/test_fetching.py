"""Fetching: what is there, what is wrong, redirects, mirrors, offline, two processes at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from albert_zoo.downloads import fetch, is_offline, offline_mode
from albert_zoo.errors import DownloadError
from tests.downloads.served import CONTENT, SHA256, assert_only, get
from tests.flaky_server import FlakyServer


def test_downloads_once(server, path):
    assert get(server, path, size=len(CONTENT)) == path
    assert_only(path)
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    get(server, path)
    assert len(server.requests) == 1
    assert_only(path, "file.bin.sha256")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_missing_file_is_reported_at_once(server, path):
    with pytest.raises(DownloadError, match="404") as error:
        fetch(server.url + "gone.bin", path, backoff=60)
    assert "gone.bin" in str(error.value) and f"put it at {path}" in str(error.value)
    assert len(server.requests) == 1
    assert os.listdir(path.parent) == []


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


def test_no_addresses(path):
    with pytest.raises(ValueError, match="`url` must name one address or more"):
        fetch([], path)


def test_checksum_in_capitals(server, path):
    get(server, path, sha256=SHA256.upper())
    assert_only(path)


def test_progress_is_shown_in_a_terminal(server, path, capsys, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # what `rich` takes for a terminal
    get(server, path, progress=True)
    assert "file.bin" in capsys.readouterr().err
    get(server, path.with_name("quiet.bin"), progress=False)
    assert capsys.readouterr().err == ""


# === Redirects and tokens ===

TOKEN = {"Authorization": "Bearer secret", "X-Token": "secret"}


def _saw_a_token(server: FlakyServer) -> list:
    return [set(TOKEN) <= set(headers) for headers in server.headers]


def test_redirect(server, mirror, path):
    server.redirects["file.bin"] = mirror.url + "file.bin"
    get(server, path)
    assert_only(path)
    assert len(server.requests) == len(mirror.requests) == 1


def test_redirect_in_a_circle(server, path):
    server.redirects["file.bin"] = server.url + "file.bin"
    with pytest.raises(DownloadError, match="Exceeded 30 redirects"):
        get(server, path)


def test_token_stays_with_its_host(server, mirror, path):
    """Not with the target of a redirect, where a hub keeps its files, nor when that one is cut."""
    server.redirects["file.bin"] = mirror.url + "file.bin"
    mirror.faults["file.bin"] = [{"cut": 100_000}]
    get(server, path, headers=TOKEN)
    assert_only(path)
    assert _saw_a_token(server) == [True, True]
    assert len(mirror.headers) == 2
    assert "secret" not in str(mirror.headers)


def test_token_follows_a_redirect_within_its_host(server, path):
    server.files["new.bin"] = server.files["file.bin"]
    server.redirects["file.bin"] = "/new.bin"
    get(server, path, headers=TOKEN)
    assert _saw_a_token(server) == [True, True]


def test_token_is_not_for_mirrors(server, mirror, path):
    server.faults["file.bin"] = [{"status": 403}]
    get(server, path, mirror, headers=TOKEN)
    assert _saw_a_token(server) == [True]
    assert "secret" not in str(mirror.headers)


# === Mirrors ===


@pytest.mark.parametrize("status", [403, 404, 503])
def test_next_address_at_once(server, mirror, path, status):
    server.faults["file.bin"] = [{"status": status}]
    get(server, path, mirror, backoff=60)
    assert_only(path)
    assert len(server.requests) == len(mirror.requests) == 1


def test_comes_back_to_an_address_with_a_passing_trouble(server, mirror, path):
    server.faults["file.bin"] = [{"status": 503}, {"status": 503}]
    mirror.faults["file.bin"] = [{"status": 404}]
    get(server, path, mirror)
    assert_only(path)
    assert (len(server.requests), len(mirror.requests)) == (3, 1)


def test_every_address_and_its_reason_are_reported(server, mirror, path):
    server.faults["file.bin"] = [{"status": 503}] * 9
    del mirror.files["file.bin"]
    with pytest.raises(DownloadError) as error:
        get(server, path, mirror, retries=1)
    message = str(error.value)
    assert f"{server.url}file.bin: the server answered 503 Service Unavailable (2 att" in message
    assert f"{mirror.url}file.bin: the server answered 404 Not Found" in message
    assert f"put it at {path}." in message
    assert os.listdir(path.parent) == []


def test_wrong_bytes_lead_to_the_next_address(server, mirror, path):
    server.files["file.bin"] = CONTENT[::-1]
    get(server, path, mirror)
    assert_only(path)
    assert len(server.requests) == 1
    assert mirror.requests == [("file.bin", None)]


def test_wrong_size_leads_to_the_next_address(server, mirror, path):
    server.files["file.bin"] = b"<html>"
    get(server, path, mirror, size=len(CONTENT))
    assert_only(path)


def test_wrong_bytes_everywhere(server, mirror, path):
    server.files["file.bin"] = mirror.files["file.bin"] = b"<html>"
    with pytest.raises(DownloadError, match="sha256 is not the published.*sha256 is not the publ"):
        get(server, path, mirror)
    assert os.listdir(path.parent) == []


def test_a_mirror_goes_on_where_the_first_was_cut(server, mirror, path):
    server.faults["file.bin"] = [{"cut": 100_000}, {"status": 404}]
    get(server, path, mirror)
    assert_only(path)
    ((_, wanted),) = mirror.requests
    assert 0 < int(wanted[len("bytes=") : -1]) <= 100_000


def test_pieces_that_do_not_fit_are_fetched_again(server, mirror, path):
    server.files["file.bin"] = CONTENT[::-1]
    server.faults["file.bin"] = [{"cut": 100_000}, {"status": 503}]
    get(server, path, mirror)
    assert_only(path)
    assert mirror.requests[-1] == ("file.bin", None)


def test_without_checksum_pieces_are_not_joined(server, mirror, path):
    server.files["file.bin"] = CONTENT[::-1]
    server.faults["file.bin"] = [{"cut": 100_000}, {"status": 503}, {"status": 404}]
    get(server, path, mirror, sha256=None)
    assert_only(path, "file.bin.sha256")
    assert len(server.requests) == 3
    assert mirror.requests == [("file.bin", None)]


# === Offline ===


def test_offline_says_what_to_fetch_and_where_to_put_it(server, mirror, path, monkeypatch):
    monkeypatch.setenv("ALBERT_ZOO_OFFLINE", "1")
    with pytest.raises(DownloadError) as error:
        get(server, path, mirror)
    message = str(error.value)
    assert f"Get {server.url}file.bin or {mirror.url}file.bin by other means" in message
    assert f"{path} is not there" in message
    assert "ALBERT_ZOO_OFFLINE" in message
    assert server.requests == []
    assert not path.parent.exists()


@pytest.mark.parametrize("sha256", [SHA256, None])
def test_offline_uses_what_is_there(server, path, sha256):
    path.parent.mkdir()
    path.write_bytes(CONTENT)
    with offline_mode():
        assert get(server, path, sha256=sha256) == path


def test_offline_with_the_wrong_file(server, path):
    path.parent.mkdir()
    path.write_bytes(b"older edition")
    with offline_mode(), pytest.raises(DownloadError, match=f"is not the file with .* {SHA256}"):
        get(server, path)
    assert not is_offline()


# === Two processes ===


def test_two_processes_download_once(server, path):
    server.faults["file.bin"] = [{"pause": 0.5}, {"pause": 0.5}]
    code = (
        "import sys; from albert_zoo.downloads import fetch; "
        "fetch(sys.argv[1], sys.argv[2], sha256=sys.argv[3], progress=False)"
    )
    command = [sys.executable, "-c", code, server.url + "file.bin", str(path), SHA256]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    running = [subprocess.Popen(command, env=environment) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert_only(path, "file.bin.sha256")
    assert len(server.requests) == 1
