"""SavedModels: the model's own logits, in any batch."""

from __future__ import annotations

import numpy as np
import pytest

from albert_zoo import AlbertClassifier
from albert_zoo.errors import OutputExistsError
from albert_zoo.export import export_saved_model
from tests.model_checks import tiny_backbone, tiny_inputs

tf = pytest.importorskip("tensorflow")


def test_logits_equal_the_models(tmp_path):
    classifier = AlbertClassifier(tiny_backbone(initializer_range=0.2), 3)
    folder = export_saved_model(classifier, tmp_path / "saved")
    signature = tf.saved_model.load(str(folder)).signatures["serving_default"]
    for rows, length in ((1, 2), (3, 7)):
        inputs = tiny_inputs(rows, length)
        found = signature(**{name: tf.constant(ids) for name, ids in inputs.items()})
        expected = np.asarray(classifier.predict_on_batch(inputs))
        assert np.abs(found["logits"].numpy() - expected).max() < 1e-5
    with pytest.raises(OutputExistsError, match="is not empty"):
        export_saved_model(classifier, folder)
    export_saved_model(classifier, folder, overwrite=True)
