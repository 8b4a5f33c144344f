"""One fine-tuning run, from the settings to a complete folder; `finetune` and `demo` share it."""

from __future__ import annotations

import math
import time
from typing import Any, Dict, List, Optional

from rich.console import Console

from albert_zoo.backends import Backend
from albert_zoo.cli.finetune_data import read_data
from albert_zoo.cli.finetune_files import write_files
from albert_zoo.cli.finetune_model import build_classifier, resolve_recipe
from albert_zoo.cli.finetune_settings import FinetuneSettings
from albert_zoo.cli.from_run import warn_of_changes
from albert_zoo.cli.progress import TrainingProgress
from albert_zoo.errors import DivergedError
from albert_zoo.keras_api import make_deterministic
from albert_zoo.training.checkpoint_settings import CheckpointSettings
from albert_zoo.training.run_board import RunBoard
from albert_zoo.training.run_folder import LOGS, RunFolder
from albert_zoo.training.run_log import RunLog
from albert_zoo.training.run_record import RunRecord
from albert_zoo.training.seeding import seed_everything
from albert_zoo.training.task import Task
from albert_zoo.zoo import find_preset


class FinetuneRun:
    """Reads, builds, trains, and fills the folder.

    Args:
        settings: `FinetuneSettings`, checked.
        console: `rich.console.Console` to report on.
        backend: `Backend`, prepared. `None` for the one that does nothing.
    """

    def __init__(self, settings: FinetuneSettings, console: Console, backend: Any = None):
        self.backend: Backend = Backend() if backend is None else backend
        self.given_up: Optional[DivergedError] = None
        """Why the guard stopped the training, if it did."""
        self.settings = settings
        self.console = console
        if settings.deterministic:
            make_deterministic()
        seed_everything(settings.seed)
        with console.status("Reading the data ..."):
            self.data, self.train, self.dev, self.dev_source = read_data(settings)
        with console.status("Building the model ..."):
            dtype = self.backend.dtype_policy
            self.classifier = build_classifier(settings, self.data, dtype)
        start = find_preset(settings.preset, need_weights=not settings.from_scratch)
        self.record = RunRecord.take({}, {"train": self.train, **self.dev}, start)
        """What the result depends on, but for the options."""
        if settings.from_run is not None:
            warn_of_changes(settings.from_run, self.record)
        self.task = Task(self.data, self.classifier, backend=self.backend)
        if not settings.from_scratch:
            self.task.starts_from = settings.preset
        self.task.compile(
            optimizer=settings.optimizer,
            learning_rate=settings.learning_rate,
            warmup_fraction=settings.warmup_fraction,
            weight_decay=settings.weight_decay,
            parity=settings.parity,
            gradient_accumulation_steps=settings.gradient_accumulation_steps,
            remat=settings.remat or None,
        )
        self.recipe = resolve_recipe(settings, self.task)
        self.steps_per_epoch = math.ceil(len(self.train) / self.recipe.batch_size)
        planned = self.recipe.total_steps or math.ceil(
            self.steps_per_epoch * float(self.recipe.epochs or 1)
        )
        self.total_steps = max(1, min(planned, settings.max_steps or planned))
        self.epochs = max(1, math.ceil(self.total_steps / self.steps_per_epoch))

    # === The run ===
    def execute(self, folder: RunFolder, resumable: bool = True) -> Dict[str, Any]:
        """Trains, and writes every file of the run.

        Args:
            folder: `RunFolder`, entered.
            resumable: bool. Whether the run saves its state while it trains.

        Returns:
            What `metrics.json` holds.
        """
        names = self._score_names()
        log = RunLog(self.recipe.batch_size, len(self.train), self.settings.guard)
        start = time.perf_counter()
        progress = TrainingProgress(
            self.console, self.epochs, self.total_steps, self.recipe.batch_size, names
        )
        board = RunBoard(str(folder.staging / LOGS), max(1, self.total_steps // 1000))
        given_up: Optional[DivergedError] = None
        with progress:
            try:
                self._fit([log, progress, board], self._checkpoints(folder) if resumable else {})
            except DivergedError as error:
                given_up = error  # what there is of the run is written all the same
        metrics = self._metrics(log, time.perf_counter() - start)
        with self.console.status("Writing the results ..."):
            write_files(self, folder, log, metrics)
        self.given_up = given_up
        return metrics

    def train_only(self) -> None:
        """Trains where another process of the same run writes the files."""
        self._fit([], {})

    def _checkpoints(self, folder: RunFolder) -> Dict[str, Any]:
        settings = self.settings
        if self.backend.workers > 1:
            if settings.resume:
                raise ValueError(
                    "`resume` is for runs of one process. Received: a run of "
                    f"{self.backend.workers}. Leave it out."
                )
            return {}
        checkpoints = CheckpointSettings(
            minutes=settings.checkpoint_minutes,
            steps=settings.checkpoint_steps,
            allow_changed=settings.allow_changed,
            preset=find_preset(settings.preset, need_weights=not settings.from_scratch),
        )
        # A run that is not to go on is not there any more.
        return {"run_folder": folder.unfinished, "resume": True, "checkpoints": checkpoints}

    def _fit(self, callbacks: List[Any], checkpoints: Dict[str, Any]) -> None:
        settings = self.settings
        self.task.fit(
            self.train,
            validation_data=self._validation_data(),
            epochs=settings.epochs,
            batch_size=settings.batch_size,
            seed=settings.seed,
            keep_best=settings.keep_best,
            max_steps=settings.max_steps,
            callbacks=callbacks,
            verbose=0,
            guard=settings.on_divergence if settings.guard else False,
            checks=settings.checks,
            **checkpoints,
        )

    def _validation_data(self) -> Any:
        if len(self.dev) == 1:
            return next(iter(self.dev.values()))
        return self.settings.data if self.dev else None  # MNLI's two sets

    def _score_names(self) -> List[str]:
        names = list(self.data.metrics) if self.dev else []
        return names + [f"mismatched_{name}" for name in names] if len(self.dev) > 1 else names

    def _metrics(self, log: RunLog, seconds: float) -> Dict[str, Any]:
        best = None
        if self.task.dev_score is not None and self.task.dev_score.best_epoch is not None:
            best = self.task.dev_score.best_epoch + 1
        kept = best if best is not None and self.settings.keep_best else len(log.epochs)
        return {
            "task": self.data.name,
            "main_metric": self.data.main_metric if self.dev else None,
            "final": log.epochs[kept - 1]["scores"],
            "best_epoch": best,
            "kept_epoch": kept,
            "epochs": log.epochs,
            "steps": len(log.step_losses),
            "rows": {"train": len(self.train), **{k: len(v) for k, v in self.dev.items()}},
            "seconds": round(seconds, 3),
            "training_seconds": round(log.train_seconds, 3),
            "examples_per_second": round(log.examples_per_second, 2),
            "guard": self.task.guard_report.as_json() if self.task.guard_report else None,
        }
