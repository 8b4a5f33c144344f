"""`albert-zoo inspect`: what is in a model's folder."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Annotated, Optional

import typer

from albert_zoo.cli.console import facts, load_tensorflow, output
from albert_zoo.cli.guard import is_debug

logger = logging.getLogger(__name__)


def inspect(
    ctx: typer.Context,
    path: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="Folder of any format, prefix of a TensorFlow checkpoint, one of the model's "
            "files, or a preset's name.",
        ),
    ],
    config: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE",
            help="albert_config.json, for a TensorFlow checkpoint that lies without one.",
        ),
    ] = None,
    tensors: Annotated[
        bool, typer.Option("--tensors/--no-tensors", help="List every weight, or do not.")
    ] = True,
) -> None:
    """Show what is in a model's folder, whoever made it, and check that it is whole.

    albert-zoo inspect albert_data/albert_base

    albert-zoo inspect runs/mrpc/preset --no-tensors
    """
    from albert_zoo.cli.model_tables import (
        add_model,
        print_files,
        print_tensors,
        title_of,
    )
    from albert_zoo.zoo.inspect import find_model
    from albert_zoo.zoo.inspect import inspect as look_into

    place = find_model(path)
    load_tensorflow(is_debug(ctx), path=place)
    console = output()
    with console.status(f"Reading {place} ..."):
        found = look_into(place, config)
    table = facts()
    table.add_row("path", str(found.path))
    table.add_row("format", title_of(found.format))
    add_model(table, found)
    table.add_row("on trust", f"{', '.join(found.assumed)}: no weight's shape can confirm it")
    console.print(table)
    if tensors and found.tensors:
        print_tensors(console, found)
    folder = found.path if found.path.is_dir() else found.path.parent
    print_files(console, folder, found.files, checksums=True)
    for note in found.notes:
        logger.warning("%s", note)  # printed unless it was said while the files were read
