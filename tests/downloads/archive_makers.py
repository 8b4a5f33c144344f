"""Archives for the tests, of every kind that is unpacked."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Callable, Dict


def make_zip(path: Path, members: dict) -> Path:
    """A zip file of names to contents; a name may be a ready `ZipInfo`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, members: dict, mode: str = "w", form: int = tarfile.GNU_FORMAT) -> Path:
    """A tar file of names to contents; a name may be a ready `TarInfo`."""
    with tarfile.open(path, mode, format=form) as archive:
        for name, content in members.items():
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            content = content.encode() if isinstance(content, str) else content
            if info.name.endswith("/"):
                info.type = tarfile.DIRTYPE
            elif info.isreg():
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def make_tar_gz(path: Path, members: dict) -> Path:
    return make_tar(path, members, "w:gz")


MAKERS: Dict[str, Callable[[Path, dict], Path]] = {
    "zip": make_zip,
    "tar": make_tar,
    "tar.gz": make_tar_gz,
    "pax": lambda path, members: make_tar(path, members, "w:gz", tarfile.PAX_FORMAT),
}
