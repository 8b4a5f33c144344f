"""Archives: zip, tar and tar.gz from strangers, unpacked whole or not at all, never elsewhere."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import List

from harness import refused

INSTRUMENTED = [
    "albert_zoo.downloads.archives",
    "albert_zoo.downloads.archive_members",
    "tarfile",
    "zipfile",
]
_MOST_BYTES = 1 << 20
_MOST_MEMBERS = 50


def seeds() -> List[bytes]:
    """Sound archives of every kind, and some with links and paths that lead out."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("model/config.json", "{}")
        archive.writestr("model/b.txt", "b" * 50, zipfile.ZIP_DEFLATED)
    found = [zipped.getvalue()]
    for format in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        for name, kind in (("model/" * 4 + "n" * 90, tarfile.REGTYPE), ("../out", tarfile.SYMTYPE)):
            file = io.BytesIO()
            with tarfile.open(fileobj=file, mode="w", format=format) as archive:
                info = tarfile.TarInfo(name)
                info.type, info.size, info.linkname = kind, 3 if kind == tarfile.REGTYPE else 0, "x"
                archive.addfile(info, io.BytesIO(b"abc"))
            short = file.getvalue()[: 1024 * 3]  # less of the padding
            found += [short, gzip.compress(short, mtime=0)]
    return found


def check(data: bytes, folder: Path) -> None:
    """Unpacks anything: all of it below the folder, or nothing at all."""
    from albert_zoo.downloads import safe_extract

    place = folder / "place"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    archive, target = folder / "model.archive", place / "model"
    archive.write_bytes(data)
    message = refused(
        lambda: safe_extract(archive, target, max_bytes=_MOST_BYTES, max_members=_MOST_MEMBERS),
        archive.name,
    )
    left = [path.name for path in place.iterdir()]
    assert left == ([] if message else ["model"]), left
    assert sorted(path.name for path in folder.iterdir()) == ["model.archive", "place"]
    assert not any(path.is_symlink() for path in place.rglob("*"))
    assert sum(p.stat().st_size for p in place.rglob("*") if p.is_file()) <= _MOST_BYTES
