"""The part of `keras.ops` that albert_zoo uses, in TensorFlow 2.6."""

from __future__ import annotations

from typing import Any, Optional, Sequence

import tensorflow as tf

absolute = tf.abs
add = tf.add
argmax = tf.argmax
cast = tf.cast
convert_to_tensor = tf.convert_to_tensor
cumsum = tf.cumsum
exp = tf.exp
eye = tf.eye
matmul = tf.matmul
maximum = tf.maximum
minimum = tf.minimum
multiply = tf.multiply
not_equal = tf.not_equal
one_hot = tf.one_hot
ones = tf.ones
ones_like = tf.ones_like
power = tf.pow
rsqrt = tf.math.rsqrt
sigmoid = tf.sigmoid
softmax = tf.nn.softmax
sqrt = tf.sqrt
square = tf.square
stack = tf.stack
tanh = tf.tanh
where = tf.where
zeros_like = tf.zeros_like


def convert_to_numpy(x: Any) -> Any:
    """As `keras.ops.convert_to_numpy`."""
    return x.numpy() if hasattr(x, "numpy") else x


def nonzero(x: Any) -> tuple:
    """As `keras.ops.nonzero`."""
    return tuple(tf.unstack(tf.where(x), axis=1))


def shape(x: Any) -> tuple:
    """Shape of a tensor: a tuple of ints, with a scalar tensor where a dimension is unknown."""
    return tuple(tf.shape(x)[i] if d is None else d for i, d in enumerate(x.shape))


def reshape(x: Any, newshape: Sequence[Any]) -> Any:
    """As `keras.ops.reshape`."""
    return tf.reshape(x, newshape)


def transpose(x: Any, axes: Optional[Sequence[int]] = None) -> Any:
    """As `keras.ops.transpose`."""
    return tf.transpose(x, perm=axes)


def arange(start: Any, stop: Any = None, step: int = 1, dtype: str = "int32") -> Any:
    """As `keras.ops.arange`."""
    first, last = (0, start) if stop is None else (start, stop)
    return tf.range(first, last, step, dtype=dtype)


def expand_dims(x: Any, axis: int) -> Any:
    """As `keras.ops.expand_dims`."""
    return tf.expand_dims(x, axis)


def gelu(x: Any, approximate: bool = True) -> Any:
    """As `keras.ops.gelu`."""
    return tf.nn.gelu(x, approximate=approximate)


def take(x: Any, indices: Any, axis: Any = None) -> Any:
    """As `keras.ops.take`."""
    return tf.gather(x, indices, axis=axis)


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """As `keras.ops.sum`."""
    return tf.reduce_sum(x, axis=axis, keepdims=keepdims)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    """As `keras.ops.mean`."""
    return tf.reduce_mean(x, axis=axis, keepdims=keepdims)
