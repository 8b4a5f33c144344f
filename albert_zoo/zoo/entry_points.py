"""Presets of other packages: the entry-point group `albert_zoo.presets`.

A package registers its presets in its own `setup.cfg`:

```
[options.entry_points]
albert_zoo.presets =
    mine = my_package.presets
```

The right side names a package or module whose folder holds preset folders of the form that
`presets/` has here: `<name>/config.json` and so on. It may also name a path, as str or `Path`, or a
function without arguments that returns one.
"""

from __future__ import annotations

import functools
import logging
import os
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, List, Tuple

from albert_zoo.errors import AlbertZooError
from albert_zoo.zoo.preset_io import CONFIG
from albert_zoo.zoo.registered_preset import RegisteredPreset

GROUP = "albert_zoo.presets"

logger = logging.getLogger(__name__)


def presets_of_others() -> Dict[str, RegisteredPreset]:
    """Returns the presets that installed packages register, by name.

    What does not load is left out, and a warning logged: a package in disorder must not keep
    anybody from using another preset.

    Returns:
        dict of name to `RegisteredPreset`.
    """
    return dict(_load(tuple(sys.path)))


@functools.lru_cache(maxsize=4)
def _load(_search_path: Tuple[str, ...]) -> Dict[str, RegisteredPreset]:
    # Looking through all installed packages takes a moment; they change with the search path.
    presets: Dict[str, RegisteredPreset] = {}
    for point in _entry_points():
        package = _distribution_of(point)
        try:
            folders = sorted(path.parent for path in _folder_of(point).glob(f"*/{CONFIG}"))
        except Exception as error:  # another package's code: anything may come
            _warn(f"the entry point {point.name!r} of {package}", error)
            continue
        for folder in folders:
            try:
                preset = RegisteredPreset.read(folder, package)
            except (AlbertZooError, OSError) as error:
                _warn(f"the preset {folder.name!r} of {package}", error)
                continue
            first = presets.setdefault(preset.name, preset)
            if first.folder != preset.folder:
                logger.warning(
                    "Two packages register a preset %r: that of %s is taken, that of %s is not.",
                    preset.name,
                    first.package,
                    package,
                )
    return presets


def _entry_points() -> List[Any]:
    found: Any = metadata.entry_points()
    # Python 3.9 gives a dict of lists, in which a package can be twice.
    points = found.select(group=GROUP) if hasattr(found, "select") else found.get(GROUP, ())
    unique = {(point.name, point.value): point for point in points}
    return [unique[key] for key in sorted(unique)]


def _distribution_of(point: Any) -> str:
    distribution = getattr(point, "dist", None)  # not in Python 3.9
    if distribution is not None:
        return str(distribution.metadata["Name"])
    return str(point.value).split(":")[0].split(".")[0]


def _folder_of(point: Any) -> Path:
    value = point.load()
    if callable(value):
        value = value()
    if isinstance(value, ModuleType):
        if hasattr(value, "__path__"):
            value = list(value.__path__)[0]
        else:
            value = Path(str(value.__file__)).parent
    folder = Path(os.fspath(value))
    if not folder.is_dir():
        raise NotADirectoryError(f"no such folder: {folder}")
    return folder


def _warn(what: str, error: BaseException) -> None:
    logger.warning(
        "Left out %s: %s. Mend or uninstall that package.",
        what,
        str(error).rstrip(".") or type(error).__name__,
    )
