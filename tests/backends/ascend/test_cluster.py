"""Several NPUs: what the environment and the rank table say."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Callable, Dict

import pytest

from albert_zoo.backends.ascend.cluster import Cluster, check_timeout, read_cluster
from albert_zoo.errors import AscendError
from tests.backends.conftest import RANK_TABLE

CHIEF = {
    "CM_CHIEF_IP": "192.168.1.1",
    "CM_CHIEF_PORT": "6000",
    "CM_CHIEF_DEVICE": "0",
    "CM_WORKER_SIZE": "8",
    "CM_WORKER_IP": "fe80::1",
}


def test_one_npu() -> None:
    assert read_cluster({}) == Cluster(1, 0, 0, "one NPU")
    assert read_cluster({"RANK_SIZE": "1", "RANK_ID": "x"}) == Cluster(1, 0, 0, "one NPU")
    assert read_cluster({"CM_WORKER_SIZE": "1", "ASCEND_DEVICE_ID": "2"}).device == 2


def test_rank_table(rank_table: Callable[[int], None]) -> None:
    rank_table(1)
    assert read_cluster() == Cluster(2, 1, 1, "rank table")


def test_chief() -> None:
    assert read_cluster(CHIEF) == Cluster(8, None, 0, "CM_* variables")
    del (without := dict(CHIEF))["CM_WORKER_IP"]
    assert read_cluster(without).workers == 8


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"ASCEND_DEVICE_ID": "npu0"}, "ASCEND_DEVICE_ID must be a whole number"),
        ({"ASCEND_DEVICE_ID": "-1"}, "ASCEND_DEVICE_ID must be a whole number"),
        ({"RANK_SIZE": "0"}, "RANK_SIZE must be a whole number from 1 to 32768. Received: '0'"),
        ({"RANK_SIZE": "2"}, "RANK_TABLE_FILE must name the rank table of 2 NPUs"),
        ({"RANK_SIZE": "2", "RANK_TABLE_FILE": "t"}, "RANK_ID must be .* from 0 to 1. Received: n"),
        ({"RANK_SIZE": "2", "RANK_TABLE_FILE": "t", "RANK_ID": "2"}, "RANK_ID must be .*'2'"),
        (
            {"RANK_SIZE": "2", "RANK_TABLE_FILE": "t", "RANK_ID": "0"},
            "`RANK_TABLE_FILE` must name a file. Received: t, which does not exist",
        ),
        ({"RANK_SIZE": "2", "CM_CHIEF_IP": "1.1.1.1"}, "CM_CHIEF_IP and RANK_SIZE exclude"),
        ({**CHIEF, "RANK_SIZE": "8"}, "RANK_SIZE and CM_WORKER_SIZE exclude"),
        ({**CHIEF, "RANK_ID": "0"}, "RANK_ID and CM_WORKER_SIZE exclude"),
        ({**CHIEF, "RANK_TABLE_FILE": "t"}, "RANK_TABLE_FILE and CM_WORKER_SIZE exclude"),
        ({**CHIEF, "CM_CHIEF_PORT": ""}, "CM_CHIEF_PORT must be set"),
        ({**CHIEF, "CM_CHIEF_PORT": "65521"}, "CM_CHIEF_PORT must be .* from 0 to 65520"),
        ({**CHIEF, "CM_CHIEF_DEVICE": "x"}, "CM_CHIEF_DEVICE must be a whole number"),
        ({**CHIEF, "CM_CHIEF_IP": "chief"}, "CM_CHIEF_IP must be an IP address"),
        ({**CHIEF, "CM_WORKER_IP": "1.2.3"}, "CM_WORKER_IP must be an IP address"),
        ({**CHIEF, "CM_WORKER_SIZE": "99999"}, "CM_WORKER_SIZE must be .* to 32768"),
    ],
)
def test_environment_refused(environment: Dict[str, str], message: str) -> None:
    with pytest.raises(AscendError, match=message) as caught:
        read_cluster(environment)
    assert "\n" not in str(caught.value)


def _table(**changes: Any) -> Dict[str, Any]:
    return {**json.loads(RANK_TABLE), **changes}


def _server(*devices: Any, name: str = "a") -> Dict[str, Any]:
    return {"server_id": name, "device": [{"rank_id": r, "device_id": d} for r, d in devices]}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("{", "`RANK_TABLE_FILE` must be a JSON file"),
        (_table(status="initializing"), "must have the status 'completed'. Received: 'initializ"),
        (_table(server_list=[]), "must hold a list of servers"),
        (_table(server_count="2"), "must have the server_count 1, as listed. Received: '2'"),
        (_table(server_list=[{"server_id": "a"}]), "a list under 'device' for each server"),
        (_table(server_list=[_server(("0", "x"), ("1", "1"))]), "whole number under 'device_id'"),
        (_table(server_list=[_server(("0", "0"))]), "must list the ranks 0 to 1, .* the ranks 0"),
        (_table(server_list=[_server(("1", "0"), ("2", "1"))]), "Received: the ranks 1, 2"),
        (_table(server_list=[_server(("0", "0"), ("0", "1"))]), "Received: rank 0 twice"),
        (_table(server_list=[_server(("0", "0"), ("1", "0"))]), "Received: NPU 0 of a twice"),
    ],
)
def test_rank_table_refused(tmp_path: Path, table: Any, message: str) -> None:
    path = tmp_path / "table.json"
    path.write_text(table if isinstance(table, str) else json.dumps(table), encoding="utf-8")
    environment = {"RANK_SIZE": "2", "RANK_ID": "0", "RANK_TABLE_FILE": str(path)}
    with pytest.raises(AscendError, match=message) as caught:
        read_cluster(environment)
    assert str(caught.value).startswith(str(path))


def test_two_servers(tmp_path: Path) -> None:
    table = _table(
        version="1.2",
        server_count="2",
        server_list=[_server(("0", "0"), name="a"), _server(("1", "0"), name="b")],
    )
    (tmp_path / "table.json").write_text(json.dumps(table), encoding="utf-8")
    given = {"RANK_SIZE": "2", "RANK_ID": "1", "RANK_TABLE_FILE": str(tmp_path / "table.json")}
    assert read_cluster(given) == Cluster(2, 1, 0, "rank table")


def test_another_npu_than_the_tables_is_noted(
    rank_table: Callable[[int], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rank_table(1)
    read_cluster()
    assert caplog.messages == []
    monkeypatch.setenv("ASCEND_DEVICE_ID", "0")
    with caplog.at_level(logging.WARNING, logger="albert_zoo"):
        assert read_cluster().device == 0
    assert "gives rank 1 the NPU 1" in caplog.messages[0]


def test_timeouts() -> None:
    slow = {"HCCL_EXEC_TIMEOUT": "1800"}
    for fine in (None, -1, 1800001):
        check_timeout(fine, 2, slow)
    check_timeout(5, 1, slow)
    check_timeout(5, 2, {})
    with pytest.raises(AscendError, match="`stream_sync_timeout` must exceed HCCL_EXEC_TIMEOUT"):
        check_timeout(1800000, 2, slow)
