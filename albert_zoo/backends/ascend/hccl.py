"""Hccl: how several NPUs exchange gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional

from albert_zoo.backends.ascend.setting import Setting
from albert_zoo.backends.ascend.value_checks import check_value

_PATHS = {
    "parallel": "hcom_parallel",
    "multi_mode": "hcom_multi_mode",
    "tailing_optimization": "is_tailing_optimization",
}


@dataclass(frozen=True)
class Hccl:
    """Options of Huawei's collective communication; what is `None` is left to the adapter.

    Args:
        parallel: bool. Whether gradients are sent while others are still computed.
        multi_mode: str. The adapter's guide does not describe it.
        tailing_optimization: bool. Whether the last communication of a step is shortened.

    Raises:
        AscendError: a value is not allowed.

    Example:

    >>> Hccl(parallel=True).settings()
    [Setting(option='hccl.parallel', path='hcom_parallel', value=True)]
    """

    parallel: Optional[bool] = None
    multi_mode: Optional[str] = None
    tailing_optimization: Optional[bool] = None

    def __post_init__(self) -> None:
        for setting in self.settings():
            check_value(setting.option, setting.value, setting.path)

    def settings(self) -> List[Setting]:
        """Returns what is assigned in the adapter."""
        return [
            Setting(f"hccl.{name}", path, getattr(self, name))
            for name, path in _PATHS.items()
            if getattr(self, name) is not None
        ]
