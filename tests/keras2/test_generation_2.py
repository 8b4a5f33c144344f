"""What stands for Keras 3 under tf.keras 2.6, against TensorFlow and NumPy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo import AdamW
from albert_zoo.keras_api import KERAS_GENERATION, keras, ops, path_of
from tests.model_checks import tiny_backbone

pytestmark = pytest.mark.skipif(KERAS_GENERATION != 2, reason="is about tf.keras 2.6")
ROOT = Path(__file__).resolve().parents[2]


def test_another_backend_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import albert_zoo; albert_zoo.AlbertBackbone"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "jax"},
        capture_output=True,
        text=True,
    )
    assert "NeedsKeras3Error: KERAS_BACKEND=jax needs Keras 3." in done.stderr


def test_paths_name_the_layers() -> None:
    """Weight decay is chosen by them."""
    backbone = tiny_backbone(num_groups=2)
    paths = {name: path_of(weight) for name, weight in backbone.named_weights().items()}
    assert paths["pooler/kernel"].endswith("pooler/kernel")
    assert paths["embeddings/layer_norm/gamma"].endswith("embeddings/layer_norm/gamma")
    wanted = "encoder/group_1_inner_0/attention_layer_norm/beta"
    assert paths["encoder/group_1/inner_0/attention_layer_norm/beta"].endswith(wanted)
    assert len(set(paths.values())) == len(paths)


def test_policies_come_back_from_their_configs() -> None:
    for name in ("float32", "bfloat16", "mixed_float16", "mixed_bfloat16"):
        policy = keras.dtype_policies.get(name)
        config = keras.dtype_policies.serialize(policy)
        assert keras.dtype_policies.deserialize(config).name == name
    assert keras.dtype_policies.get(None).name == "float32"


def test_a_seed_gives_the_same_weights() -> None:
    def kernel() -> Any:
        keras.utils.set_random_seed(3)
        return tiny_backbone().get_named_arrays()["pooler/kernel"]

    assert np.array_equal(kernel(), kernel())


def test_shape_gives_numbers_where_they_are_known() -> None:
    assert ops.shape(np.zeros((2, 3))) == (2, 3)
    symbolic = keras.Input((None, 4))
    assert ops.shape(symbolic)[2] == 4


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_sparse_gradients_reach_the_optimizer(policy: str) -> None:
    """The gradient of an embedding is summed; under loss scaling, too."""
    table = keras.layers.Embedding(4, 2, embeddings_initializer="zeros", dtype=policy)
    model = keras.Sequential([keras.Input((None,), dtype="int32"), table])
    optimizer: Any = AdamW(0.5, weight_decay=0.0, global_clipnorm=None)
    if policy == "mixed_float16":
        optimizer = keras.mixed_precision.LossScaleOptimizer(optimizer)
    model.compile(optimizer=optimizer, loss="mse")
    model.train_on_batch(np.array([[1, 1, 3]]), np.ones((1, 3, 2), "float32"))
    moved = table.get_weights()[0]
    assert np.allclose(moved[[1, 3]], 0.5, rtol=1e-2)
    assert np.array_equal(moved[[0, 2]], np.zeros((2, 2)))
    assert int(model.optimizer.iterations) == 1
    assert {w.shape.rank for w in model.optimizer.weights} >= {0, 2}


def test_training_goes_on_from_a_checkpoint(tmp_path: Path) -> None:
    """With the optimizer's means: two steps at once, and one step, a file, and one step."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(8, 3)), random.normal(size=(8, 2))

    def new_model() -> Any:
        keras.utils.set_random_seed(0)
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="dense")])
        model.compile(optimizer=AdamW(0.1), loss="mse")
        return model

    whole, first, second = new_model(), new_model(), new_model()
    for model in (whole, first):
        model.train_on_batch(x, y)
    first.save_weights(tmp_path / "checkpoint" / "weights")
    second.load_weights(tmp_path / "checkpoint" / "weights")
    for model in (whole, second):
        model.train_on_batch(x, y)
    for wanted, got in zip(whole.get_weights(), second.get_weights()):
        assert np.allclose(wanted, got, atol=1e-7)
