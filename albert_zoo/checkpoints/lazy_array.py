"""LazyArray: an array that is still in its file, with its shape and type."""

from __future__ import annotations

from typing import Any, Callable, Iterator, NamedTuple, Optional, Tuple

import numpy as np

Shape = Tuple[int, ...]

ALIGNMENT = 64  # bytes, of TensorFlow and JAX
_BLOCK = 1 << 18  # numbers at a time: 1 MB of float32


class LazyArray(NamedTuple):
    """An array that is read when it is asked for, and what is known of it before.

    Args:
        shape: tuple of ints.
        dtype: str. NumPy's name of the type, or `"bfloat16"`.
        read: function without arguments that reads the array.
        read_rows: function of the first row and the row after the last that reads a part of a
            matrix, or `None`. With it a matrix is turned without being in memory twice.
        is_new: bool. Whether each reading gives an array of its own, which may be taken over
            and changed.

    Example:

    >>> array = LazyArray((2, 3), "float32", lambda: np.zeros((2, 3), "float32"))
    >>> array.turned().shape, array.turned().read().shape
    ((3, 2), (3, 2))
    """

    shape: Shape
    dtype: str
    read: Callable[[], np.ndarray]
    read_rows: Optional[Callable[[int, int], np.ndarray]] = None
    is_new: bool = False

    def followed_by(self, step: Callable[[np.ndarray], np.ndarray]) -> LazyArray:
        """Returns the array as a function leaves it that is called when the array is read.

        Args:
            step: function of the array to an array of the same shape.
        """
        read = self.read
        return self._replace(read=lambda: step(read()), read_rows=None)

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

        return LazyArray((columns, rows), self.dtype, read, is_new=self.is_new)

    def as_type(self, dtype: str) -> LazyArray:
        """Returns the array rounded to another type, still unread.

        Args:
            dtype: str. NumPy's name of the type.
        """

        def read() -> np.ndarray:
            with np.errstate(over="ignore"):  # whoever checks for infinity names the array
                return self.read().astype(dtype, copy=False)

        return LazyArray(self.shape, dtype, read)

    def reshaped(self, shape: Shape) -> LazyArray:
        """Returns the array in another shape of the same size, still unread."""
        return LazyArray(shape, self.dtype, lambda: self.read().reshape(shape), is_new=self.is_new)


def new_array(shape: Shape, dtype: Any, zeros: bool = False) -> np.ndarray:
    """Allocates an array on a boundary at which the backends take it over without a copy.

    Args:
        shape: tuple of ints.
        dtype: type.
        zeros: bool. Whether it holds zeros, which take no memory before they are changed.

    Returns:
        array, whose values are yet to be set if they are not zeros.
    """
    dtype = np.dtype(dtype)
    size = int(np.prod(shape, dtype="int64")) * dtype.itemsize
    memory = (np.zeros if zeros else np.empty)(size + ALIGNMENT, "uint8")
    start = -memory.ctypes.data % ALIGNMENT
    return memory[start : start + size].view(dtype).reshape(shape)


def row_blocks(shape: Shape) -> Iterator[Tuple[int, int]]:
    """Yields first row and row after the last of parts of a few megabytes.

    Args:
        shape: tuple of ints, of at least one axis.
    """
    width = int(np.prod(shape[1:], dtype="int64"))
    step = max(1, _BLOCK // max(1, width))
    for start in range(0, shape[0], step):
        yield start, min(start + step, shape[0])
