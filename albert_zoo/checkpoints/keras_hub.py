"""KerasHub preset folders, read and written without KerasHub."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

import numpy as np

from albert_zoo.checkpoints.checkpoint import Checkpoint
from albert_zoo.checkpoints.config import from_keras_hub, to_keras_hub
from albert_zoo.checkpoints.files import listing, read_json, read_vocabulary, write_json
from albert_zoo.checkpoints.finish import finish
from albert_zoo.checkpoints.hdf5 import read_hdf5, write_hdf5
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.checkpoints.name_map import KERAS_HUB, KERAS_HUB_CLASSIFIER, KERAS_HUB_MASKED_LM
from albert_zoo.checkpoints.name_table import NameTable
from albert_zoo.errors import ConversionError

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
TASK = "task.json"
TASK_WEIGHTS = "task.weights.h5"
VOCABULARY = "assets/tokenizer/vocabulary.spm"

_MODULE = "keras_hub.src.models.albert."
_MODULES = {
    "AlbertBackbone": "albert_backbone",
    "AlbertTextClassifier": "albert_text_classifier",
    "AlbertMaskedLM": "albert_masked_lm",
    "AlbertTokenizer": "albert_tokenizer",
    "AlbertTextClassifierPreprocessor": "albert_text_classifier_preprocessor",
    "AlbertMaskedLMPreprocessor": "albert_masked_lm_preprocessor",
}
_TASKS = {"AlbertTextClassifier": KERAS_HUB_CLASSIFIER, "AlbertMaskedLM": KERAS_HUB_MASKED_LM}
_LEARNING_RATES = {"AlbertTextClassifier": 1e-5, "AlbertMaskedLM": 5e-5}
_KERAS_VERSION = "3.15.1"  # KerasHub asks for one; the layout of the files is this version's


# === Reading ===


def read_keras_hub(folder: Any) -> Checkpoint:
    """Reads a KerasHub preset: a backbone, a text classifier, or a masked language model.

    Args:
        folder: path.

    Returns:
        `Checkpoint`.

    Raises:
        ConversionError: a file is missing or damaged, it is another model's preset, or weights and
            configuration do not fit.
    """
    folder = Path(folder)
    content = _read_class(folder / CONFIG, ("AlbertBackbone",))
    config = from_keras_hub(content["config"], str(folder / CONFIG))
    arrays: LazyArrays = KERAS_HUB.to_ours(_read_arrays(folder / WEIGHTS), config)
    task_config: Dict[str, Any] = {}
    if (folder / TASK).is_file():
        task = _read_class(folder / TASK, tuple(_TASKS))
        table = _TASKS[task["class_name"]]
        arrays = LazyArrays.of(arrays, table.to_ours(_read_arrays(folder / TASK_WEIGHTS), config))
        activation = task["config"].get("activation", "linear")
        if activation not in (None, "linear"):
            raise ConversionError(
                f"`activation` in {folder / TASK} must be linear. Received: {activation!r}. "
                "Save the classifier with `activation=None`."
            )
        task_config = {"dropout": task["config"].get("dropout", 0.1)}
    return finish(
        "keras-hub",
        config,
        arrays,
        str(folder),
        vocabulary=read_vocabulary(folder, [VOCABULARY]),
        task_config=task_config,
    )


def _read_class(path: Path, names: Any) -> Dict[str, Any]:
    content = read_json(path)
    name = content.get("class_name")
    if content.get("registered_name") != f"keras_hub>{name}" or name not in names:
        raise ConversionError(
            f"`registered_name` in {path} must be keras_hub> and one of {', '.join(names)}. "
            f"Received: {content.get('registered_name')!r}. Give an ALBERT preset of KerasHub."
        )
    if not isinstance(content.get("config"), dict):
        raise ConversionError(f"{path}: `config` must be a JSON object. Restore the file.")
    return content


def _read_arrays(path: Path) -> LazyArrays:
    if not path.is_file():
        raise ConversionError(
            f"{path.parent}: must hold {path.name}. Found: {listing(path.parent)}. "
            "Save the preset with its weights."
        )
    return read_hdf5(path)


# === Writing ===


def write_keras_hub(folder: Path, checkpoint: Checkpoint) -> None:
    """Writes a preset that `keras_hub.models.TextClassifier.from_preset` and its like read.

    Args:
        folder: path of an existing folder.
        checkpoint: `Checkpoint` with the head `mlm` or `head` or none.

    Raises:
        ConversionError: the format has no place for a head or a value of the configuration.
    """
    config, heads = checkpoint.config, checkpoint.heads
    if heads not in ((), ("mlm",), ("head",)):
        raise ConversionError(
            "`heads` must be mlm, or head, or none for the format keras-hub. Received: "
            f"{' and '.join(heads)}. Choose with `with_heads`."
        )
    arrays = LazyArrays.of(checkpoint.with_heads().arrays)
    theirs = KERAS_HUB.from_ours(arrays, config)
    write_hdf5(folder / WEIGHTS, theirs)
    backbone = _object("AlbertBackbone", {**_base("albert_backbone"), **to_keras_hub(config)})
    write_json(folder / CONFIG, backbone)
    metadata = {
        "keras_version": _KERAS_VERSION,
        "parameter_count": sum(math.prod(shape) for shape in theirs.shapes.values()),
        "tasks": ["MaskedLM", "TextClassifier"],
    }
    write_json(folder / "metadata.json", metadata)
    preprocessor: Optional[Dict[str, Any]] = None
    if checkpoint.vocabulary is not None:
        preprocessor = _write_preprocessor(folder, checkpoint)
    if heads:
        own = LazyArrays.of(checkpoint.arrays).starting("mlm/", "head/")
        _write_task(folder, checkpoint, own, backbone, preprocessor)


def _write_task(
    folder: Path,
    checkpoint: Checkpoint,
    arrays: LazyArrays,
    backbone: Mapping[str, Any],
    preprocessor: Optional[Mapping[str, Any]],
) -> None:
    values: Dict[str, Any] = {"backbone": backbone, "preprocessor": preprocessor}
    if checkpoint.heads == ("head",):
        name = "AlbertTextClassifier"
        values.update(name="albert_text_classifier", num_classes=arrays.shapes["head/bias"][0])
        values.update(activation="linear", dropout=checkpoint.task_config.get("dropout", 0.1))
    else:
        name = "AlbertMaskedLM"
        values.update(name="albert_masked_lm")
    table: NameTable = _TASKS[name]
    write_json(folder / TASK, _object(name, values))
    theirs = table.from_ours(arrays, checkpoint.config)
    optimizer = {  # of the untrained Adam that KerasHub compiles with; it warns if there is none
        "optimizer/vars/0": np.array(0, "int64"),
        "optimizer/vars/1": np.array(_LEARNING_RATES[name], "float32"),
    }
    write_hdf5(folder / TASK_WEIGHTS, LazyArrays.of(theirs, optimizer))


def _write_preprocessor(folder: Path, checkpoint: Checkpoint) -> Dict[str, Any]:
    (folder / VOCABULARY).parent.mkdir(parents=True)
    (folder / VOCABULARY).write_bytes(checkpoint.vocabulary or b"")
    tokenizer = _object(
        "AlbertTokenizer",
        {
            **_base("albert_tokenizer", dtype="int32"),
            "config_file": "tokenizer.json",
            "proto": None,
            "sequence_length": None,
            "add_bos": False,
            "add_eos": False,
        },
    )
    values = {
        "tokenizer": tokenizer,
        "config_file": "preprocessor.json",
        "sequence_length": checkpoint.config["max_sequence_length"],
        "truncate": "round_robin",
    }
    if checkpoint.heads == ("mlm",):
        name = "AlbertMaskedLMPreprocessor"
    else:
        name = "AlbertTextClassifierPreprocessor"
    preprocessor = _object(name, {**_base(_MODULES[name]), **values})
    write_json(folder / "tokenizer.json", tokenizer)
    write_json(folder / "preprocessor.json", preprocessor)
    return preprocessor


def _object(name: str, config: Mapping[str, Any]) -> Dict[str, Any]:
    return {
        "module": _MODULE + _MODULES[name],
        "class_name": name,
        "config": dict(config),
        "registered_name": f"keras_hub>{name}",
    }


def _base(name: str, dtype: str = "float32") -> Dict[str, Any]:
    policy = {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": {"name": dtype},
        "registered_name": None,
    }
    return {"name": name, "trainable": True, "dtype": policy}
