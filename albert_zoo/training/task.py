"""Task: a classifier with the data, scores and recipe that belong to it."""

from __future__ import annotations

import logging
import math
import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from albert_zoo.data import BatchPipeline, EncodedExamples, LengthBatches
from albert_zoo.glue import Recipe, recipe_for, write_submission
from albert_zoo.keras_api import backend_name
from albert_zoo.models import AlbertClassifier
from albert_zoo.tables import Columns, Examples
from albert_zoo.training import task_inputs
from albert_zoo.training.callbacks import DevScore, EpochOrder, LearningRateLog, StopAtStep
from albert_zoo.training.compile_settings import CompileSettings
from albert_zoo.training.prediction import Prediction, predictions_from
from albert_zoo.training.scores import score
from albert_zoo.training.task_data import ColumnData, GlueData, hold_out, task_data_from
from albert_zoo.zoo import find_preset, read_preset

logger = logging.getLogger(__name__)


class Task:
    """Fine-tunes, scores and applies a classifier on a GLUE task or on the user's own table.

    The task knows its columns, labels, scores and hyper-parameters; the classifier is an ordinary
    Keras model and stays one. Batches are made of rows of like length, and scores are those of the
    whole set, never means over batches.

    Args:
        task: str, the name of a GLUE task: cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli, ax.
            For your own table see `Task.from_columns`.
        classifier: `AlbertClassifier`, or a preset's name or folder, from which one is made with
            the task's number of classes.

    Raises:
        ValueError: there is no such task, or the classifier's `num_classes` is not the task's.

    Example:

    ```python
    task = albert_zoo.Task("mrpc", "albert_base_v2")
    task.compile(learning_rate=2e-5)
    task.fit("glue/MRPC", epochs=3)
    print(task.evaluate("glue/MRPC"))  # {"accuracy": ..., "f1": ..., "loss": ...}
    task.predict([("A man eats.", "Someone is eating.")])
    task.save_to_preset("runs/mrpc")
    ```
    """

    def __init__(self, task: Any, classifier: Any = None):
        self.data = task if isinstance(task, (GlueData, ColumnData)) else GlueData(task)
        self.settings = CompileSettings()
        self.recipe: Optional[Recipe] = None
        """The recipe that the last `fit` followed, with its arguments put in."""
        self.dev_score: Optional[DevScore] = None
        """The scores of each epoch of the last `fit`, and which was the best."""
        self._classifier: Optional[AlbertClassifier] = None
        self._preset: Any = None
        if isinstance(classifier, (str, os.PathLike)):
            self._preset = classifier
            find_preset(classifier)  # a misspelled name should fail now
        elif classifier is not None:
            self._set_classifier(classifier)

    @classmethod
    def from_columns(
        cls,
        text: Any,
        label: Any = None,
        labels: Optional[Sequence[Any]] = None,
        text_pair: Any = None,
        regression: bool = False,
        classifier: Any = None,
        metrics: Optional[Sequence[str]] = None,
        id: Any = None,
        name: str = "",
    ) -> Task:
        """Makes a task of the user's own table: TSV, CSV, JSON lines, or a pandas frame.

        Args:
            text: str or int. Column of the text.
            label: str or int. Column of the label, or of the score for regression.
            labels: the labels in the order of their classes. `None` takes them from the training
                data, sorted.
            text_pair: str or int. Column of a second text, for tasks on pairs.
            regression: bool. Whether the label column holds scores.
            classifier: as for `Task`.
            metrics: scores to report, of accuracy, f1, matthews, pearson, spearman; the first one
                chooses the best epoch.
            id: str or int. Column of the row's id.
            name: str, for reports.

        Returns:
            `Task`.

        Example:

        ```python
        task = Task.from_columns(text="review", label="stars", classifier="albert_base_v2")
        task.fit("reviews.csv", validation_data=0.1)
        ```
        """
        columns = Columns(
            text=text, label=label, text_pair=text_pair, labels=labels, id=id, regression=regression
        )
        return cls(ColumnData(columns, metrics, name), classifier)

    @classmethod
    def from_preset(cls, preset: Any, **arguments: Any) -> Task:
        """Makes the task that a fine-tuned preset was saved from.

        Args:
            preset: folder that `save_to_preset` wrote.
            **arguments: of `AlbertClassifier.from_preset`.

        Raises:
            ValueError: the preset was not saved by a task.
        """
        stored = read_preset(find_preset(preset), with_weights=False)
        description = (stored.task_config or {}).get("task")
        if description is None:
            raise ValueError(
                "The preset must have been saved by a `Task`. "
                f"Received: {os.fspath(preset)!r}. Use `Task(name, classifier)`."
            )
        classifier = AlbertClassifier.from_preset(preset, **arguments)
        return cls(task_data_from(description), classifier)

    # === The classifier ===
    @property
    def classifier(self) -> AlbertClassifier:
        """The model, made from the preset at the first use."""
        if self._classifier is None:
            if self._preset is None:
                raise ValueError(
                    "The task needs a `classifier`. Received: None. "
                    "Pass an `AlbertClassifier` or a preset's name."
                )
            if self.data.labels is None and not self.data.is_regression:
                raise ValueError(
                    "The labels are not known before `fit` has read them. "
                    "Pass `labels=[...]` to `Task.from_columns`, or call `fit` first."
                )
            num_classes = len(self.data.labels or (0,))
            self._set_classifier(AlbertClassifier.from_preset(self._preset, num_classes))
        return self._classifier  # type: ignore[return-value]

    def _set_classifier(self, classifier: AlbertClassifier) -> None:
        self._classifier = classifier
        self._check_num_classes()

    def _check_num_classes(self) -> None:
        if self._classifier is None or (self.data.labels is None and not self.data.is_regression):
            return
        wanted = len(self.data.labels or (0,))
        if self._classifier.num_classes != wanted:
            labels = ", ".join(self.data.labels or ("a score",))
            raise ValueError(
                f"`num_classes` of the classifier must be {wanted} for {self.data.name} ({labels})."
                f" Received: {self._classifier.num_classes}. "
                f"Make it with `from_preset(..., num_classes={wanted})`."
            )

    # === Training ===
    def compile(self, **settings: Any) -> None:
        """Says how to train; what is left out follows the task's recipe.

        The optimizer itself is made by `fit`, which knows the number of steps.

        Args:
            **settings: `optimizer`, `learning_rate`, `loss`, `metrics`, `jit_compile`,
                `weight_decay`, `global_clipnorm`, `warmup_fraction`, `parity`, as
                `CompileSettings` describes them.

        Raises:
            ValueError: a setting is out of range.
        """
        self.settings = CompileSettings(**settings)

    def fit(
        self,
        data: Any,
        labels: Any = None,
        validation_data: Any = None,
        epochs: Optional[int] = None,
        batch_size: Optional[int] = None,
        seed: int = 0,
        keep_best: bool = True,
        max_steps: Optional[int] = None,
        train_file: Optional[str] = None,
        steps_per_epoch: Optional[int] = None,
        callbacks: Sequence[Any] = (),
        verbose: Any = "auto",
    ) -> Any:
        """Trains the classifier.

        Args:
            data: path of a folder or file, a pandas frame, lists of texts or pairs, `Examples`, a
                dict of id arrays, or a `tf.data.Dataset` of batches with labels.
            labels: list or array of label names, classes or scores, where `data` has none.
            validation_data: the same forms, `(texts, labels)` for lists; or a share in (0, 1) of
                the training rows to hold out. `None` takes the folder's development set, if any.
            epochs: int. Passes over the data. `None` for the recipe's.
            batch_size: int. `None` for the recipe's.
            seed: int, of the data order and of what is held out.
            keep_best: bool. Whether the model ends with the weights of the best epoch by the main
                metric, rather than the last.
            max_steps: int. Stops after so many steps.
            train_file: str. Another file in the folder to train on.
            steps_per_epoch: int. Batches of a `tf.data.Dataset` that does not know its length.
            callbacks: Keras callbacks.
            verbose: as in `keras.Model.fit`.

        Returns:
            `keras.callbacks.History`.

        Raises:
            DataError: a file has a fault; the message names file and line.
            ValueError: an argument is out of range.
        """
        train, dev = self._training_data(data, labels, validation_data, train_file, seed)
        self._check_num_classes()
        recipe = self._recipe(epochs, batch_size)
        batch_size = recipe.batch_size
        if task_inputs.is_dataset(train):
            dataset, steps = train, task_inputs.dataset_steps(train, steps_per_epoch)
            own_callbacks: List[Any] = []
        else:
            encoded = self._encode(train, labels if isinstance(train, dict) else None)
            if encoded.labels is None:
                raise ValueError("`labels` must be given to train. Received: None. Pass a list.")
            batches = LengthBatches(encoded.lengths, batch_size, shuffle=True, seed=seed)
            pipeline = self._pipeline(encoded, batches)
            dataset, steps = pipeline.dataset(), len(pipeline)
            own_callbacks = [EpochOrder(pipeline)]
            steps_per_epoch = None
        total_steps, epochs = _length_of_run(recipe, steps, max_steps)
        warmup = recipe.warmup_steps
        if warmup is None:
            warmup = int(total_steps * recipe.warmup_fraction)
        optimizer = self.settings.make_optimizer(recipe, total_steps, warmup)
        self.recipe = recipe
        classifier = self.classifier
        classifier.compile(
            optimizer=optimizer, **self.settings.compile_arguments(self.data.is_regression)
        )
        own_callbacks += [LearningRateLog(), StopAtStep(total_steps)]
        self.dev_score = None
        if dev:
            encoded_dev = {name: self._encode(part) for name, part in dev.items()}
            self.dev_score = DevScore(
                lambda: self._scores_of(encoded_dev), self.data.main_metric, keep_best
            )
            own_callbacks.append(self.dev_score)
        return classifier.fit(
            dataset,
            epochs=epochs,
            steps_per_epoch=steps_per_epoch,
            callbacks=[*own_callbacks, *callbacks],
            verbose=verbose,
            shuffle=False,  # the dataset has its own order
        )

    def _training_data(
        self, data: Any, labels: Any, validation_data: Any, train_file: Any, seed: int
    ) -> Any:
        is_source = task_inputs.is_source(data) or isinstance(data, str)
        dev: Optional[Dict[str, Any]] = None
        if is_source:
            train = self.data.read_train(data, train_file)
            is_folder = isinstance(data, (str, Path)) and Path(data).is_dir()
            if validation_data is None and is_folder and self.data.has_dev(data):
                dev = dict(self.data.read_dev(data))
        elif task_inputs.is_dataset(data) or isinstance(data, dict):
            train = data
        else:
            train = task_inputs.examples_from_lists(data, labels, self.data)
        if isinstance(validation_data, float):
            if not isinstance(train, Examples):
                raise ValueError("A share to hold out needs texts. Received: arrays or a dataset.")
            train, held = hold_out(train, validation_data, seed)
            dev = {"dev": held}
        elif validation_data is not None:
            dev = self._labelled(validation_data, None)
        return train, dev

    def _recipe(self, epochs: Optional[int], batch_size: Optional[int]) -> Recipe:
        recipe = self.recipe_for_size()
        if batch_size is not None:
            recipe = replace(recipe, batch_size=batch_size)
        if epochs is not None:
            if epochs < 1:
                raise ValueError(f"`epochs` must be above 0. Received: {epochs}. Give 3, say.")
            recipe = replace(recipe, epochs=epochs, total_steps=None)
        return recipe

    def recipe_for_size(self) -> Recipe:
        """Returns the task's hyper-parameters for a model of the classifier's size."""
        name = self.data.name if isinstance(self.data, GlueData) else None
        return recipe_for("mnli" if name == "ax" else name, size_of(self.classifier.backbone))

    # === Scores and predictions ===
    def evaluate(self, data: Any, labels: Any = None, batch_size: int = 64) -> Dict[str, float]:
        """Scores the classifier on a whole labelled set.

        Args:
            data: as for `fit`; of a folder, the development set. MNLI's two sets are both scored
                where both are there; the mismatched one's scores are named `mismatched_...`.
            labels: as for `fit`.
            batch_size: int.

        Returns:
            dict of score name to value, `loss` among them.
        """
        parts = self._labelled(data, labels)
        if any(task_inputs.is_dataset(part) for part in parts.values()):
            outputs, truth = task_inputs.predict_dataset(self.classifier, parts["dev"])
            return self._score(outputs, truth)
        encoded = {name: self._encode(part, labels) for name, part in parts.items()}
        return self._scores_of(encoded, batch_size)

    def predict(self, data: Any, batch_size: int = 64) -> List[Prediction]:
        """Applies the classifier.

        Args:
            data: a text, a list of texts or pairs, `Examples`, a dict of id arrays, a
                `tf.data.Dataset` of batches, a pandas frame, or a path; of a folder, the test set.
            batch_size: int.

        Returns:
            list of `Prediction`, in the order of the rows.
        """
        if task_inputs.is_dataset(data):
            outputs, _ = task_inputs.predict_dataset(self.classifier, data)
        else:
            if task_inputs.is_source(data) or task_inputs.is_path_string(data):
                data = self.data.read_test(data)
            elif not isinstance(data, dict):
                data = task_inputs.examples_from_lists(data, None, self.data)
            outputs = self._outputs(self._encode(data), batch_size)
        return predictions_from(outputs, self.data.labels)

    def submission(self, data: Any, path: Any, split: str = "test") -> Path:
        """Predicts a GLUE test set and writes the file that the benchmark's site takes.

        Args:
            data: path of the task's folder or test file.
            path: file to write, or a folder, in which the file gets GLUE's name.
            split: str. For MNLI `"test_matched"` or `"test_mismatched"`.

        Returns:
            `pathlib.Path` of the file.

        Raises:
            ValueError: this is not a GLUE task.
        """
        if not isinstance(self.data, GlueData):
            raise ValueError("`submission` is for GLUE tasks. Received: user data. Use `predict`.")
        examples = self.data.read_test(data, split)
        labels = [prediction.label for prediction in self.predict(examples)]
        return write_submission(self.data.task, examples.ids, labels, path, split)

    def save_to_preset(self, folder: Any, overwrite: bool = False) -> Path:
        """Writes the classifier and what its classes mean as a preset folder.

        Args:
            folder: path of a new or empty folder.
            overwrite: bool. Whether a preset that is there may be replaced.

        Returns:
            `pathlib.Path` of the folder.
        """
        return self.classifier.save_to_preset(
            folder, overwrite=overwrite, task=self.data.describe()
        )

    def _labelled(self, data: Any, labels: Any) -> Dict[str, Any]:
        if task_inputs.is_source(data) or isinstance(data, str):
            return dict(self.data.read_dev(data))
        if isinstance(data, tuple) and len(data) == 2 and labels is None:
            data, labels = data  # (texts, labels)
        if task_inputs.is_dataset(data):
            return {"dev": data}
        if isinstance(data, dict):
            return {"dev": task_inputs.encoded_from_arrays(data, labels)}
        return {"dev": task_inputs.examples_from_lists(data, labels, self.data)}

    def _encode(self, data: Any, labels: Any = None) -> EncodedExamples:
        if isinstance(data, EncodedExamples):
            return data
        if isinstance(data, dict):
            return task_inputs.encoded_from_arrays(data, labels)
        if self.classifier.preprocessor is None:
            raise ValueError(
                "Texts need a preprocessor. Received: a classifier with `preprocessor=None`. "
                "Attach an `AlbertPreprocessor`, or pass a dict of id arrays."
            )
        encoded = EncodedExamples.from_examples(data, self.classifier.preprocessor)
        if encoded.num_truncated:
            logger.info(
                "%d of %d texts were cut to %d tokens.",
                encoded.num_truncated,
                len(encoded),
                self.classifier.preprocessor.sequence_length,
            )
        return encoded

    def _pipeline(self, encoded: EncodedExamples, batches: LengthBatches) -> BatchPipeline:
        # JAX compiles every shape anew, so it gets few.
        multiple = 32 if backend_name() == "jax" else 8
        longest = self.classifier.backbone.max_sequence_length
        return BatchPipeline(encoded, batches, length_multiple=multiple, max_length=longest)

    def _outputs(self, encoded: EncodedExamples, batch_size: int) -> np.ndarray:
        batches = LengthBatches(encoded.lengths, batch_size)
        outputs = self.classifier.predict(self._pipeline(encoded, batches).dataset(), verbose=0)
        restored = np.empty_like(outputs)
        restored[np.concatenate(batches.epoch(0))] = outputs
        return restored

    def _score(self, outputs: np.ndarray, labels: np.ndarray) -> Dict[str, float]:
        loss = self.settings.make_loss(self.data.is_regression)
        scores = score(self.data.metrics, labels, outputs)
        expected = labels[:, None] if self.data.is_regression else labels
        scores["loss"] = float(loss(expected, outputs))
        return scores

    def _scores_of(
        self, parts: Dict[str, EncodedExamples], batch_size: int = 64
    ) -> Dict[str, float]:
        scores: Dict[str, float] = {}
        for position, encoded in enumerate(parts.values()):
            if encoded.labels is None:
                raise ValueError("`labels` must be given to score. Received: None. Pass a list.")
            prefix = "" if position == 0 else "mismatched_"
            part = self._score(self._outputs(encoded, batch_size), encoded.labels)
            scores.update({prefix + name: value for name, value in part.items()})
        return scores


def size_of(backbone: Any) -> str:
    """Returns which of the recipes' sizes a backbone is nearest to, by its hidden size."""
    for size, widest in (("tiny", 256), ("base", 768), ("large", 1024), ("xlarge", 2048)):
        if backbone.hidden_dim <= widest:
            return size
    return "xxlarge"


def _length_of_run(recipe: Recipe, steps: int, max_steps: Optional[int]) -> Any:
    total = recipe.total_steps
    if total is None:
        total = max(1, math.ceil(steps * float(recipe.epochs or 1)))
    if max_steps is not None:
        total = min(total, max_steps)
    return total, max(1, math.ceil(total / steps))
