"""Weights by name: set one after another, never shared with an array of the user's."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest

from albert_zoo import AlbertBackbone, AlbertClassifier
from albert_zoo.checkpoints import LazyArray, LazyArrays
from albert_zoo.checkpoints.lazy_array import new_array
from albert_zoo.errors import ConversionError
from albert_zoo.keras_api import keras
from albert_zoo.models.pretrained import weights_to_be_set
from tests.model_checks import tiny_backbone, tiny_inputs

pytestmark = pytest.mark.backends


def lazy(arrays: Dict[str, np.ndarray]) -> LazyArrays:
    """As from a file: every reading gives an array of its own."""

    def entry(array: np.ndarray) -> LazyArray:
        return LazyArray(array.shape, "float32", lambda: array.copy(), is_new=True)

    return LazyArrays({name: entry(array) for name, array in arrays.items()})


def random_arrays(backbone: Any) -> Dict[str, np.ndarray]:
    """In memory that a backend could share."""
    random = np.random.default_rng(0)
    arrays = {}
    for name, weight in backbone.named_weights().items():
        arrays[name] = new_array(tuple(weight.shape), "float32")
        arrays[name][...] = random.normal(size=arrays[name].shape)
    return arrays


def assert_equal(found: Any, wanted: Dict[str, np.ndarray]) -> None:
    assert sorted(found) == sorted(wanted)
    for name, array in wanted.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def fit_a_step(backbone: Any) -> None:
    classifier = AlbertClassifier(backbone, num_classes=2)
    # XLA would give the weights new memory; TensorFlow's own operations change it in place.
    classifier.compile(keras.optimizers.SGD(1.0), "mse", jit_compile=False)
    classifier.fit(tiny_inputs(), np.ones((3, 2), "float32"), verbose=0)


@pytest.mark.parametrize("is_lazy", [True, False])
def test_arrays_and_weights_share_no_memory(is_lazy: bool) -> None:
    backbone, other = tiny_backbone(), tiny_backbone()
    arrays = random_arrays(backbone)
    kept = {name: array.copy() for name, array in arrays.items()}
    given = lazy(arrays) if is_lazy else arrays
    for model in (backbone, other):
        model.set_named_arrays(given)
        assert_equal(model.lazy_named_arrays(), kept)
    fit_a_step(backbone)
    assert not np.array_equal(backbone.get_named_arrays()["pooler/kernel"], kept["pooler/kernel"])
    assert_equal(arrays, kept)
    assert_equal(other.get_named_arrays(), kept)


def test_a_snapshot_stays_as_it_is() -> None:
    backbone = tiny_backbone()
    snapshot = backbone.get_named_arrays()
    kept = {name: array.copy() for name, array in snapshot.items()}
    fit_a_step(backbone)
    assert_equal(snapshot, kept)


def test_joined_arrays_that_are_there_are_copied() -> None:
    backbone = tiny_backbone()
    arrays = random_arrays(backbone)
    kept = {name: array.copy() for name, array in arrays.items()}
    backbone.set_named_arrays(LazyArrays.of(arrays))
    fit_a_step(backbone)
    assert_equal(arrays, kept)


def test_nothing_is_set_from_arrays_with_nan() -> None:
    backbone = tiny_backbone()
    before = backbone.get_named_arrays()
    arrays = random_arrays(backbone)
    arrays["pooler/bias"][0] = np.nan
    for given in (arrays, lazy(arrays)):
        with pytest.raises(ConversionError, match="`pooler/bias` holds NaN"):
            backbone.set_named_arrays(given)
        if given is arrays:
            assert_equal(backbone.get_named_arrays(), before)


def test_weights_that_are_to_be_set_begin_with_zeros() -> None:
    with weights_to_be_set({}):
        backbone = tiny_backbone()
    for name, array in backbone.get_named_arrays().items():
        assert name.endswith("gamma") or not array.any(), name
    backbone.set_named_arrays(random_arrays(backbone))
    fit_a_step(backbone)
    with weights_to_be_set(None):
        random = tiny_backbone()
    assert random.get_named_arrays()["pooler/kernel"].std() > 0.01
    again = AlbertBackbone.from_config(backbone.get_config())
    assert again.get_named_arrays()["pooler/kernel"].std() > 0.01


def test_a_loaded_backbone_gets_a_random_head(tmp_path: Path) -> None:
    backbone = tiny_backbone()
    backbone.save_to_preset(tmp_path / "preset")
    classifier = AlbertClassifier.from_preset(tmp_path / "preset", num_classes=3)
    arrays = classifier.get_named_arrays()
    assert arrays["head/kernel"].std() > 0.01
    assert_equal(
        {k: v for k, v in arrays.items() if not k.startswith("head/")}, backbone.get_named_arrays()
    )


def test_a_file_stays_as_it_is(tmp_path: Path) -> None:
    backbone = tiny_backbone()
    backbone.save_to_preset(tmp_path / "preset")
    before = backbone.get_named_arrays()
    fit_a_step(AlbertBackbone.from_preset(tmp_path / "preset"))
    assert_equal(AlbertBackbone.from_preset(tmp_path / "preset").get_named_arrays(), before)
