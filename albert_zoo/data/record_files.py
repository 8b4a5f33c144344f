"""Where records lie: one file, or its shards."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import List, Union

from albert_zoo.errors import DataError

PathLike = Union[str, os.PathLike]


def shard_path(path: PathLike, number: int) -> Path:
    """Names a shard of a record file.

    Example:

    >>> str(shard_path("mrpc_train.tf_record", 2))
    'mrpc_train-00002.tf_record'
    """
    path = Path(path)
    return path.with_name(f"{path.stem}-{number:05}{path.suffix}")


def progress_path(path: PathLike) -> Path:
    """Names the note that stands beside a record file while it is being written in shards."""
    return Path(path).with_name(f"{Path(path).stem}.progress")


def record_files(path: PathLike) -> List[Path]:
    """Returns a record file, or the shards that `albert-zoo prepare` made of it.

    Args:
        path: str or path, as if there were no shards.

    Raises:
        DataError: there is neither, a shard is missing, or not all have been written.
    """
    path = Path(path)
    note = progress_path(path)
    if note.is_file() and '"complete": false' in note.read_text(encoding="utf-8"):
        raise DataError("not all of its shards are written. Run `prepare` again.", path=path)
    if path.is_file():
        return [path]
    shards = sorted(path.parent.glob(f"{glob.escape(path.stem)}-[0-9][0-9][0-9][0-9][0-9]*"))
    shards = [shard for shard in shards if shard.suffix == path.suffix]
    if not shards:
        raise DataError("no such file. Write it with `write_records`.", path=path)
    for number, shard in enumerate(shards):
        if shard != shard_path(path, number):
            raise DataError("this shard is missing.", path=shard_path(path, number))
    return shards
