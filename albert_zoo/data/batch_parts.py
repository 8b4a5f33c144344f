"""Batches in parts, for gradients that are added up."""

from __future__ import annotations

from typing import Any


def split_batches(dataset: Any, parts: int) -> Any:
    """Splits each batch into parts of as many rows, with weights that make their mean the batch's.

    A batch that `parts` does not divide is filled up with rows of weight 0, so that the mean over
    the parts of each part's mean loss is the mean loss of the batch.

    Args:
        dataset: `tf.data.Dataset` of `(inputs, labels)` or `(inputs, labels, weights)`.
        parts: int, above 1.

    Returns:
        `tf.data.Dataset` of `(inputs, labels, weights)`, `parts` elements for each of `dataset`.
    """
    import tensorflow as tf

    def split(inputs: Any, labels: Any, weights: Any = None) -> Any:
        rows = tf.shape(labels)[0]
        size = (rows + parts - 1) // parts
        row = tf.range(parts * size)
        scale = tf.cast(parts * size, "float32") / tf.cast(rows, "float32")
        weight = tf.cast(row < rows, "float32") * scale
        row = tf.minimum(row, rows - 1)
        if weights is not None:
            weight = weight * tf.gather(tf.cast(weights, "float32"), row)

        def part(tensor: Any) -> Any:
            taken = tf.gather(tensor, row)
            return tf.reshape(taken, tf.concat([[parts, size], tf.shape(tensor)[1:]], axis=0))

        split_up = (tf.nest.map_structure(part, inputs), part(labels))
        weight = tf.reshape(weight, (parts, size))
        return tf.data.Dataset.from_tensor_slices((*split_up, weight))

    length = dataset.cardinality()
    dataset = dataset.flat_map(split)
    if length >= 0:
        dataset = dataset.apply(tf.data.experimental.assert_cardinality(length * parts))
    return dataset.prefetch(2 * parts)
