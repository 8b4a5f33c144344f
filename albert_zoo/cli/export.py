"""`albert-zoo export`: a fine-tuned model as a file that runs without Keras."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

from albert_zoo.cli.console import facts, load_keras, output
from albert_zoo.cli.guard import is_debug
from albert_zoo.errors import OutputExistsError


class ExportFormat(str, Enum):
    """What can be written."""

    onnx = "onnx"
    onnx_int8 = "onnx-int8"
    saved_model = "saved-model"
    keras_int8 = "keras-int8"


def export(
    ctx: typer.Context,
    preset: Annotated[
        str, typer.Argument(metavar="PRESET", help="Fine-tuned model: its folder or name.")
    ],
    destination: Annotated[
        Path,
        typer.Argument(
            metavar="DESTINATION", help="Folder to write; for keras-int8 a file, model.keras."
        ),
    ],
    to: Annotated[
        ExportFormat,
        typer.Option(
            "--to",
            help="ONNX; ONNX with weights of 8 bits; TensorFlow's SavedModel; or a Keras file with "
            "weights of 8 bits.",
        ),
    ] = ExportFormat.onnx,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an export that is there.")
    ] = False,
) -> None:
    """Write a fine-tuned model for use elsewhere: ONNX, SavedModel, or with small weights.

    albert-zoo export runs/reviews/preset reviews_onnx --to onnx

    albert-zoo export runs/reviews/preset reviews_small --to onnx-int8

    ONNX needs the extra `export`: pip install 'albert-zoo[export]'. Such a folder holds the
    vocabulary too; albert_zoo.export.OnnxClassifier takes texts.
    """
    from albert_zoo.cli.fine_tuned import check_fine_tuned_head
    from albert_zoo.cli.report import print_next

    check_fine_tuned_head(preset)
    if to in (ExportFormat.saved_model, ExportFormat.keras_int8):
        load_keras(is_debug(ctx))
    console = output()
    with console.status("Exporting ..."):
        path = _export(preset, destination, to, overwrite)
    size = sum(p.stat().st_size for p in ([path] if path.is_file() else path.rglob("*")))
    table = facts()
    table.add_row("wrote", str(path))
    table.add_row("format", to.value)
    table.add_row("size", f"{size / 1e6:,.1f} MB")
    console.print(table)
    how = {
        ExportFormat.saved_model: f"tf.saved_model.load({str(path)!r}).signatures",
        ExportFormat.keras_int8: f"import albert_zoo; keras.models.load_model({str(path)!r})",
    }
    onnx = f"albert_zoo.export.OnnxClassifier({str(path)!r}).predict(['...'])"
    print_next(console, [how.get(to, onnx)])


def _export(preset: str, destination: Path, to: ExportFormat, overwrite: bool) -> Path:
    from albert_zoo.export import export_onnx, export_saved_model

    if to in (ExportFormat.onnx, ExportFormat.onnx_int8):
        return export_onnx(preset, destination, to is ExportFormat.onnx_int8, overwrite)
    from albert_zoo.models import AlbertClassifier

    classifier: Any = AlbertClassifier.from_preset(preset)
    if to is ExportFormat.saved_model:
        return export_saved_model(classifier, destination, overwrite)
    return _keras_int8(classifier, destination, overwrite)


def _keras_int8(classifier: Any, file: Path, overwrite: bool) -> Path:
    if file.suffix != ".keras":
        raise ValueError(f"`destination` must end in .keras. Received: {file}. Name it so.")
    if file.exists() and not overwrite:
        raise OutputExistsError(f"{file} exists. Choose another, or pass `overwrite=True`.")
    classifier.quantize("int8")
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.stem}.{os.getpid()}.keras")  # Keras asks for the ending
    try:
        classifier.save(unfinished)
        os.replace(unfinished, file)
    finally:
        unfinished.unlink(missing_ok=True)
    return file
