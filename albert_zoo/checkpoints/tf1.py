"""Name-based TensorFlow checkpoints, as google-research/albert publishes and trains them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Mapping, Optional

import numpy as np

from albert_zoo.checkpoints import bundles
from albert_zoo.checkpoints.beside import find_beside
from albert_zoo.checkpoints.checkpoint import Checkpoint
from albert_zoo.checkpoints.config import from_google, to_google
from albert_zoo.checkpoints.files import write_json
from albert_zoo.checkpoints.finish import finish
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.checkpoints.name_map import TF1, TF1_OTHER_HEADS
from albert_zoo.errors import ConversionError

PREFIX = "model.ckpt-best"
_HUB = "module/"  # TF-Hub's first format puts it before every name


def read_tf1(path: Any, config: Optional[Mapping[str, Any]] = None) -> Checkpoint:
    """Reads a name-based checkpoint, or a module of TF-Hub's first format, and what lies beside it.

    Pre-training heads and a classifier's head are read; optimizer slots, the step, and heads for
    span questions are left out.

    Args:
        path: folder, or prefix of the checkpoint.
        config: dict of the keys of `albert_config.json`, if that file is not there.

    Returns:
        `Checkpoint`.

    Raises:
        ConversionError: a file is missing or damaged, or weights and configuration do not fit.
    """
    prefix = bundles.find_prefix(Path(path))
    beside = find_beside(prefix, config)
    ours = from_google(beside.config, beside.origin)
    reader = bundles.open_bundle(prefix)
    names = list(reader.get_variable_to_shape_map())
    if bundles.OBJECT_GRAPH in names:
        raise ConversionError(
            f"{prefix}: must be a name-based checkpoint. It is object-based. "
            "Read it with the format tf2."
        )
    short = {name[len(_HUB) :] if name.startswith(_HUB) else name: name for name in names}
    if len(short) < len(names):
        raise ConversionError(
            f"{prefix}: must hold every weight once. Found: some with and without {_HUB}. "
            "Save the model anew."
        )
    other = sorted(name for name in short if name.startswith(TF1_OTHER_HEADS))
    arrays = bundles.lazy_tensors(
        prefix, reader, {k: v for k, v in short.items() if not TF1.drops(k)}
    )
    notes = list(beside.notes)
    if other:
        notes.append(f"A head for span questions was left out: {', '.join(other)}.")
    return finish(
        "tf1",
        ours,
        TF1.to_ours(arrays, ours),
        str(prefix),
        vocabulary=beside.vocabulary,
        notes=notes,
    )


def write_tf1(folder: Path, checkpoint: Checkpoint) -> None:
    """Writes `model.ckpt-best`, `albert_config.json` and the vocabulary into a folder.

    Args:
        folder: path of an existing folder.
        checkpoint: `Checkpoint`, with any heads.

    Raises:
        ConversionError: the configuration has values that the format has no place for.
    """
    config = checkpoint.config
    step = {"global_step": np.array(0, "int64")}
    arrays = LazyArrays.of(TF1.from_ours(checkpoint.arrays, config), step)
    bundles.write_tensors(folder / PREFIX, arrays)
    state = f'model_checkpoint_path: "{PREFIX}"\nall_model_checkpoint_paths: "{PREFIX}"\n'
    (folder / "checkpoint").write_text(state, encoding="utf-8")
    write_json(folder / bundles.CONFIG, to_google(config))
    bundles.write_vocabulary(folder, checkpoint.vocabulary)
