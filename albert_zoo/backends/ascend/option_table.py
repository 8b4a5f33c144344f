"""The adapter's options as a table: names, types, allowed values, and how they changed."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

DATA = Path(__file__).resolve().parent / "data"
"""The folder of the files that this room ships."""


@dataclass(frozen=True)
class AdapterOption:
    """One option of `npu_device.global_options()`.

    Args:
        path: str, the name below `global_options()`, `dump_config.dump_step` for instance.
        type: str: bool, int, str, file or folder.
        ours: names in `AscendOptions` that set it. Empty where only `extra` does.
        replacement: str, what stands for it in newer adapters. Empty for none.
        timeline: the releases in which default or allowed values changed, the oldest first.
        meaning: str, a sentence.

    Example:

    >>> option = adapter_options()["deterministic"]
    >>> option.type, option.allowed, option.since, option.removed
    ('int', (0, 1), 'r2.1.0', None)
    """

    path: str
    type: str
    ours: Tuple[str, ...]
    replacement: str
    timeline: Tuple[Mapping[str, Any], ...]
    meaning: str

    @property
    def allowed(self) -> Optional[Tuple[Any, ...]]:
        """The values that the newest adapter with this option takes; `None` for any."""
        last = [entry for entry in self.timeline if not entry.get("absent")][-1]
        return tuple(last["allowed"]) if "allowed" in last else None

    @property
    def since(self) -> str:
        """The first release that has it."""
        return str(self.timeline[0]["from"])

    @property
    def removed(self) -> Optional[str]:
        """The release that dropped it, or `None`."""
        last = self.timeline[-1]
        return str(last["from"]) if last.get("absent") else None

    def at(self, release: str) -> Optional[Mapping[str, Any]]:
        """Returns `default`, `allowed` and `deprecated` in a release; `None` where it is unknown.

        Args:
            release: str, one of `releases()`.
        """
        order = list(releases())
        before = [e for e in self.timeline if order.index(e["from"]) <= order.index(release)]
        return None if not before or before[-1].get("absent") else before[-1]


@functools.cache
def _table() -> Dict[str, Any]:
    table: Dict[str, Any] = json.loads((DATA / "option_table.json").read_text(encoding="utf-8"))
    return table


def releases() -> Dict[str, str]:
    """Returns the adapter's releases in order, each with the month of its date.

    Example:

    >>> releases()["r1.9.0"]
    '2022-07'
    """
    return {str(name): str(month) for name, month in _table()["releases"]}


@functools.cache
def adapter_options() -> Dict[str, AdapterOption]:
    """Returns every option by its path, in the adapter's order."""
    return {
        row["path"]: AdapterOption(
            path=row["path"],
            type=row["type"],
            ours=tuple(row.get("ours", ())),
            replacement=row.get("replacement", ""),
            timeline=tuple(row["timeline"]),
            meaning=row["meaning"],
        )
        for row in _table()["options"]
    }


def paths_of(ours: str) -> List[str]:
    """Returns the paths that one of our options sets, those that newer adapters lack left out.

    Example:

    >>> paths_of("mixlist")
    ['modify_mixlist']
    """
    return [
        option.path
        for option in adapter_options().values()
        if ours in option.ours and option.removed is None
    ]
