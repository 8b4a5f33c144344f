"""Keras2Model: `tf.keras.Model` of 2.6, which says what needs Keras 3."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from albert_zoo.errors import NeedsKeras3Error


class Keras2Model(tf.keras.Model):
    """A model of tf.keras 2.6 that knows by name what Keras 3 added to models.

    Raises:
        NeedsKeras3Error: something was asked for that Keras 3 alone has.
    """

    def compile(self, *args: Any, jit_compile: Any = "auto", **kwargs: Any) -> None:
        """As in Keras 3, without compilation by XLA."""
        if jit_compile not in ("auto", False, None):
            raise NeedsKeras3Error("`jit_compile=True`", "Leave it out.")
        super().compile(*args, **kwargs)

    def save(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Saves a TensorFlow SavedModel, or an HDF5 file if the name ends in `.h5`."""
        if str(filepath).endswith(".keras"):  # tf.keras 2.6 would write HDF5 under that name
            raise NeedsKeras3Error(
                "Saving a `.keras` file", "Use `save_to_preset`, or no ending for a SavedModel."
            )
        super().save(filepath, *args, **kwargs)

    def export(self, *args: Any, **kwargs: Any) -> None:
        """Refuses."""
        raise NeedsKeras3Error("`export`", "`save` to a path without an ending for a SavedModel.")

    def quantize(self, *args: Any, **kwargs: Any) -> None:
        """Refuses."""
        raise NeedsKeras3Error("`quantize`", "Quantize it there, on Python 3.11.")
