"""The state of a run in one file, so that it can go on after an interruption."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import h5py
import numpy as np

from albert_zoo.atomic import new_file
from albert_zoo.errors import ConversionError
from albert_zoo.keras_api import optimizer_variables
from albert_zoo.models.pretrained import to_numpy


def save_state(path: Any, model: Any, progress: Dict[str, Any]) -> None:
    """Writes weights, the optimizer's variables and the progress: whole, or not at all.

    Args:
        path: path of the HDF5 file; one that is there is replaced.
        model: compiled `AlbertPretrainer`, whose optimizer is built.
        progress: dict of JSON values.
    """
    with new_file(path) as unfinished, h5py.File(unfinished, "w") as file:
        file.attrs["progress"] = json.dumps(progress)
        for name, array in model.get_named_arrays().items():
            file.create_dataset(f"weights/{name}", data=array)
        for number, variable in enumerate(optimizer_variables(model.optimizer)):
            file.create_dataset(f"optimizer/{number}", data=to_numpy(variable))


def load_state(path: Any, model: Any) -> Dict[str, Any]:
    """Puts a saved state into a model and its optimizer.

    Args:
        path: path of a file that `save_state` wrote.
        model: compiled `AlbertPretrainer` of the same geometry, whose optimizer is built.

    Returns:
        dict. The progress.

    Raises:
        ConversionError: the file cannot be read, or belongs to another model or optimizer.
    """
    path = Path(path)
    arrays: Dict[str, np.ndarray] = {}
    try:
        with h5py.File(path, "r") as file:
            progress = json.loads(file.attrs["progress"])
            names = []
            file["weights"].visititems(
                lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
            )
            arrays = {name: file["weights"][name][()] for name in names}
            slots = [file["optimizer"][str(i)][()] for i in range(len(file["optimizer"]))]
    except (OSError, KeyError, ValueError) as error:
        raise ConversionError(f"{path}: not a readable checkpoint ({error}). Delete it.") from None
    variables = optimizer_variables(model.optimizer)
    if [tuple(v.shape) for v in variables] != [slot.shape for slot in slots]:
        raise ConversionError(
            f"{path}: its optimizer is another one. Continue with the configuration that it was "
            "made with, or choose another output folder."
        )
    model.set_named_arrays(arrays, source=str(path))
    for variable, slot in zip(variables, slots):
        variable.assign(slot)
    return progress
