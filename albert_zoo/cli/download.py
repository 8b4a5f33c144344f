"""`albert-zoo download`: fetches data sets, and weights ahead of time."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from albert_zoo.cli.annotations import evaluate_annotations
from albert_zoo.cli.console import say
from albert_zoo.cli.help_text import help_text


def glue(
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli or ax; or all of them: all.",
        ),
    ],
    output: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder in which each task gets its own.")
    ] = Path("glue"),
) -> None:
    """Fetch the files of GLUE tasks, each into a folder of its own.

    albert-zoo download glue mrpc

    albert-zoo download glue all --output glue
    """
    from albert_zoo.glue import TASKS, get_task
    from albert_zoo.glue.download import download_task

    names = list(TASKS) if task == "all" else [get_task(task).name]
    for name in names:
        folder = download_task(name, output)
        say("ready", str(folder), "bold green", stderr=False)


def preset(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A name that `albert-zoo presets` lists, or an address: hf://, kaggle://, https://.",
        ),
    ],
) -> None:
    """Fetch the weights of a model into the cache, for use without a network.

    albert-zoo download preset albert_base_v2

    albert-zoo download preset hf://albert/albert-base-v2
    """
    from albert_zoo.zoo import find_preset

    say("ready", str(find_preset(name)), "bold green", stderr=False)


download = typer.Typer(no_args_is_help=True)
download.command(help=help_text(glue))(evaluate_annotations(glue))
download.command(help=help_text(preset))(evaluate_annotations(preset))


@download.callback()
def _download() -> None:
    """Fetch data sets and weights."""
