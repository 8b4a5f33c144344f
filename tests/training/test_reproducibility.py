"""One seed fixes everything."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

import numpy as np
import pytest

from albert_zoo import Task
from albert_zoo.keras_api import keras
from albert_zoo.training.seeding import seed_dropout
from tests.conftest import SENTENCES

pytestmark = pytest.mark.backends

TEXTS = SENTENCES[:24]
LABELS = [int("the" in text) for text in TEXTS]


def trained(preset: Path, seed: int, noise: int = 0) -> Dict[str, np.ndarray]:
    keras.utils.set_random_seed(noise)  # what the process drew before must not count
    np.random.rand(noise + 1)
    task = Task("cola", preset)
    task.compile(learning_rate=1e-3)
    task.fit(TEXTS, LABELS, epochs=2, batch_size=6, seed=seed, verbose=0)
    return task.classifier.get_named_arrays()


def test_two_trainings_with_one_seed_give_the_same_weights(tiny_preset: Path) -> None:
    one, other = trained(tiny_preset, 3), trained(tiny_preset, 3, noise=17)
    assert all(np.array_equal(one[name], other[name]) for name in one)
    another = trained(tiny_preset, 4)
    assert not np.array_equal(one["head/kernel"], another["head/kernel"])


def test_dropout_follows_from_the_seed() -> None:
    layer = keras.layers.Dropout(0.5)
    model = keras.Sequential([keras.Input((64,)), layer])
    ones = np.ones((1, 64), "float32")
    drawn = []
    for seed in (1, 1, 2):
        seed_dropout(model, seed)
        drawn.append(np.asarray(keras.ops.convert_to_numpy(model(ones, training=True))))
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
