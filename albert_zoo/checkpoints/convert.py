"""Reading and writing a checkpoint of any foreign format."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional

from albert_zoo.checkpoints.checkpoint import Checkpoint
from albert_zoo.checkpoints.detect import ACCEPTED, detect
from albert_zoo.checkpoints.files import empty_folder
from albert_zoo.checkpoints.finish import checked
from albert_zoo.checkpoints.keras_hub import read_keras_hub, write_keras_hub
from albert_zoo.checkpoints.tf1 import read_tf1, write_tf1
from albert_zoo.checkpoints.tf2 import read_tf2, write_tf2
from albert_zoo.checkpoints.transformers import read_transformers, write_transformers
from albert_zoo.errors import ConversionError, did_you_mean

logger = logging.getLogger(__name__)

READERS: Dict[str, Callable[..., Checkpoint]] = {
    "tf1": read_tf1,
    "tf2": read_tf2,
    "transformers": read_transformers,
    "keras-hub": read_keras_hub,
}
WRITERS: Dict[str, Callable[[Path, Checkpoint], None]] = {
    "tf1": write_tf1,
    "tf2": write_tf2,
    "transformers": write_transformers,
    "keras-hub": write_keras_hub,
}


def read_checkpoint(path: Any, config: Optional[Mapping[str, Any]] = None) -> Checkpoint:
    """Reads a checkpoint of any foreign format, found out by `detect`.

    Args:
        path: folder, or prefix of a TensorFlow checkpoint.
        config: dict of the keys of `albert_config.json`, for a TensorFlow checkpoint beside which
            there is none.

    Returns:
        `Checkpoint`. Its `notes` are logged too.

    Raises:
        ConversionError: the format is unknown or ambiguous, a file is missing or damaged, or
            weights and configuration do not fit one to one.
    """
    format = detect(path)
    if format not in READERS:
        raise ConversionError(
            f"`path` must be of a foreign format. Received: {path}, a preset of albert_zoo. "
            "Load it with `from_preset`."
        )
    if config is not None and format not in ("tf1", "tf2"):
        raise ConversionError(
            f"`config` must be left out for the format {format}. Received: a dict for {path}. "
            "The folder has a configuration of its own."
        )
    arguments = {} if config is None else {"config": config}
    checkpoint = READERS[format](path, **arguments)
    for note in checkpoint.notes:
        logger.warning("%s", note)
    return checkpoint


def write_checkpoint(folder: Any, format: str, checkpoint: Checkpoint) -> Path:
    """Writes a checkpoint as a folder of a foreign format: whole, or not at all.

    Args:
        folder: path of a new or empty folder.
        format: str. `"tf1"`, `"tf2"`, `"transformers"` or `"keras-hub"`.
        checkpoint: `Checkpoint`, with heads that the format has; `with_heads` leaves others out.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        ValueError: there is no such format.
        ConversionError: arrays and configuration do not fit one to one, or the format has no place
            for a head or a value.
        OutputExistsError: the folder is not empty.
    """
    if format not in WRITERS:
        raise ValueError(
            f"`format` must be of {', '.join(WRITERS)}. Received: {format!r}."
            f"{did_you_mean(format, ACCEPTED)}"
        )
    checkpoint = checked(checkpoint)
    folder = Path(folder)
    with empty_folder(folder) as temporary:
        WRITERS[format](temporary, checkpoint)
    return folder
