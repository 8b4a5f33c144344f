"""TensorFlow checkpoint files (`<prefix>.index`, `<prefix>.data-*`): finding and reading them."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any, List, Mapping, Optional

import numpy as np

from albert_zoo.checkpoints.files import listing
from albert_zoo.checkpoints.index_file import check_index
from albert_zoo.checkpoints.lazy_array import LazyArray
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.checkpoints.sentencepiece_model import parse_sentencepiece, vocabulary_text
from albert_zoo.checkpoints.tensors import filled_tensor
from albert_zoo.errors import ConversionError

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
CONFIG = "albert_config.json"
VOCABULARY = "30k-clean.model"

_PART = 16 * 2**20  # bytes that are in memory together while a checkpoint is written


def find_prefix(path: Path) -> Path:
    """Finds the checkpoint that a path means.

    Args:
        path: a folder with one checkpoint or with a `checkpoint` file that names one, a SavedModel,
            or the checkpoint's prefix itself.

    Returns:
        `pathlib.Path` of the prefix, without `.index`.

    Raises:
        ConversionError: there is none, or there are several.
    """
    if not path.is_dir():
        if path.name.endswith(".index"):
            path = path.with_name(path.name[: -len(".index")])
        if path.with_name(path.name + ".index").is_file():
            return path
        raise ConversionError(
            f"`path` must be a folder or a checkpoint's prefix. Received: {path}, beside which is: "
            f"{listing(path.parent)}. Check the name."
        )
    if (path / "variables" / "variables.index").is_file():
        return path / "variables" / "variables"
    found = sorted(file.name[: -len(".index")] for file in path.glob("*.index"))
    state = path / "checkpoint"
    if len(found) > 1 and state.is_file():
        text = state.read_text(encoding="utf-8", errors="replace")
        match = re.search(r'^model_checkpoint_path:\s*"([^"]+)"', text, flags=re.MULTILINE)
        latest = Path(match.group(1)).name if match else ""
        found = [latest] if latest in found else found
    if len(found) != 1:
        raise ConversionError(
            f"{path}: must hold one checkpoint. Found: {', '.join(found) or listing(path)}. "
            "Give the path of one of them without `.index`."
        )
    return path / found[0]


def write_vocabulary(folder: Path, vocabulary: Optional[bytes]) -> None:
    """Writes `30k-clean.model` and `30k-clean.vocab`, as they are published, if there are any."""
    if vocabulary is None:
        return
    (folder / VOCABULARY).write_bytes(vocabulary)
    model = parse_sentencepiece(vocabulary)
    if model is not None:
        path = (folder / VOCABULARY).with_suffix(".vocab")
        path.write_bytes(vocabulary_text(model).encode("utf-8"))


def open_bundle(prefix: Path) -> Any:
    """Opens a checkpoint for reading by name.

    Args:
        prefix: of the checkpoint.

    Returns:
        `tf.train.CheckpointReader`.

    Raises:
        ConversionError: the index is damaged, or is none.
    """
    import tensorflow as tf

    check_index(prefix)
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        reader.get_variable_to_shape_map()  # fails if a name is not UTF-8
        return reader
    except (tf.errors.OpError, ValueError, RuntimeError, LookupError) as error:
        raise ConversionError(
            f"{prefix}.index: not a readable checkpoint ({_first_line(error)}). Restore the file."
        ) from None


def is_object_based(prefix: Path) -> bool:
    """Whether a checkpoint was written by `tf.train.Checkpoint` and holds an object graph."""
    return bool(open_bundle(prefix).has_tensor(OBJECT_GRAPH))


def lazy_tensors(prefix: Path, reader: Any, keys: Mapping[str, str]) -> LazyArrays:
    """Names tensors, to be read when they are asked for.

    Args:
        prefix: of the checkpoint, for messages.
        reader: what `open_bundle` gave.
        keys: mapping of a name to the key that the checkpoint has for it.

    Returns:
        `LazyArrays` under these names. Reading one raises a `ConversionError` if the data files
        are cut short, damaged or missing.
    """
    shapes = reader.get_variable_to_shape_map()
    dtypes = reader.get_variable_to_dtype_map()
    return LazyArrays(
        {
            name: LazyArray(
                tuple(shapes[key]),
                dtypes[key].name,
                partial(read_tensor, prefix, reader, key),
                is_new=True,
            )
            for name, key in keys.items()
        }
    )


def read_tensor(prefix: Path, reader: Any, key: str) -> Any:
    """Reads one tensor, as an array or bytes, or says which files are damaged."""
    import tensorflow as tf

    try:
        value = reader.get_tensor(key)
        return value if isinstance(value, bytes) else np.asarray(value)
    except (tf.errors.OpError, ValueError, RuntimeError, LookupError) as error:
        raise ConversionError(
            f"{prefix}.data-*: cannot be read ({_first_line(error)}). Restore the files."
        ) from None


def write_tensors(prefix: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a name-based checkpoint, of which a part at a time is in memory.

    Args:
        prefix: of the checkpoint.
        arrays: mapping of name to array. Lazy ones are read one part after another, and each part
            of some megabytes is a data file of its own.
    """
    import tensorflow as tf

    parts: List[List[str]] = [[]]
    size = 0
    entries = LazyArrays.of(arrays).entries
    for name in sorted(entries):
        length = int(np.prod(entries[name].shape, dtype="int64")) * 4
        if size and size + length > _PART:
            parts.append([])
            size = 0
        parts[-1].append(name)
        size += length
    prefixes = [f"{prefix}.part-{number}" for number in range(len(parts))]
    with tf.device("CPU:0"):
        for part, names in zip(prefixes, parts):
            tf.raw_ops.SaveV2(
                prefix=part,
                tensor_names=names,
                shape_and_slices=[""] * len(names),
                tensors=[filled_tensor(arrays[name]) for name in names],
            )
        tf.raw_ops.MergeV2Checkpoints(
            checkpoint_prefixes=prefixes, destination_prefix=str(prefix), delete_old_dirs=False
        )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
