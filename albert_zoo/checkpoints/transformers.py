"""Hugging Face folders: `config.json`, `model.safetensors`, `spiece.model`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

import numpy as np

from albert_zoo.checkpoints.checkpoint import Checkpoint
from albert_zoo.checkpoints.config import from_transformers, to_transformers
from albert_zoo.checkpoints.files import listing, read_json, read_vocabulary, write_json
from albert_zoo.checkpoints.finish import finish
from albert_zoo.checkpoints.lazy_array import LazyArray
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.checkpoints.name_map import TRANSFORMERS
from albert_zoo.checkpoints.safetensors import read_safetensors, write_safetensors
from albert_zoo.checkpoints.transformers_tokenizer import (
    read_tokenizer_config,
    rebuilt_vocabulary,
    write_tokenizer,
)
from albert_zoo.errors import ConversionError

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
VOCABULARY = "spiece.model"

ARCHITECTURES = {
    (): "AlbertModel",
    ("mlm",): "AlbertForMaskedLM",
    ("mlm", "sop"): "AlbertForPreTraining",
    ("head",): "AlbertForSequenceClassification",
}
"""The heads that transformers' classes have."""

_TIED = {
    "predictions.decoder.weight": "albert.embeddings.word_embeddings.weight",
    "predictions.decoder.bias": "predictions.bias",
}
"""Second copies, written by old versions: of which array."""


def read_transformers(folder: Any) -> Checkpoint:
    """Reads a Hugging Face folder.

    Args:
        folder: path.

    Returns:
        `Checkpoint`. Its `notes` say so if the configuration names another gelu.

    Raises:
        ConversionError: a file is missing or damaged, the class is one whose head has no
            counterpart, or weights and configuration do not fit.
    """
    folder = Path(folder)
    path = folder / CONFIG
    values = read_json(path)
    known = list(ARCHITECTURES.values())
    stated = values.get("architectures") or []
    other = [name for name in stated if name not in known] if isinstance(stated, list) else stated
    if other:
        raise ConversionError(
            f"`architectures` in {path} must be of {', '.join(known)}. Received: {other}. "
            "Save the model as one of them."
        )
    config, task, notes = from_transformers(values, str(path))
    if not (folder / WEIGHTS).is_file():
        raise ConversionError(
            f"{folder}: must hold {WEIGHTS}, in one file. Found: {listing(folder)}. "
            "Save the model with transformers' `save_pretrained`."
        )
    arrays = _with_prefix(read_safetensors(folder / WEIGHTS))
    _check_pooler(arrays, str(folder / WEIGHTS))
    _drop_tied(arrays, str(folder / WEIGHTS))
    tokenizer_config, tokenizer_notes = read_tokenizer_config(folder)
    return finish(
        "transformers",
        config,
        TRANSFORMERS.to_ours(arrays, config),
        str(folder / WEIGHTS),
        vocabulary=read_vocabulary(folder, [VOCABULARY]) or rebuilt_vocabulary(folder),
        task_config=task,
        notes=notes + tokenizer_notes,
        tokenizer_config=tokenizer_config,
    )


def _with_prefix(arrays: LazyArrays) -> Dict[str, LazyArray]:
    """The bare `AlbertModel` leaves `albert.` out."""
    entries = arrays.entries
    if any(name.startswith("albert.") for name in entries):
        return entries
    return {f"albert.{name}": entry for name, entry in entries.items()}


def _check_pooler(arrays: Dict[str, LazyArray], source: str) -> None:
    has_encoder = any(name.startswith("albert.encoder.") for name in arrays)
    if has_encoder and not any(name.startswith("albert.pooler.") for name in arrays):
        raise ConversionError(
            f"{source}: must hold a pooler. It has none, as transformers' AlbertForMaskedLM saves "
            "none, and texts cannot be classified without. Save the model as AlbertForPreTraining."
        )


def _drop_tied(arrays: Dict[str, LazyArray], source: str) -> None:
    for copy, original in _TIED.items():
        if copy not in arrays:
            continue
        first, second = arrays.pop(copy), arrays.get(original)
        if second is None or not np.array_equal(first.read(), second.read()):
            raise ConversionError(
                f"`{copy}` in {source} must equal `{original}`, to which it is tied. Received: "
                "other values. The model cannot hold both."
            )


def write_transformers(folder: Path, checkpoint: Checkpoint) -> None:
    """Writes `config.json`, `model.safetensors` and the vocabulary into a folder.

    Args:
        folder: path of an existing folder.
        checkpoint: `Checkpoint` with the heads of one of transformers' classes.

    Raises:
        ConversionError: no class has these heads.
    """
    heads = checkpoint.heads
    if heads not in ARCHITECTURES:
        choices: List[str] = [" and ".join(h) or "none" for h in ARCHITECTURES]
        raise ConversionError(
            f"`heads` must be of one class of transformers: {'; '.join(choices)}. "
            f"Received: {' and '.join(heads)}. Choose with `with_heads`."
        )
    task = dict(checkpoint.task_config)
    if heads == ("head",):
        (width,) = LazyArrays.of(checkpoint.arrays).shapes["head/bias"]
        task.setdefault("labels", [f"LABEL_{index}" for index in range(width)])
    arrays = TRANSFORMERS.from_ours(checkpoint.arrays, checkpoint.config)
    if not heads:
        entries = arrays.entries.items()
        arrays = LazyArrays({name[len("albert.") :]: entry for name, entry in entries})
    values = to_transformers(checkpoint.config, task, ARCHITECTURES[heads])
    write_json(folder / CONFIG, values)
    write_safetensors(folder / WEIGHTS, arrays)
    if checkpoint.vocabulary is not None:
        (folder / VOCABULARY).write_bytes(checkpoint.vocabulary)
        longest = checkpoint.config["max_sequence_length"]
        write_tokenizer(folder, checkpoint.vocabulary, checkpoint.tokenizer_config, longest)
