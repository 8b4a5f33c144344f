"""BadInput: a file or folder that cannot be used, and what the user must be told of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, List, Tuple


@dataclass(frozen=True)
class Good:
    """Sound files of every kind, of one tiny model, to be copied and damaged.

    Args:
        preset: folder of ours, fine-tuned to three labels.
        tf1: folder of a name-based checkpoint.
        tf2: folder of an object-based one.
        transformers: folder of Hugging Face's.
        keras_hub: folder of KerasHub's.
        records: folder of TFRecord files with their meta data.
    """

    preset: Path
    tf1: Path
    tf2: Path
    transformers: Path
    keras_hub: Path
    records: Path


Make = Callable[[Path, Good], List[Any]]
"""Writes the input into an empty folder and returns the command that meets it."""


@dataclass(frozen=True)
class BadInput:
    """One case.

    Args:
        name: str, of the test.
        make: `Make`.
        words: tuple of str that the message must hold: the file, line or key, and the fault.
    """

    name: str
    make: Make
    words: Tuple[str, ...]
