"""Archives with a model in them: unpacked into the cache, and the model's folder found."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import List, Mapping, Optional

import pooch

from albert_zoo.downloads import locked, safe_extract
from albert_zoo.errors import ConversionError, DataError
from albert_zoo.paths import cache_root
from albert_zoo.zoo.remote_file import RemoteFile

SUFFIXES = (".tar.gz", ".tgz", ".zip")
LARGEST = 4 << 30  # bytes, unpacked; the largest published model has 0.9 billion
_DEEPEST = 3  # folders in each other, above the model


def is_archive(name: str) -> bool:
    """Says whether a file is an archive, by its name.

    Example:

    >>> is_archive("albert_base_v2.tar.gz"), is_archive("model.safetensors")
    (True, False)
    """
    return name.lower().endswith(SUFFIXES)


def stem_of(name: str) -> str:
    """Returns the name of an archive without its suffix."""
    suffix = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]


def local_archive(archive: Path) -> Path:
    """Unpacks an archive on this machine, once for each content.

    Args:
        archive: path of the file.

    Returns:
        `pathlib.Path` of the folder in the cache that holds the model.

    Raises:
        DataError: not a sound archive, or one that would write elsewhere or too much.
        ConversionError: it holds no model, or several.
    """
    status = archive.stat()
    digest = _digest(str(archive.absolute()), status.st_size, status.st_mtime_ns)
    name = f"{stem_of(archive.name)}-{digest[:12]}"
    folder = cache_root() / "addresses" / "files" / name
    with locked(folder):
        if not folder.is_dir():
            safe_extract(archive, folder, max_bytes=LARGEST)
    return model_folder(folder, str(archive))


@functools.lru_cache(maxsize=16)
def _digest(path: str, _size: int, _modified: int) -> str:
    return str(pooch.file_hash(path))


def remote_archive(
    file: RemoteFile,
    folder: Path,
    headers: Optional[Mapping[str, str]] = None,
    model: str = "",
) -> Path:
    """Fetches an archive and unpacks it, unless that was done before.

    The archive is deleted then; the checksum of its first use stays.

    Args:
        file: `RemoteFile`, the archive.
        folder: path of the folder to unpack into.
        headers: of the request, such as a token.
        model: str, the folder of the archive that is wanted; empty for the only one.

    Returns:
        `pathlib.Path` of the folder within it that holds the model.

    Raises:
        DownloadError: the archive cannot be had, or is not the published one.
        DataError: it is not a sound archive, or one that would write elsewhere or too much.
        ConversionError: it holds no model, or several.
    """
    if not folder.is_dir():  # a folder that is there may lie where nothing can be written
        with locked(folder):
            if not folder.is_dir():
                archive = file.fetch_into(folder.parent, headers)
                try:
                    safe_extract(archive, folder, max_bytes=LARGEST)
                except DataError:
                    if file.sha256 is None:  # else the next call would find it again
                        file.forget(folder.parent)
                    raise
                archive.unlink()
    return folder / model if model else model_folder(folder, file.url)


def model_folder(folder: Path, source: str) -> Path:
    """Finds the folder that holds a model: the given one, or the only one below it.

    Args:
        folder: path.
        source: str, what was unpacked there, for messages.

    Returns:
        `pathlib.Path`.

    Raises:
        ConversionError: there is none, or there are several.
    """
    level: List[Path] = [folder]
    for _ in range(_DEEPEST):
        found = [path for path in level if holds_model(path)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(path.relative_to(folder).as_posix() for path in found)
            raise ConversionError(
                f"{source}: must hold one model. Found: {names}. "
                f"Give the folder of one of them, in {folder}."
            )
        level = [path for parent in level for path in _folders(parent)]
    names = ", ".join(sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))[:10])
    raise ConversionError(
        f"{source}: must hold a model, with config.json or a TensorFlow checkpoint. Found: "
        f"{names or 'nothing'}. Give an archive of a folder that `from_preset` reads."
    )


def holds_model(folder: Path) -> bool:
    """Says whether the files of a model lie in a folder: a configuration or a checkpoint."""
    return (
        (folder / "config.json").is_file()
        or (folder / "saved_model.pb").is_file()
        or any(folder.glob("*.index"))
    )


def _folders(folder: Path) -> List[Path]:
    # macOS puts a folder __MACOSX of its own into every zip file.
    return sorted(
        path for path in folder.iterdir() if path.is_dir() and not path.name.startswith((".", "__"))
    )
