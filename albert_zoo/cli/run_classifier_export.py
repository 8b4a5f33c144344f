"""A classifier as a SavedModel with the inputs that the Model Garden gives its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from albert_zoo.atomic import new_folder
from albert_zoo.errors import OutputExistsError
from albert_zoo.keras_api import backend_name

INPUTS = {
    "input_word_ids": "token_ids",
    "input_mask": "padding_mask",
    "input_type_ids": "segment_ids",
}
"""The Model Garden's name of each of our inputs."""


def export(classifier: Any, path: Path) -> None:
    """Writes a SavedModel: ids in, logits `(batch_size, num_classes)` out.

    Args:
        classifier: `RecordClassifier`.
        path: path of a new or empty folder.

    Raises:
        OutputExistsError: the folder holds something.
        ValueError: Keras runs on another backend than TensorFlow.
    """
    import tensorflow as tf

    if backend_name() != "tensorflow":
        raise ValueError(
            "A SavedModel is written with TensorFlow alone. "
            f"Received: KERAS_BACKEND={backend_name()}. Set KERAS_BACKEND=tensorflow."
        )
    if path.exists() and any(path.iterdir()):
        raise OutputExistsError(
            f"`model_export_path` must be a new or empty folder. Received: {path}, which is "
            "neither. Choose another one."
        )
    model = classifier.task.classifier
    row = (None, classifier.data.sequence_length)
    specs = {name: tf.TensorSpec(row, tf.int32, name=name) for name in INPUTS}

    def predict(**ids: Any) -> Any:
        ours = {INPUTS[name]: tensor for name, tensor in ids.items()}
        return {"outputs": model(ours, training=False)}

    module = tf.Module()
    module.model = model
    module.predict = tf.function(predict).get_concrete_function(**specs)
    with new_folder(path.absolute()) as unfinished:
        tf.saved_model.save(module, str(unfinished), signatures={"serving_default": module.predict})
