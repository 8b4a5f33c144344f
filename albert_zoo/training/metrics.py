"""Keras metrics that are exact over a whole data set, however it is batched.

For `model.compile(metrics=...)`. They keep counts or sums, not means of batches. `Task` scores
with `training/scores.py`, which also has Spearman's correlation: that needs all rows at once.
"""

from __future__ import annotations

from typing import Any, Dict

from albert_zoo.keras_api import keras, ops, register_keras_serializable


class _Metric(keras.metrics.Metric):
    """A metric whose variables may have any shape."""

    def reset_state(self) -> None:
        for variable in self.variables:  # tf.keras 2.6 resets scalars only
            variable.assign(ops.zeros_like(variable))


class _ConfusionMetric(_Metric):
    """Counts of true and predicted classes, from logits or probabilities."""

    def __init__(self, num_classes: int, name: str, **kwargs: Any):
        super().__init__(name=name, **kwargs)
        if num_classes < 2:
            raise ValueError(
                f"`num_classes` must be at least 2. Received: {num_classes}. Correct it."
            )
        self.num_classes = num_classes
        self.counts = self.add_weight(
            name="counts", shape=(num_classes, num_classes), initializer="zeros"
        )

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        true = ops.one_hot(ops.reshape(ops.cast(y_true, "int32"), (-1,)), self.num_classes)
        called = ops.one_hot(ops.argmax(y_pred, axis=-1), self.num_classes)
        true, called = ops.cast(true, "float32"), ops.cast(called, "float32")
        if sample_weight is not None:
            true = true * ops.reshape(ops.cast(sample_weight, "float32"), (-1, 1))
        self.counts.assign_add(ops.matmul(ops.transpose(true, axes=(1, 0)), called))

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        config["num_classes"] = self.num_classes
        return config


@register_keras_serializable("albert_zoo")
class MatthewsCorrelation(_ConfusionMetric):
    """Matthews correlation coefficient of the classes, in [-1, 1]; 0 where one side is constant.

    Args:
        num_classes: int, at least 2.
        name: str.
        **kwargs: `dtype` of `keras.metrics.Metric`.

    Example:

    >>> metric = MatthewsCorrelation(num_classes=2)
    >>> metric.update_state([0, 1], [[2.0, 0.0], [0.0, 1.0]])
    >>> float(metric.result())
    1.0
    """

    def __init__(self, num_classes: int = 2, name: str = "matthews", **kwargs: Any):
        super().__init__(num_classes, name=name, **kwargs)

    def result(self) -> Any:
        counts = ops.convert_to_tensor(self.counts)
        true, called, total = ops.sum(counts, axis=1), ops.sum(counts, axis=0), ops.sum(counts)
        # Shares instead of counts: float32 holds the squares of counts only up to 4,096 exactly.
        total = ops.maximum(total, 1.0)
        true, called = true / total, called / total
        hits = ops.sum(counts * ops.eye(self.num_classes)) / total
        covariance = hits - ops.sum(true * called)
        scale = (1.0 - ops.sum(true * true)) * (1.0 - ops.sum(called * called))
        safe = ops.where(scale > 1e-12, scale, ops.ones_like(scale))
        return ops.where(scale > 1e-12, covariance / ops.sqrt(safe), ops.zeros_like(scale))


@register_keras_serializable("albert_zoo")
class F1Score(_ConfusionMetric):
    """Harmonic mean of precision and recall of class 1, as GLUE scores MRPC and QQP.

    Args:
        num_classes: int, at least 2.
        name: str.
        **kwargs: `dtype` of `keras.metrics.Metric`.

    Example:

    >>> metric = F1Score()
    >>> metric.update_state([1, 1, 0], [[0.0, 2.0], [1.0, 0.0], [3.0, 1.0]])
    >>> round(float(metric.result()), 4)
    0.6667
    """

    def __init__(self, num_classes: int = 2, name: str = "f1", **kwargs: Any):
        super().__init__(num_classes, name=name, **kwargs)

    def result(self) -> Any:
        counts = ops.convert_to_tensor(self.counts)
        total = ops.sum(counts[1, :]) + ops.sum(counts[:, 1])
        return 2.0 * counts[1, 1] / ops.maximum(total, 1.0)


@register_keras_serializable("albert_zoo")
class PearsonCorrelation(_Metric):
    """Pearson correlation of scores, in [-1, 1]; 0 where one side is constant.

    Keeps means and centred sums of products and merges each batch into them, so that scores far
    from 0 lose no precision.

    Args:
        name: str.
        **kwargs: `dtype` of `keras.metrics.Metric`.

    Example:

    >>> metric = PearsonCorrelation()
    >>> metric.update_state([0.0, 1.0, 2.0], [[1.0], [3.0], [5.0]])
    >>> round(float(metric.result()), 4)
    1.0
    """

    def __init__(self, name: str = "pearson", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.count = self.add_weight(name="count", shape=(), initializer="zeros")
        self.means = self.add_weight(name="means", shape=(2,), initializer="zeros")
        self.products = self.add_weight(name="products", shape=(2, 2), initializer="zeros")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        true = ops.reshape(ops.cast(y_true, "float32"), (-1,))
        called = ops.reshape(ops.cast(y_pred, "float32"), (-1,))
        pair = ops.stack([true, called], axis=1)  # (batch_size, 2)
        weight = ops.ones_like(true)
        if sample_weight is not None:
            weight = ops.reshape(ops.cast(sample_weight, "float32"), (-1,))
        weight = ops.expand_dims(weight, 1)
        batch = ops.sum(weight)
        mean = ops.sum(weight * pair, axis=0) / ops.maximum(batch, 1e-12)
        centred = pair - mean
        products = ops.matmul(ops.transpose(weight * centred, axes=(1, 0)), centred)
        count = self.count + batch
        share = batch / ops.maximum(count, 1e-12)
        shift = ops.expand_dims(mean - self.means, 1)  # (2, 1)
        between = ops.matmul(shift, ops.transpose(shift, axes=(1, 0))) * self.count * share
        self.products.assign_add(products + between)
        self.means.assign_add((mean - self.means) * share)
        self.count.assign(count)

    def result(self) -> Any:
        products = ops.convert_to_tensor(self.products)
        scale = products[0, 0] * products[1, 1]
        safe = ops.where(scale > 0, scale, ops.ones_like(scale))
        return ops.where(scale > 0, products[0, 1] / ops.sqrt(safe), ops.zeros_like(scale))
