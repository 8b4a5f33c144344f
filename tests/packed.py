"""Folders as dicts of path to content, and such dicts as archives."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Dict, Mapping


def files_below(folder: Path) -> Dict[str, bytes]:
    """Path in a folder to content, of every file."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def tar_of(files: Mapping[str, bytes], folder: str = "") -> bytes:
    """A tar.gz archive of files, in a folder if one is named."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}" if folder else name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zip_of(files: Mapping[str, bytes], folder: str = "") -> bytes:
    """A zip archive of files, in a folder if one is named."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{folder}/{name}" if folder else name, content)
    return buffer.getvalue()
