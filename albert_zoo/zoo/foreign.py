"""Checkpoints of other libraries as presets, and presets as such checkpoints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Optional

from albert_zoo.checkpoints import Checkpoint, LazyArrays
from albert_zoo.checkpoints.config import from_albert_zoo
from albert_zoo.checkpoints.finish import finish
from albert_zoo.glue import get_task
from albert_zoo.zoo.preset_folder import PresetFolder

_BACKBONE = ("embeddings/", "encoder/", "pooler/")
_PRETRAINING = ("mlm/", "sop/")
_HEAD = "head/"
_LENGTH = 128  # tokens, of texts unless the model takes less or is told otherwise


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


def preset_from_checkpoint(checkpoint: Checkpoint) -> PresetFolder:
    """Makes a preset of what any other format was read into; nothing is lost, no array is read.

    Args:
        checkpoint: `Checkpoint`.

    Returns:
        `PresetFolder`, its arrays lazy where the checkpoint's are.
    """
    arrays = LazyArrays.of(checkpoint.arrays)
    longest = checkpoint.config["max_sequence_length"]
    head = arrays.starting(_HEAD)
    task_config: Optional[Dict[str, Any]] = None
    if head:
        task_config = {
            "num_classes": head.shapes["head/bias"][0],
            "dropout": 0.1,
            **checkpoint.task_config,
        }
        if "task" in task_config:  # which names the labels itself
            task_config.pop("labels", None)
    return PresetFolder(
        backbone_config=dict(checkpoint.config),
        backbone_arrays=arrays.starting(*_BACKBONE),
        task_config=task_config,
        task_arrays=head or None,
        pretraining_arrays=arrays.starting(*_PRETRAINING) or None,
        tokenizer_config={"lowercase": True, **checkpoint.tokenizer_config},
        preprocessor_config={"sequence_length": min(_LENGTH, longest)},
        vocabulary=checkpoint.vocabulary,
        format=checkpoint.format,
        notes=list(checkpoint.notes),
    )


def checkpoint_from_preset(preset: PresetFolder, source: str) -> Checkpoint:
    """Makes of a preset what every other format is written from; no array is read.

    Args:
        preset: `PresetFolder`.
        source: str. Where it came from, for messages.

    Returns:
        `Checkpoint`, with all heads that the preset has.

    Raises:
        ConversionError: weights and configuration do not fit one to one, or an argument of the
            configuration is missing, unknown or out of range.
    """
    stored = preset.task_config or {}
    task_config: Dict[str, Any] = {k: stored[k] for k in ("dropout", "task") if k in stored}
    labels = label_names(stored)
    if labels:
        task_config["labels"] = labels
    return finish(
        preset.format,
        from_albert_zoo(preset.backbone_config, f"the configuration of {source}"),
        LazyArrays.of(
            preset.backbone_arrays or {},
            preset.pretraining_arrays or {},
            preset.task_arrays or {},
        ),
        source,
        vocabulary=preset.vocabulary,
        task_config=task_config,
        notes=preset.notes,
        tokenizer_config=preset.tokenizer_config,
    )


def label_names(task_config: Dict[str, Any]) -> List[str]:
    """Returns the names of the classes of a fine-tuned preset, in their order.

    Args:
        task_config: of a `PresetFolder`.

    Returns:
        list of str, empty for scores and where the names are not known.

    Example:

    >>> label_names({"num_classes": 2, "task": {"glue": "rte"}})
    ['entailment', 'not_entailment']
    """
    task = task_config.get("task") or {}
    if "glue" in task:
        return list(get_task(task["glue"]).labels)
    labels = (task.get("columns") or {}).get("labels") or task_config.get("labels") or []
    return [str(label) for label in labels]
