"""Scores and Keras metrics against scikit-learn and SciPy, on random labels with ties."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.stats
import sklearn.metrics

from albert_zoo import F1Score, MatthewsCorrelation, PearsonCorrelation
from albert_zoo.keras_api import keras
from albert_zoo.training.scores import score

pytestmark = pytest.mark.backends


def random_classes(seed: int, classes: int, rows: int = 501) -> Any:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, rows)
    logits = random.normal(size=(rows, classes)).astype("float32")
    logits[np.arange(rows), labels] += 0.7
    return labels, logits


def in_batches(metric: Any, labels: Any, outputs: Any, sizes: Any = (1, 7, 100, 1000)) -> float:
    start = 0
    for size in sizes:
        if start < len(labels):
            metric.update_state(labels[start : start + size], outputs[start : start + size])
            start += size
    return float(metric.result())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("classes", [2, 3])
def test_classification(seed: int, classes: int) -> None:
    labels, logits = random_classes(seed, classes)
    called = logits.argmax(1)
    ours = score(["accuracy", "f1", "matthews"], labels, logits)
    matthews = sklearn.metrics.matthews_corrcoef(labels, called)
    assert ours["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(labels, called))
    assert ours["matthews"] == pytest.approx(matthews)
    f1 = sklearn.metrics.f1_score(labels, called, labels=[1], average="macro")
    assert ours["f1"] == pytest.approx(f1)
    assert in_batches(MatthewsCorrelation(classes), labels, logits) == pytest.approx(
        matthews, abs=1e-6
    )
    assert in_batches(F1Score(classes), labels, logits) == pytest.approx(f1, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_regression(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(0, 26, 501).astype("float32") / 5  # many ties
    outputs = (labels + random.normal(size=501)).astype("float32").round(1)[:, None]
    ours = score(["pearson", "spearman"], labels, outputs)
    pearson = scipy.stats.pearsonr(labels, outputs[:, 0])[0]
    assert ours["pearson"] == pytest.approx(pearson, abs=1e-6)
    assert ours["spearman"] == pytest.approx(scipy.stats.spearmanr(labels, outputs[:, 0])[0])
    assert in_batches(PearsonCorrelation(), labels, outputs) == pytest.approx(pearson, abs=1e-5)
    far = in_batches(PearsonCorrelation(), labels + 1000, outputs + 1000)
    assert far == pytest.approx(pearson, abs=1e-3)


def test_a_constant_side_scores_0() -> None:
    labels, logits = np.array([0, 1, 1]), np.array([[1.0, 0.0]] * 3)
    assert score(["matthews", "f1"], labels, logits) == {"matthews": 0.0, "f1": 0.0}
    assert score(["pearson", "spearman"], labels.astype("float32"), logits[:, :1]) == {
        "pearson": 0.0,
        "spearman": 0.0,
    }
    for metric in (MatthewsCorrelation(), F1Score()):
        assert in_batches(metric, labels, logits) == 0
    assert in_batches(PearsonCorrelation(), labels, logits[:, :1]) == 0


def test_metrics_work_in_compile_and_reset() -> None:
    labels, logits = random_classes(0, 2)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Activation("linear")])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(loss=loss, metrics=[MatthewsCorrelation(2), F1Score()])
    for _ in range(2):  # the second pass must not see the first one's counts
        results = model.evaluate(logits, labels, batch_size=64, verbose=0, return_dict=True)
        wanted = score(["matthews", "f1"], labels, logits)
        assert results["matthews"] == pytest.approx(wanted["matthews"], abs=1e-5)
        assert results["f1"] == pytest.approx(wanted["f1"], abs=1e-5)


def test_sample_weights_count() -> None:
    labels, logits = random_classes(0, 2)
    weights = (np.arange(len(labels)) % 2).astype("float32")
    metric = MatthewsCorrelation(2)
    metric.update_state(labels, logits, sample_weight=weights)
    kept = weights > 0
    assert float(metric.result()) == pytest.approx(
        score(["matthews"], labels[kept], logits[kept])["matthews"], abs=1e-6
    )


@pytest.mark.parametrize("metric", [MatthewsCorrelation(3), F1Score(2), PearsonCorrelation()])
def test_config_round_trip(metric: Any) -> None:
    assert type(metric).from_config(metric.get_config()).get_config() == metric.get_config()


def test_unknown_score_is_named() -> None:
    with pytest.raises(ValueError, match="Received: 'bleu'"):
        score(["bleu"], np.array([0]), np.array([[1.0, 0.0]]))
