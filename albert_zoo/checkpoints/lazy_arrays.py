"""LazyArrays: named arrays that are read from their file one at a time, when asked for."""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping

import numpy as np

from albert_zoo.checkpoints.lazy_array import LazyArray, Shape
from albert_zoo.errors import ConversionError


class LazyArrays(Mapping[str, np.ndarray]):
    """Mapping of name to array that reads an array when it is asked for, and keeps nothing.

    A model's weights need never be in memory twice: whoever takes one array after another has one
    at a time. Names, shapes and types are known without reading.

    Args:
        arrays: mapping of name to `LazyArray`, or to an array, which is then handed out as it is.

    Raises:
        ConversionError: on reading an array whose file was damaged or changed.

    Example:

    >>> arrays = LazyArrays({"bias": LazyArray((2,), "float32", lambda: np.zeros(2, "float32"))})
    >>> arrays.shapes, arrays["bias"].tolist()
    ({'bias': (2,)}, [0.0, 0.0])
    """

    def __init__(self, arrays: Mapping[str, Any]):
        self._entries = {name: LazyArray.of(value) for name, value in arrays.items()}

    @classmethod
    def of(cls, *mappings: Mapping[str, Any]) -> LazyArrays:
        """Joins mappings, lazy or not, without reading; a later one wins.

        Args:
            *mappings: of name to array.

        Returns:
            `LazyArrays`.
        """
        entries: Dict[str, Any] = {}
        for mapping in mappings:
            entries.update(mapping.entries if isinstance(mapping, LazyArrays) else mapping)
        return cls(entries)

    @property
    def entries(self) -> Dict[str, LazyArray]:
        """What is known of every array, by name."""
        return dict(self._entries)

    @property
    def shapes(self) -> Dict[str, Shape]:
        """The shape of every array, by name."""
        return {name: entry.shape for name, entry in self._entries.items()}

    @property
    def dtypes(self) -> Dict[str, str]:
        """The type's name of every array, by name."""
        return {name: entry.dtype for name, entry in self._entries.items()}

    def as_type(self, dtype: str) -> LazyArrays:
        """Returns the arrays rounded to another type, unread.

        Args:
            dtype: str. NumPy's name of the type, such as `"float16"`.
        """
        return LazyArrays({name: entry.as_type(dtype) for name, entry in self._entries.items()})

    def starting(self, *beginnings: str) -> LazyArrays:
        """Returns the arrays whose names start in one of these ways, unread.

        Args:
            *beginnings: str, such as `"head/"`.
        """
        return LazyArrays({k: v for k, v in self._entries.items() if k.startswith(beginnings)})

    def __getitem__(self, name: str) -> np.ndarray:
        entry = self._entries[name]
        array = entry.read()
        if tuple(array.shape) != entry.shape:
            raise ConversionError(
                f"`{name}` must have the shape {entry.shape}, as its file says. Received: "
                f"{tuple(array.shape)}. Restore the file; it was changed while it was read."
            )
        return array

    def __contains__(self, name: object) -> bool:
        return name in self._entries  # Mapping's own would read the array

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"LazyArrays({self.shapes})"
