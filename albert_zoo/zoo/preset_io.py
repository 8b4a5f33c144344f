"""A preset folder, read and written. The file names and JSON shapes are KerasHub's.

```
config.json                        the backbone's class and arguments
model.weights.h5                   the backbone's weights, one dataset a name
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

import h5py
import numpy as np

from albert_zoo.atomic import new_folder
from albert_zoo.checkpoints.files import read_json
from albert_zoo.errors import ConversionError, OutputExistsError, PresetNotFoundError
from albert_zoo.zoo.foreign import is_foreign, read_foreign
from albert_zoo.zoo.preset_folder import PresetFolder

CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
TASK_CONFIG = "task.json"
TASK_WEIGHTS = "task.weights.h5"
PREPROCESSOR = "preprocessor.json"
TOKENIZER = "tokenizer.json"
METADATA = "metadata.json"
VOCABULARY = "assets/tokenizer/vocabulary.spm"


def read_arrays(path: Path) -> Dict[str, np.ndarray]:
    """Reads every dataset of an HDF5 file, under its path in the file."""
    arrays: Dict[str, np.ndarray] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = item[()]

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    except (OSError, RuntimeError, KeyError) as error:
        raise ConversionError(
            f"{path}: not a readable HDF5 file ({error}). Restore the file."
        ) from None
    return arrays


def write_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes one dataset a name."""
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, track_times=False)


def read_preset(folder: Any, with_weights: bool = True) -> PresetFolder:
    """Reads a preset folder, our own or of another library.

    Args:
        folder: path of the folder.
        with_weights: bool. Whether to read the weight files that are there.

    Returns:
        `PresetFolder`.

    Raises:
        PresetNotFoundError: the folder has no `config.json`.
        ConversionError: a file in it cannot be read.
    """
    folder = Path(folder)
    if is_foreign(folder):
        return read_foreign(folder, with_weights)
    if not (folder / CONFIG).is_file():
        found = ", ".join(sorted(p.name for p in folder.iterdir())[:10]) if folder.is_dir() else ""
        raise PresetNotFoundError(
            f"{folder}: a preset folder must hold {CONFIG}. Found: {found or 'nothing'}. "
            "Give a folder that `save_to_preset` wrote."
        )

    def config_of(name: str) -> Dict[str, Any]:
        path = folder / name
        value = read_json(path).get("config", {}) if path.is_file() else {}
        if not isinstance(value, dict):
            raise ConversionError(f"{path}: `config` must be a JSON object. Restore the file.")
        return value

    def arrays_of(name: str) -> Optional[Dict[str, np.ndarray]]:
        path = folder / name
        return read_arrays(path) if with_weights and path.is_file() else None

    vocabulary = folder / VOCABULARY
    metadata = folder / METADATA
    return PresetFolder(
        backbone_config=config_of(CONFIG),
        backbone_arrays=arrays_of(WEIGHTS),
        task_config=config_of(TASK_CONFIG) if (folder / TASK_CONFIG).is_file() else None,
        task_arrays=arrays_of(TASK_WEIGHTS),
        tokenizer_config=config_of(TOKENIZER),
        preprocessor_config=config_of(PREPROCESSOR),
        vocabulary=vocabulary.read_bytes() if vocabulary.is_file() else None,
        metadata=read_json(metadata) if metadata.is_file() else {},
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
            is not a preset folder.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not overwrite:
            raise OutputExistsError(
                f"`folder` must be new or empty. Received: {folder}. "
                "Choose another folder, or pass `overwrite=True`."
            )
        if not (folder / CONFIG).is_file():
            raise OutputExistsError(
                f"`overwrite` replaces preset folders only. Received: {folder}, which has no "
                f"{CONFIG}. Choose another folder."
            )
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
        write_arrays(folder / WEIGHTS, preset.backbone_arrays)
    if preset.task_config is not None:
        write(TASK_CONFIG, "AlbertClassifier", "models", preset.task_config)
    if preset.task_arrays is not None:
        write_arrays(folder / TASK_WEIGHTS, preset.task_arrays)
    if preset.vocabulary is not None:
        write(PREPROCESSOR, "AlbertPreprocessor", "text", preset.preprocessor_config)
        write(TOKENIZER, "AlbertTokenizer", "text", preset.tokenizer_config)
        (folder / VOCABULARY).parent.mkdir(parents=True)
        (folder / VOCABULARY).write_bytes(preset.vocabulary)
    _write_json(folder / METADATA, preset.metadata)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=4, ensure_ascii=False) + "\n", encoding="utf-8")
