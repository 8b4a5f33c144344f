"""Two servers of one file, and where to put it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.downloads.served import CONTENT
from tests.flaky_server import FlakyServer


@pytest.fixture(autouse=True)
def _online(monkeypatch) -> None:
    monkeypatch.delenv("ALBERT_ZOO_OFFLINE", raising=False)


@pytest.fixture
def server():
    with FlakyServer() as running:
        running.files["file.bin"] = CONTENT
        yield running


@pytest.fixture
def mirror():
    with FlakyServer() as running:
        running.files["file.bin"] = CONTENT
        yield running


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "new" / "file.bin"
