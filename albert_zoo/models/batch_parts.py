"""Batches in parts, whose gradients are added up: what gradient accumulation needs around `fit`."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Sequence

from albert_zoo.keras_api import keras


def batch_parts_of(optimizer: Any) -> int:
    """Returns in how many parts `fit` is to compute each batch.

    Args:
        optimizer: Keras optimizer. An attribute `batch_parts`, equal to its
            `gradient_accumulation_steps`, asks for parts.
    """
    return int(getattr(getattr(optimizer, "inner_optimizer", optimizer), "batch_parts", 1))


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


class WholeBatches(keras.callbacks.Callback):
    """Tells another callback of whole batches alone.

    Args:
        callback: `keras.callbacks.Callback`.
        parts: int. Parts of a batch.
    """

    def __init__(self, callback: Any, parts: int):
        super().__init__()
        self.callback = callback
        self.parts = parts

    def set_params(self, params: Dict[str, Any]) -> None:
        super().set_params(params)
        steps = (params or {}).get("steps")
        whole = {} if steps is None else {"steps": steps // self.parts}
        self.callback.set_params({**(params or {}), **whole})

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self.callback.set_model(model)

    def on_train_batch_begin(self, batch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        if batch % self.parts == 0:
            self.callback.on_train_batch_begin(batch // self.parts, logs)

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        if (batch + 1) % self.parts == 0:
            self.callback.on_train_batch_end(batch // self.parts, logs)


def _forwarded(name: str) -> Any:
    def forward(self: WholeBatches, *args: Any, **kwargs: Any) -> None:
        getattr(self.callback, name)(*args, **kwargs)

    return forward


for _name in dir(keras.callbacks.Callback):
    if _name.startswith("on_") and _name not in vars(WholeBatches):
        setattr(WholeBatches, _name, _forwarded(_name))


def for_whole_batches(callbacks: Optional[Sequence[Any]], parts: int) -> List[Any]:
    """Wraps each of a list of callbacks in `WholeBatches`."""
    return [WholeBatches(callback, parts) for callback in callbacks or ()]
