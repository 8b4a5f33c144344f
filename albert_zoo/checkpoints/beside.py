"""What lies beside a TensorFlow checkpoint: its configuration and vocabulary."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Mapping, NamedTuple, Optional

from albert_zoo.checkpoints.bundles import CONFIG
from albert_zoo.checkpoints.files import listing, read_json, read_vocabulary
from albert_zoo.checkpoints.saved_model import SAVED_MODEL, config_of_saved_model
from albert_zoo.errors import ConversionError

_ASSETS = "assets"
_SAVED_MODEL_FOLDER = "saved_model"


class Beside(NamedTuple):
    """What was found.

    Args:
        config: mapping of the keys of `albert_config.json`.
        origin: str. Where the configuration came from, for messages.
        vocabulary: bytes of the SentencePiece model, or `None`.
        notes: list of sentences for the user, where the configuration came from another place than
            the checkpoint's own folder.
    """

    config: Mapping[str, Any]
    origin: str
    vocabulary: Optional[bytes]
    notes: List[str]


def find_beside(prefix: Path, config: Optional[Mapping[str, Any]] = None) -> Beside:
    """Finds the configuration and the vocabulary that belong to a checkpoint.

    The configuration is that of `albert_config.json` in the checkpoint's folder or its `assets`,
    or what a SavedModel there, or in `saved_model` there, states of its encoder; failing that, the
    same in the folder above. Nothing of it is concluded from the weights: they do not tell how
    often the shared layer is called, nor, in the original's layout, how many heads it has.

    Args:
        prefix: of the checkpoint.
        config: mapping of the keys of `albert_config.json`, to be used instead of what is found.

    Returns:
        `Beside`.

    Raises:
        ConversionError: there is no configuration, or a file is damaged.
    """
    folder = prefix.parent.absolute()
    if folder.name == "variables" and (folder.parent / SAVED_MODEL).is_file():
        folder = folder.parent
    vocabulary = read_vocabulary(folder, ["*.model", f"{_ASSETS}/*.model"])
    if config is not None:
        return Beside(config, "the given configuration", vocabulary, [])
    for place in (folder, folder.parent):
        for path in (place / CONFIG, place / _ASSETS / CONFIG):
            if path.is_file():
                notes = [] if place == folder else [_note(path)]
                return Beside(read_json(path), str(path), vocabulary, notes)
        for saved_model in (place, place / _SAVED_MODEL_FOLDER):
            found = config_of_saved_model(saved_model)
            if found is not None:
                values, path = found
                return Beside(values, str(path), vocabulary, [_note(path)])
    raise ConversionError(
        f"{folder}: must hold {CONFIG}. Found: {listing(folder)}. "
        "Put the file that belongs to the weights there."
    )


def _note(path: Path) -> str:
    return f"The configuration was taken from {path}."
