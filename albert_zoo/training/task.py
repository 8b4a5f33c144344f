"""Task: a classifier with the data, scores and recipe that belong to it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any, ContextManager, Dict, Optional, Sequence

from albert_zoo.backends import Backend
from albert_zoo.glue import Recipe
from albert_zoo.models.raw_text import is_dataset
from albert_zoo.tables import Columns
from albert_zoo.training import task_inputs
from albert_zoo.training.applied_task import AppliedTask, recipe_of
from albert_zoo.training.callbacks import DevScore
from albert_zoo.training.checkpoint_settings import CheckpointSettings
from albert_zoo.training.compile_settings import CompileSettings
from albert_zoo.training.fitting import Fitting
from albert_zoo.training.guard_report import GuardReport
from albert_zoo.training.guard_settings import GuardSettings
from albert_zoo.training.guarded_fitting import fit_guarded
from albert_zoo.training.preflight import check_before_training
from albert_zoo.training.run_checkpoints import RunCheckpoints
from albert_zoo.training.seeding import seed_everything
from albert_zoo.training.task_data import ColumnData


class Task(AppliedTask):
    """Fine-tunes, scores and applies a classifier on a GLUE task or on the user's own table.

    The task knows its columns, labels, scores and hyper-parameters; the classifier is an ordinary
    Keras model and stays one. Scores are those of the whole set, never means over batches.

    Args:
        task: str, the name of a GLUE task: cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli, ax.
            For your own table see `Task.from_columns`.
        classifier: `AlbertClassifier`, or a preset's name or folder, from which one is made with
            the task's number of classes.
        backend: where it is trained: `"default"` for the device that Keras chooses, `"ascend"` for
            Huawei's NPUs, or a `Backend`.
        ascend: `AscendOptions`, with `backend="ascend"` alone.

    Raises:
        ValueError: there is no such task, or the classifier's `num_classes` is not the task's.
        AscendError: an option, a file or the installation is not as an NPU needs it.

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

    def __init__(
        self, task: Any, classifier: Any = None, backend: Any = "default", ascend: Any = None
    ):
        super().__init__(task, classifier, backend, ascend)
        self.recipe: Optional[Recipe] = None
        """The recipe that the last `fit` followed, with its arguments put in."""
        self.dev_score: Optional[DevScore] = None
        """The scores of each epoch of the last `fit`, and which was the best."""
        self.starts_from: Any = self._preset
        """The preset whose weights the next `fit` should begin with; it warns if they differ."""
        self.guard_report: Optional[GuardReport] = None
        """What the guard saw and did in the last `fit`."""

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
        backend: Any = "default",
        ascend: Any = None,
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
            backend: as for `Task`.
            ascend: as for `Task`.

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
        return cls(ColumnData(columns, metrics, name), classifier, backend, ascend)

    def compile(self, **settings: Any) -> None:
        """Says how to train; what is left out follows the task's recipe.

        The optimizer itself is made by `fit`, which knows the number of steps.

        Args:
            **settings: `optimizer`, `learning_rate`, `loss`, `metrics`, `jit_compile`,
                `weight_decay`, `global_clipnorm`, `warmup_fraction`, `parity`,
                `gradient_accumulation_steps`, `remat`, as `CompileSettings` describes them.

        Raises:
            ValueError: a setting is out of range.
        """
        self.settings = CompileSettings(**settings)
        self._set_remat()

    def fit(
        self,
        data: Any,
        labels: Any = None,
        validation_data: Any = None,
        epochs: Optional[int] = None,
        batch_size: Optional[int] = None,
        seed: int = 0,
        pool_batches: int = 1,
        keep_best: bool = True,
        max_steps: Optional[int] = None,
        train_file: Optional[str] = None,
        steps_per_epoch: Optional[int] = None,
        validation_batch_size: int = 64,
        callbacks: Sequence[Any] = (),
        verbose: Any = "auto",
        run_folder: Any = None,
        resume: bool = False,
        checkpoints: Optional[CheckpointSettings] = None,
        guard: Any = True,
        checks: bool = True,
    ) -> Any:
        """Trains the classifier.

        With a `run_folder` the run can be interrupted at any moment, by a power failure too: the
        same call with `resume=True` goes on from the last checkpoint, and ends with the weights
        that it would have had, bit by bit where the device computes so (not the dropout of
        tf.keras 2.6, whose random state TensorFlow hides). SIGTERM and Ctrl-C end the step and
        save before they stop it.

        Args:
            data: path of a folder or file, a pandas frame, lists of texts or pairs, `Examples`, a
                dict of id arrays, or a `tf.data.Dataset` of batches with labels.
            labels: list or array of label names, classes or scores, where `data` has none.
            validation_data: the same forms, `(texts, labels)` for lists; or a share in (0, 1) of
                the training rows to hold out. `None` takes the folder's development set, if any.
            epochs: int. Passes over the data. `None` for the recipe's.
            batch_size: int. `None` for the recipe's. Over all processes, where several train.
            seed: int, of the data order, of dropout, of what is held out, and of a head that is
                made here.
            pool_batches: int. Batches in a pool that is sorted by length; see `LengthBatches`. 1
                leaves the order fully random; 50 saves most of the padding.
            keep_best: bool. Whether the model ends with the weights of the best epoch by the main
                metric, rather than the last.
            max_steps: int. Stops after so many steps.
            train_file: str. Another file in the folder to train on.
            steps_per_epoch: int. Batches in an epoch. A `tf.data.Dataset` that does not know its
                length needs it; elsewhere `None` is one pass over the data, and a number counts
                full batches that go on from one pass to the next.
            validation_batch_size: int. Rows computed at once on the development set.
            callbacks: Keras callbacks.
            verbose: as in `keras.Model.fit`.
            run_folder: path of a folder for checkpoints. They stay there when the run is done.
            resume: bool. Whether a run in `run_folder` goes on; without one a new run begins.
            checkpoints: `CheckpointSettings`: how often, and how many are kept. `None` for every
                10 minutes and each epoch.
            guard: what to do when training diverges or learns nothing: `"report"` (True means the
                same), `"retry"`, `"stop"` or `GuardSettings`. False leaves it unwatched.
            checks: bool. Whether data and weights are looked at first; see
                `check_before_training`. What is found is a warning of the logger.

        Returns:
            `keras.callbacks.History`.

        Raises:
            DataError: a file has a fault; the message names file and line.
            ValueError: an argument is out of range.
            RunChangedError: the run in `run_folder` was begun with other settings or data.
            RunInUseError: another process writes into `run_folder`.
            CheckpointError: checkpoints cannot be read, or not be written for too long.
            DivergedError: the guard gave the training up; `guard_report` says why.
            RunStopped: a signal stopped the run; its state is saved.
        """
        settings = GuardSettings.of(guard)
        with self._checkpoints(run_folder, resume, checkpoints) as kept:
            if self._classifier is None:
                seed_everything(seed)  # for the head, and whatever else is drawn as it is made
            train, dev = task_inputs.training_parts(
                self.data, data, labels, validation_data, train_file, seed
            )
            self._check_num_classes()
            self.recipe = self._recipe(epochs, batch_size)
            source, source_dev = train, dev
            if is_dataset(train):
                _check_alone(self.backend)
                steps_per_epoch = task_inputs.dataset_steps(train, steps_per_epoch)
            else:
                train = task_inputs.encode(self.classifier, train)
                if train.labels is None:
                    raise ValueError(
                        "`labels` must be given to train. Received: None. Pass a list."
                    )
            if checks:
                check_before_training(self, source, source_dev, train, self.starts_from)
            self.starts_from = None  # from now on the weights are other ones
            fitting = Fitting(
                train=train,
                dev=None if dev is None else self._encoded(dev),
                recipe=self.recipe,
                seed=seed,
                pool_batches=pool_batches,
                keep_best=keep_best,
                max_steps=max_steps,
                steps_per_epoch=steps_per_epoch,
                validation_batch_size=validation_batch_size,
                callbacks=callbacks,
                verbose=verbose,
                checkpoints=kept,
            )
            return fit_guarded(self, fitting, settings)

    def _checkpoints(
        self, run_folder: Any, resume: bool, settings: Optional[CheckpointSettings]
    ) -> ContextManager[Optional[RunCheckpoints]]:
        if run_folder is None:
            if resume or settings is not None:
                raise ValueError(
                    "`run_folder` must name a folder for checkpoints. Received: None. Give one."
                )
            return contextlib.nullcontext()
        if self.backend.workers > 1:
            raise ValueError(
                "`run_folder` is for runs of one process. Received: a backend with "
                f"{self.backend.workers} that train together. Leave it out."
            )
        return RunCheckpoints(run_folder, resume, settings)

    def _encoded(self, parts: Dict[str, Any]) -> Dict[str, Any]:
        return {
            name: part if is_dataset(part) else task_inputs.encode(self.classifier, part)
            for name, part in parts.items()
        }

    def _recipe(self, epochs: Optional[int], batch_size: Optional[int]) -> Recipe:
        recipe = recipe_of(self.data, self.classifier.backbone.hidden_dim)
        if batch_size is not None:
            recipe = replace(recipe, batch_size=batch_size)
        if epochs is not None:
            if epochs < 1:
                raise ValueError(f"`epochs` must be above 0. Received: {epochs}. Give 3, say.")
            recipe = replace(recipe, epochs=epochs, total_steps=None)
        return recipe


def _check_alone(backend: Backend) -> None:
    if backend.workers > 1:
        raise ValueError(
            "`data` must be texts, tables or arrays where several processes train together, so "
            f"that each gets its share. Received: a tf.data.Dataset, for {backend.workers} "
            "processes. Pass the rows themselves."
        )
