"""OverflowDump: writes operators that overflow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List

from albert_zoo.backends.ascend.setting import Setting, absolute
from albert_zoo.backends.ascend.value_checks import check_path, check_value


@dataclass(frozen=True)
class OverflowDump:
    """Writes the data of operators whose result overflows or underflows.

    Args:
        path: folder to write to; it is made.
        mode: `"aicore_overflow"`, `"atomic_overflow"` or `"all"`. Atlas A2, A3 and Ascend 950 know
            `"all"` only.

    Raises:
        AscendError: a value is not allowed.

    Example:

    >>> [setting.path for setting in OverflowDump("/data/overflows").settings()]
    ['dump_config.enable_dump_debug', 'dump_config.dump_path', 'dump_config.dump_debug_mode']
    """

    path: Any
    mode: str = "all"

    def __post_init__(self) -> None:
        check_path("overflow_dump.path", self.path)
        check_value("overflow_dump.mode", self.mode, "dump_config.dump_debug_mode")

    def settings(self) -> List[Setting]:
        """Returns what is assigned in the adapter."""
        return [
            Setting("overflow_dump", "dump_config.enable_dump_debug", True),
            Setting("overflow_dump.path", "dump_config.dump_path", absolute(self.path)),
            Setting("overflow_dump.mode", "dump_config.dump_debug_mode", self.mode),
        ]
