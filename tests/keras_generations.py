"""Marks of tests that need one of the two generations of Keras."""

from __future__ import annotations

from typing import Any

import pytest

from albert_zoo.keras_api import KERAS_GENERATION

keras_2_only = pytest.mark.skipif(KERAS_GENERATION != 2, reason="is about tf.keras 2.6")


def keras_3_only(what: str) -> Any:
    """Skips a test under tf.keras 2.6.

    Args:
        what: str. What Keras 3 alone has.
    """
    return pytest.mark.skipif(KERAS_GENERATION != 3, reason=f"needs Keras 3: {what}")
