"""Predictions on texts: in their order, equal to Keras' own, and after the weights changed."""

from __future__ import annotations

import numpy as np
import pytest

from albert_zoo import AlbertClassifier
from albert_zoo.data import EncodedExamples
from albert_zoo.data.batching import batches_by_tokens
from albert_zoo.keras_api import KERAS_GENERATION, keras
from albert_zoo.models import fast_prediction
from albert_zoo.models.fast_prediction import outputs_of_rows
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer
from tests.model_checks import tiny_backbone

pytestmark = pytest.mark.backends

TEXTS = [" ".join(["the", "cat", "sat", "on", "a", "mat"][: n % 7]) for n in range(20)]


@pytest.fixture
def classifier(tiny_vocabulary):
    preprocessor = AlbertPreprocessor(AlbertTokenizer(tiny_vocabulary), 16)
    return AlbertClassifier(tiny_backbone(initializer_range=0.2), 3, preprocessor=preprocessor)


def by_keras(classifier, x):
    return keras.Model.predict(classifier, classifier.preprocessor(x), verbose=0)


def test_outputs_are_in_order_and_equal(classifier, monkeypatch):
    monkeypatch.setattr(fast_prediction, "_MOST_TOKENS", 40)  # several batches
    pairs = list(zip(TEXTS, TEXTS[::-1]))
    for x in (TEXTS, pairs, (TEXTS, TEXTS), TEXTS[0], ["the cat"]):
        found = classifier.predict(x)
        np.testing.assert_allclose(found, by_keras(classifier, x), atol=1e-5)
    np.testing.assert_allclose(
        classifier.predict(TEXTS, batch_size=1), by_keras(classifier, TEXTS), atol=1e-5
    )


def test_new_weights_are_used(classifier):
    before = classifier.predict(TEXTS)
    for variable in classifier.trainable_variables:
        variable.assign(variable * 0.5)
    after = classifier.predict(TEXTS)
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_allclose(after, by_keras(classifier, TEXTS), atol=1e-5)
    if KERAS_GENERATION == 3 and keras.backend.backend() != "jax":
        classifier.quantize("int8")  # puts other variables in their places
        np.testing.assert_allclose(
            classifier.predict(TEXTS), by_keras(classifier, TEXTS), atol=1e-5
        )


def test_one_trace_serves_all_shapes(classifier):
    classifier.predict(TEXTS[:1])
    function = classifier._fast_function
    classifier.predict(TEXTS)
    classifier.predict(TEXTS[3:5])
    assert classifier._fast_function is function


def test_batches_hold_so_many_tokens():
    lengths = np.random.default_rng(0).integers(1, 50, 200)
    batches = batches_by_tokens(lengths, 100)
    assert sorted(np.concatenate(batches).tolist()) == list(range(200))
    assert all(len(rows) * lengths[rows].max() <= 100 for rows in batches)
    assert [rows.tolist() for rows in batches_by_tokens(np.array([300, 5]), 100)] == [[0], [1]]
    assert batches_by_tokens(np.array([], "int64"), 100) == []


def test_no_rows(classifier):
    packed = classifier.preprocessor.pack([])
    with pytest.raises(ValueError, match="must hold rows"):
        outputs_of_rows(classifier, EncodedExamples(packed))
