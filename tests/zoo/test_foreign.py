"""Folders of other libraries through `from_preset`: outputs equal to the original's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from albert_zoo import AlbertBackbone, AlbertClassifier
from albert_zoo.errors import ConversionError
from albert_zoo.models.pretrained import to_numpy
from albert_zoo.zoo import read_preset
from tests.model_checks import golden_inputs, largest_difference

pytestmark = pytest.mark.backends

FOLDERS = [
    "small/tf1",
    "small/hf",
    "small/keras_hub",
    "small/keras_hub_masked_lm",
    "small/keras_hub_classifier",
    "small/tf2/garden-2.2.2-encoder-model",
    "small/tf2/garden-2.3.0-encoder-model",
    "small/tf2/garden-2.4.0-encoder-model",
    "small/tf2/garden-2.4.0-encoder-encoder",
    "small/tf2/garden-2.20.0-encoder-model",
    "small/tf2/garden-2.20.0-encoder-encoder",
    "small/tf2/garden-2.20.0-pretrainer-model",
    "groups/tf1",
    "groups/hf",
    "groups/keras_hub",
    "groups/keras_hub_masked_lm",
]


@pytest.mark.parametrize("name", FOLDERS)
def test_outputs_equal_the_original(name: str, shared: Path, golden: Path) -> None:
    backbone = AlbertBackbone.from_preset(shared / "golden" / name)
    arrays = dict(np.load(golden / "models" / f"{name.split('/')[0]}.npz"))
    for batch in "ab":
        outputs = backbone(golden_inputs(arrays, batch))
        for key in ("sequence_output", "pooled_output"):
            assert largest_difference(outputs[key], arrays[f"{batch}/{key}"]) < 1e-5


def test_a_vocabulary_beside_the_weights_is_taken(shared: Path) -> None:
    classifier = AlbertClassifier.from_preset(shared / "golden/small/tf1", num_classes=2)
    assert classifier.preprocessor is not None
    assert classifier.preprocessor.sequence_length == 64
    assert to_numpy(classifier.predict(["a text"], verbose=0)).shape == (1, 2)


def test_a_head_comes_with_its_classifier(shared: Path, tmp_path: Path) -> None:
    classifier = AlbertClassifier.from_preset(shared / "golden/small/keras_hub_classifier")
    assert classifier.num_classes == 3
    classifier.save_to_preset(tmp_path / "ours")
    again = AlbertClassifier.from_preset(tmp_path / "ours")
    before, after = classifier.get_named_arrays(), again.get_named_arrays()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_random_weights_of_a_foreign_configuration(shared: Path) -> None:
    folder = shared / "golden/small/keras_hub_classifier"
    classifier = AlbertClassifier.from_preset(folder, load_weights=False)
    other = AlbertClassifier.from_preset(folder)
    assert largest_difference(classifier.head.kernel, other.head.kernel) > 0
    assert classifier.count_params() == other.count_params()


def test_pre_training_heads_come_along(shared: Path) -> None:
    preset = read_preset(shared / "golden/small/hf")
    assert preset.heads == ("mlm", "sop")
    assert preset.format == "transformers"


def test_a_folder_of_two_formats_is_refused(shared: Path, tmp_path: Path) -> None:
    for source in ("small/tf1", "small/hf"):
        for path in (shared / "golden" / source).iterdir():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ConversionError, match="checkpoint of one format"):
        AlbertBackbone.from_preset(tmp_path)
