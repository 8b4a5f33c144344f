"""Gradient accumulation and rematerialization: less memory, the same steps."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np
import pytest

from albert_zoo import Task
from albert_zoo.errors import NeedsKeras3Error
from albert_zoo.keras_api import keras
from albert_zoo.models import AlbertClassifier
from tests.keras_generations import keras_2_only, keras_3_only
from tests.model_checks import tiny_backbone, tiny_inputs

pytestmark = pytest.mark.backends

LABELS = np.array([0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1])  # a last batch of 3 rows, in parts of 1


def weights_after(rate: float = 0.0, epochs: int = 1, **settings: Any) -> List[np.ndarray]:
    keras.utils.set_random_seed(3)
    backbone = tiny_backbone(initializer_range=0.1, dropout=rate, attention_dropout=rate)
    classifier = AlbertClassifier(backbone, 2, dropout=0.0)
    task = Task.from_columns(text="text", label="label", labels=["a", "b"], classifier=classifier)
    task.compile(learning_rate=1e-3, warmup_fraction=0.0, **settings)
    keras.utils.set_random_seed(4)
    inputs = tiny_inputs(len(LABELS))
    steps: List[int] = []
    count = keras.callbacks.LambdaCallback(on_train_batch_end=lambda step, logs: steps.append(step))
    task.fit(inputs, LABELS, epochs=epochs, batch_size=4, callbacks=[count], verbose=0)
    assert steps == epochs * [0, 1, 2]
    return list(classifier.get_named_arrays().values())


def largest(ours: List[np.ndarray], theirs: List[np.ndarray]) -> float:
    return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs))


@keras_3_only("accumulation")
def test_accumulated_gradients_are_those_of_the_whole_batch() -> None:
    whole = weights_after(epochs=2)
    assert largest(weights_after(epochs=2, gradient_accumulation_steps=3), whole) < 1e-6


@keras_3_only("rematerialization")
@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_rematerialized_blocks_have_the_same_gradients(rate: float) -> None:
    assert largest(weights_after(rate, remat=True), weights_after(rate)) < 1e-6


@keras_3_only("rematerialization")
def test_remat_is_no_part_of_a_model() -> None:
    backbone = tiny_backbone(remat=True)
    assert backbone.encoder.remat
    assert "remat" not in backbone.get_config()


@keras_2_only
@pytest.mark.parametrize("setting", [{"remat": True}, {"gradient_accumulation_steps": 2}])
def test_tf_keras_2_says_what_it_lacks(setting: Dict[str, Any]) -> None:
    with pytest.raises(NeedsKeras3Error, match="Keras 3"):
        weights_after(**setting)


def test_a_number_of_parts_is_checked() -> None:
    with pytest.raises(ValueError, match="must be an integer above 0. Received: 0"):
        weights_after(gradient_accumulation_steps=0)
