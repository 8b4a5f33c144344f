"""TensorFlow checkpoint files (`<prefix>.index`, `<prefix>.data-*`): finding and reading them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from albert_zoo.checkpoints.files import listing, read_json, read_vocabulary
from albert_zoo.errors import ConversionError

OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH"
CONFIG = "albert_config.json"
VOCABULARY = "30k-clean.model"


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


def config_and_vocabulary(prefix: Path, config: Optional[Mapping[str, Any]]) -> tuple:
    """Reads what lies beside a checkpoint.

    Args:
        prefix: of the checkpoint.
        config: dict of the keys of `albert_config.json`, to be used instead of the file.

    Returns:
        tuple of the keys of `albert_config.json`, where they came from, and the bytes of the
        SentencePiece model or `None`.
    """
    folder = prefix.parent
    if folder.name == "variables" and (folder.parent / "saved_model.pb").is_file():
        folder = folder.parent
    vocabulary = read_vocabulary(folder, ["*.model"]) or read_vocabulary(
        folder / "assets", ["*.model"]
    )
    if config is not None:
        return config, "the given configuration", vocabulary
    return read_json(folder / CONFIG), str(folder / CONFIG), vocabulary


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

    try:
        return tf.train.load_checkpoint(str(prefix))
    except (tf.errors.OpError, ValueError, RuntimeError, LookupError) as error:
        raise ConversionError(
            f"{prefix}.index: not a readable checkpoint ({_first_line(error)}). Restore the file."
        ) from None


def is_object_based(prefix: Path) -> bool:
    """Whether a checkpoint was written by `tf.train.Checkpoint` and holds an object graph."""
    return bool(open_bundle(prefix).has_tensor(OBJECT_GRAPH))


def read_tensors(prefix: Path, reader: Any, names: Any) -> Dict[str, Any]:
    """Reads tensors by name.

    Args:
        prefix: of the checkpoint, for messages.
        reader: what `open_bundle` gave.
        names: iterable of str.

    Returns:
        dict of name to array.

    Raises:
        ConversionError: the data files are cut short, damaged or missing.
    """
    import tensorflow as tf

    try:
        return {name: reader.get_tensor(name) for name in names}
    except (tf.errors.OpError, ValueError, RuntimeError, LookupError) as error:
        raise ConversionError(
            f"{prefix}.data-*: cannot be read ({_first_line(error)}). Restore the files."
        ) from None


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
