"""What the JSON files of a preset of ours may say, checked before a model is built from them."""

from __future__ import annotations

import math
from dataclasses import fields
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional

from albert_zoo.checkpoints.config import from_albert_zoo
from albert_zoo.checkpoints.weight_shapes import weight_shapes
from albert_zoo.errors import ConversionError
from albert_zoo.glue import get_task
from albert_zoo.tables import Columns

_DEFAULTS = {  # of `AlbertBackbone`
    **dict(vocabulary_size=30000, num_layers=12, num_heads=12, embedding_dim=128, hidden_dim=768),
    **dict(intermediate_dim=3072, max_sequence_length=512, num_segments=2),
}
_MOST_PARAMETERS = 10**10  # the largest ALBERT has 2.2e8
_MOST_CLASSES = 10**6
_TEXTS = ("labels", "metrics")


def check_backbone(config: Mapping[str, Any], path: Path) -> None:
    """Checks a backbone's arguments.

    Args:
        config: of `config.json`. What it leaves out is `AlbertBackbone`'s default.
        path: path of the file, for messages.

    Raises:
        ConversionError: an argument is unknown or out of range, or the model is larger than any.
    """
    whole = from_albert_zoo({**_DEFAULTS, **config}, str(path))
    count = sum(math.prod(shape) for shape in weight_shapes(whole).values())
    if count > _MOST_PARAMETERS:
        raise ConversionError(
            f"{path}: the model must have at most {_MOST_PARAMETERS:,} parameters. "
            f"Received: sizes that make {count:,}. Restore the file."
        )


def check_task(config: Mapping[str, Any], source: str) -> None:
    """Checks what a fine-tuned preset says of its head and of its task.

    Args:
        config: of `task.json`, or what another format says of the head.
        source: str. The file, for messages.

    Raises:
        ConversionError: a value is of another type, out of range, or no known task.
    """
    count = config.get("num_classes")
    if count is not None and not (_is_whole(count) and 1 <= count <= _MOST_CLASSES):
        raise _refuse(source, "num_classes", "a whole number above 0", count)
    dropout = config.get("dropout", 0.1)
    if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout < 1:
        raise _refuse(source, "dropout", "a number in [0, 1)", dropout)
    if not _are_texts(config.get("labels"), numbers=True):
        raise _refuse(source, "labels", "a list of names", config["labels"])
    task = config.get("task")
    if task is None:
        return
    if not isinstance(task, dict):
        raise _refuse(source, "task", "a JSON object", task)
    try:
        labels = _labels_of(task)
    except (ValueError, TypeError) as error:
        raise ConversionError(f"{source}: `task` cannot be used. {error}") from None
    if labels is not None and count is not None and max(1, len(labels)) != count:
        raise ConversionError(
            f"{source}: `num_classes` must be the number of the task's labels, {len(labels)}. "
            f"Received: {count}. Restore the file."
        )


def check_text_config(config: Mapping[str, Any], known: Mapping[str, type], path: Path) -> None:
    """Checks the arguments of a tokenizer or a preprocessor.

    Args:
        config: of the file.
        known: mapping of each argument's name to its type.
        path: path of the file, for messages.

    Raises:
        ConversionError: an argument is unknown, or of another type.
    """
    for name, value in config.items():
        if name not in known:
            raise _refuse(str(path), name, f"left out; known are {', '.join(known)}", value)
        is_right = _is_whole(value) if known[name] is int else isinstance(value, known[name])
        if not is_right:
            words = {int: "a whole number", bool: "true or false", str: "a text"}
            raise _refuse(str(path), name, words.get(known[name], known[name].__name__), value)
    if config.get("sequence_length", 3) < 3:
        raise _refuse(str(path), "sequence_length", "at least 3", config["sequence_length"])


def _labels_of(task: Dict[str, Any]) -> Optional[List[str]]:
    """Returns the labels that a description of a task names, or raises what is wrong with it."""
    for name in _TEXTS:
        if not _are_texts(task.get(name)):
            raise ValueError(f"`{name}` must be a list of names. Received: {task[name]!r}.")
    if "glue" in task:
        if not isinstance(task["glue"], str):
            raise ValueError(f"`glue` must be a task's name. Received: {task['glue']!r}.")
        return list(get_task(task["glue"]).labels)
    columns = task.get("columns")
    if not isinstance(columns, dict):
        raise ValueError(f"It must name a `glue` task or `columns`. Received: {sorted(task)}.")
    if not _are_texts(columns.get("labels"), numbers=True):
        raise ValueError(f"`labels` must be a list of names. Received: {columns['labels']!r}.")
    for name in ("text", "label", "text_pair", "id"):
        if not isinstance(columns.get(name), (str, int, type(None))):
            raise ValueError(f"`{name}` must name a column. Received: {columns[name]!r}.")
    limits = columns.get("score_range")
    if limits is not None and not (
        isinstance(limits, list)
        and len(limits) == 2
        and all(isinstance(limit, (int, float)) for limit in limits)
    ):
        raise ValueError(f"`score_range` must be two numbers. Received: {limits!r}.")
    known = {field.name for field in fields(Columns)}
    unknown = sorted(set(columns) - known)
    if unknown or "text" not in columns:
        names = f"hold {', '.join(unknown)}" if unknown else "leave out `text`"
        raise ValueError(f"`columns` must not {names}.")
    made = Columns(**{**columns, "score_range": None})
    return None if made.labels is None else list(made.labels)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _are_texts(value: Any, numbers: bool = False) -> bool:
    kinds = (str, int, float, bool) if numbers else (str,)
    return value is None or (
        isinstance(value, (list, tuple)) and all(isinstance(one, kinds) for one in value)
    )


def _refuse(source: str, name: str, rule: str, value: Any) -> ConversionError:
    shown = repr(value)
    shown = shown if len(shown) <= 100 else shown[:97] + "..."
    return ConversionError(
        f"{source}: `{name}` must be {rule}. Received: {shown}. Restore the file."
    )
