"""A process in which runs are trained, and killed: it imports Keras once and forks for each run.

Started by `TrainingServer`. It reads one JSON object a line, forks, and prints what happens.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from typing import Any, Dict, Optional

import numpy as np

from albert_zoo import AlbertClassifier, Task
from albert_zoo.keras_api import keras
from albert_zoo.runs import snapshot_file
from albert_zoo.training.checkpoint_settings import CheckpointSettings
from albert_zoo.training.run_log import RunLog
from tests.model_checks import tiny_backbone

LENGTH = 24


class Report(keras.callbacks.Callback):
    """Prints each step, so that the parent can choose when to kill.

    The line is `step <of this process> <of the run> <bytes of memory> <open files>`.

    Args:
        pace: float, steps a second at the most; `None` for as many as there can be.
    """

    def __init__(self, pace: Optional[float] = None) -> None:
        super().__init__()
        self.step = 0
        self.pace = pace
        self._start = 0.0

    def on_train_begin(self, logs: Optional[Dict[str, float]] = None) -> None:
        self._start = time.monotonic()

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self.step += 1
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        files = len(os.listdir("/proc/self/fd"))
        of_run = int(self.model.optimizer.iterations)
        print(f"step {self.step} {of_run} {used} {files}", flush=True)
        if self.pace is not None:
            time.sleep(max(0.0, self._start + self.step / self.pace - time.monotonic()))


def rows(count: int, seed: int) -> Any:
    """Random ids of random lengths, labelled by what a model can learn."""
    random = np.random.default_rng(seed)
    lengths = random.integers(4, LENGTH + 1, count)
    mask = (np.arange(LENGTH) < lengths[:, None]).astype("int32")
    ids = random.integers(5, 100, mask.shape).astype("int32") * mask
    labels = (ids[:, 1] > 50).astype("int32")
    return {"token_ids": ids, "segment_ids": 0 * mask, "padding_mask": mask}, labels


def die_at_write(number: int) -> None:
    """Kills this process within a save, at one of the pieces that files are written in."""
    write = snapshot_file._HashingFile.write
    seen = [0]

    def counted(self: Any, content: Any) -> int:
        seen[0] += 1
        if seen[0] >= number:
            os.kill(os.getpid(), signal.SIGKILL)
        return write(self, content)

    snapshot_file._HashingFile.write = counted  # type: ignore[method-assign]


def train(run: Dict[str, Any]) -> None:
    """Trains a run to its end, and writes what is compared."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(0)
    if run.get("die_at_write"):
        die_at_write(run["die_at_write"])
    backbone = tiny_backbone(dropout=0.1, attention_dropout=0.1, initializer_range=0.1)
    task = Task("cola", AlbertClassifier(backbone, 2, preprocessor=None, dropout=0.1))
    task.compile(learning_rate=run.get("learning_rate", 5e-3))
    data, labels = rows(run.get("rows", 56), seed=0)
    log = RunLog(8, len(labels))
    history = task.fit(
        data,
        labels,
        validation_data=rows(32, seed=1),
        epochs=run.get("epochs", 4),
        batch_size=8,
        pool_batches=run.get("pool_batches", 1),
        callbacks=[Report(run.get("pace")), log],
        verbose=0,
        run_folder=run["folder"],
        resume=True,
        checkpoints=CheckpointSettings(
            minutes=run.get("minutes"), steps=run.get("steps"), keep=2, patience_minutes=1.0
        ),
        steps_per_epoch=run.get("steps_per_epoch"),
    )
    scores = {
        "history": history.history,
        "epochs": history.epoch,
        "best": task.dev_score.best_epoch,  # type: ignore[union-attr]
        "losses": log.step_losses,
    }
    np.savez(run["result"], scores=json.dumps(scores), **task.classifier.get_named_arrays())


def main() -> None:
    """Serves until its input ends."""
    print("ready", flush=True)
    for line in sys.stdin:
        run = json.loads(line)
        child = os.fork()
        if not child:
            status = 1
            try:
                train(run)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(status)
        print(f"pid {child}", flush=True)
        _, status = os.waitpid(child, 0)
        # On a line of its own: the child may have been killed within one of its lines.
        print(f"\nend {os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0} "
              f"{os.WEXITSTATUS(status) if os.WIFEXITED(status) else 0}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
