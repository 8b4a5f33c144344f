"""LazyArray: an array that is still in its file, with its shape and type."""

from __future__ import annotations

import mmap
from typing import Any, Callable, Iterator, NamedTuple, Optional, Tuple

import numpy as np

Shape = Tuple[int, ...]

_BLOCK = 1 << 18  # numbers at a time: 1 MB of float32


class LazyArray(NamedTuple):
    """An array that is read when it is asked for, and what is known of it before.

    Args:
        shape: tuple of ints.
        dtype: str. NumPy's name of the type, or `"bfloat16"`.
        read: function without arguments that reads the array.
        read_rows: function of the first row and the row after the last that reads a part of a
            matrix, or `None`. With it a matrix is turned without being in memory twice.

    Example:

    >>> array = LazyArray((2, 3), "float32", lambda: np.zeros((2, 3), "float32"))
    >>> array.turned().shape, array.turned().read().shape
    ((3, 2), (3, 2))
    """

    shape: Shape
    dtype: str
    read: Callable[[], np.ndarray]
    read_rows: Optional[Callable[[int, int], np.ndarray]] = None

    @classmethod
    def of(cls, value: Any) -> LazyArray:
        """Returns a `LazyArray` as it is, and anything else as an array that is there already."""
        if isinstance(value, LazyArray):
            return value
        array = np.asarray(value)
        return cls(tuple(array.shape), array.dtype.name, lambda: array)

    def turned(self) -> LazyArray:
        """Returns the matrix with its two axes exchanged, still unread."""
        rows, columns = self.shape

        def read() -> np.ndarray:
            if self.read_rows is None:
                return self.read().T
            whole = new_array((columns, rows), self.dtype)
            for start, stop in row_blocks(self.shape):
                whole[:, start:stop] = self.read_rows(start, stop).T
            return whole

        return LazyArray((columns, rows), self.dtype, read)

    def reshaped(self, shape: Shape) -> LazyArray:
        """Returns the array in another shape of the same size, still unread."""
        return LazyArray(shape, self.dtype, lambda: self.read().reshape(shape))


def new_array(shape: Shape, dtype: Any) -> np.ndarray:
    """Allocates an array in memory of its own, which goes back to the system with the array.

    Of some megabytes at a time, `malloc` would keep them.

    Args:
        shape: tuple of ints.
        dtype: type.

    Returns:
        array whose values are yet to be set.
    """
    dtype = np.dtype(dtype)
    size = int(np.prod(shape, dtype="int64"))
    memory = mmap.mmap(-1, max(1, size * dtype.itemsize))
    return np.frombuffer(memory, dtype, count=size).reshape(shape)


def row_blocks(shape: Shape) -> Iterator[Tuple[int, int]]:
    """Yields first row and row after the last of parts of a few megabytes.

    Args:
        shape: tuple of ints, of at least one axis.
    """
    width = int(np.prod(shape[1:], dtype="int64"))
    step = max(1, _BLOCK // max(1, width))
    for start in range(0, shape[0], step):
        yield start, min(start + step, shape[0])
