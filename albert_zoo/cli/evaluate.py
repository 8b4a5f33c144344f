"""`albert-zoo evaluate`: scores a fine-tuned preset."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Dict, Optional

import typer

from albert_zoo.atomic import new_file
from albert_zoo.cli.console import load_keras, output
from albert_zoo.cli.guard import is_debug


def evaluate(
    ctx: typer.Context,
    preset: Annotated[
        str,
        typer.Option(
            metavar="PRESET", help="Folder of the fine-tuned model: runs/mrpc/preset for instance."
        ),
    ],
    data: Annotated[
        Path,
        typer.Option(
            metavar="PATH",
            help="Labelled rows: a task's folder (its development set is scored), or a file.",
        ),
    ],
    task: Annotated[
        Optional[str],
        typer.Option(
            metavar="NAME",
            help="GLUE task, for a preset that does not say what it was trained for.",
        ),
    ] = None,
    json_file: Annotated[
        Optional[Path],
        typer.Option("--json", metavar="FILE", help="File to write the scores to as well."),
    ] = None,
    batch_size: Annotated[
        int, typer.Option(min=1, metavar="N", help="Rows computed at once.")
    ] = 64,
) -> None:
    """Score a fine-tuned model on labelled data.

    albert-zoo evaluate --preset runs/mrpc/preset --data glue/MRPC
    """
    from albert_zoo.cli.fine_tuned import check_fine_tuned, load_task

    check_fine_tuned(preset, task)
    load_keras(is_debug(ctx))
    console = output()
    with console.status("Loading the model ..."):
        loaded = load_task(preset, task)
    parts = loaded.data.read_dev(data)
    with console.status("Scoring ..."):
        scores = {
            name: loaded.evaluate(part, batch_size=batch_size) for name, part in parts.items()
        }
    rows = {name: len(part) for name, part in parts.items()}
    _print(console, loaded.data.name, scores, rows)
    if json_file is not None:
        _write_json(
            json_file,
            {
                "task": loaded.data.name,
                "preset": preset,
                "data": str(data),
                "rows": rows,
                "scores": scores,
            },
        )


def _print(
    console: Any, name: str, scores: Dict[str, Dict[str, float]], rows: Dict[str, int]
) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold cyan")
    table.add_column(name)
    for part in scores:
        table.add_column(part.replace("_", " "), justify="right")
    table.add_row("rows", *(f"{count:,}" for count in rows.values()))
    for metric in next(iter(scores.values())):
        table.add_row(metric, *(f"{part[metric]:.4f}" for part in scores.values()))
    console.print(table)


def _write_json(path: Path, content: Dict[str, Any]) -> None:
    with new_file(path) as unfinished:
        unfinished.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
