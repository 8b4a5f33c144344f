"""The file that the tests of this folder fetch."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

from albert_zoo.downloads import fetch
from tests.flaky_server import FlakyServer

CONTENT = random.Random(0).getrandbits(8 * 300_000).to_bytes(300_000, "big")
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def get(server: FlakyServer, path: Path, *mirrors: FlakyServer, **options: object) -> Path:
    """Fetches the file without long waits."""
    options = {"sha256": SHA256, "backoff": 0.01, "timeout": 5, "progress": False, **options}
    urls = [each.url + "file.bin" for each in (server, *mirrors)]
    return fetch(urls if mirrors else urls[0], path, **options)


def assert_only(path: Path, *beside: str) -> None:
    assert path.read_bytes() == CONTENT
    assert sorted(os.listdir(path.parent)) == sorted([path.name, *beside])
