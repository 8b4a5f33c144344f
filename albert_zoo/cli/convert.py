"""`albert-zoo convert`: a model in another format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from albert_zoo.cli.console import facts, load_tensorflow, output
from albert_zoo.cli.guard import is_debug


def convert(
    ctx: typer.Context,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="Folder of any format, prefix of a TensorFlow checkpoint, or a preset's name.",
        ),
    ],
    destination: Annotated[
        Path, typer.Argument(metavar="DESTINATION", help="Folder to write; new or empty.")
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="FORMAT",
            help="tf1 (google-research/albert), tf2 (TensorFlow Model Garden), transformers "
            "(Hugging Face), keras-hub, or albert-zoo (ours).",
        ),
    ],
    heads: Annotated[
        Optional[str],
        typer.Option(
            metavar="HEADS",
            help="Which to keep: mlm (masked words), sop (order of sentences), head (a task's "
            "classes), with commas between; or none. Left out: all.",
        ),
    ] = None,
    config: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE",
            help="albert_config.json, for a TensorFlow checkpoint that lies without one.",
        ),
    ] = None,
    float16: Annotated[
        bool,
        typer.Option("--float16", help="Round the weights: half the size; for albert-zoo alone."),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a model that is there.")
    ] = False,
) -> None:
    """Convert a model to the files of another library, or to ours.

    The format of SOURCE is found out from its files. Every weight keeps its bits,
    unless --float16 is given.

    albert-zoo convert albert_data/albert_base my_albert --to albert-zoo

    albert-zoo convert runs/mrpc/preset mrpc_for_transformers --to transformers
    """
    from albert_zoo.cli.model_tables import (
        add_model,
        how_to_load,
        print_files,
        title_of,
    )
    from albert_zoo.cli.report import print_next
    from albert_zoo.zoo import find_preset, read_preset
    from albert_zoo.zoo.convert import check_format, config_from, write_as
    from albert_zoo.zoo.inspect import inspect

    check_format(to, float16)
    path = find_preset(source)
    load_tensorflow(is_debug(ctx), path=None if to in ("tf1", "tf2") else path)
    console = output()
    with console.status(f"Converting {path} ..."):
        preset = read_preset(path, config_from(config))
        write_as(preset, path, destination, to, heads, overwrite, float16)
        written = inspect(destination)  # reads all of it again
    table = facts()
    table.add_row("from", f"{path}: {title_of(preset.format)}")
    table.add_row("to", f"{destination}: {title_of(to)}")
    add_model(table, written, dropped=[h for h in preset.heads if h not in written.heads])
    console.print(table)
    print_files(console, destination, written.files)
    print_next(console, how_to_load(destination, written))
