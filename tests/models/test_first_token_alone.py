"""Last blocks that compute first tokens alone against blocks that compute every token."""

from __future__ import annotations

from typing import Any, Dict, List

import numpy as np
import pytest

from albert_zoo.keras_api import keras
from albert_zoo.layers import AlbertTransformerBlock
from albert_zoo.models import AlbertClassifier
from tests.model_checks import largest_difference, tiny_backbone, tiny_inputs

pytestmark = pytest.mark.backends
TOLERANCE = 1e-6
LABELS = np.array([0, 1, 1])


def after_a_step(unpad: bool, first_token_alone: bool) -> Dict[str, Any]:
    """Returns logits, and the weights after a step of plain descent, which show the gradients."""
    keras.utils.set_random_seed(3)
    backbone = tiny_backbone(initializer_range=0.1)
    backbone.unpad, backbone.first_token_alone = unpad, first_token_alone
    classifier = AlbertClassifier(backbone, num_classes=2, dropout=0.0)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(keras.optimizers.SGD(1.0), loss=loss, jit_compile=False)
    logits = classifier(tiny_inputs(3))
    classifier.train_on_batch(tiny_inputs(3), LABELS)
    return {"logits": logits, **classifier.get_named_arrays()}


@pytest.mark.parametrize("unpad", [True, False])
def test_outputs_and_gradients_are_those_of_every_token(unpad: bool) -> None:
    found = after_a_step(unpad, first_token_alone=True)
    wanted = after_a_step(unpad, first_token_alone=False)
    assert list(found) == list(wanted)
    for name, value in wanted.items():
        assert largest_difference(found[name], value) < TOLERANCE, name


def test_the_switch_turns_it_off(monkeypatch: pytest.MonkeyPatch) -> None:
    outputs: List[Any] = []
    call = AlbertTransformerBlock.call

    def seen(self: Any, *args: Any, **kwargs: Any) -> Any:
        outputs.append(call(self, *args, **kwargs))
        return outputs[-1]

    backbone = tiny_backbone()
    backbone.unpad = False
    classifier = AlbertClassifier(backbone, num_classes=2)
    monkeypatch.setattr(AlbertTransformerBlock, "call", seen)
    classifier(tiny_inputs(3))
    assert tuple(outputs[-1].shape) == (3, backbone.hidden_dim)
    packed = classifier.predict(tiny_inputs(3), verbose=0)
    backbone.first_token_alone = False
    outputs.clear()
    assert largest_difference(classifier(tiny_inputs(3)), packed) < TOLERANCE
    assert tuple(outputs[-1].shape) == (3, 7, backbone.hidden_dim)
