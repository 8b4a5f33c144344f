"""Cluster: which of several NPUs this process trains on, read from the environment and checked.

Huawei's adapter trains with a process for each NPU. It reads RANK_SIZE, RANK_ID and
RANK_TABLE_FILE, or the CM_* variables, when the device is opened, and fails there with little said.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from typing import Dict, Mapping, Optional

from albert_zoo.backends.ascend.rank_table import read_rank_table
from albert_zoo.errors import AscendError

RANK_TABLE = ("RANK_TABLE_FILE", "RANK_ID", "RANK_SIZE")
CHIEF = ("CM_CHIEF_IP", "CM_CHIEF_PORT", "CM_CHIEF_DEVICE", "CM_WORKER_SIZE")


@dataclass(frozen=True)
class Cluster:
    """The processes that train together.

    Args:
        workers: int, how many there are.
        worker: int, which of them this is; `None` where only the opened device knows.
        device: int, the NPU of this process on its server.
        source: str, where this was read: "one NPU", "rank table" or "CM_* variables".
    """

    workers: int
    worker: Optional[int]
    device: int
    source: str


def read_cluster(environment: Optional[Mapping[str, str]] = None) -> Cluster:
    """Reads and checks what the environment says of NPUs.

    Args:
        environment: dict. `None` for that of the process.

    Returns:
        `Cluster`.

    Raises:
        AscendError: a variable is missing, wrong, or one too many.

    Example:

    >>> read_cluster({"ASCEND_DEVICE_ID": "3"})
    Cluster(workers=1, worker=0, device=3, source='one NPU')
    """
    given = {
        name: value
        for name, value in (os.environ if environment is None else environment).items()
        if value
    }
    device = _number(given, "ASCEND_DEVICE_ID", 0, 1023, default="0")
    if "CM_WORKER_SIZE" in given:
        return _from_chief(given, device)
    workers = _number(given, "RANK_SIZE", 1, 32768, default="1")
    if workers == 1:
        return Cluster(1, 0, device, "one NPU")
    if "CM_CHIEF_IP" in given:
        raise AscendError(
            f"CM_CHIEF_IP and RANK_SIZE exclude each other. Received: {given['CM_CHIEF_IP']} and "
            f"{workers}. Set CM_WORKER_SIZE in place of RANK_SIZE, or unset CM_CHIEF_IP."
        )
    if "RANK_TABLE_FILE" not in given:
        raise AscendError(
            f"RANK_TABLE_FILE must name the rank table of {workers} NPUs. Received: none. "
            "Set it, or the CM_* variables in place of RANK_SIZE."
        )
    worker = _number(given, "RANK_ID", 0, workers - 1)
    read_rank_table(given["RANK_TABLE_FILE"]).check(workers, worker, device)
    return Cluster(workers, worker, device, "rank table")


def check_timeout(
    milliseconds: Optional[int], workers: int, environment: Optional[Mapping[str, str]] = None
) -> None:
    """Refuses a `stream_sync_timeout` that ends before communication between NPUs may.

    Args:
        milliseconds: int, `None` or -1 for no limit.
        workers: int, how many processes train together.
        environment: dict. `None` for that of the process.

    Raises:
        AscendError: it is not above HCCL_EXEC_TIMEOUT.
    """
    limit = (os.environ if environment is None else environment).get("HCCL_EXEC_TIMEOUT", "")
    if workers == 1 or milliseconds in (None, -1) or not limit.isdigit():
        return
    if int(milliseconds or 0) <= 1000 * int(limit):
        raise AscendError(
            f"`stream_sync_timeout` must exceed HCCL_EXEC_TIMEOUT with several NPUs. Received: "
            f"{milliseconds} ms and {limit} s. Raise it, or leave it out."
        )


def _from_chief(given: Dict[str, str], device: int) -> Cluster:
    others = [name for name in RANK_TABLE if name in given]
    if others:
        raise AscendError(
            f"{others[0]} and CM_WORKER_SIZE exclude each other. Received: both. "
            f"Unset {others[0]}, or the CM_* variables."
        )
    workers = _number(given, "CM_WORKER_SIZE", 1, 32768)
    if workers == 1:
        return Cluster(1, 0, device, "one NPU")
    for name in CHIEF:
        if name not in given:
            raise AscendError(
                f"{name} must be set to train on several NPUs by the CM_* variables. "
                f"Received: none. Needed are {', '.join(CHIEF)}."
            )
    _number(given, "CM_CHIEF_PORT", 0, 65520)
    _number(given, "CM_CHIEF_DEVICE", 0, 1023)
    for name in ("CM_CHIEF_IP", "CM_WORKER_IP"):
        if name in given:
            try:
                ipaddress.ip_address(given[name])
            except ValueError:
                raise AscendError(
                    f"{name} must be an IP address. Received: {given[name]!r}. Correct it."
                ) from None
    return Cluster(workers, None, device, "CM_* variables")


def _number(
    given: Mapping[str, str], name: str, low: int, high: int, default: Optional[str] = None
) -> int:
    text = given.get(name, default)
    if text is None or not text.isdigit() or not low <= int(text) <= high:
        raise AscendError(
            f"{name} must be a whole number from {low} to {high}. "
            f"Received: {'none' if text is None else repr(text)}. Set it."
        )
    return int(text)
