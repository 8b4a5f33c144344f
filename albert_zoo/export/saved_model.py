"""A classifier as TensorFlow's SavedModel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from albert_zoo.atomic import new_folder
from albert_zoo.export.onnx_folder import check_destination


def export_saved_model(classifier: Any, folder: Any, overwrite: bool = False) -> Path:
    """Writes a SavedModel: `token_ids`, `segment_ids` and `padding_mask` in, `logits` out.

    Its one signature, `serving_default`, takes int32 tensors `(batch_size, sequence_length)` of any
    sizes, and returns float32 `(batch_size, num_classes)`.

    Args:
        classifier: `AlbertClassifier`.
        folder: path of a new or empty folder.
        overwrite: bool. Whether an export that is there may be replaced.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        OutputExistsError: the folder is not empty and `overwrite` is false.
        ValueError: Keras runs on another backend than TensorFlow.
    """
    import tensorflow as tf

    if not tf.is_tensor(classifier.weights[0]):
        raise ValueError(
            "A SavedModel is written with TensorFlow alone. Received: a classifier on another "
            "Keras backend. Set KERAS_BACKEND=tensorflow."
        )
    check_destination(Path(folder), overwrite)
    backbone = classifier.backbone
    unpad = getattr(backbone, "unpad", None)

    def logits(**inputs: Any) -> Any:
        return {"logits": classifier(inputs, training=False)}

    row = {name: tf.TensorSpec((None, None), tf.int32, name=name) for name in classifier.input}
    module = tf.Module()
    module.model = classifier
    if unpad is not None:
        backbone.unpad = False  # a graph of fixed operations serves every runtime
    try:
        module.logits = tf.function(logits).get_concrete_function(**row)
        with new_folder(Path(folder).absolute()) as unfinished:
            signatures = {"serving_default": module.logits}
            tf.saved_model.save(module, str(unfinished), signatures=signatures)
    finally:
        if unpad is not None:
            backbone.unpad = unpad
    return Path(folder)
