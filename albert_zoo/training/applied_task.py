"""AppliedTask: a classifier with the data and scores of its task, scored and applied."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from albert_zoo.backends import Backend, get_backend
from albert_zoo.glue import Recipe, recipe_for, write_submission
from albert_zoo.models import AlbertClassifier
from albert_zoo.models.raw_text import is_dataset
from albert_zoo.training import task_inputs
from albert_zoo.training.compile_settings import CompileSettings
from albert_zoo.training.evaluation import outputs_of, scores_of
from albert_zoo.training.prediction import Prediction, predictions_from
from albert_zoo.training.task_data import ColumnData, GlueData, task_data_from
from albert_zoo.zoo import find_preset, read_preset


class AppliedTask:
    """The part of a `Task` that needs no training: scores, predictions, presets.

    Args:
        task: str, the name of a GLUE task, or what `task_data_from` makes.
        classifier: `AlbertClassifier`, or a preset's name or folder.
        backend: `"default"`, `"ascend"`, or a `Backend`.
        ascend: `AscendOptions`, with `"ascend"` alone.
    """

    def __init__(
        self, task: Any, classifier: Any = None, backend: Any = "default", ascend: Any = None
    ):
        self.backend: Backend = get_backend(backend, ascend)
        """Where the model is trained."""
        self.backend.prepare()  # before anything of the model is made
        self.data = task if isinstance(task, (GlueData, ColumnData)) else GlueData(task)
        self.settings = CompileSettings()
        self._classifier: Optional[AlbertClassifier] = None
        self._preset: Any = None
        if isinstance(classifier, (str, os.PathLike)):
            self._preset = classifier
            find_preset(classifier)  # a misspelled name should fail now
        elif classifier is not None:
            self._set_classifier(classifier)

    @classmethod
    def from_preset(
        cls, preset: Any, backend: Any = "default", ascend: Any = None, **arguments: Any
    ) -> Any:
        """Makes the task that a fine-tuned preset was saved from.

        Args:
            preset: folder that `save_to_preset` wrote.
            backend: as for `Task`.
            ascend: as for `Task`.
            **arguments: of `AlbertClassifier.from_preset`.

        Raises:
            ValueError: the preset was not saved by a task.
        """
        stored = read_preset(find_preset(preset))
        description = (stored.task_config or {}).get("task")
        if description is None:
            raise ValueError(
                "The preset must have been saved by a `Task`. "
                f"Received: {os.fspath(preset)!r}. Use `Task(name, classifier)`."
            )
        task = cls(task_data_from(description), None, backend, ascend)
        if task.backend.dtype_policy is not None:
            arguments.setdefault("dtype", task.backend.dtype_policy)
        task._set_classifier(AlbertClassifier.from_preset(preset, **arguments))
        return task

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
            classifier = AlbertClassifier.from_preset(
                self._preset, num_classes, dtype=self.backend.dtype_policy
            )
            stored = read_preset(find_preset(self._preset))
            if stored.task_config is None and classifier.preprocessor is not None:
                # Not fine-tuned yet: texts are cut to what the recipe says.
                longest = classifier.backbone.max_sequence_length
                recipe = recipe_of(self.data, classifier.backbone.hidden_dim)
                classifier.preprocessor.sequence_length = min(recipe.sequence_length, longest)
            self._set_classifier(classifier)
        return self._classifier  # type: ignore[return-value]

    def _set_classifier(self, classifier: AlbertClassifier) -> None:
        wanted, policy = self.backend.dtype_policy, classifier.dtype_policy.name
        if wanted not in (None, policy):
            raise ValueError(
                f"`classifier` must be made with the dtype that the backend's options ask for, "
                f"{wanted}. Received: {policy}. Pass a preset's name, or `dtype={wanted!r}` to it."
            )
        if self.backend.fixed_shapes:
            classifier.backbone.unpad = False
        self._classifier = classifier
        self._set_remat()
        self._check_num_classes()

    def _set_remat(self) -> None:
        if self._classifier is not None and self.settings.remat is not None:
            self._classifier.backbone.encoder.remat = self.settings.remat

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
        with self.backend.scope():
            return self.scores(task_inputs.labelled_parts(self.data, data, labels), batch_size)

    def predict(self, data: Any, batch_size: int = 64) -> List[Prediction]:
        """Applies the classifier.

        Args:
            data: a text, a list of texts or pairs, `Examples`, a dict of id arrays, a
                `tf.data.Dataset` of batches, a pandas frame, or a path; of a folder, the test set.
            batch_size: int. Rows of 128 tokens computed at once; of shorter ones more.

        Returns:
            list of `Prediction`, in the order of the rows.
        """
        part = task_inputs.unlabelled_part(self.data, data)
        with self.backend.scope():
            outputs, _ = self._outputs(part, batch_size)
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
        if not self.backend.is_chief:
            return Path(path)
        return write_submission(self.data.task, examples.ids, labels, path, split)

    def save_to_preset(self, folder: Any, overwrite: bool = False) -> Path:
        """Writes the classifier and what its classes mean as a preset folder.

        Where several processes train together the first one alone writes.

        Args:
            folder: path of a new or empty folder.
            overwrite: bool. Whether a preset that is there may be replaced.

        Returns:
            `pathlib.Path` of the folder.
        """
        if not self.backend.is_chief:
            return Path(folder)
        return self.classifier.save_to_preset(
            folder, overwrite=overwrite, task=self.data.describe()
        )

    def _outputs(self, part: Any, batch_size: int) -> Tuple[np.ndarray, Any]:
        if is_dataset(part):
            return task_inputs.outputs_of_dataset(self.classifier, part)
        encoded = task_inputs.encode(self.classifier, part)
        fixed = self.backend.fixed_shapes
        return outputs_of(self.classifier, encoded, batch_size, fixed), encoded.labels

    def scores(self, parts: Dict[str, Any], batch_size: int = 64) -> Dict[str, float]:
        """Scores the classifier on labelled sets that have been read.

        Args:
            parts: dict of name to `Examples`, `EncodedExamples` or a dataset.
            batch_size: int.

        Returns:
            dict of score name to value; those of the second set are named `mismatched_...`.
        """
        loss = self.settings.make_loss(self.data.is_regression)
        scores: Dict[str, float] = {}
        for number, part in enumerate(parts.values()):
            outputs, labels = self._outputs(part, batch_size)
            prefix = "mismatched_" if number else ""
            scores.update(scores_of(outputs, labels, self.data, loss, prefix))
        return scores


def recipe_of(task_data: Any, hidden_dim: int) -> Recipe:
    """Returns the hyper-parameters of a task for a model of some hidden size."""
    name = task_data.name if isinstance(task_data, GlueData) else None
    limits = (("tiny", 256), ("base", 768), ("large", 1024), ("xlarge", 2048))
    size = next((size for size, widest in limits if hidden_dim <= widest), "xxlarge")
    return recipe_for(name, size)
