"""Fine-tuned presets, as `evaluate` and `predict` take them."""

from __future__ import annotations

from typing import Any, Dict, Optional

from albert_zoo.cli.console import load_tensorflow


def check_fine_tuned(preset: str, task: Optional[str]) -> Dict[str, Any]:
    """Finds out what a preset was trained for, without loading Keras.

    Args:
        preset: str, a preset's folder or name.
        task: str, name of the GLUE task to take it for, or `None` for what it says itself.

    Returns:
        dict that says what its classes mean, as a `Task` wrote it; empty if `task` is given.

    Raises:
        PresetNotFoundError: there is no such preset.
        ValueError: it was never fine-tuned, or does not say for what; or there is no such task.
    """
    from albert_zoo.glue import get_task

    config = check_fine_tuned_head(preset, needs_vocabulary=True)
    if task is not None:
        get_task(task)
        return {}
    description = config.get("task")
    if description is None:
        raise ValueError(
            f"The preset {preset} does not say what it was trained for. Name the GLUE task in "
            "`task`."
        )
    return dict(description)


def check_fine_tuned_head(preset: str, needs_vocabulary: bool = False) -> Dict[str, Any]:
    """Returns the configuration of a preset's classification layer, if it has one.

    Args:
        preset: str, a preset's folder or name.
        needs_vocabulary: bool. Whether it is to be applied to texts.

    Raises:
        PresetNotFoundError: there is no such preset.
        ValueError: it was never fine-tuned, or has no vocabulary where one is needed.
    """
    from albert_zoo.zoo import find_preset, read_preset

    folder = find_preset(preset)
    load_tensorflow(path=folder)
    stored = read_preset(folder)
    if stored.task_config is None:
        raise ValueError(
            f"`preset` must be a fine-tuned model. Received: {preset}, which has no classification "
            "layer yet. Train one with `albert-zoo finetune`, and give the folder `preset` in its "
            "output."
        )
    if needs_vocabulary and stored.vocabulary is None:
        raise ValueError(
            f"`preset` must hold its vocabulary. Received: {folder}, which has none. Put the "
            "SentencePiece model of the training there, as assets/tokenizer/vocabulary.spm."
        )
    return stored.task_config


def load_task(preset: str, task: Optional[str]) -> Any:
    """Returns the `Task` of a preset that `check_fine_tuned` let pass."""
    from albert_zoo.models import AlbertClassifier
    from albert_zoo.training import Task

    if task is None:
        return Task.from_preset(preset)
    return Task(task, AlbertClassifier.from_preset(preset))
