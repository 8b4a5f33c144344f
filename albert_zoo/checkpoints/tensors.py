"""TensorFlow tensors of large arrays, without the two copies that `convert_to_tensor` makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from albert_zoo.checkpoints.lazy_array import ALIGNMENT, new_array, row_blocks

_LARGE = 1 << 16  # numbers


def shared_tensor(array: np.ndarray) -> Any:
    """Gives an array's memory to a tensor.

    Args:
        array: float32 array that nobody else needs: what changes the tensor in place changes it.

    Returns:
        tensor, or the array itself where its memory cannot be shared: where TensorFlow could not
        compute with it, or where NumPy is older than 1.22.
    """
    import tensorflow as tf

    can_be_shared = (
        hasattr(array, "__dlpack__")
        and array.flags.c_contiguous
        and array.flags.writeable
        and array.size
        and array.dtype == np.float32
        and array.ctypes.data % ALIGNMENT == 0
    )
    return tf.experimental.dlpack.from_dlpack(array.__dlpack__()) if can_be_shared else array


def untouched_zeros(shape: Any, dtype: Any = None) -> Any:
    """Makes a tensor of zeros that takes no memory before it is changed, where that can be done.

    Args:
        shape: tuple of ints.
        dtype: type; float32 if it is `None`.

    Returns:
        tensor.
    """
    import tensorflow as tf

    dtype = tf.as_dtype(dtype or "float32")
    if dtype != tf.float32:
        return tf.zeros(shape, dtype)
    tensor = shared_tensor(new_array(tuple(shape), "float32", zeros=True))
    return tensor if tf.is_tensor(tensor) else tf.zeros(shape, dtype)


def filled_tensor(array: np.ndarray) -> Any:
    """Copies an array to a tensor.

    Args:
        array: array of any type.

    Returns:
        tensor.
    """
    import tensorflow as tf

    if array.size < _LARGE:
        return tf.convert_to_tensor(array)
    tensor = tf.zeros(array.shape, array.dtype)
    for start, stop in row_blocks(array.shape):
        rows = np.arange(start, stop, dtype="int32")
        tf.raw_ops.InplaceUpdate(x=tensor, i=rows, v=array[start:stop])
    return tensor
