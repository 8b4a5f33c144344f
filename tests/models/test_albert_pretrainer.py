from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest

from albert_zoo import AdamW, AlbertPretrainer
from albert_zoo.checkpoints.name_map import TF1
from albert_zoo.checkpoints.weight_shapes import weight_shapes
from albert_zoo.keras_api import keras
from albert_zoo.models.pretrained import to_numpy
from albert_zoo.pretraining import MaskedWordLoss
from tests.keras_generations import keras_3_only
from tests.model_checks import (
    GOLDEN_GEOMETRY,
    TINY_GEOMETRY,
    golden_inputs,
    golden_model,
    largest_difference,
    tiny_backbone,
    tiny_inputs,
)

pytestmark = pytest.mark.backends
TOLERANCE = 1e-5


def inputs_and_labels(rows: int = 4, seed: int = 0) -> tuple:
    random = np.random.default_rng(seed)
    inputs: Dict[str, Any] = tiny_inputs(rows=rows, length=12, seed=seed)
    inputs["mask_positions"] = random.integers(0, 12, (rows, 3)).astype("int32")
    labels = {
        "mlm": random.integers(5, 100, (rows, 3)).astype("int32"),
        "sop": (np.arange(rows) % 2).astype("int32"),
    }
    weights = {
        "mlm": (np.arange(3) < random.integers(1, 4, (rows, 1))).astype("float32"),
        "sop": np.ones(rows, "float32"),
    }
    return inputs, labels, weights


def compiled(model: AlbertPretrainer, **arguments: Any) -> AlbertPretrainer:
    model.compile(
        optimizer=AdamW(1e-2),
        loss={
            "mlm": MaskedWordLoss(),
            "sop": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        },
        **arguments,
    )
    return model


def golden_pretrainer(golden: Path) -> tuple:
    backbone, arrays = golden_model(golden, "small")
    weights = {k[len("weights/") :]: v for k, v in arrays.items() if k.startswith("weights/")}
    config = {**GOLDEN_GEOMETRY["small"], "num_groups": 1, "num_inner_repetitions": 1}
    model = AlbertPretrainer(backbone)
    model.set_named_arrays(TF1.to_ours(weights, config), source="small")
    return model, {**arrays, **np.load(golden / "models" / "small_heads.npz")}


@pytest.mark.parametrize("batch", ["a", "b"])
def test_logits_and_losses_equal_the_original(golden: Path, batch: str) -> None:
    model, arrays = golden_pretrainer(golden)
    inputs = golden_inputs(arrays, batch)
    inputs["mask_positions"] = arrays[f"{batch}/masked_lm_positions"]
    outputs = model(inputs)
    for head in ("mlm", "sop"):
        assert largest_difference(outputs[head], arrays[f"{batch}/{head}_logits"]) < TOLERANCE

    mlm_loss = MaskedWordLoss()(
        arrays[f"{batch}/masked_lm_ids"], outputs["mlm"], arrays[f"{batch}/masked_lm_weights"]
    )
    sop_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)(
        arrays[f"{batch}/sop_labels"], outputs["sop"]
    )
    assert largest_difference(mlm_loss, arrays[f"{batch}/mlm_loss"]) < TOLERANCE
    assert largest_difference(sop_loss, arrays[f"{batch}/sop_loss"]) < TOLERANCE

    # The sum that is trained on, with both weights.
    compiled(model)
    logs = model.evaluate(
        inputs,
        {"mlm": arrays[f"{batch}/masked_lm_ids"], "sop": arrays[f"{batch}/sop_labels"]},
        sample_weight={
            "mlm": arrays[f"{batch}/masked_lm_weights"],
            "sop": np.ones(len(arrays[f"{batch}/sop_labels"]), "float32"),
        },
        verbose=0,
        return_dict=True,
    )
    total = arrays[f"{batch}/mlm_loss"] + arrays[f"{batch}/sop_loss"]
    assert abs(logs["loss"] - total) < TOLERANCE


def test_weights_have_the_names_and_shapes_of_the_files() -> None:
    model = AlbertPretrainer(tiny_backbone())
    named = model.named_weights()
    config = {**model.backbone.get_config()}
    wanted = weight_shapes(config, ("mlm", "sop"))
    assert {name: tuple(weight.shape) for name, weight in named.items()} == wanted
    assert {id(weight) for weight in named.values()} == {id(weight) for weight in model.weights}


def test_the_output_table_is_the_embedding_table() -> None:
    model = AlbertPretrainer(tiny_backbone())
    inputs, _, _ = inputs_and_labels()
    before = to_numpy(model(inputs)["mlm"])
    table = model.backbone.embeddings.token_embedding.embeddings
    unused = 99
    assert not (inputs["token_ids"] == unused).any()
    changed = to_numpy(table).copy()
    changed[unused] += np.arange(8)  # LayerNorm makes the product with a constant vanish
    table.assign(changed)
    after = to_numpy(model(inputs)["mlm"])
    differs = np.abs(after - before).max(axis=(0, 1)) > 1e-6
    assert differs[unused] and not differs[:unused].any()


def test_spare_places_do_not_count() -> None:
    model = AlbertPretrainer(tiny_backbone())
    inputs, labels, weights = inputs_and_labels()
    logits = model(inputs)["mlm"]

    def loss(weights: np.ndarray) -> float:
        return float(to_numpy(MaskedWordLoss()(labels["mlm"], logits, weights)))

    before = loss(weights["mlm"])
    labels["mlm"][weights["mlm"] == 0] = 7
    assert loss(weights["mlm"]) == before
    assert loss(weights["mlm"] * 0) == 0


def test_fit_learns() -> None:
    keras.utils.set_random_seed(0)
    model = compiled(AlbertPretrainer(tiny_backbone(initializer_range=0.1)))
    inputs, labels, weights = inputs_and_labels(rows=16)
    history = model.fit(
        inputs, labels, sample_weight=weights, epochs=30, batch_size=8, verbose=0, shuffle=False
    )
    losses = history.history["loss"]
    assert losses[-1] < 0.6 * losses[0]


def test_config_round_trip() -> None:
    model = AlbertPretrainer(tiny_backbone())
    again = AlbertPretrainer.from_config(model.get_config())
    assert again.get_config() == model.get_config()


@keras_3_only(".keras files")
def test_keras_file_round_trip(tmp_path: Path) -> None:
    model = AlbertPretrainer(tiny_backbone())
    inputs, _, _ = inputs_and_labels()
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    for head in ("mlm", "sop"):
        assert largest_difference(loaded(inputs)[head], model(inputs)[head]) == 0


def test_mixed_precision_gives_float32_logits() -> None:
    model = AlbertPretrainer(tiny_backbone(dtype="mixed_bfloat16"))
    inputs, _, _ = inputs_and_labels()
    outputs = model(inputs)
    assert all("float32" in str(output.dtype) for output in outputs.values())
    assert TINY_GEOMETRY["vocabulary_size"] == outputs["mlm"].shape[-1]
