"""One fine-tuning run, from the settings to a complete folder; `finetune` and `demo` share it."""

from __future__ import annotations

import math
import platform
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np
import sentencepiece
from rich.console import Console

from albert_zoo._version import __version__
from albert_zoo.cli import report
from albert_zoo.cli.finetune_data import read_data
from albert_zoo.cli.finetune_settings import FinetuneSettings
from albert_zoo.cli.progress import TrainingProgress, duration
from albert_zoo.keras_api import backend_name, keras
from albert_zoo.models import AlbertClassifier
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer
from albert_zoo.training.plots import plot_training
from albert_zoo.training.run_folder import RunFolder
from albert_zoo.training.run_log import RunLog, write_predictions
from albert_zoo.training.task import Task, size_of
from albert_zoo.zoo import find_preset, read_preset
from albert_zoo.glue import Recipe, recipe_for


class FinetuneRun:
    """Reads, builds, trains, and fills the folder.

    Args:
        settings: `FinetuneSettings`, checked.
        console: `rich.console.Console` to report on.
    """

    def __init__(self, settings: FinetuneSettings, console: Console):
        self.settings = settings
        self.console = console
        keras.utils.set_random_seed(settings.seed)
        with console.status("Reading the data ..."):
            self.data, self.train, self.dev, self.dev_source = read_data(settings)
        with console.status("Building the model ..."):
            self.classifier = self._build()
        self.task = Task(self.data, self.classifier)
        self.task.compile(
            optimizer=settings.optimizer,
            learning_rate=settings.learning_rate,
            warmup_fraction=settings.warmup_fraction,
            weight_decay=settings.weight_decay,
            parity=settings.parity,
        )
        self.recipe = self._recipe()
        self.steps_per_epoch = math.ceil(len(self.train) / self.recipe.batch_size)
        planned = self.recipe.total_steps or math.ceil(
            self.steps_per_epoch * float(self.recipe.epochs or 1)
        )
        self.total_steps = max(1, min(planned, settings.max_steps or planned))
        self.epochs = max(1, math.ceil(self.total_steps / self.steps_per_epoch))

    # === The model ===
    def _build(self) -> AlbertClassifier:
        settings = self.settings
        stored = read_preset(
            find_preset(settings.preset, need_weights=not settings.from_scratch),
            with_weights=False,
        )
        longest = stored.backbone_config.get("max_sequence_length", 512)
        length = settings.sequence_length
        if length is None:
            length = min(self._recipe_for(stored.backbone_config).sequence_length, longest)
        preprocessor: Any = "auto"
        if settings.vocabulary is not None:
            preprocessor = AlbertPreprocessor(AlbertTokenizer(settings.vocabulary), length)
        elif stored.vocabulary is None:
            raise ValueError(
                f"The preset {settings.preset} brings no vocabulary. Name one in `vocabulary`: "
                "a SentencePiece model such as 30k-clean.model."
            )
        return AlbertClassifier.from_preset(
            settings.preset,
            num_classes=len(self.data.labels or (0,)),
            preprocessor=preprocessor,
            dropout=settings.dropout,
            load_weights=not settings.from_scratch,
            dtype=None if settings.dtype == "float32" else settings.dtype,
            sequence_length=length,
        )

    def _recipe_for(self, backbone_config: Dict[str, Any]) -> Recipe:
        sized = type("Sized", (), {"hidden_dim": backbone_config.get("hidden_dim", 768)})
        name = self.settings.task and self.data.name
        return recipe_for("mnli" if name == "ax" else name, size_of(sized))

    def _recipe(self) -> Recipe:
        """The recipe with the user's numbers put in; its source says which they are."""
        settings, recipe = self.settings, self.task.recipe_for_size()
        own = ["epochs", "batch_size", "learning_rate", "warmup_fraction"]
        given = {name: getattr(settings, name) for name in own}
        given = {name: value for name, value in given.items() if value is not None}
        changes: Dict[str, Any] = {**given, "sequence_length": self._sequence_length}
        if "epochs" in given:
            changes["total_steps"] = None
        if "warmup_fraction" in given:
            changes["warmup_steps"] = None
        if len(given) == len(own):
            changes["source"] = "your options"
        elif given:
            names = " and ".join(name.replace("_", " ") for name in given)
            changes["source"] = f"{recipe.source}; {names} as you say"
        return replace(recipe, **changes)

    @property
    def _sequence_length(self) -> int:
        return int(self.classifier.preprocessor.sequence_length)

    # === What it says ===
    def plan(self, output: Path) -> Dict[str, str]:
        """Returns what the run will do, topic by topic."""
        settings, recipe = self.settings, self.recipe
        what = f"{self.data.name}: "
        if self.data.is_regression:
            what += "a score"
        else:
            what += f"{len(self.data.labels)} labels ({', '.join(self.data.labels[:8])}"
            what += ", ...)" if len(self.data.labels) > 8 else ")"
        what += f", judged by {' and '.join(self.data.metrics)}"
        dev = " + ".join(report.number_of(len(part), "row") for part in self.dev.values())
        weights = "random weights" if settings.from_scratch else "its weights"
        warmup = (
            f"{recipe.warmup_steps} steps"
            if recipe.warmup_steps is not None
            else f"{recipe.warmup_fraction:.0%}"
        )
        optimizer = {"adamw": "AdamW", "lamb": "LAMB"}[settings.optimizer]
        if settings.parity:
            optimizer += f" as in {settings.parity}"
        return {
            "Task": what,
            "Training": f"{report.number_of(len(self.train), 'row')} of "
            f"{settings.train or settings.data}",
            "Scoring": f"{dev} ({self.dev_source})" if self.dev else "no rows: no scores",
            "Model": f"{settings.preset} ({weights}): "
            + report.geometry(self.classifier.backbone, self.classifier.count_params()),
            "Text": f"at most {self._sequence_length} tokens",
            "Recipe": f"{optimizer}, learning rate {recipe.learning_rate:g}, warm-up {warmup}, "
            f"batches of {recipe.batch_size} ({recipe.source})",
            "Length": f"{report.number_of(self.total_steps, 'step')} in "
            f"{report.number_of(self.epochs, 'epoch')}",
            "Runs on": _runs_on(settings.dtype),
            "Output": str(output),
        }

    # === The run ===
    def execute(self, folder: RunFolder) -> Dict[str, Any]:
        """Trains, and writes every file of the run.

        Args:
            folder: `RunFolder`, entered.

        Returns:
            What `metrics.json` holds.
        """
        settings, names = self.settings, self._score_names()
        log = RunLog(self.recipe.batch_size, len(self.train))
        start = time.perf_counter()
        progress = TrainingProgress(
            self.console, self.epochs, self.total_steps, self.recipe.batch_size, names
        )
        board = keras.callbacks.TensorBoard(
            str(folder.staging / "logs"),
            write_graph=False,
            update_freq=max(1, self.total_steps // 1000),
        )
        with progress:
            self.task.fit(
                self.train,
                validation_data=self._validation_data(),
                epochs=settings.epochs,
                batch_size=settings.batch_size,
                seed=settings.seed,
                keep_best=settings.keep_best,
                max_steps=settings.max_steps,
                callbacks=[log, progress, board],
                verbose=0,
            )
        best = self.task.dev_score.best_epoch if self.task.dev_score else None
        best = None if best is None else best + 1
        kept = best if best is not None and settings.keep_best else len(log.epochs)
        metrics = {
            "task": self.data.name,
            "main_metric": self.data.main_metric,
            "final": log.epochs[kept - 1]["scores"],
            "best_epoch": best,
            "kept_epoch": kept,
            "epochs": log.epochs,
            "steps": len(log.step_losses),
            "rows": {"train": len(self.train), **{k: len(v) for k, v in self.dev.items()}},
            "seconds": round(time.perf_counter() - start, 3),
            "training_seconds": round(log.train_seconds, 3),
            "examples_per_second": round(log.examples_per_second, 2),
        }
        with self.console.status("Writing the results ..."):
            self._write(folder, log, metrics)
        return metrics

    def _validation_data(self) -> Any:
        if len(self.dev) == 1:
            return next(iter(self.dev.values()))
        return self.settings.data if self.dev else None  # MNLI's two sets

    def _score_names(self) -> List[str]:
        names = [name for name in self.data.metrics] if self.dev else []
        return names + [f"mismatched_{name}" for name in names] if len(self.dev) > 1 else names

    def _write(self, folder: RunFolder, log: RunLog, metrics: Dict[str, Any]) -> None:
        self.task.save_to_preset(folder.staging / "preset")
        for name, examples in self.dev.items():
            write_predictions(
                folder.staging / f"predictions_{name}.tsv",
                examples,
                self.task.predict(examples),
                self.data.labels,
            )
        main = self.data.main_metric
        title = f"{self.data.name}: fine-tuning {Path(self.settings.preset).name}"
        plot_training(
            folder.staging / "training.png",
            title,
            log.step_losses,
            log.learning_rates(),
            log.epochs,
            main if self.dev else None,
            metrics["best_epoch"],
        )
        folder.write_json("metrics.json", metrics)
        options = self.settings.as_json()
        for name in ("data", "preset"):
            if options[name] is not None:
                options[name] = str(folder.final(options[name]))
        folder.write_json(
            "config.json",
            {
                "command": "finetune",
                "options": {**options, "output": str(folder.path)},
                "recipe": asdict(self.recipe),
                "total_steps": self.total_steps,
                "labels": self.data.labels,
                "model": {
                    "parameters": self.classifier.count_params(),
                    "sequence_length": self._sequence_length,
                    "head_dropout": self.classifier.dropout,
                    "backbone": self.classifier.backbone.get_config(),
                },
                "versions": versions(),
            },
        )

    def print_results(self, folder: Path, metrics: Dict[str, Any]) -> None:
        """Prints the scores and where everything lies."""
        why = "<- best, saved" if metrics["kept_epoch"] == metrics["best_epoch"] else "<- saved"
        report.print_epochs(self.console, metrics["epochs"], metrics["kept_epoch"], why)
        self.console.print(
            f"Took {duration(metrics['seconds'])}, "
            f"{metrics['examples_per_second']:,.0f} examples/s in training."
        )
        self.console.print()
        files = {"preset/": "the model, with its vocabulary and labels"}
        files.update(
            {f"predictions_{name}.tsv": "what it says of each row" for name in self.dev}
        )
        files["metrics.json"] = "every score"
        files["config.json"] = "every setting and version"
        files["training.png"] = "loss, learning rate and scores over the run"
        files["logs/"] = f"for TensorBoard: tensorboard --logdir {folder}/logs"
        report.print_files(self.console, folder, files)


def _runs_on(dtype: str) -> str:
    backend = backend_name()
    device = "CPU"
    if backend == "tensorflow":
        import tensorflow as tf

        accelerators = [d for d in tf.config.list_logical_devices() if d.device_type != "CPU"]
        device = accelerators[0].device_type if accelerators else "CPU"
        if len(accelerators) > 1:
            device = f"{len(accelerators)} x {device}"
    return f"Keras {keras.__version__} on {backend}, {device}, {dtype}"


def versions() -> Dict[str, Optional[str]]:
    """Returns the versions that a result depends on."""
    import tensorflow as tf

    return {
        "albert_zoo": __version__,
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": backend_name(),
        "tensorflow": tf.__version__,
        "numpy": np.__version__,
        "sentencepiece": sentencepiece.__version__,
        "platform": platform.platform(),
    }
