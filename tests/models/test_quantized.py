"""`quantize("int8")` of a classifier: small changes, and files that are loaded again."""

from __future__ import annotations

import numpy as np
import pytest

from albert_zoo import AlbertClassifier
from albert_zoo.keras_api import KERAS_GENERATION, keras
from tests.model_checks import tiny_backbone, tiny_inputs

pytestmark = pytest.mark.skipif(KERAS_GENERATION != 3, reason="tf.keras 2.6 has no `quantize`")


def test_a_quantized_classifier_is_saved_and_loaded(tmp_path):
    classifier = AlbertClassifier(tiny_backbone(initializer_range=0.2), 3)
    inputs = tiny_inputs()
    before = classifier.predict(inputs, verbose=0)
    classifier.quantize("int8")
    after = classifier.predict(inputs, verbose=0)
    assert 0 < np.abs(after - before).max() < 0.2
    assert classifier.head.quantization_mode is None
    kernels = [w for w in classifier.backbone.weights if w.path.endswith("kernel")]
    assert kernels and {keras.backend.standardize_dtype(w.dtype) for w in kernels} == {"int8"}

    path = tmp_path / "model.keras"
    classifier.save(path)
    again = keras.models.load_model(path)
    np.testing.assert_array_equal(again.predict(inputs, verbose=0), after)

    with pytest.raises(ValueError, match="quantized model have no names in a preset"):
        classifier.save_to_preset(tmp_path / "preset")
