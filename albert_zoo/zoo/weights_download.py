"""The weights of named presets: fetched from the first mirror that has them, kept as our own.

What a mirror gives is read in its own format and written as a preset folder into the cache, once:
later loads need neither TensorFlow nor the network. The files as they came are deleted then.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List

from albert_zoo._version import __version__
from albert_zoo.downloads import is_offline, locked
from albert_zoo.errors import AlbertZooError, ConversionError, DataError, DownloadError
from albert_zoo.paths import cache_root
from albert_zoo.zoo.archives import remote_archive
from albert_zoo.zoo.hubs.hub_access import at_endpoint, hub_headers
from albert_zoo.zoo.mirror import Mirror
from albert_zoo.zoo.preset_folder import PresetFolder
from albert_zoo.zoo.preset_io import WEIGHTS, read_preset, write_preset
from albert_zoo.zoo.registered_preset import RegisteredPreset
from albert_zoo.zoo.source_files import source_files

logger = logging.getLogger(__name__)

# All but what is free (dropout) or settled by the registry (num_heads).
_SAME = (
    "vocabulary_size",
    "num_layers",
    "embedding_dim",
    "hidden_dim",
    "intermediate_dim",
    "num_groups",
    "num_inner_repetitions",
    "max_sequence_length",
    "num_segments",
    "layer_norm_epsilon",
)


def download_weights(preset: RegisteredPreset) -> Path:
    """Fetches the weights of a named preset into the cache, unless they are there.

    Its mirrors are asked in turn; what one gives is refused if it is not the published file, or
    not of the preset's shape. Of two processes one fetches and the other waits.

    Args:
        preset: `RegisteredPreset`, with mirrors.

    Returns:
        `pathlib.Path` of the preset folder in the cache.

    Raises:
        DownloadError: no mirror has them. The message says what to fetch by hand, and where to
            put it.
    """
    folder = cache_root() / "presets" / preset.name
    reasons: List[str] = []
    with locked(folder):
        if (folder / WEIGHTS).is_file():  # another process was quicker
            return folder
        if folder.is_dir() and any(folder.iterdir()):
            raise DownloadError(
                f"{folder} must hold {WEIGHTS}, or not exist, so that it can be made. Complete it, "
                "or delete it."
            )
        for mirror in preset.mirrors:
            if reasons and not is_offline():
                logger.warning("%s; trying %s.", reasons[-1], mirror.source)
            place = _place(preset, mirror)
            try:
                found = _fetch(mirror, place)
                whole = _joined(preset, mirror, read_preset(found))
                whole.metadata["downloaded_from"] = _origin(mirror, found)
                write_preset(folder, whole)
            except (ConversionError, DataError) as error:
                _forget(mirror, place)
                reasons.append(f"{mirror.source}: {_short(error)}")
            except DownloadError as error:
                reasons.append(f"{mirror.source}: {_short(error)}")
            else:
                _clean(place.parent)
                logger.info("%s: fetched from %s, kept in %s.", preset.name, mirror.source, folder)
                return folder
    raise DownloadError(_failure(preset, reasons))


def _place(preset: RegisteredPreset, mirror: Mirror) -> Path:
    return cache_root() / "downloads" / preset.name / mirror.slug


def _fetch(mirror: Mirror, place: Path) -> Path:
    """Returns the folder that holds what the mirror has."""
    if mirror.is_archive:
        (file,) = mirror.files
        return remote_archive(file, place / "unpacked", model=mirror.folder)
    for file in mirror.files:
        url = at_endpoint(file.url)
        replace(file, url=url).fetch_into(place, hub_headers(url))
    return place


def _joined(preset: RegisteredPreset, mirror: Mirror, found: PresetFolder) -> PresetFolder:
    """What the registry says of a preset, with what the mirror has."""
    registered = read_preset(preset.folder)
    theirs, ours = found.backbone_config, preset.config
    for key in _SAME:
        if key in theirs and key in ours and theirs[key] != ours[key]:
            raise ConversionError(
                f"its configuration says {key}={theirs[key]}, where the preset has {ours[key]}."
            )
    config = {**theirs, **ours}
    if theirs.get("num_heads") != config.get("num_heads"):
        if mirror.own_num_heads:
            config["num_heads"] = theirs["num_heads"]
        logger.warning(
            "%s: %s says %s attention heads, the registry %s; %s are used. "
            "`albert-zoo presets %s` says why.",
            preset.name,
            mirror.source,
            theirs.get("num_heads"),
            ours["num_heads"],
            config["num_heads"],
            preset.name,
        )
    vocabulary = registered.vocabulary or found.vocabulary
    if vocabulary is None:
        raise ConversionError("it brings no vocabulary.")
    return replace(
        found,
        backbone_config=config,
        task_config=registered.task_config or found.task_config,
        tokenizer_config=registered.tokenizer_config or found.tokenizer_config,
        preprocessor_config=registered.preprocessor_config or found.preprocessor_config,
        vocabulary=vocabulary,
        metadata={"albert_zoo_version": __version__, **preset.metadata},
    )


def _origin(mirror: Mirror, folder: Path) -> Dict[str, Any]:
    files = {
        name: known for name, known in source_files(folder).items() if not name.endswith(".sha256")
    }
    return {
        "source": mirror.source,
        "format": mirror.format,
        "urls": [file.url for file in mirror.files],
        "files": files,
    }


def _forget(mirror: Mirror, place: Path) -> None:
    """Deletes what was no use, so that the next call does not find it again."""
    shutil.rmtree(place / "unpacked", ignore_errors=True)
    for file in mirror.files:
        if file.sha256 is None:
            file.forget(place)


def _clean(folder: Path) -> None:
    """Deletes what was fetched, but not the checksums of first uses: they hold for a next time."""
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.is_file() and path.suffix != ".sha256":
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def _short(error: AlbertZooError) -> str:
    """The reason without the advice, which is given once for all mirrors."""
    reason = str(error).split(". Try again later")[0]
    return reason.replace("Could not download ", "").rstrip(".")


def _failure(preset: RegisteredPreset, reasons: List[str]) -> str:
    first = preset.mirrors[0]
    place = _place(preset, first)
    urls = " and ".join(at_endpoint(file.url) for file in first.files)
    by_hand = f"By hand: get {urls} and put {'it' if first.is_archive else 'them'} into {place}"
    if is_offline():
        return (
            f"The weights of {preset.name!r} are not on this machine, and nothing is downloaded "
            "while `ALBERT_ZOO_OFFLINE` or `--offline` is set. With a network, `albert-zoo "
            f"download preset {preset.name}` fetches them ahead of time. {by_hand}. Or pass "
            "`load_weights=False` for random weights."
        )
    return (
        f"The weights of {preset.name!r} could not be fetched. {'. '.join(reasons)}. "
        f"Try again later. {by_hand}, then try again; or pass `load_weights=False` for random "
        "weights."
    )
