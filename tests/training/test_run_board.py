"""The log for TensorBoard on a disk that is full."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo.keras_api import keras
from albert_zoo.training.run_board import RunBoard


@pytest.mark.parametrize("kind", ["TensorFlow's", "Python's"])
def test_a_full_disk_does_not_end_the_training(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import tensorflow as tf

    calls = []

    def full(*_: Any, **__: Any) -> None:
        calls.append(1)
        message = "/run/logs/train/events: No space left on device"
        if kind == "Python's":
            raise OSError(28, message)
        raise tf.errors.ResourceExhaustedError(None, None, message)

    monkeypatch.setattr(keras.callbacks.TensorBoard, "on_epoch_end", full)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile(loss="mse")
    board = RunBoard(str(tmp_path / "logs"), update_freq=1)
    history = model.fit(
        np.ones((4, 2), "float32"), np.ones((4, 1)), epochs=3, callbacks=[board], verbose=0
    )
    assert history.epoch == [0, 1, 2]
    assert board.has_failed and len(calls) == 1
    assert (
        caplog.text.count("cut short") == 1 and "No space left on device. Training" in caplog.text
    )
