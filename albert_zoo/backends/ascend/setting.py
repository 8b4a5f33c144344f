"""Setting: one value on its way from our options to the adapter."""

from __future__ import annotations

import os
from typing import Any, NamedTuple


class Setting(NamedTuple):
    """A value under both of its names.

    Args:
        option: str, our name, for errors: `dump.steps`.
        path: str, the name below `npu_device.global_options()`: `dump_config.dump_step`.
        value: what is assigned there.
    """

    option: str
    path: str
    value: Any


def absolute(path: Any) -> str:
    """Returns a path that stays right when the working folder changes.

    The adapter also reads the text `True` as 1, even for a path.

    Example:

    >>> absolute("/data/../True")
    '/True'
    """
    return os.path.abspath(os.path.expanduser(os.fspath(path)))
