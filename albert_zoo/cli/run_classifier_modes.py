"""The three modes of `albert-zoo run-classifier`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Optional

import typer

from albert_zoo.backends import Backend
from albert_zoo.checkpoints.bundles import find_prefix
from albert_zoo.checkpoints.files import read_json
from albert_zoo.cli.console import say
from albert_zoo.cli.run_classifier_export import export
from albert_zoo.cli.run_classifier_settings import RunClassifierSettings
from albert_zoo.keras_api import keras
from albert_zoo.training.record_classifier import RecordClassifier
from albert_zoo.training.record_data import RecordData
from albert_zoo.training.run_record import versions

RECORD = "run_config.json"
"""File in `model_dir`: the flags, what the NPU was given, and the versions."""


def run(settings: RunClassifierSettings, backend: Backend) -> None:
    """Does what the settings say.

    Args:
        settings: `RunClassifierSettings`.
        backend: `Backend`, prepared.
    """
    keras.utils.set_random_seed(settings.seed)
    data = RecordData(settings.input_meta_data_path)
    modes = {"train_and_eval": _train, "predict": _predict, "export_only": _export}
    modes[settings.mode](settings, data, backend)


def _train(settings: RunClassifierSettings, data: RecordData, backend: Backend) -> None:
    checkpoint = settings.init_checkpoint
    if checkpoint is None:
        say("note", "No `--init_checkpoint`: training starts from random weights.", "yellow")
    classifier = _classifier(settings, data, backend, checkpoint)
    pieces = classifier.config["vocabulary_size"]
    train = data.read(settings.train_data_path, settings.train_data_size, pieces)
    dev = data.read(settings.eval_data_path, vocabulary_size=pieces)
    folder: Optional[Path] = None
    if backend.is_chief:
        folder = settings.folder
        folder.mkdir(parents=True, exist_ok=True)
        weights = "random weights" if checkpoint is None else f"the weights of {checkpoint}"
        typer.echo(f"Training on {len(train)} rows, scoring {len(dev)}, from {weights}.")
    history = classifier.train(
        train,
        dev,
        folder,
        epochs=settings.num_train_epochs,
        batch_size=settings.train_batch_size,
        eval_batch_size=settings.eval_batch_size,
        learning_rate=settings.learning_rate,
        optimizer=settings.optimizer_type,
        steps_per_epoch=settings.steps_per_epoch,
        max_steps=settings.max_steps,
        log_steps=settings.log_steps,
        seed=settings.seed,
        print_fn=_print,
    )
    if folder is None:
        return
    _write_record(settings, backend, history)
    if settings.model_export_path is not None:
        export(classifier, Path(settings.model_export_path))
    say("wrote", f"{folder}: checkpoints, summaries, {RECORD}", "bold green", stderr=False)


def _predict(settings: RunClassifierSettings, data: RecordData, backend: Backend) -> None:
    classifier = _classifier(settings, data, backend, _trained(settings), with_head=True)
    pieces = classifier.config["vocabulary_size"]
    rows = data.read(settings.eval_data_path, vocabulary_size=pieces)
    settings.folder.mkdir(parents=True, exist_ok=True)
    for path in classifier.write_predictions(rows, settings.folder, settings.eval_batch_size):
        say("wrote", str(path), "bold green", stderr=False)


def _export(settings: RunClassifierSettings, data: RecordData, backend: Backend) -> None:
    classifier = _classifier(settings, data, backend, _trained(settings), with_head=True)
    path = Path(settings.model_export_path)
    export(classifier, path)
    say("wrote", f"{path}: a SavedModel", "bold green", stderr=False)


def _trained(settings: RunClassifierSettings) -> Path:
    given = settings.predict_checkpoint_path
    return find_prefix(settings.folder if given is None else Path(given))


def _classifier(
    settings: RunClassifierSettings,
    data: RecordData,
    backend: Backend,
    checkpoint: Any,
    with_head: bool = False,
) -> RecordClassifier:
    config = read_json(Path(settings.bert_config_file))
    dtype = backend.dtype_policy or settings.dtype_policy
    if settings.mode == "export_only":
        dtype = None  # as the Model Garden exports
    return RecordClassifier(data, config, checkpoint, with_head, backend, dtype)


def _write_record(
    settings: RunClassifierSettings, backend: Backend, history: Dict[str, Any]
) -> None:
    content = {
        "command": "run-classifier",
        "flags": settings.flags,
        "backend": backend.record(),
        "history": history,
        "versions": versions(),
    }
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (settings.folder / RECORD).write_text(text + "\n", encoding="utf-8")


def _print(line: str) -> None:
    print(line, flush=True)  # whoever watches the log sees it at once
