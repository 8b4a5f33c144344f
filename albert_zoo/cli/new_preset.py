"""Untrained presets: a vocabulary, and random weights of any size."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterable, Iterator, Optional, Sequence

_PIECES = 8000
_LENGTH = 128  # tokens, of texts unless `finetune` is told otherwise


def num_heads_for(hidden_dim: int) -> int:
    """Returns a number of heads that divides the width: of 64 each, or 32 in a narrow model.

    Example:

    >>> [num_heads_for(width) for width in (16, 100, 128, 768)]
    [1, 2, 4, 12]
    """
    most = max(1, hidden_dim // (64 if hidden_dim >= 768 else 32))
    return next(heads for heads in range(most, 0, -1) if hidden_dim % heads == 0)


def initializer_range_for(hidden_dim: int) -> float:
    """Returns a standard deviation with which a model of this width learns from random weights.

    ALBERT's 0.02 is right for its width of 768. In a narrow model it makes every signal so faint
    that the first epochs are lost: 64 wide, a toy task took 4 epochs with 0.02 and 2 with 0.07.

    Example:

    >>> [round(initializer_range_for(width), 3) for width in (64, 128, 768, 4096)]
    [0.069, 0.049, 0.02, 0.02]
    """
    return max(0.02, 0.02 * (768 / hidden_dim) ** 0.5)


def texts_of(paths: Sequence[Path]) -> Iterator[str]:
    """Yields the texts of files: the lines of a text file, the cells of a table."""
    from albert_zoo.tables import read_rows
    from albert_zoo.tables.formats import read_lines

    for path in paths:
        if path.suffix.lower() in (".csv", ".tsv", ".jsonl", ".json"):
            for _, row in read_rows(path):
                yield from (cell for cell in dict(row).values() if isinstance(cell, str))
        else:
            yield from (text for _, text in read_lines(path))


def vocabulary_of(texts: Iterable[str], vocabulary_size: Optional[int] = None) -> bytes:
    """Trains a vocabulary on texts as the model will see them.

    Args:
        texts: iterable of str.
        vocabulary_size: int. `None` for 8,000 pieces, or as many as the texts yield.

    Returns:
        bytes of the SentencePiece model.

    Raises:
        ValueError: the texts do not yield so many pieces.
    """
    from albert_zoo.text import train_vocabulary
    from albert_zoo.text.normalization import normalize

    cleaned = [normalize(text) for text in texts]
    try:
        return train_vocabulary(cleaned, vocabulary_size or _PIECES)
    except ValueError as error:
        most = re.search(r"<= (\d+)", str(error))
        if vocabulary_size is not None or most is None:
            raise
        return train_vocabulary(cleaned, int(most.group(1)))


def write_new(folder: Path, model: Any, seed: int, overwrite: bool, **geometry: Any) -> Any:
    """Writes a preset with random weights, and returns its backbone.

    Args:
        folder: path of the preset folder.
        model: the SentencePiece model, as bytes or a path.
        seed: int, of the weights.
        overwrite: bool. Whether a preset that is there may be replaced.
        **geometry: arguments of `AlbertBackbone`.
    """
    from albert_zoo.keras_api import keras
    from albert_zoo.models import AlbertBackbone
    from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer

    tokenizer = AlbertTokenizer(model)
    length = min(_LENGTH, geometry["max_sequence_length"])
    keras.utils.set_random_seed(seed)
    backbone = AlbertBackbone(vocabulary_size=tokenizer.vocabulary_size, **geometry)
    preprocessor = AlbertPreprocessor(tokenizer, sequence_length=length)
    backbone.save_to_preset(folder, preprocessor=preprocessor, overwrite=overwrite)
    return backbone
