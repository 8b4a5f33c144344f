"""What a snapshot holds: the next steps are the same after it is put back."""

from __future__ import annotations

import random
from typing import Any, List

import numpy as np
import pytest

from albert_zoo import AlbertClassifier
from albert_zoo.errors import ConversionError
from albert_zoo.keras_api import KERAS_GENERATION, build_optimizer, keras
from albert_zoo.runs.model_state import put_back, take_snapshot
from albert_zoo.training import LAMB, AdamW, WarmupLinearDecay
from tests.model_checks import tiny_backbone

pytestmark = pytest.mark.backends
DROPOUT = 0.3 if KERAS_GENERATION == 3 else 0.0  # tf.keras 2.6 hides what its dropout draws from


def classifier(optimizer: Any = None, dtype: str = "float32") -> Any:
    keras.utils.set_random_seed(0)
    rates = {"dropout": DROPOUT, "attention_dropout": DROPOUT, "dtype": dtype}
    backbone = tiny_backbone(**rates)
    model = AlbertClassifier(backbone, 2, preprocessor=None, dropout=DROPOUT, dtype=dtype)
    rate = WarmupLinearDecay(1e-2, total_steps=20, warmup_steps=4)
    model.compile(
        optimizer=optimizer or AdamW(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,
    )
    build_optimizer(model.optimizer, model.trainable_variables)
    return model


def train(model: Any, steps: int) -> List[float]:
    values = np.random.default_rng(1)
    inputs = {
        "token_ids": values.integers(5, 50, (4, 8)).astype("int32"),
        "segment_ids": np.zeros((4, 8), "int32"),
        "padding_mask": np.ones((4, 8), "int32"),
    }
    labels = np.array([0, 1, 1, 0], "int32")
    return [
        float(model.train_on_batch(inputs, labels, return_dict=True)["loss"]) for _ in range(steps)
    ]


@pytest.mark.parametrize("kind", ["adamw", "lamb", "mixed_float16"])
def test_training_goes_on_as_before(kind: str) -> None:
    dtype = kind if kind == "mixed_float16" else "float32"
    first = classifier(LAMB(1e-2) if kind == "lamb" else None, dtype)
    train(first, 3)
    arrays = take_snapshot(first)
    kept = {name: array.copy() for name, array in arrays.items()}
    whole = train(first, 3)
    for name, array in kept.items():
        assert np.array_equal(array, arrays[name]), f"{name} shares its memory with the model"

    # === The same model, and one that another process made ===
    put_back(first, arrays)
    assert train(first, 3) == whole
    other = classifier(LAMB(1e-2) if kind == "lamb" else None, dtype)
    train(other, 1)  # so that its metrics are there
    put_back(other, arrays)
    assert train(other, 3) == whole
    for name, array in take_snapshot(first).items():
        assert np.array_equal(array, take_snapshot(other)[name]), name


def test_each_part_alone() -> None:
    model = classifier()
    train(model, 2)
    before = take_snapshot(model)
    train(model, 2)
    after = take_snapshot(model)
    put_back(model, before, parts=["weights"])
    now = take_snapshot(model)
    for name in before:
        expected = before if name.startswith("weights/") else after
        assert np.array_equal(now[name], expected[name]), name


def test_what_python_and_numpy_draw_is_kept() -> None:
    model = classifier()
    random.gauss(0, 1)  # each keeps half of what it drew
    np.random.normal()
    arrays = take_snapshot(model)

    def draw() -> List[float]:
        return [random.gauss(0, 1), random.random(), np.random.normal(), np.random.random()]

    expected = draw()
    draw()
    put_back(model, arrays)
    assert draw() == expected


def test_another_model_or_optimizer_is_refused() -> None:
    model = classifier()
    arrays = take_snapshot(classifier(keras.optimizers.SGD(0.1)))
    before = take_snapshot(model)
    with pytest.raises(ConversionError, match="same model and optimizer.*optimizer/"):
        put_back(model, arrays)
    arrays = dict(before)
    arrays["weights/head/bias"] = np.zeros(3, "float32")
    with pytest.raises(ConversionError, match=r"weights/head/bias: \(3,\) for \(2,\)"):
        put_back(model, arrays)
    for name, array in take_snapshot(model).items():
        assert np.array_equal(array, before[name]), name
