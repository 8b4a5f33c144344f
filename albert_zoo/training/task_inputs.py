"""Every form in which a `Task` takes its data, made into one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Optional, Tuple

import numpy as np

from albert_zoo.data import EncodedExamples
from albert_zoo.tables import Examples
from albert_zoo.text import PackedIds, split_columns
from albert_zoo.training.task_data import with_label_ids


def is_dataset(data: Any) -> bool:
    """Says whether `data` is a `tf.data.Dataset`."""
    return hasattr(data, "element_spec") and hasattr(data, "map")


def is_source(data: Any) -> bool:
    """Says whether `data` is something that a table is read from: a path or a pandas frame."""
    return isinstance(data, Path) or hasattr(data, "iloc")


def is_path_string(data: Any) -> bool:
    """Says whether `data` is a str meant as a path: one that exists, or that looks like one."""
    return isinstance(data, str) and (
        Path(data).exists() or ("/" in data and " " not in data) or data.endswith(ENDINGS)
    )


ENDINGS = (".tsv", ".csv", ".jsonl", ".json", ".txt")


def examples_from_lists(data: Any, labels: Any, task_data: Any) -> Examples:
    """Makes `Examples` from a user's lists.

    Args:
        data: `Examples`; a str; a list of str; a list of pairs of str; a tuple of two lists of str.
        labels: list of label names, classes or scores, or `None`.
        task_data: what `task_data_from` makes.

    Returns:
        `Examples`.
    """
    if isinstance(data, Examples):
        return data
    texts, pairs = split_columns(data)
    examples = Examples.from_lists(texts, pairs)
    if labels is None:
        return examples
    if len(labels) != len(examples):
        raise ValueError(
            "`labels` must be as long as the texts. "
            f"Received: {len(labels)} labels, {len(examples)} texts. Give one for each."
        )
    return replace(examples, labels=_label_array(labels, task_data))


def _label_array(labels: Any, task_data: Any) -> Any:
    values = np.asarray(labels)
    if task_data.is_regression:
        return Examples.from_lists([""] * len(values), labels=values.astype("float64")).labels
    names = task_data.labels
    if values.dtype.kind in "iu" and (names is None or values.max(initial=0) < len(names)):
        return Examples.from_lists([""] * len(values), labels=values).labels
    blank = Examples.from_lists([""] * len(values))
    return with_label_ids(blank, list(labels), names or ()).labels


def encoded_from_arrays(inputs: Any, labels: Any) -> EncodedExamples:
    """Packs padded id arrays, so that they are batched by length as texts are.

    Args:
        inputs: dict of int arrays `(num_rows, length)`, as `AlbertPreprocessor` returns it.
        labels: array `(num_rows,)` or `None`.
    """
    mask = np.asarray(inputs["padding_mask"]) > 0
    segments = np.asarray(inputs["segment_ids"])
    packed = PackedIds(
        token_ids=np.asarray(inputs["token_ids"])[mask],
        lengths=mask.sum(axis=1),
        first_lengths=(mask & (segments == 0)).sum(axis=1),
        truncated=np.zeros(len(mask), "bool"),
    )
    return EncodedExamples(packed, None if labels is None else np.asarray(labels))


def dataset_steps(dataset: Any, steps_per_epoch: Optional[int]) -> int:
    """Returns the number of batches of a dataset, or says that it must be given."""
    if steps_per_epoch is not None:
        return int(steps_per_epoch)
    steps = int(dataset.cardinality())
    if steps < 1:
        raise ValueError(
            "The dataset must know its number of batches, for the learning rate's schedule. "
            "Received: a dataset of unknown or no length. Pass `steps_per_epoch`."
        )
    return steps


def predict_dataset(classifier: Any, dataset: Any) -> Tuple[np.ndarray, Optional[np.ndarray]]:
    """Returns the outputs and labels of a dataset of batches, read once."""
    outputs, labels = [], []
    for element in dataset:
        inputs, *rest = element if isinstance(element, tuple) else (element,)
        outputs.append(np.asarray(classifier.predict_on_batch(inputs)))
        if rest:
            labels.append(np.asarray(rest[0]).reshape(-1))
    return np.concatenate(outputs), np.concatenate(labels) if labels else None
