"""Which presets have a name, and where a preset's folder is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict

from albert_zoo.checkpoints.files import read_json
from albert_zoo.errors import PresetNotFoundError, did_you_mean
from albert_zoo.paths import cache_root, preset_root
from albert_zoo.zoo.foreign import is_foreign
from albert_zoo.zoo.preset_io import CONFIG, METADATA, WEIGHTS

ALIASES = {
    "albert_base_en_uncased": "albert_base_v2",
    "albert_large_en_uncased": "albert_large_v2",
    "albert_extra_large_en_uncased": "albert_xlarge_v2",
    "albert_extra_extra_large_en_uncased": "albert_xxlarge_v2",
}
"""KerasHub's names of the same weights."""


def list_presets() -> Dict[str, Dict[str, Any]]:
    """Returns every named preset with what its `metadata.json` says.

    Returns:
        dict of name to metadata; `metadata["config"]` holds the backbone's arguments and
        `metadata["weights"]` whether its weights are on this machine.

    Example:

    >>> list_presets()["albert_base_v2"]["config"]["hidden_dim"]
    768
    """
    presets = {}
    for path in sorted(preset_root().glob(f"*/{CONFIG}")):
        folder = path.parent
        metadata = read_json(folder / METADATA)
        metadata["config"] = read_json(path)["config"]
        metadata["weights"] = any((p / WEIGHTS).is_file() for p in _places(folder.name))
        presets[folder.name] = metadata
    return presets


def _places(name: str) -> tuple:
    # What the user put into the cache folder wins over the bare configuration in the package.
    return (cache_root() / "presets" / name, preset_root() / name)


def find_preset(preset: Any, need_weights: bool = True) -> Path:
    """Finds the folder of a preset.

    Args:
        preset: str or path. A preset's name, one of its aliases, or a folder.
        need_weights: bool. Whether a folder without weights will not do.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        PresetNotFoundError: there is no such name or folder, or it has no weights.

    Example:

    >>> find_preset("albert_base_v2", need_weights=False).name
    'albert_base_v2'
    """
    text = os.fspath(preset)
    name = ALIASES.get(text, text)
    if Path(text).is_dir():
        folders = [Path(text)]
    else:
        folders = [place for place in _places(name) if (place / CONFIG).is_file()]
    if not folders:
        known = sorted(p.parent.name for p in preset_root().glob(f"*/{CONFIG}"))
        raise PresetNotFoundError(
            f"`preset` must be a preset folder or a known name. Received: {text!r}."
            f"{did_you_mean(name, known)} `albert-zoo presets` lists the names."
        )
    for folder in folders:
        if (folder / WEIGHTS).is_file() or not need_weights or is_foreign(folder):
            return folder
    if Path(text).is_dir():
        raise PresetNotFoundError(
            f"{text}: the preset has no {WEIGHTS}. Give a folder that `save_to_preset` wrote, "
            "or pass `load_weights=False` for random weights."
        )
    raise PresetNotFoundError(
        f"The weights of {name!r} are not on this machine, and this version does not download "
        f"them. Put a preset folder with its {WEIGHTS} at {_places(name)[0]}, "
        "or pass `load_weights=False` for random weights."
    )
