"""Where presets are: names, folders, archives and addresses become a folder on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict

from albert_zoo.checkpoints import detect
from albert_zoo.errors import ConversionError, PresetNotFoundError, did_you_mean
from albert_zoo.zoo.addresses import fetch_address, is_address
from albert_zoo.zoo.archives import is_archive, local_archive
from albert_zoo.zoo.foreign import is_foreign
from albert_zoo.zoo.known_presets import ALIASES, known_preset, known_presets, places_of
from albert_zoo.zoo.preset_io import CONFIG, WEIGHTS
from albert_zoo.zoo.weights_download import download_weights


def list_presets() -> Dict[str, Dict[str, Any]]:
    """Returns every named preset with what its `metadata.json` says.

    Returns:
        dict of name to metadata; `metadata["config"]` holds the backbone's arguments,
        `metadata["weights"]` whether its weights are on this machine, `metadata["download_size"]`
        the bytes to fetch, or `None`, and `metadata["package"]` who registered it, or `None` for
        this package.

    Example:

    >>> list_presets()["albert_base_v2"]["config"]["hidden_dim"]
    768
    """
    return {
        name: {
            **preset.metadata,
            "config": dict(preset.config),
            "weights": any((place / WEIGHTS).is_file() for place in places_of(name, preset)),
            "download_size": preset.download_size,
            "package": preset.package,
        }
        for name, preset in known_presets().items()
    }


def find_preset(preset: Any, need_weights: bool = True) -> Path:
    """Finds a preset on this machine, and fetches it if it is not there.

    Args:
        preset: str or path. A preset's name or one of its aliases; a folder of any format; the
            prefix of a TensorFlow checkpoint; an archive of a folder (`.tar.gz`, `.tgz`, `.zip`);
            or an address: `hf://owner/name`, `kaggle://owner/model/framework/variation`, or
            `https://...` of an archive.
        need_weights: bool. Whether a folder without weights will not do. False fetches none for a
            name, nor for a preset of ours on Hugging Face's hub.

    Returns:
        `pathlib.Path` that `read_preset` reads: of a folder, or of a checkpoint's prefix.

    Raises:
        PresetNotFoundError: there is no such name, folder or address, or it has no weights.
        DownloadError: it cannot be fetched, or is not the published one.
        DataError: an archive is not sound.
        ConversionError: what is there cannot be read as a model.

    Example:

    >>> find_preset("albert_base_v2", need_weights=False).name
    'albert_base_v2'
    """
    text = os.fspath(preset)
    path = Path(text)
    if not text.strip():  # which would be the current folder
        return _named(text, need_weights)
    if is_address(text):
        return _with_weights(fetch_address(text, need_weights), text, need_weights)
    if path.is_dir():
        return _with_weights(path, text, need_weights)
    if path.is_file() and is_archive(path.name):
        return _with_weights(local_archive(path), text, need_weights)
    if path.name.endswith(".index") or path.with_name(path.name + ".index").is_file():
        return path
    return _named(text, need_weights)


def _with_weights(folder: Path, text: str, need_weights: bool) -> Path:
    if need_weights and not (folder / WEIGHTS).is_file() and not is_foreign(folder):
        try:
            detect(folder)
        except ConversionError as error:  # lists what there is, and what would do
            raise PresetNotFoundError(str(error)) from None
        raise PresetNotFoundError(
            f"{text}: the preset has no {WEIGHTS}. Give a folder that `save_to_preset` wrote, "
            "or pass `load_weights=False` for random weights."
        )
    return folder


def _named(text: str, need_weights: bool) -> Path:
    name = ALIASES.get(text, text)
    preset = known_preset(name)
    folders = [place for place in places_of(name, preset) if (place / CONFIG).is_file()]
    for folder in folders:
        if (folder / WEIGHTS).is_file() or not need_weights or is_foreign(folder):
            return folder
    if preset is None and not folders:
        raise PresetNotFoundError(
            "`preset` must be a known name, a folder, an archive or an address. Received: "
            f"{text!r}.{_hint(text, name)} `albert-zoo presets` lists the names."
        )
    if preset is None or not preset.mirrors:
        raise PresetNotFoundError(
            f"The weights of {name!r} are not on this machine, and nothing says where they are. "
            f"Put its {WEIGHTS} into {folders[0]}, or pass `load_weights=False` for random weights."
        )
    return download_weights(preset)


def _hint(text: str, name: str) -> str:
    if is_archive(text):
        return " There is no such file."
    parts = text.split("/")
    if len(parts) == 2 and all(parts) and not text.startswith("."):
        return f" There is no such folder; on Hugging Face's hub it is hf://{text}."
    return did_you_mean(name, known_presets())
