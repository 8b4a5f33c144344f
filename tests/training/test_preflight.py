"""What is checked before a training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo import AlbertClassifier, Task
from albert_zoo.tables import Examples
from albert_zoo.training.preflight import check_before_training, check_weights
from albert_zoo.zoo import read_preset
from tests.conftest import SENTENCES

TEXTS = [text for text in SENTENCES if len(text) < 40][:12]
LABELS = [0, 1] * 6


def messages_of(task: Task, train: Examples, dev: Any = None, preset: Any = None) -> str:
    encoded = __import__("albert_zoo.training.task_inputs", fromlist=["encode"]).encode(
        task.classifier, train
    )
    found = check_before_training(task, train, dev, encoded, preset)
    return " | ".join(finding.message for facts in found.values() for finding in facts.findings)


@pytest.fixture
def task(tiny_preset: Path) -> Task:
    made = Task("cola", tiny_preset)
    made.classifier.preprocessor.sequence_length = 32
    return made


def test_what_is_as_it_should_be_gives_no_warning(task: Task, tiny_preset: Path) -> None:
    train = Examples.from_lists(TEXTS[:8], labels=LABELS[:8])
    dev = {"dev": Examples.from_lists(TEXTS[8:], labels=LABELS[8:])}
    assert messages_of(task, train, dev, tiny_preset) == ""


def test_what_is_odd_is_said_with_numbers(task: Task, caplog: pytest.LogCaptureFixture) -> None:
    shared = {"dev": Examples.from_lists(TEXTS[:3] + ["no"], labels=[0, 1, 0, 1])}
    found = messages_of(task, Examples.from_lists(TEXTS, labels=LABELS), shared)
    assert "3 of 4 rows stand in the training set too" in found
    assert "Before training, dev: 3 of 4 rows" in caplog.text

    constant = Examples.from_lists(TEXTS, labels=[1] * 12)
    assert "all rows are labelled '1'" in messages_of(task, constant)

    task.classifier.preprocessor.sequence_length = 5
    cut = messages_of(task, Examples.from_lists(TEXTS, labels=LABELS))
    assert "12 of 12 rows (100%) are longer than 5 tokens and will be cut" in cut


def test_texts_that_are_not_lower_cased_are_noticed(task: Task) -> None:
    tokenizer = task.classifier.preprocessor.tokenizer
    train = Examples.from_lists([text.upper() for text in TEXTS], labels=LABELS)
    assert messages_of(task, train) == ""  # the tokenizer lower-cases
    other = type(tokenizer)(tokenizer.model_proto, **{**tokenizer.get_config(), "lowercase": False})
    task.classifier.preprocessor.tokenizer = other
    found = messages_of(task, train)
    assert "of the pieces are unknown to the vocabulary" in found
    assert "are texts not lower-cased?" in found


@pytest.mark.backends
def test_weights_that_were_not_loaded_are_noticed(tiny_preset: Path, tmp_path: Path) -> None:
    assert "weight_norms" in json.loads((tiny_preset / "metadata.json").read_text())
    loaded = AlbertClassifier.from_preset(tiny_preset, num_classes=2)
    assert check_weights(loaded.backbone, tiny_preset).findings == []
    random = AlbertClassifier.from_preset(tiny_preset, num_classes=2, load_weights=False)
    found = check_weights(random.backbone, tiny_preset)
    assert found.facts["differing_weights"] > 5
    assert "Were the pretrained weights loaded?" in found.findings[0].message

    # A preset without the record is compared with its own arrays.
    assert read_preset(tiny_preset).metadata.pop("weight_norms")
    copy = tmp_path / "copy"
    loaded.backbone.save_to_preset(copy)
    metadata = json.loads((copy / "metadata.json").read_text())
    del metadata["weight_norms"]
    (copy / "metadata.json").write_text(json.dumps(metadata))
    assert check_weights(loaded.backbone, copy).findings == []
    assert check_weights(random.backbone, copy).findings


@pytest.mark.backends
def test_fit_checks_once_and_can_be_told_not_to(
    tiny_preset: Path, caplog: pytest.LogCaptureFixture
) -> None:
    task = Task("cola", tiny_preset)
    task.classifier.backbone.pooler.kernel.assign(
        np.zeros(task.classifier.backbone.pooler.kernel.shape, "float32")
    )
    arguments = {"epochs": 1, "batch_size": 6, "verbose": 0}
    task.fit(TEXTS, LABELS, checks=False, **arguments)
    assert "Before training" not in caplog.text
    task.starts_from = tiny_preset
    task.fit(TEXTS, LABELS, **arguments)
    assert "Before training, weights:" in caplog.text
    assert task.starts_from is None
