"""The presets that have a name: this package's, and those that other packages register."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Dict, List, Optional

from albert_zoo.paths import cache_root, preset_root
from albert_zoo.zoo.entry_points import presets_of_others
from albert_zoo.zoo.preset_io import CONFIG
from albert_zoo.zoo.registered_preset import RegisteredPreset, is_preset_name

ALIASES = {
    "albert_base_en_uncased": "albert_base_v2",
    "albert_large_en_uncased": "albert_large_v2",
    "albert_extra_large_en_uncased": "albert_xlarge_v2",
    "albert_extra_extra_large_en_uncased": "albert_xxlarge_v2",
}
"""KerasHub's names of the same weights."""

logger = logging.getLogger(__name__)


def known_presets() -> Dict[str, RegisteredPreset]:
    """Returns every preset that has a name, sorted by name.

    Where another package takes a name of ours, ours wins, and a warning is logged.
    """
    presets = presets_of_others()
    for path in preset_root().glob(f"*/{CONFIG}"):
        own = RegisteredPreset.read(path.parent)
        other = presets.get(own.name)
        if other is not None:
            logger.warning(
                "%s registers a preset %r, which is a name of albert_zoo: ours is taken.",
                other.package,
                own.name,
            )
        presets[own.name] = own
    return dict(sorted(presets.items()))


def known_preset(name: str) -> Optional[RegisteredPreset]:
    """Returns what is known of a preset, or `None` if none has the name.

    Args:
        name: str, not an alias.
    """
    if not is_preset_name(name):
        return None
    own = preset_root() / name
    if (own / CONFIG).is_file():
        return RegisteredPreset.read(own)
    return presets_of_others().get(name)


def places_of(name: str, preset: Optional[RegisteredPreset]) -> List[Path]:
    """Returns the folders that a preset may have, the preferred one first.

    What is in the cache folder, downloaded or put there by the user, goes before the bare
    configuration in a package.

    Args:
        name: str.
        preset: what `known_preset` gave for the name.
    """
    places = [cache_root() / "presets" / name] if is_preset_name(name) else []
    return places + ([preset.folder] if preset is not None else [])
