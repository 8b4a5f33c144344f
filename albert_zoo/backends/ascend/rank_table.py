"""RankTable: the file that lists the NPUs which train together."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Dict, List

from albert_zoo.backends.ascend.json_file import read_json_object
from albert_zoo.errors import AscendError

_NAME = "RANK_TABLE_FILE"
_logger = logging.getLogger("albert_zoo")


@dataclass(frozen=True)
class RankTable:
    """What a rank table says.

    Args:
        path: path of the file, for errors.
        devices: dict of rank to the id of its NPU on its server.
    """

    path: Any
    devices: Dict[int, int]

    def check(self, workers: int, worker: int, device: int) -> None:
        """Compares the table with the rest of the environment.

        Another NPU than the table's is only noted: a container numbers its NPUs anew.

        Args:
            workers: int, RANK_SIZE.
            worker: int, RANK_ID.
            device: int, ASCEND_DEVICE_ID.

        Raises:
            AscendError: they differ.
        """
        ranks = sorted(self.devices)
        if ranks != list(range(workers)):
            raise _wrong(
                self.path,
                f"must list the ranks 0 to {workers - 1}, for RANK_SIZE={workers}",
                f"the ranks {', '.join(map(str, ranks))}",
            )
        if self.devices[worker] != device:
            _logger.warning(
                f"ASCEND_DEVICE_ID is {device}, but {self.path} gives rank {worker} the NPU "
                f"{self.devices[worker]}. That is right only in a container of its own numbers."
            )


def read_rank_table(path: Any) -> RankTable:
    """Reads a rank table, of version 1.0 or a later one with the same list of servers.

    Args:
        path: str or path.

    Returns:
        `RankTable`.

    Raises:
        AscendError: there is no such file, or it is no rank table.
    """
    content = read_json_object(_NAME, path)
    if content.get("status") != "completed":
        raise _wrong(path, "must have the status 'completed'", repr(content.get("status")))
    servers = content.get("server_list")
    if not isinstance(servers, list) or not servers:
        raise _wrong(path, "must hold a list of servers under 'server_list'", repr(servers))
    count = content.get("server_count")
    if count is not None and str(count) != str(len(servers)):
        raise _wrong(path, f"must have the server_count {len(servers)}, as listed", repr(count))
    devices: Dict[int, int] = {}
    seen: List[Any] = []
    for server in servers:
        listed = server.get("device") if isinstance(server, dict) else None
        if not isinstance(listed, list) or not listed:
            raise _wrong(path, "must hold a list under 'device' for each server", repr(listed))
        for entry in listed:
            rank, device = (_whole(path, entry, key) for key in ("rank_id", "device_id"))
            place = (str(server.get("server_id")), device)
            if rank in devices or place in seen:
                what = f"rank {rank}" if rank in devices else f"NPU {device} of {place[0]}"
                raise _wrong(path, "must list each rank and each NPU once", f"{what} twice")
            seen.append(place)
            devices[rank] = device
    return RankTable(path, devices)


def _whole(path: Any, entry: Any, key: str) -> int:
    text = str(entry.get(key)) if isinstance(entry, dict) else repr(entry)
    if not text.isdigit():
        raise _wrong(path, f"must hold a whole number under {key!r} for each NPU", text)
    return int(text)


def _wrong(path: Any, rule: str, received: str) -> AscendError:
    return AscendError(f"{path}: `{_NAME}` {rule}. Received: {received}. Correct the file.")
