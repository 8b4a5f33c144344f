"""Every form in which a `Task` takes its data, made into encoded sets or a dataset."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

import numpy as np

from albert_zoo.data import EncodedExamples
from albert_zoo.models.raw_text import is_dataset
from albert_zoo.tables import Examples
from albert_zoo.text import PackedIds, split_columns
from albert_zoo.training.task_data import hold_out, with_label_ids

logger = logging.getLogger(__name__)

_ENDINGS = (".tsv", ".csv", ".jsonl", ".json", ".txt")


def is_source(data: Any) -> bool:
    """Says whether `data` is what a table is read from: a path or a pandas frame."""
    if isinstance(data, str):
        looks_like_a_path = "/" in data and " " not in data
        return Path(data).exists() or looks_like_a_path or data.endswith(_ENDINGS)
    return isinstance(data, Path) or hasattr(data, "iloc")


def training_parts(
    task_data: Any, data: Any, labels: Any, validation_data: Any, train_file: Any, seed: int
) -> Tuple[Any, Optional[Dict[str, Any]]]:
    """Reads the data of a training run.

    Args:
        task_data: what `task_data_from` makes.
        data: as for `Task.fit`, as are the other arguments.

    Returns:
        tuple of the training set and, by name, the development sets, or `None`: each `Examples`,
        `EncodedExamples` or a `tf.data.Dataset`.
    """
    dev: Optional[Dict[str, Any]] = None
    if is_source(data) or isinstance(data, str):
        train = task_data.read_train(data, train_file)
        is_folder = isinstance(data, (str, Path)) and Path(data).is_dir()
        if validation_data is None and is_folder and task_data.has_dev(data):
            dev = dict(task_data.read_dev(data))
    else:
        train = _from_memory(task_data, data, labels)
    if isinstance(validation_data, float):
        if not isinstance(train, Examples):
            raise ValueError("A share to hold out needs texts. Received: arrays or a dataset.")
        train, held = hold_out(train, validation_data, seed)
        dev = {"dev": held}
    elif validation_data is not None:
        dev = labelled_parts(task_data, validation_data, None)
    return train, dev


def labelled_parts(task_data: Any, data: Any, labels: Any) -> Dict[str, Any]:
    """Reads labelled sets to score on, by name; arguments as for `Task.evaluate`."""
    if is_source(data) or isinstance(data, str):
        return dict(task_data.read_dev(data))
    if isinstance(data, tuple) and len(data) == 2 and labels is None:
        data, labels = data  # (texts, labels)
    return {"dev": _from_memory(task_data, data, labels)}


def unlabelled_part(task_data: Any, data: Any) -> Any:
    """Reads a set to predict on; argument as for `Task.predict`."""
    if is_source(data):
        return task_data.read_test(data)
    return _from_memory(task_data, data, None)


def _from_memory(task_data: Any, data: Any, labels: Any) -> Any:
    if is_dataset(data) or isinstance(data, (Examples, EncodedExamples)):
        return data
    if isinstance(data, dict):
        return encoded_from_arrays(data, labels)
    return _examples_from_lists(task_data, data, labels)


def _examples_from_lists(task_data: Any, data: Any, labels: Any) -> Examples:
    texts, pairs = split_columns(data)
    examples = Examples.from_lists(texts, pairs)
    if labels is None:
        return examples
    if len(labels) != len(examples):
        raise ValueError(
            "`labels` must be as long as the texts. "
            f"Received: {len(labels)} labels, {len(examples)} texts. Give one for each."
        )
    if task_data.is_regression:
        scores = [float(label) for label in labels]
        return Examples.from_lists(texts, pairs, labels=scores)
    values = np.asarray(labels)
    names = task_data.labels
    if values.dtype.kind in "biu" and (names is None or values.max(initial=0) < len(names)):
        return replace(examples, labels=values.astype("int32"))
    return with_label_ids(examples, list(labels), names or ())


def encoded_from_arrays(inputs: Dict[str, Any], labels: Any) -> EncodedExamples:
    """Packs padded id arrays, so that they are batched by length as texts are."""
    missing = {"token_ids", "segment_ids", "padding_mask"} - set(inputs)
    if missing:
        raise ValueError(
            "A dict of arrays must hold token_ids, segment_ids and padding_mask. "
            f"Missing: {', '.join(sorted(missing))}. Make it with an `AlbertPreprocessor`."
        )
    mask = np.asarray(inputs["padding_mask"]) > 0
    first = mask & (np.asarray(inputs["segment_ids"]) == 0)
    packed = PackedIds(
        token_ids=np.asarray(inputs["token_ids"])[mask],
        lengths=mask.sum(axis=1),
        first_lengths=first.sum(axis=1),
        truncated=np.zeros(len(mask), "bool"),
    )
    return EncodedExamples(packed, None if labels is None else np.asarray(labels))


def encode(classifier: Any, part: Any) -> EncodedExamples:
    """Encodes a set with the classifier's preprocessor.

    Args:
        classifier: `AlbertClassifier`.
        part: `Examples`, or `EncodedExamples`, returned as they are.

    Returns:
        `EncodedExamples`.

    Raises:
        ValueError: the set holds texts and the classifier has no preprocessor.
    """
    if isinstance(part, EncodedExamples):
        return part
    if classifier.preprocessor is None:
        raise ValueError(
            "Texts need a preprocessor. Received: a classifier with `preprocessor=None`. "
            "Attach an `AlbertPreprocessor`, or pass a dict of id arrays."
        )
    encoded = EncodedExamples.from_examples(part, classifier.preprocessor)
    if encoded.num_truncated:
        longest = classifier.preprocessor.sequence_length
        logger.info(
            "%d of %d rows were cut to %d tokens.", encoded.num_truncated, len(encoded), longest
        )
    return encoded


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


def outputs_of_dataset(classifier: Any, dataset: Any) -> Tuple[np.ndarray, Optional[np.ndarray]]:
    """Returns the outputs and labels of a dataset of batches, which is read once."""
    outputs, labels = [], []
    for element in classifier.encode_text(dataset):
        inputs, *rest = element if isinstance(element, tuple) else (element,)
        arrays = {name: np.asarray(value) for name, value in inputs.items()}
        outputs.append(np.asarray(classifier.predict_on_batch(arrays)))
        if rest:
            labels.append(np.asarray(rest[0]).reshape(-1))
    return np.concatenate(outputs), np.concatenate(labels) if labels else None
