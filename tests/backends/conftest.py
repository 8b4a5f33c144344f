"""Fixtures for backends: an environment without NPUs, and the adapter's stand-in."""

from __future__ import annotations

import sys
from typing import Any, Callable, Iterator

import pytest

from albert_zoo.backends.ascend import adapter, adapter_import
from tests.backends.npu_recorder import Recorder

VARIABLES = (
    "ASCEND_DEVICE_ID",
    "RANK_SIZE",
    "RANK_ID",
    "RANK_TABLE_FILE",
    "CM_CHIEF_IP",
    "CM_CHIEF_PORT",
    "CM_CHIEF_DEVICE",
    "CM_WORKER_SIZE",
    "CM_WORKER_IP",
    "HCCL_EXEC_TIMEOUT",
)


@pytest.fixture(autouse=True)
def no_npu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No NPU is opened or asked for when a test begins."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(adapter, "_open", [])
    yield


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recorder]:
    """Installs the stand-in as `npu_device`, with a TensorFlow that it runs on."""

    def install(release: str = "master") -> Recorder:
        recorder = Recorder(release)
        monkeypatch.setitem(sys.modules, "npu_device", recorder)
        monkeypatch.setattr(adapter_import, "version_of", lambda *names: "2.6.5")
        return recorder

    return install


@pytest.fixture
def rank_table(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Says that this process is one of two, in a rank table."""

    def choose(worker: int) -> None:
        path = tmp_path / "rank_table.json"
        path.write_text(RANK_TABLE, encoding="utf-8")
        monkeypatch.setenv("RANK_TABLE_FILE", str(path))
        monkeypatch.setenv("RANK_SIZE", "2")
        monkeypatch.setenv("RANK_ID", str(worker))
        monkeypatch.setenv("ASCEND_DEVICE_ID", str(worker))

    return choose


RANK_TABLE = """\
{"server_count": "1", "status": "completed", "version": "1.0",
 "server_list": [{"server_id": "10.0.0.1", "device": [
   {"device_id": "0", "device_ip": "192.168.1.1", "rank_id": "0"},
   {"device_id": "1", "device_ip": "192.168.1.2", "rank_id": "1"}]}]}
"""
