"""RecordClassifier: fine-tunes, scores and applies a classifier on TFRecord files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np

from albert_zoo.atomic import new_file
from albert_zoo.backends import Backend
from albert_zoo.checkpoints import read_checkpoint
from albert_zoo.checkpoints.config import from_google
from albert_zoo.data import EncodedExamples
from albert_zoo.models import AlbertBackbone, AlbertClassifier
from albert_zoo.training.epoch_checkpoints import EpochCheckpoints
from albert_zoo.training.epoch_lines import EpochLines
from albert_zoo.training.record_data import RecordData
from albert_zoo.training.run_board import RunBoard
from albert_zoo.training.task import Task
from albert_zoo.training.time_history import TimeHistory


class RecordClassifier:
    """Does what run_classifier.py of the TensorFlow Model Garden does for ALBERT.

    The head's dropout is the encoder's hidden dropout, as there.

    Args:
        data: `RecordData`.
        config: dict of the keys of `albert_config.json`.
        checkpoint: path of a checkpoint with an encoder, of google-research/albert or of the Model
            Garden. `None` starts from random weights.
        with_head: bool. Whether the checkpoint's head is taken too; it must be there then.
        backend: `Backend`, prepared. `None` for the one that does nothing.
        dtype: str, Keras policy.

    Raises:
        ConversionError: the checkpoint and the configuration do not fit one to one.
        ValueError: the records are longer than the model can read.
    """

    def __init__(
        self,
        data: RecordData,
        config: Mapping[str, Any],
        checkpoint: Any = None,
        with_head: bool = False,
        backend: Optional[Backend] = None,
        dtype: Optional[str] = None,
    ):
        self.data = data
        backend = Backend() if backend is None else backend
        arrays: Mapping[str, np.ndarray] = {}
        if checkpoint is None:
            self.config = from_google(config, "the given configuration")
        else:
            read = read_checkpoint(checkpoint, config)
            self.config, arrays = read.config, read.arrays
        backbone = AlbertBackbone(**self.config, name="backbone", dtype=dtype)
        if data.sequence_length > backbone.max_sequence_length:
            raise ValueError(
                "`max_seq_length` of the records must be at most the model's "
                f"max_position_embeddings. Received: {data.sequence_length} and "
                f"{backbone.max_sequence_length}. Prepare shorter ones."
            )
        classifier = AlbertClassifier(
            backbone, data.num_classes, dropout=self.config.get("dropout", 0.0)
        )
        if checkpoint is not None:
            model: Any = classifier if with_head else backbone
            wanted = {name: arrays[name] for name in model.named_weights() if name in arrays}
            model.set_named_arrays(wanted, source=str(checkpoint))
        self.task = Task(data.task_data(), classifier, backend=backend)

    def train(
        self,
        train: EncodedExamples,
        dev: Optional[EncodedExamples],
        model_dir: Optional[Path],
        *,
        epochs: int,
        batch_size: int,
        eval_batch_size: int,
        learning_rate: float,
        optimizer: str = "adamw",
        steps_per_epoch: Optional[int] = None,
        max_steps: Optional[int] = None,
        log_steps: int = 100,
        seed: int = 0,
        print_fn: Any = print,
    ) -> Dict[str, List[float]]:
        """Trains with the Model Garden's optimizer and schedule, and writes what it writes.

        Args:
            train: rows to train on.
            dev: rows to score after each epoch, all of them. `None` for no scores.
            model_dir: path of the folder for checkpoints and summaries, or `None` for no files.
            epochs: int.
            batch_size: int, rows in a step over all processes.
            eval_batch_size: int.
            learning_rate: float, the highest one. The warm-up takes a tenth of the steps.
            optimizer: `"adamw"` or `"lamb"`.
            steps_per_epoch: int. `None` for as many full batches as a pass over the rows has.
            max_steps: int. Stops after so many steps.
            log_steps: int, steps between two lines on the speed.
            seed: int, of the data order.
            print_fn: function that takes a line.

        Returns:
            dict of name to its value after each epoch: `loss`, `accuracy`, `val_loss` and others.
        """
        steps = steps_per_epoch or max(1, len(train) // batch_size)
        callbacks: List[Any] = []
        if model_dir is not None:
            callbacks = [
                TimeHistory(batch_size, log_steps, print_fn),
                EpochLines(epochs, steps, print_fn),
                EpochCheckpoints(model_dir, self.config),
                RunBoard(str(model_dir / "summaries")),
            ]
        self.task.compile(
            optimizer=optimizer, learning_rate=learning_rate, warmup_fraction=0.1, parity="garden"
        )
        history = self.task.fit(
            train,
            validation_data=dev,
            epochs=epochs,
            batch_size=batch_size,
            steps_per_epoch=steps,
            max_steps=max_steps,
            validation_batch_size=eval_batch_size,
            keep_best=False,
            seed=seed,
            callbacks=callbacks,
            verbose=0,
        )
        return {name: list(map(float, values)) for name, values in history.history.items()}

    def write_predictions(self, rows: EncodedExamples, folder: Path, batch_size: int) -> List[Path]:
        """Writes `test_results.tsv`, each row's probabilities, and `output_labels.tsv`.

        Args:
            rows: rows to predict, with their labels.
            folder: path of an existing folder.
            batch_size: int.

        Returns:
            paths of both files. For regression the first one holds scores.
        """
        predictions = self.task.predict(rows, batch_size)
        if self.data.is_regression:
            lines = [str(float(prediction.label)) for prediction in predictions]
        else:
            lines = [
                "\t".join(map(str, prediction.probabilities.values())) for prediction in predictions
            ]
        labels = [] if rows.labels is None else [str(label) for label in rows.labels]
        files = {"test_results.tsv": lines, "output_labels.tsv": labels}
        for name, text in files.items():
            _write_lines(folder / name, text)
        return [folder / name for name in files]


def _write_lines(path: Path, lines: Sequence[str]) -> None:
    with new_file(path) as unfinished:
        unfinished.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
