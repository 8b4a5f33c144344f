"""AdamW and LAMB against the originals' trajectories, and what all backends must agree on."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

import numpy as np
import pytest

from albert_zoo import LAMB, AdamW, AlbertClassifier, WarmupLinearDecay
from albert_zoo.errors import NeedsKeras3Error
from albert_zoo.keras_api import backend_name, keras, ops
from tests.keras_generations import keras_2_only, keras_3_only
from tests.model_checks import golden_inputs, golden_model, tiny_backbone

pytestmark = pytest.mark.backends

RUNS = {"google_adamw": AdamW, "garden_adamw": AdamW, "google_lamb": LAMB}


def golden_classifier(golden: Path) -> Any:
    backbone, arrays = golden_model(golden, "small")
    run = dict(np.load(golden / "train" / "classification.npz"))
    classifier = AlbertClassifier(backbone, num_classes=3, dropout=0.0)
    classifier.set_named_arrays(
        {
            **backbone.get_named_arrays(),
            "head/kernel": run["init/kernel"],
            "head/bias": run["init/bias"],
        }
    )
    return classifier, arrays, run


def losses_of(classifier: Any, optimizer: Any, arrays: dict, run: dict, **compile: Any) -> Any:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(optimizer=optimizer, loss=loss, **compile)
    losses: List[float] = []
    for step, batch in enumerate(run["batch_names"]):
        labels = run[f"class_{step:02d}"]
        losses.append(float(classifier.train_on_batch(golden_inputs(arrays, str(batch)), labels)))
    return np.array(losses)


def reference_schedule() -> WarmupLinearDecay:
    return WarmupLinearDecay(1e-3, total_steps=12, warmup_steps=3, reference=True)


@pytest.mark.parametrize("name", RUNS)
def test_learning_rates_equal_the_original(golden: Path, name: str) -> None:
    run = np.load(golden / "train" / "classification.npz")
    schedule = reference_schedule()
    rates = np.array([float(schedule(step)) for step in range(12)])
    assert np.allclose(rates, run[f"{name}/lr"], rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize("name", RUNS)
def test_losses_equal_the_original(golden: Path, name: str) -> None:
    classifier, arrays, run = golden_classifier(golden)
    optimizer = RUNS[name](reference_schedule(), parity=name.split("_")[0])
    compile = {}
    if backend_name() != "tensorflow":
        # Only TensorFlow has the sparse gradients whose rows the originals' norm counts apart; the
        # recorded norms stand in for it, so that everything else is still compared.
        norms = iter(run[f"{name}/grad_norm"])

        def clip(grads: Any) -> Any:
            scale = 1.0 / max(float(next(norms)), 1.0)
            return [g * scale for g in grads]

        optimizer._clip_gradients = clip
        compile = {"run_eagerly": True, "jit_compile": False}
    losses = losses_of(classifier, optimizer, arrays, run, **compile)
    assert np.max(np.abs(losses / run[f"{name}/loss"] - 1)) < 1e-4


def test_dense_norm_stays_within_a_percent_of_the_originals(golden: Path) -> None:
    classifier, arrays, run = golden_classifier(golden)
    losses = losses_of(classifier, AdamW(reference_schedule()), arrays, run)
    difference = np.max(np.abs(losses / run["garden_adamw/loss"] - 1))
    assert difference < 1e-2


def test_decay_exclusions_equal_the_model_garden(golden: Path) -> None:
    table = dict(
        line.split("\t")
        for line in (golden / "train" / "garden_decay.txt").read_text().splitlines()
    )
    classifier = AlbertClassifier(tiny_backbone(), num_classes=3)
    optimizer = AdamW()
    ours = sorted(str(optimizer.decays(variable)) for variable in classifier.trainable_variables)
    assert ours == sorted(table.values())
    by_name = {name: optimizer.decays(w) for name, w in classifier.named_weights().items()}
    for name, decays in by_name.items():
        assert decays != name.endswith(("bias", "gamma", "beta")), name


def test_a_repeated_token_counts_with_its_summed_gradient() -> None:
    table = keras.layers.Embedding(3, 2, embeddings_initializer="zeros", name="token_embedding")
    model = keras.Sequential([keras.Input((None,), dtype="int32"), table])
    optimizer = keras.optimizers.SGD(1.0)
    model.compile(optimizer=AdamW(1.0, weight_decay=0.0), loss="mse")
    del optimizer
    seen = {}
    clip = model.optimizer._clip_gradients

    def record(grads: Any) -> Any:
        clipped = clip(grads)
        seen["norm"] = float(ops.sqrt(sum(ops.sum(ops.square(g)) for g in clipped)))
        return clipped

    model.optimizer._clip_gradients = record
    model.run_eagerly = True
    model.jit_compile = False
    # Four tokens, all the same id: the dense gradient is the sum of four rows.
    model.train_on_batch(np.zeros((1, 4), "int32"), np.full((1, 4, 2), 100.0, "float32"))
    assert seen["norm"] == pytest.approx(1.0, rel=1e-5)


@pytest.mark.parametrize("optimizer", [AdamW(1e-3, parity="google"), LAMB(1e-3, weight_decay=0.1)])
def test_config_round_trip(optimizer: Any) -> None:
    again = type(optimizer).from_config(optimizer.get_config())
    assert again.get_config() == optimizer.get_config()


@keras_2_only
def test_gradient_accumulation_is_refused() -> None:
    with pytest.raises(NeedsKeras3Error, match="`gradient_accumulation_steps` of an optimizer"):
        AdamW(1.0, gradient_accumulation_steps=2)


@keras_3_only("gradient_accumulation_steps")
def test_gradient_accumulation_clips_the_mean() -> None:
    variable = keras.Variable(np.zeros(2, "float32"), name="kernel")
    optimizer = AdamW(1.0, weight_decay=0.0, gradient_accumulation_steps=2)
    optimizer.build([variable])
    seen: List[np.ndarray] = []
    clip = optimizer._clip_gradients
    optimizer._clip_gradients = lambda grads: (
        seen.append(ops.convert_to_numpy(grads[0])) or clip(grads)
    )
    for gradient in ([2.0, 0.0], [0.0, 4.0]):
        optimizer.apply([ops.convert_to_tensor(np.array(gradient, "float32"))], [variable])
    assert any(np.allclose(value, [1.0, 2.0]) for value in seen)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weight_decay": -1}, "`weight_decay` must be 0 or above"),
        ({"global_clipnorm": 0}, "`global_clipnorm` must be above 0"),
        ({"parity": "huawei"}, "`parity` must be None, 'google' or 'garden'"),
    ],
)
def test_bad_arguments_are_named(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AdamW(1e-3, **arguments)


def test_schedule_wastes_no_step() -> None:
    schedule = WarmupLinearDecay(1.0, total_steps=10, warmup_steps=4)
    rates = [float(schedule(step)) for step in range(11)]
    assert rates[:5] == [0.25, 0.5, 0.75, 1.0, 1.0]
    assert rates[9] > 0
    assert rates[10] == 0


@pytest.mark.parametrize(
    "arguments", [(0.0, 10, 0), (1.0, 0, 0), (1.0, 10, 11), (float("nan"), 1, 0)]
)
def test_bad_schedules_are_refused(arguments: tuple) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        WarmupLinearDecay(*arguments)


def test_schedule_can_end_above_zero() -> None:
    schedule = WarmupLinearDecay(1.0, total_steps=10, warmup_steps=2, final_learning_rate=0.5)
    rates = [float(schedule(step)) for step in (0, 1, 2, 6, 10, 20)]
    assert np.allclose(rates, [0.5, 1.0, 1.0, 0.75, 0.5, 0.5])
    assert schedule.get_config()["final_learning_rate"] == 0.5
    with pytest.raises(ValueError, match="`final_learning_rate` must be in"):
        WarmupLinearDecay(1e-3, total_steps=10, final_learning_rate=1e-2)


@keras_3_only("gradient accumulation")
def test_gradient_accumulation_does_not_hurry_the_schedule() -> None:
    """Fails if Keras asks schedules for updates itself: then our override can go."""
    schedule = WarmupLinearDecay(1.0, total_steps=10)
    optimizer = AdamW(schedule, gradient_accumulation_steps=4)
    variable = keras.Variable([1.0])
    for _ in range(8):
        optimizer.apply([keras.ops.ones((1,))], [variable])
    assert float(optimizer.learning_rate) == pytest.approx(float(schedule(2)))
    of_keras = keras.optimizers.SGD(schedule, gradient_accumulation_steps=4)
    for _ in range(8):
        of_keras.apply([keras.ops.ones((1,))], [variable])
    assert float(of_keras.learning_rate) == pytest.approx(float(schedule(8)))
