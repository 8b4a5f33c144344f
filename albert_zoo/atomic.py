"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Iterator


@contextmanager
def new_file(path: Any) -> Iterator[Path]:
    """Gives a temporary path beside `path`, and renames it to `path` when the block ends well.

    Args:
        path: str or path. A file of that name is replaced; missing folders are made.

    Yields:
        `pathlib.Path` to write to. Nothing is left of it if the block raises.

    Example:

    >>> target = Path(tempfile.mkdtemp()) / "scores.txt"
    >>> with new_file(target) as unfinished:
    ...     _ = unfinished.write_text("0.9")
    >>> target.read_text(), len(list(target.parent.iterdir()))
    ('0.9', 1)
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield unfinished
        os.replace(unfinished, path)
    except OSError as error:
        if error.errno is not None and str(error.filename) in ("None", str(unfinished)):
            error.filename = str(path)  # the name that users know
        raise
    finally:
        # On a disk that has become read-only even this fails, and would hide why.
        with suppress(OSError):
            unfinished.unlink()


@contextmanager
def new_folder(folder: Any) -> Iterator[Path]:
    """Gives a temporary folder beside `folder`, which takes its name when the block ends well.

    Args:
        folder: str or path. A folder of that name is replaced, and comes back if that fails.

    Yields:
        `pathlib.Path` of the temporary folder. Nothing is left of it if the block raises.

    Example:

    >>> target = Path(tempfile.mkdtemp()) / "run"
    >>> with new_folder(target) as unfinished:
    ...     _ = (unfinished / "scores.txt").write_text("0.9")
    >>> [path.name for path in target.iterdir()]
    ['scores.txt']
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=str(folder.parent)))
    try:
        os.chmod(unfinished, 0o755)  # mkdtemp makes it private
        yield unfinished
        replace_folder(unfinished, folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def replace_folder(unfinished: Path, folder: Path) -> None:
    """Gives a folder the name of another, which is deleted, and comes back if that fails.

    Args:
        unfinished: path, on the file system of the other.
        folder: path, which need not exist.
    """
    if not folder.exists():
        os.replace(unfinished, folder)
        return
    discarded = folder.with_name(f".{folder.name}.old")
    os.replace(folder, discarded)
    try:
        os.replace(unfinished, folder)
    except BaseException:
        os.replace(discarded, folder)
        raise
    shutil.rmtree(discarded, ignore_errors=True)


def bring_back(folder: Path) -> None:
    """Gives a folder its name again, if `replace_folder` was killed between its two steps."""
    discarded = folder.with_name(f".{folder.name}.old")
    if not discarded.exists():
        return
    if folder.exists():
        shutil.rmtree(discarded, ignore_errors=True)
    else:
        os.replace(discarded, folder)
