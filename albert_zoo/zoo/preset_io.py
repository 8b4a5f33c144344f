"""A preset folder, read and written. The file names and JSON shapes are KerasHub's.

```
config.json                        the backbone's class and arguments
model.weights.h5                   the backbone's weights, one dataset a name
pretraining.weights.h5             the heads for masked words and for the order of sentences
task.json                          the classifier's arguments, and what its classes mean
task.weights.h5                    the head's weights
preprocessor.json tokenizer.json   their arguments
assets/tokenizer/vocabulary.spm    the SentencePiece model
metadata.json                      versions, parameter count, origin
```
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Mapping, Optional

from albert_zoo.atomic import new_folder
from albert_zoo.checkpoints import LazyArrays, detect, read_checkpoint
from albert_zoo.checkpoints.files import listing, read_json
from albert_zoo.checkpoints.hdf5 import read_hdf5, write_hdf5
from albert_zoo.errors import ConversionError, OutputExistsError
from albert_zoo.zoo.foreign import preset_from_checkpoint
from albert_zoo.zoo.preset_checks import check_backbone, check_task, check_text_config
from albert_zoo.zoo.preset_folder import PresetFolder

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
PRETRAINING_WEIGHTS = "pretraining.weights.h5"
TASK_CONFIG = "task.json"
TASK_WEIGHTS = "task.weights.h5"
PREPROCESSOR = "preprocessor.json"
TOKENIZER = "tokenizer.json"
METADATA = "metadata.json"
VOCABULARY = "assets/tokenizer/vocabulary.spm"

FILES = (
    *(CONFIG, WEIGHTS, PRETRAINING_WEIGHTS, TASK_CONFIG, TASK_WEIGHTS),
    *(PREPROCESSOR, TOKENIZER, VOCABULARY, METADATA),
)
"""Every file that a preset folder may have."""


def read_preset(path: Any, config: Optional[Mapping[str, Any]] = None) -> PresetFolder:
    """Reads a preset: a folder of our own, or of any other format, found out from its files.

    Weights are read from the files when they are asked for.

    Args:
        path: path of the folder, or prefix of a TensorFlow checkpoint.
        config: dict of the keys of `albert_config.json`, for a TensorFlow checkpoint beside which
            there is none.

    Returns:
        `PresetFolder`.

    Raises:
        ConversionError: there is no such folder, its format is unknown or ambiguous, or a file in
            it cannot be read.
    """
    if detect(path) != "albert-zoo":
        foreign = preset_from_checkpoint(read_checkpoint(path, config))
        foreign.source = str(path)
        check_task(foreign.task_config or {}, f"The configuration of {path}")
        return foreign
    if config is not None:
        raise ConversionError(
            f"`config` must be left out for the format albert-zoo. Received: a dict for {path}. "
            "The folder has a configuration of its own."
        )
    return _read_ours(Path(path))


def _read_ours(folder: Path) -> PresetFolder:
    def config_of(name: str) -> Dict[str, Any]:
        path = folder / name
        value = read_json(path).get("config", {}) if path.is_file() else {}
        if not isinstance(value, dict):
            raise ConversionError(f"{path}: `config` must be a JSON object. Restore the file.")
        return value

    def arrays_of(name: str) -> Optional[LazyArrays]:
        path = folder / name
        return read_hdf5(path) if path.is_file() else None

    vocabulary = folder / VOCABULARY
    metadata = folder / METADATA
    preset = PresetFolder(
        backbone_config=config_of(CONFIG),
        backbone_arrays=arrays_of(WEIGHTS),
        task_config=config_of(TASK_CONFIG) if (folder / TASK_CONFIG).is_file() else None,
        task_arrays=arrays_of(TASK_WEIGHTS),
        pretraining_arrays=arrays_of(PRETRAINING_WEIGHTS),
        tokenizer_config=config_of(TOKENIZER),
        preprocessor_config=config_of(PREPROCESSOR),
        vocabulary=vocabulary.read_bytes() if vocabulary.is_file() else None,
        metadata=read_json(metadata) if metadata.is_file() else {},
        source=str(folder),
    )
    check_backbone(preset.backbone_config, folder / CONFIG)
    check_task(preset.task_config or {}, str(folder / TASK_CONFIG))
    check_text_config(preset.tokenizer_config, {"lowercase": bool}, folder / TOKENIZER)
    check_text_config(preset.preprocessor_config, {"sequence_length": int}, folder / PREPROCESSOR)
    return preset


def check_destination(folder: Path, overwrite: bool) -> None:
    """Refuses a folder that must not be written.

    Args:
        folder: path of the folder to make.
        overwrite: bool. Whether a model that is there may be replaced.

    Raises:
        OutputExistsError: the folder exists with something in it, and `overwrite` is false; or
            what is in it is no model.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not overwrite:
        raise OutputExistsError(
            f"`folder` must be new or empty. Received: {folder}. "
            "Choose another folder, or pass `overwrite=True`."
        )
    if not (folder / CONFIG).is_file() and not (folder / "albert_config.json").is_file():
        raise OutputExistsError(
            f"`overwrite` replaces folders of models only. Received: {folder}, which holds neither "
            f"{CONFIG} nor albert_config.json: {listing(folder)}. Choose another folder."
        )


def write_preset(folder: Any, preset: PresetFolder, overwrite: bool = False) -> Path:
    """Writes a preset folder: whole, or not at all.

    The files go to a temporary folder beside the destination, which then takes its name.

    Args:
        folder: path of the folder to make.
        preset: `PresetFolder`.
        overwrite: bool. Whether a preset that is there may be replaced.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        OutputExistsError: the folder exists with something in it, and `overwrite` is false; or it
            is not a folder of a model.
    """
    folder = Path(folder)
    check_destination(folder, overwrite)
    with new_folder(folder) as unfinished:
        _write_files(unfinished, preset)
    return folder


def _write_files(folder: Path, preset: PresetFolder) -> None:
    def write(name: str, class_name: str, module: str, config: Mapping[str, Any]) -> None:
        content = {
            "module": f"albert_zoo.{module}",
            "class_name": class_name,
            "config": config,
            "registered_name": f"albert_zoo>{class_name}",
        }
        _write_json(folder / name, content)

    write(CONFIG, "AlbertBackbone", "models", preset.backbone_config)
    if preset.backbone_arrays is not None:
        write_hdf5(folder / WEIGHTS, preset.backbone_arrays)
    if preset.pretraining_arrays is not None:
        write_hdf5(folder / PRETRAINING_WEIGHTS, preset.pretraining_arrays)
    if preset.task_config is not None:
        write(TASK_CONFIG, "AlbertClassifier", "models", preset.task_config)
    if preset.task_arrays is not None:
        write_hdf5(folder / TASK_WEIGHTS, preset.task_arrays)
    if preset.vocabulary is not None:
        write(PREPROCESSOR, "AlbertPreprocessor", "text", preset.preprocessor_config)
        write(TOKENIZER, "AlbertTokenizer", "text", preset.tokenizer_config)
        (folder / VOCABULARY).parent.mkdir(parents=True)
        (folder / VOCABULARY).write_bytes(preset.vocabulary)
    _write_json(folder / METADATA, preset.metadata)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")
