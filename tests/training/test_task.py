from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest

from albert_zoo import AlbertClassifier, AlbertPreprocessor, Task
from albert_zoo.errors import DataError, NeedsKeras3Error, PresetNotFoundError
from albert_zoo.glue import TASKS, read_split
from albert_zoo.keras_api import KERAS_GENERATION, backend_name, keras
from tests.keras_generations import keras_2_only
from tests.model_checks import tiny_backbone

TEXTS = ["the cat sat on the mat.", "a dog ran", "the old house was sold", "no"] * 4
LABELS = [0, 1, 1, 0] * 4


def quick(task: Task, data: Any, *args: Any, **arguments: Any) -> Any:
    task.compile(learning_rate=1e-3)
    return task.fit(data, *args, **{"epochs": 1, "batch_size": 8, "verbose": 0, **arguments})


@pytest.mark.backends
@pytest.mark.parametrize("name", [name for name in TASKS if name != "ax"])
def test_every_glue_task_from_files_to_submission(
    name: str, glue: Dict[str, Path], tiny_preset: Path, tmp_path: Path
) -> None:
    is_main = backend_name() == "tensorflow" and KERAS_GENERATION == 3
    if not is_main and name not in ("mnli", "stsb"):
        pytest.skip("one task of each kind will do on the other backends")
    task = Task(name, tiny_preset)
    history = quick(task, glue[name])
    scores = task.evaluate(glue[name])
    row = TASKS[name]
    assert {"loss", *row.metrics} <= set(scores)
    assert all(np.isfinite(value) for value in scores.values())
    assert history.history[f"val_{row.main_metric}"] == [pytest.approx(scores[row.main_metric])]
    if name == "mnli":
        assert {"mismatched_accuracy", "mismatched_loss"} <= set(scores)

    for split in row.test_files:
        split = f"test_{split}" if name == "mnli" else split
        path = task.submission(glue[name], tmp_path / "submission", split=split)
        lines = path.read_text().splitlines()
        assert lines[0] == "index\tprediction"
        assert len(lines) == 1 + len(read_split(name, glue[name], split))


def test_ax_is_trained_on_mnli_and_predicted(
    glue: Dict[str, Path], tiny_preset: Path, tmp_path: Path
) -> None:
    task = Task("ax", tiny_preset)
    quick(task, glue["mnli"])
    path = task.submission(glue["ax"], tmp_path)
    assert path.name == "AX.tsv"
    assert {line.split("\t")[1] for line in path.read_text().splitlines()[1:]} <= {
        "contradiction",
        "entailment",
        "neutral",
    }


@pytest.mark.backends
def test_a_saved_task_predicts_the_same(
    glue: Dict[str, Path], tiny_preset: Path, tmp_path: Path
) -> None:
    task = Task("mrpc", tiny_preset)
    quick(task, glue["mrpc"])
    pairs = [("A man eats.", "Someone is eating."), ("no", "yes, it is")]
    predictions = task.predict(pairs)
    task.save_to_preset(tmp_path / "mrpc")
    assert Task.from_preset(tmp_path / "mrpc").predict(pairs) == predictions
    assert Task("mrpc", str(tmp_path / "mrpc")).predict(pairs) == predictions
    logits = AlbertClassifier.from_preset(tmp_path / "mrpc").predict(pairs, verbose=0)
    assert [p.label for p in predictions] == [str(i) for i in logits.argmax(1)]
    for prediction in predictions:
        assert sum(prediction.probabilities.values()) == pytest.approx(1)
        assert prediction.probability == max(prediction.probabilities.values())


def test_scores_do_not_depend_on_batches(glue: Dict[str, Path], tiny_preset: Path) -> None:
    task = Task("cola", tiny_preset)
    one, other = (task.evaluate(glue["cola"], batch_size=size) for size in (3, 64))
    assert one == pytest.approx(other, abs=1e-5)


@pytest.mark.backends
@pytest.mark.parametrize("form", ["lists", "names", "arrays", "dataset", "dataset of text"])
def test_data_from_memory(form: str, tiny_preset: Path) -> None:
    task = Task("cola", tiny_preset)
    preprocessor = task.classifier.preprocessor
    assert isinstance(preprocessor, AlbertPreprocessor)
    labels: Any = LABELS
    data: Any = TEXTS
    if form == "names":
        labels = [str(label) for label in LABELS]
    elif form == "arrays":
        data = preprocessor(TEXTS)
    elif form.startswith("dataset"):
        import tensorflow as tf

        if form == "dataset of text":
            pytest.importorskip("tensorflow_text")
        inputs = preprocessor(TEXTS) if form == "dataset" else TEXTS
        data = tf.data.Dataset.from_tensor_slices((inputs, LABELS)).batch(8)
        labels = None
    validation = data if labels is None else (data, labels)
    history = quick(task, data, labels, validation_data=validation)
    expected = task.evaluate(TEXTS, LABELS)
    assert history.history["val_loss"][0] == pytest.approx(expected["loss"], abs=1e-5)
    assert task.evaluate(data, labels) == pytest.approx(expected, abs=1e-5)
    assert len(task.predict(data)) == len(TEXTS)


def test_a_regression_task_of_lists(tiny_preset: Path) -> None:
    task = Task.from_columns(text="t", label="score", regression=True, classifier=tiny_preset)
    quick(task, TEXTS, [float(label) for label in LABELS])
    scores = task.evaluate((TEXTS, LABELS))
    assert set(scores) == {"pearson", "spearman", "loss"}
    assert isinstance(task.predict("the cat")[0].label, float)


@pytest.mark.parametrize("kind", ["tsv", "csv", "jsonl", "frame"])
def test_a_users_own_table(kind: str, tiny_preset: Path, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    stars = ["bad", "good", "fair", "bad"] * 4
    frame = pandas.DataFrame({"review": TEXTS, "stars": stars})
    path: Any = tmp_path / f"reviews.{kind}"
    if kind == "tsv":
        frame.to_csv(path, sep="\t", index=False)
    elif kind == "csv":
        frame.to_csv(path, index=False)
    elif kind == "jsonl":
        frame.to_json(path, orient="records", lines=True)
    else:
        path = frame
    task = Task.from_columns(text="review", label="stars", classifier=tiny_preset)
    quick(task, path, validation_data=0.25)
    assert task.data.labels == ("bad", "fair", "good")
    assert set(task.evaluate(path)) == {"accuracy", "loss"}
    assert {p.label for p in task.predict(path)} <= {"bad", "fair", "good"}
    task.save_to_preset(tmp_path / "preset")
    again = Task.from_preset(tmp_path / "preset")
    assert again.data.labels == ("bad", "fair", "good")
    assert again.predict(TEXTS) == task.predict(TEXTS)


def test_the_best_epoch_is_kept(glue: Dict[str, Path], tiny_preset: Path) -> None:
    task = Task("cola", tiny_preset)
    history = quick(task, glue["cola"], epochs=4)
    assert task.dev_score is not None
    best = int(np.argmax(history.history["val_matthews"]))
    assert task.dev_score.best_epoch == best
    scores = task.evaluate(glue["cola"])
    assert scores["loss"] == pytest.approx(history.history["val_loss"][best], abs=1e-5)


@pytest.mark.backends
def test_training_is_reproducible_and_seeds_differ(
    glue: Dict[str, Path], tiny_preset: Path
) -> None:
    def losses(seed: int) -> Any:
        classifier = AlbertClassifier.from_preset(tiny_preset, num_classes=2, dropout=0.0)
        classifier.head.kernel.assign(np.ones(classifier.head.kernel.shape))
        task = Task("cola", classifier)
        return quick(task, glue["cola"], epochs=2, seed=seed).history["loss"]

    assert losses(1) == pytest.approx(losses(1), abs=1e-5)
    assert losses(1) != pytest.approx(losses(2), abs=1e-5)


def test_max_steps_stops_within_an_epoch(glue: Dict[str, Path], tiny_preset: Path) -> None:
    task = Task("cola", tiny_preset)
    quick(task, glue["cola"], max_steps=2)
    assert int(task.classifier.optimizer.iterations) == 2


def test_compile_settings_are_followed(glue: Dict[str, Path], tiny_preset: Path) -> None:
    task = Task("cola", tiny_preset)
    task.compile(optimizer="lamb", learning_rate=0.5, weight_decay=0.2, parity="google")
    task.fit(glue["cola"], epochs=1, batch_size=16, verbose=0)
    optimizer = task.classifier.optimizer
    assert type(optimizer).__name__ == "LAMB"
    assert optimizer.get_config()["weight_decay"] == 0.2
    schedule = optimizer._learning_rate
    assert schedule.get_config() == {
        "peak_learning_rate": 0.5,
        "total_steps": 3,
        "warmup_steps": 0,
        "reference": True,
        "final_learning_rate": 0.0,
    }
    own = keras.optimizers.SGD(0.1)
    task.compile(optimizer=own, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    task.fit(glue["cola"], epochs=1, batch_size=16, verbose=0)
    assert task.classifier.optimizer is own


@pytest.mark.backends
def test_mixed_float16_has_loss_scaling(glue: Dict[str, Path], tiny_preset: Path) -> None:
    classifier = AlbertClassifier.from_preset(tiny_preset, num_classes=2, dtype="mixed_float16")
    task = Task("cola", classifier)
    quick(task, glue["cola"])
    assert type(classifier.optimizer).__name__ == "LossScaleOptimizer"
    assert np.isfinite(task.evaluate(glue["cola"])["loss"])


@keras_2_only
def test_compilation_by_xla_is_refused() -> None:
    with pytest.raises(NeedsKeras3Error, match="`jit_compile=True` needs Keras 3"):
        Task("cola").compile(jit_compile=True)


def test_wrong_uses_are_explained(glue: Dict[str, Path], tiny_preset: Path) -> None:
    with pytest.raises(ValueError, match="Did you mean 'mrpc'"):
        Task("mrcp", tiny_preset)
    with pytest.raises(PresetNotFoundError, match="Did you mean"):
        Task("mrpc", "albert_base_v3")
    with pytest.raises(ValueError, match=r"`num_classes` of the classifier must be 3 for mnli"):
        Task("mnli", AlbertClassifier(tiny_backbone(), num_classes=2))
    with pytest.raises(ValueError, match="needs a `classifier`"):
        Task("mrpc").predict("x")
    with pytest.raises(DataError, match=r"train\.tsv"):
        Task("mrpc", tiny_preset).fit(glue["ax"])
    task = Task("cola", tiny_preset)
    with pytest.raises(ValueError, match="`labels` must be given to train"):
        task.fit(TEXTS)
    with pytest.raises(ValueError, match="`labels` must be as long as the texts"):
        task.fit(TEXTS, LABELS[:-1])
    with pytest.raises(ValueError, match=r"known labels: 0, 1. Received: 'x'"):
        task.fit(TEXTS, ["x"] * len(TEXTS))
    with pytest.raises(ValueError, match="Missing: segment_ids"):
        task.predict({"token_ids": np.ones((1, 3)), "padding_mask": np.ones((1, 3))})
    with pytest.raises(ValueError, match="`learning_rate` must be above 0"):
        task.compile(learning_rate=-1)
    with pytest.raises(ValueError, match=r"share must be in \(0, 1\)"):
        task.fit(TEXTS, LABELS, validation_data=1.5)
