"""EpochCheckpoints: the weights after each epoch, as the Model Garden's scripts leave them."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional

from albert_zoo.atomic import new_file
from albert_zoo.checkpoints import Checkpoint, write_checkpoint
from albert_zoo.keras_api import keras

CONFIG = "albert_config.json"
STATE = "checkpoint"
_WRITTEN = "bert_model.ckpt"


class EpochCheckpoints(keras.callbacks.Callback):
    """Writes `ckpt-<step>` after each epoch, `checkpoint`, which names the last one, and the
    configuration.

    The files are those of `tf.train.Checkpoint(model=...)` around the Model Garden's classifier,
    without the optimizer's variables: they are read by its scripts and by `read_checkpoint`.

    Args:
        folder: path of an existing folder.
        config: dict of the backbone's arguments.
    """

    def __init__(self, folder: Any, config: Dict[str, Any]):
        super().__init__()
        self.folder = Path(folder)
        self.config = config
        self.step = 0
        self._names: List[str] = []

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, float]] = None) -> None:
        self.step += 1

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, float]] = None) -> None:
        name = f"ckpt-{self.step}"
        checkpoint = Checkpoint("tf2", self.config, self.model.get_named_arrays())
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=".ckpt-") as folder:
            written = write_checkpoint(Path(folder) / "files", "tf2", checkpoint)
            # The index comes last: with it the checkpoint is there, and whole.
            for file in sorted(written.glob(f"{_WRITTEN}.*")):
                os.replace(file, self.folder / file.name.replace(_WRITTEN, name, 1))
            shutil.copyfile(written / CONFIG, Path(folder) / CONFIG)
            os.replace(Path(folder) / CONFIG, self.folder / CONFIG)
        self._names.append(name)
        lines = [f'model_checkpoint_path: "{name}"']
        lines += [f'all_model_checkpoint_paths: "{each}"' for each in self._names]
        with new_file(self.folder / STATE) as unfinished:
            unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
