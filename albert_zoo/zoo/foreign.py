"""Folders of other libraries, read as presets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

from albert_zoo.checkpoints import read_checkpoint
from albert_zoo.zoo.preset_folder import PresetFolder

_BACKBONE = ("embeddings/", "encoder/", "pooler/")
_HEAD = "head/"


def is_foreign(folder: Any) -> bool:
    """Says whether a folder is meant for another library: by its files, or by its `config.json`.

    Args:
        folder: path.
    """
    folder = Path(folder)
    if any(folder.glob("*.index")) or (folder / "saved_model.pb").is_file():
        return True
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(config, dict):
        return False
    return "model_type" in config or str(config.get("registered_name")).startswith("keras_hub>")


def read_foreign(folder: Any, with_weights: bool = True) -> PresetFolder:
    """Reads a folder of google-research/albert, the Model Garden, Hugging Face or KerasHub.

    Args:
        folder: path.
        with_weights: bool. False leaves the arrays out.

    Returns:
        `PresetFolder`, with the head for a task if there is one. Pre-training heads are left out.

    Raises:
        ConversionError: the format is unknown or ambiguous, or its files do not fit together.
    """
    checkpoint = read_checkpoint(folder)
    arrays = checkpoint.arrays
    head = {name: array for name, array in arrays.items() if name.startswith(_HEAD)}
    longest = checkpoint.config.get("max_sequence_length", 512)
    preset = PresetFolder(
        backbone_config=dict(checkpoint.config),
        preprocessor_config={"sequence_length": min(128, longest)},
        vocabulary=checkpoint.vocabulary,
        metadata={"format": checkpoint.format},
    )
    if head:
        task_config: Dict[str, Any] = {
            "num_classes": int(head["head/bias"].shape[0]),
            "dropout": checkpoint.task_config.get("dropout", 0.1),
        }
        preset.task_config = task_config
    if with_weights:
        preset.backbone_arrays = {k: v for k, v in arrays.items() if k.startswith(_BACKBONE)}
        preset.task_arrays = head or None
    return preset
