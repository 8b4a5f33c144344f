"""Looking into a model's folder: format, sizes, weights, checksums, and what no shape can tell."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from albert_zoo.checkpoints import LazyArrays
from albert_zoo.checkpoints.config import from_albert_zoo
from albert_zoo.checkpoints.name_map import (
    KERAS_HUB,
    KERAS_HUB_CLASSIFIER,
    KERAS_HUB_MASKED_LM,
    TF1,
    TF2,
    TRANSFORMERS,
)
from albert_zoo.checkpoints.weight_shapes import weight_shapes
from albert_zoo.text import AlbertTokenizer
from albert_zoo.zoo.convert import config_from
from albert_zoo.zoo.foreign import checkpoint_from_preset
from albert_zoo.zoo.inspection import Inspection
from albert_zoo.zoo.preset_folder import PresetFolder
from albert_zoo.zoo.preset_io import read_preset
from albert_zoo.zoo.registry import find_preset
from albert_zoo.zoo.source_files import source_files

PUBLISHED_VOCABULARY = "fefb02b667a6c5c2fe27602d28e5fb3428f66ab89c7d6f388e7c8d44a02d0336"
"""SHA-256 of `30k-clean.model`, the vocabulary of every English ALBERT. Its MD5, which KerasHub
gives for the file `vocab.spm` of its presets, is 73e62ff8e90f951f24c8b907913039a5."""

_TABLES = {
    "tf1": (TF1,),
    "tf2": (TF2,),
    "transformers": (TRANSFORMERS,),
    "keras-hub": (KERAS_HUB, KERAS_HUB_MASKED_LM, KERAS_HUB_CLASSIFIER),
}
_HEADS_IN_SHAPES = ("tf2", "keras-hub")  # they keep the heads as an axis of their own
_PARTS = (".safetensors", ".h5", ".json", ".model", ".vocab", ".pb")


def inspect(path: Any, config: Any = None) -> Inspection:
    """Looks into a model's folder, and checks everything in it that can be checked.

    Every file and every weight is read once.

    Args:
        path: str or path. A folder of any format, a preset's name, the prefix of a TensorFlow
            checkpoint, or one of the model's files.
        config: path of an `albert_config.json`, or a dict of its keys, for a TensorFlow checkpoint
            beside which there is none.

    Returns:
        `Inspection`.

    Raises:
        PresetNotFoundError: there is no such folder or name.
        ConversionError: the format is unknown or ambiguous, a file is damaged, or weights and
            configuration do not fit one to one.

    Example:

    >>> inspect("albert_base_v2").config["num_layers"]
    12
    """
    place = find_model(path)
    preset = read_preset(place, config_from(config))
    notes = list(preset.notes)
    if preset.backbone_arrays is None:
        backbone = from_albert_zoo(preset.backbone_config, str(place))
        tensors: Dict[str, Dict[str, Any]] = {}
        heads: Tuple[str, ...] = ()
        notes.append("There are no weights in the folder.")
    else:
        checkpoint = checkpoint_from_preset(preset, str(place))
        backbone, heads = checkpoint.config, checkpoint.heads
        tensors = _tensors(LazyArrays.of(checkpoint.arrays), preset.format, backbone, heads)
    vocabulary = _vocabulary(preset, backbone, notes)
    told = preset.metadata.get("notes")
    if isinstance(told, list):  # a registered preset says itself what was decided
        notes += [str(note) for note in told]
    elif backbone["hidden_dim"] == 2048 and preset.format not in _HEADS_IN_SHAPES:
        notes.append(_XLARGE.format(backbone["num_heads"]))
    return Inspection(
        path=place,
        format=preset.format,
        config=backbone,
        parameter_count=sum(math.prod(shape) for shape in weight_shapes(backbone).values()),
        heads=heads,
        tensors=tensors,
        files=source_files(place),
        vocabulary=vocabulary,
        task_config=preset.task_config,
        assumed=_assumed(backbone, preset.format),
        notes=notes,
    )


_XLARGE = (
    "The configuration says {} attention heads. For ALBERT xlarge Google, who trained it, and the "
    "Model Garden say 32, Hugging Face and KerasHub 16. No shape tells which is right, and the "
    "wrong number loads without an error and gives wrong outputs. Look up whose weights these are."
)


def find_model(path: Any) -> Path:
    """Finds the folder or prefix of a model, from one of its files too.

    Args:
        path: as for `inspect`.

    Returns:
        `pathlib.Path`.

    Raises:
        PresetNotFoundError: there is no such folder or name.
    """
    file = Path(path)
    if file.is_file():
        for ending in (".index", ".data-"):
            if ending in file.name:
                return file.with_name(file.name.rpartition(ending)[0])
        if file.name.endswith(_PARTS):
            return file.parent
    return find_preset(path, need_weights=False)


def _tensors(
    arrays: LazyArrays, format: str, config: Mapping[str, Any], heads: Any
) -> Dict[str, Dict[str, Any]]:
    theirs: Dict[str, str] = {}
    for table in _TABLES.get(format, ()):
        theirs.update(table.their_names(config))
    if format == "transformers" and not heads:  # the bare `AlbertModel` leaves `albert.` out
        theirs = {ours: name[len("albert.") :] for ours, name in theirs.items()}
    for name in arrays:
        _ = arrays[name]  # refuses NaN and what cannot be read
    return {
        name: {"shape": shape, "stored_as": theirs.get(name, name)}
        for name, shape in arrays.shapes.items()
    }


def _vocabulary(
    preset: PresetFolder, config: Mapping[str, Any], notes: List[str]
) -> Optional[Dict[str, Any]]:
    if preset.vocabulary is None:
        notes.append("There is no vocabulary in the folder: texts cannot be turned into ids.")
        return None
    digest = hashlib.sha256(preset.vocabulary).hexdigest()
    try:
        pieces: Optional[int] = AlbertTokenizer(preset.vocabulary).vocabulary_size
    except ValueError:
        pieces = None
        notes.append("The vocabulary cannot be read as a SentencePiece model of ALBERT's kind.")
    if pieces is not None and pieces != config["vocabulary_size"]:
        notes.append(
            f"The vocabulary has {pieces:,} pieces, and the model {config['vocabulary_size']:,}: "
            "they may not belong together."
        )
    return {"pieces": pieces, "sha256": digest, "is_published": digest == PUBLISHED_VOCABULARY}


def _assumed(config: Mapping[str, Any], format: str) -> List[str]:
    facts = [f"{config['num_layers']} layers"]
    if format not in _HEADS_IN_SHAPES:
        facts.append(f"{config['num_heads']} heads")
    return [*facts, "gelu in its tanh form"]
