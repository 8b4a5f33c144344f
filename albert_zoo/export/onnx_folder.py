"""A fine-tuned model as a folder with an ONNX file and all that is needed beside it."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Any, List, Mapping, Optional, Union

from albert_zoo.atomic import new_folder
from albert_zoo.errors import OutputExistsError, require_extra
from albert_zoo.export.onnx_graph import OPSET, onnx_model
from albert_zoo.glue import TASKS
from albert_zoo.zoo import PresetFolder, find_preset, read_preset

MODEL = "model.onnx"
VOCABULARY = "vocabulary.spm"
SETTINGS = "export.json"


def export_onnx(
    model: Union[str, os.PathLike, Any],
    folder: Any,
    int8: bool = False,
    overwrite: bool = False,
) -> Path:
    """Writes a fine-tuned model as an ONNX file, with its vocabulary and labels.

    The folder gets `model.onnx`, `vocabulary.spm` and `export.json`; `OnnxClassifier` applies it,
    and so does every ONNX runtime on ids. Neither Keras nor its backend is needed.

    Args:
        model: path or name of a fine-tuned preset, or an `AlbertClassifier`.
        folder: path of a new or empty folder.
        int8: bool. Whether matrices become 8-bit integers, a scale for each of their columns, and
            activations are rounded as they come ("dynamic quantization"). The file shrinks to about
            a quarter; logits move by about a hundredth.
        overwrite: bool. Whether an export that is there may be replaced.

    Returns:
        `pathlib.Path` of the folder.

    Raises:
        ImportError: `onnx`, or for `int8` `onnxruntime`, is not installed.
        OutputExistsError: the folder is not empty and `overwrite` is false.
        ValueError: the preset has no classification layer.

    Example:

    ```python
    albert_zoo.export.export_onnx("runs/mrpc/preset", "mrpc_onnx")
    albert_zoo.export.OnnxClassifier("mrpc_onnx").predict([("A man eats.", "Someone eats.")])
    ```
    """
    require_extra("onnx", "export")
    import onnx

    preset = _preset_of(model)
    if preset.task_arrays is None or preset.backbone_arrays is None:
        raise ValueError(
            "`model` must be fine-tuned. Received: one without a classification layer. "
            "Train it with `albert-zoo finetune`, and give the folder `preset` of its output."
        )
    check_destination(Path(folder), overwrite)
    graph = onnx_model(preset.backbone_config, _Joined(preset))
    if int8:
        require_extra("onnxruntime", "export")
    settings = {
        "labels": labels_of(preset.task_config or {}),
        "lowercase": preset.tokenizer_config.get("lowercase", True),
        "sequence_length": preset.preprocessor_config.get("sequence_length", 128),
        "num_classes": int(preset.task_arrays["head/bias"].shape[0]),
        "opset": OPSET,
        "int8": int8,
    }
    with new_folder(Path(folder).absolute()) as unfinished:
        path = unfinished / MODEL
        onnx.save_model(graph, str(path))
        if int8:
            _quantize(path)
        if preset.vocabulary is not None:
            (unfinished / VOCABULARY).write_bytes(preset.vocabulary)
        text = json.dumps(settings, indent=4, ensure_ascii=False)
        (unfinished / SETTINGS).write_text(text + "\n", encoding="utf-8")
    return Path(folder)


def check_destination(folder: Path, overwrite: bool) -> None:
    """Refuses a folder that holds something else than an export, or one without being told to."""
    if folder.exists() and not folder.is_dir():
        raise OutputExistsError(f"`folder` must be a folder. Received: the file {folder}.")
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    is_export = any((folder / name).is_file() for name in (SETTINGS, "saved_model.pb"))
    if not overwrite:
        raise OutputExistsError(
            f"{folder} is not empty. Choose another folder, or pass `overwrite=True`."
        )
    if not is_export:
        raise OutputExistsError(f"{folder} holds something else than an export. Choose another.")


def labels_of(task_config: Mapping[str, Any]) -> Optional[List[str]]:
    """Returns the names of a preset's classes, or None for regression and where none are known."""
    task = task_config.get("task") or {}
    if "glue" in task:
        return list(TASKS[task["glue"]].labels) or None
    labels = (task.get("columns") or {}).get("labels") or task_config.get("labels")
    return None if labels is None else [str(label) for label in labels]


def _preset_of(model: Any) -> PresetFolder:
    if isinstance(model, (str, os.PathLike)):
        return read_preset(find_preset(model))
    return model.as_preset()


class _Joined(Mapping[str, Any]):
    """The arrays of the backbone and of the head, read when they are asked for."""

    def __init__(self, preset: PresetFolder):
        self._parts = (preset.backbone_arrays or {}, preset.task_arrays or {})

    def __getitem__(self, name: str) -> Any:
        return self._parts[name in self._parts[1]][name]

    def __iter__(self) -> Any:
        return iter([*self._parts[0], *self._parts[1]])

    def __len__(self) -> int:
        return sum(map(len, self._parts))


def _quantize(path: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    whole = path.with_name("float32.onnx")
    path.rename(whole)
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)  # it recommends preparations that our graph does not need
    try:
        quantize_dynamic(
            str(whole),
            str(path),
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"],
            extra_options={"MatMulConstBOnly": True},
        )
    finally:
        root.setLevel(level)
        whole.unlink(missing_ok=True)
