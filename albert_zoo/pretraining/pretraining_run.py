"""PretrainingRun: the loop, its log and its checkpoints."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional

import numpy as np

from albert_zoo.atomic import new_file
from albert_zoo.errors import CheckpointError, OutputExistsError, RunStopped
from albert_zoo.keras_api import KERAS_GENERATION, backend_name, keras, require_keras_3
from albert_zoo.models.albert_pretrainer import AlbertPretrainer
from albert_zoo.pretraining.held_out import HeldOutText, scores_of
from albert_zoo.pretraining.masked_word_loss import MaskedWordLoss
from albert_zoo.pretraining.pretraining_batches import Batch, PretrainingBatches
from albert_zoo.pretraining.pretraining_config import PretrainingConfig
from albert_zoo.runs import OutputLock, Snapshot, SnapshotStore, SnapshotWriter, StopSignals
from albert_zoo.runs.model_state import put_back, take_snapshot
from albert_zoo.training import LAMB, AdamW, WarmupLinearDecay
from albert_zoo.training.callbacks import learning_rate_of

CONFIG = "config.json"
SNAPSHOTS = "snapshots"
EARLIER = "checkpoint.h5"
"""The one checkpoint that there once was."""
LOG = "log.jsonl"
PRESET = "preset"


class PretrainingRun:
    """Trains an `AlbertPretrainer`, and goes on where an interrupted run stopped.

    Losses are the reference's: the mean over all hidden pieces of a batch, plus the mean over its
    rows of the sentence-order loss. The folder holds `config.json`, `log.jsonl` and the last
    checkpoints in `snapshots`.

    Args:
        model: `AlbertPretrainer`.
        config: `PretrainingConfig`.
        batches: `PretrainingBatches`.
        folder: path of the run's folder; new, empty, or of the same configuration.
        held_out: `HeldOutText`, or `None`.
        jit_compile: bool. Whether XLA compiles the whole step. `None` for yes, but on PyTorch.
        report: called with each line of the log, a dict.

    Raises:
        OutputExistsError: the folder holds something else, or a run of another configuration.
    """

    def __init__(
        self,
        model: AlbertPretrainer,
        config: PretrainingConfig,
        batches: PretrainingBatches,
        folder: Any,
        held_out: Optional[HeldOutText] = None,
        jit_compile: Optional[bool] = None,
        report: Callable[[Dict[str, Any]], None] = lambda line: None,
    ):
        self.model = model
        self.config = config
        self.batches = batches
        self.folder = Path(folder)
        self.held_out = held_out
        self.report = report
        self.progress: Dict[str, Any] = {
            "step": 0, "epoch": 0, "batch": 0, "tokens": 0, "seconds": 0.0,
        }  # fmt: skip
        if jit_compile is None:
            jit_compile = KERAS_GENERATION == 3 and backend_name() != "torch"
        compile_pretrainer(model, config, jit_compile)
        self.open_folder(self.folder, config.as_dict())
        self._store = SnapshotStore(self.folder / SNAPSHOTS, keep=2)
        self._take_up()

    @staticmethod
    def open_folder(folder: Any, config: Dict[str, Any]) -> None:
        """Claims a folder for a run: writes `config.json`, or checks that it is the same.

        Args:
            folder: path; new, empty, or of an interrupted run.
            config: dict of JSON values.

        Raises:
            OutputExistsError: the folder holds something else, or a run of another configuration.
        """
        folder = Path(folder)
        path = folder / CONFIG
        if path.is_file():
            before = json.loads(path.read_text(encoding="utf-8"))
            changed = [k for k in config if k in before and before[k] != config[k]]
            if changed:
                raise OutputExistsError(
                    f"{folder} holds a run with another {', '.join(changed)}. Choose another "
                    "folder, or continue it with its own configuration."
                )
        elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputExistsError(
                f"`output` must be new, empty, or an interrupted run. Received: {folder}. "
                "Choose another folder."
            )
        else:
            before = {}
        if any(name not in before for name in config):
            with new_file(path) as unfinished:
                text = json.dumps({**before, **config}, indent=4)
                unfinished.write_text(text + "\n", encoding="utf-8")

    def _take_up(self) -> None:
        found = self._store.newest()
        if found is None and (self.folder / EARLIER).exists():
            raise CheckpointError(
                f"{self.folder / EARLIER}: an earlier version's checkpoint. Go on with that "
                "version, or choose another folder."
            )
        if found is not None:
            put_back(self.model, found.arrays, parts=["weights", "optimizer", "random"])
            self.progress = {name: found.progress[name] for name in self.progress}

    @property
    def is_done(self) -> bool:
        """Whether all updates are made."""
        return bool(self.progress["step"] >= self.config.total_steps)

    def train(self, max_minutes: Optional[float] = None) -> Dict[str, Any]:
        """Trains to the end of the schedule.

        Args:
            max_minutes: float. Stops before the end after so long, with a checkpoint.

        Returns:
            dict. The last line of the log, with the scores on held-out text.

        Raises:
            RunStopped: SIGTERM or Ctrl-C came; the state is saved.
            RunInUseError: another process trains in the folder.
            CheckpointError: the state could not be written for ten minutes.
        """
        lock, writing = OutputLock(self._store.folder), SnapshotWriter(self._store)
        with lock, StopSignals() as signals, writing as writer:
            return self._train(max_minutes, signals, writer)

    def _train(
        self, max_minutes: Optional[float], signals: StopSignals, writer: SnapshotWriter
    ) -> Dict[str, Any]:
        config, progress = self.config, self.progress
        begin = saved = logged = time.perf_counter()
        before = progress["seconds"]
        scores: List[Dict[str, float]] = []
        since_log = 0
        line: Dict[str, Any] = {}
        scored_at = -1
        micro_steps = 0
        for inputs, labels, weights in self._endless_batches():
            if self.is_done:
                break
            logs = self.model.train_on_batch(inputs, labels, weights, return_dict=True)
            scores.append(scores_of(logs))
            tokens = int(inputs["padding_mask"].sum())
            progress["tokens"] += tokens
            since_log += tokens
            progress["batch"] += 1
            micro_steps += 1
            if micro_steps % config.accumulation_steps:
                continue
            progress["step"] += 1
            now = time.perf_counter()
            progress["seconds"] = before + now - begin
            step = progress["step"]
            timed_out = max_minutes is not None and now - begin > 60 * max_minutes
            ends = self.is_done or timed_out
            if step % config.log_every == 0 or ends:
                line = self._line(scores, since_log / (now - logged))
                if step % config.evaluate_every == 0 or ends:
                    line.update(self._held_out_scores())
                    scored_at = step
                self._log(line)
                logged, since_log, scores = time.perf_counter(), 0, []
            writer.check()
            if now - saved > 60 * config.save_minutes or ends or signals.received:
                writer.submit(Snapshot(step, take_snapshot(self.model), dict(progress)))
                saved = time.perf_counter()
            if signals.received and not ends:
                fault = writer.flush_for_a_moment()
                told = f"and could not be saved. {fault}" if fault else "it is saved."
                raise RunStopped(
                    f"after step {step} of {config.total_steps}; {told} The same again goes on.",
                    signals.received,
                )
            if ends:
                break
        if scored_at != progress["step"]:
            line = {**progress, **self._held_out_scores()}
        return line

    def save_to_preset(self, overwrite: bool = False) -> Path:
        """Writes the model as `<folder>/preset`, and returns that path.

        Args:
            overwrite: bool. Whether a preset that is there may be replaced.
        """
        return self.model.save_to_preset(self.folder / PRESET, overwrite=overwrite)

    def _endless_batches(self) -> Iterator[Batch]:
        while True:
            found = False
            for batch in self.batches.epoch(self.progress["epoch"], skip=self.progress["batch"]):
                found = True
                yield batch
            if not found and self.progress["batch"] == 0:
                raise ValueError(
                    "`batch_tokens` must not exceed the data. Received: "
                    f"{self.config.batch_tokens}, for which there are too few rows. Lower it."
                )
            self.progress["epoch"] += 1
            self.progress["batch"] = 0

    def _line(self, scores: List[Dict[str, float]], speed: float) -> Dict[str, Any]:
        progress = self.progress
        done = progress["step"] / self.config.total_steps
        return {
            **progress,
            **{f"train_{k}": float(np.mean([score[k] for score in scores])) for k in scores[0]},
            "learning_rate": learning_rate_of(self.model.optimizer),
            "tokens_per_second": speed,
            "seconds_left": progress["seconds"] * (1 / done - 1),
        }

    def _held_out_scores(self) -> Dict[str, float]:
        if self.held_out is None:
            return {}
        return {f"held_out_{k}": v for k, v in self.held_out.score(self.model).items()}

    def _log(self, line: Dict[str, Any]) -> None:
        with open(self.folder / LOG, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        self.report(line)


def compile_pretrainer(
    model: AlbertPretrainer, config: PretrainingConfig, jit_compile: bool = False
) -> None:
    """Compiles a model with the reference's losses and the configuration's optimizer.

    Args:
        model: `AlbertPretrainer`.
        config: `PretrainingConfig`.
        jit_compile: bool. Whether XLA compiles the whole step.
    """
    schedule = WarmupLinearDecay(
        config.learning_rate,
        config.total_steps,
        config.warmup_steps,
        final_learning_rate=config.final_learning_rate,
    )
    more: Dict[str, Any] = {}
    if config.accumulation_steps > 1:
        require_keras_3("`accumulation_steps` above 1", "Leave it at 1.")
        more["gradient_accumulation_steps"] = config.accumulation_steps
    optimizer_class = LAMB if config.optimizer == "lamb" else AdamW
    optimizer = optimizer_class(
        schedule, weight_decay=config.weight_decay, global_clipnorm=config.clip_norm, **more
    )

    def metrics(head: str) -> list:
        return [
            keras.metrics.SparseCategoricalCrossentropy(f"{head}_loss", from_logits=True),
            keras.metrics.SparseCategoricalAccuracy(f"{head}_accuracy"),
        ]

    model.compile(
        optimizer=optimizer,
        loss={
            "mlm": MaskedWordLoss(),
            "sop": keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        },
        weighted_metrics={head: metrics(head) for head in ("mlm", "sop")},
        jit_compile=jit_compile,
    )
    model.optimizer.build(model.trainable_variables)
