"""A classifier's outputs and scores on a whole encoded set."""

from __future__ import annotations

from typing import Any, Dict

import numpy as np

from albert_zoo.data import BatchPipeline, EncodedExamples, LengthBatches
from albert_zoo.keras_api import backend_name
from albert_zoo.models.fast_prediction import outputs_of_rows
from albert_zoo.training.scores import score


def pipeline_of(
    classifier: Any, encoded: EncodedExamples, batches: LengthBatches, fixed_shapes: bool = False
) -> BatchPipeline:
    """Returns the batches of a set, padded as suits the backend.

    Args:
        classifier: `AlbertClassifier`.
        encoded: `EncodedExamples`.
        batches: `LengthBatches`.
        fixed_shapes: bool. Whether all batches are padded to the same length, that of the
            preprocessor.
    """
    # JAX compiles every shape anew, so it gets few.
    multiple = 32 if backend_name() == "jax" else 8
    if fixed_shapes:
        preprocessor = classifier.preprocessor
        longest = int(encoded.lengths.max())
        multiple = max(longest, preprocessor.sequence_length if preprocessor is not None else 0)
    return BatchPipeline(encoded, batches, multiple, classifier.backbone.max_sequence_length)


def outputs_of(
    classifier: Any, encoded: EncodedExamples, batch_size: int, fixed_shapes: bool = False
) -> np.ndarray:
    """Returns the outputs `(num_rows, num_classes)` in the order of the rows.

    Args:
        classifier: `AlbertClassifier`.
        encoded: `EncodedExamples`.
        batch_size: int. Rows of 128 tokens computed at once; of shorter ones more.
        fixed_shapes: bool. Whether every batch is to have the same shape.
    """
    if not fixed_shapes:
        return outputs_of_rows(classifier, encoded, batch_size)
    batches = LengthBatches(encoded.lengths, batch_size, fill=fixed_shapes)
    pipeline = pipeline_of(classifier, encoded, batches, fixed_shapes)
    outputs = classifier.predict(pipeline.dataset(), verbose=0)
    rows = np.concatenate(batches.epoch(0))  # with `fill` some come twice
    restored = np.empty((len(encoded), *outputs.shape[1:]), outputs.dtype)
    restored[rows] = outputs
    return restored


def scores_of(
    outputs: np.ndarray, labels: Any, task_data: Any, loss: Any, prefix: str = ""
) -> Dict[str, float]:
    """Scores outputs against labels.

    Args:
        outputs: float array `(num_rows, num_classes)`.
        labels: array `(num_rows,)`.
        task_data: what `task_data_from` makes; it names the scores.
        loss: Keras loss.
        prefix: str, put before each name.

    Returns:
        dict of name to value, `loss` among them.

    Raises:
        ValueError: there are no labels.
    """
    if labels is None:
        raise ValueError("`labels` must be given to score. Received: None. Pass a list.")
    scores = score(task_data.metrics, labels, outputs)
    expected = labels[:, None] if task_data.is_regression else labels
    scores["loss"] = float(np.mean(np.asarray(loss(expected, outputs))))
    return {prefix + name: value for name, value in scores.items()}
