"""Where the package's own data lies, and where it keeps what it fetched."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def preset_root() -> Path:
    """Returns the folder of the presets that come with the package.

    Installed, that is the data package `albert_zoo.presets`; in a source tree, the folder `presets`
    beside the package.

    Example:

    >>> preset_root().is_dir()
    True
    """
    package = Path(__file__).resolve().parent
    installed = package / "presets"
    return installed if installed.is_dir() else package.parent / "presets"


def cache_root() -> Path:
    """Returns the folder for downloaded files, which need not exist yet.

    `ALBERT_ZOO_HOME` names it; without that it is the platform's cache folder.

    Example:

    >>> cache_root().name
    'albert_zoo'
    """
    home = os.environ.get("ALBERT_ZOO_HOME")
    if home:
        return Path(home).expanduser()
    if sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return base / "albert_zoo"
