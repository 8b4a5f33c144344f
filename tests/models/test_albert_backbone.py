from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from albert_zoo import AlbertBackbone
from albert_zoo.errors import NeedsKeras3Error
from albert_zoo.keras_api import keras
from albert_zoo.models.pretrained import to_numpy
from tests.keras_generations import keras_2_only, keras_3_only
from tests.model_checks import largest_difference, tiny_backbone, tiny_inputs

pytestmark = pytest.mark.backends


def test_base_has_the_published_number_of_parameters() -> None:
    assert AlbertBackbone().count_params() == 11_683_584


def test_config_round_trip() -> None:
    backbone = tiny_backbone(num_groups=2, attention_dropout=0.2, dtype="mixed_bfloat16")
    again = AlbertBackbone.from_config(backbone.get_config())
    assert again.get_config() == backbone.get_config()
    assert again.dtype_policy.name == "mixed_bfloat16"


@keras_3_only(".keras files")
def test_keras_file_round_trip(tmp_path: Path) -> None:
    backbone = tiny_backbone()
    backbone.save(tmp_path / "backbone.keras")
    again = keras.saving.load_model(tmp_path / "backbone.keras")
    inputs = tiny_inputs()
    for key, value in backbone(inputs).items():
        assert largest_difference(again(inputs)[key], value) == 0


@keras_2_only
def test_a_keras_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NeedsKeras3Error, match="needs Keras 3. Received: tf.keras 2"):
        tiny_backbone().save(tmp_path / "backbone.keras")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [2, 13, 64])
def test_any_length_up_to_the_limit(length: int) -> None:
    ids = np.ones((2, length), "int32")
    inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids}
    output = tiny_backbone()(inputs)["sequence_output"]
    assert tuple(output.shape) == (2, length, 16)


def test_a_longer_input_is_refused() -> None:
    ids = np.ones((2, 65), "int32")
    inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids}
    with pytest.raises(ValueError, match="at most `max_sequence_length`"):
        tiny_backbone()(inputs)


def test_no_projection_where_embedding_and_hidden_size_are_equal() -> None:
    backbone = tiny_backbone(embedding_dim=16)
    assert "embeddings/projection/kernel" not in backbone.named_weights()
    assert to_numpy(backbone(tiny_inputs())["pooled_output"]).shape == (3, 16)


def test_weights_have_each_a_name() -> None:
    backbone = tiny_backbone(num_groups=2, num_inner_repetitions=2)
    named = backbone.named_weights()
    assert len(named) == len(backbone.weights)
    assert {id(w) for w in named.values()} == {id(w) for w in backbone.weights}


def test_preset_round_trip_is_exact(tmp_path: Path) -> None:
    backbone = tiny_backbone(num_groups=2)
    backbone.save_to_preset(tmp_path / "preset")
    again = AlbertBackbone.from_preset(tmp_path / "preset")
    for name, array in backbone.get_named_arrays().items():
        assert np.array_equal(array, again.get_named_arrays()[name]), name
