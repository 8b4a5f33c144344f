"""`albert-zoo predict`: applies a fine-tuned preset."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, List, Optional

import typer

from albert_zoo.atomic import new_file
from albert_zoo.cli.console import load_keras, say
from albert_zoo.cli.console import output as console_output
from albert_zoo.cli.guard import is_debug

_SHOWN = 20  # rows that a terminal gets; more belong into a file


def predict(
    ctx: typer.Context,
    preset: Annotated[
        str,
        typer.Option(
            metavar="PRESET", help="Folder of the fine-tuned model: runs/mrpc/preset for instance."
        ),
    ],
    text: Annotated[
        Optional[List[str]],
        typer.Option(metavar="TEXT", help="A text. May be given several times."),
    ] = None,
    text_pair: Annotated[
        Optional[List[str]],
        typer.Option(metavar="TEXT", help="Its second text, for a model of pairs."),
    ] = None,
    input: Annotated[
        Optional[str],
        typer.Option(
            metavar="FILE",
            help="File of texts: .csv, .tsv or .jsonl with the columns that the model was trained "
            "on; .txt with one text a line (two, with a tab between, for pairs); - reads such "
            "lines from standard input.",
        ),
    ] = None,
    data: Annotated[
        Optional[Path],
        typer.Option(metavar="FOLDER", help="Folder of a GLUE task: predicts its test set."),
    ] = None,
    output: Annotated[
        Optional[Path], typer.Option(metavar="FILE", help="File to write, tab-separated.")
    ] = None,
    probabilities: Annotated[
        bool, typer.Option("--probabilities", help="A column for the probability of each label.")
    ] = False,
    submission: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FOLDER",
            help="Folder for the files that GLUE's site takes, one for each test set in --data.",
        ),
    ] = None,
    task: Annotated[
        Optional[str],
        typer.Option(
            metavar="NAME",
            help="GLUE task, for a preset that does not say what it was trained for.",
        ),
    ] = None,
    batch_size: Annotated[
        int, typer.Option(min=1, metavar="N", help="Rows computed at once.")
    ] = 64,
) -> None:
    """Apply a fine-tuned model to texts.

    albert-zoo predict --preset runs/cola/preset --text "The cat sat." --text "Cat the sat."

    albert-zoo predict --preset runs/reviews/preset --input new.csv --output predictions.tsv
    """
    sources = {"text": text, "input": input, "data": data}
    given = [name for name, value in sources.items() if value]
    if len(given) != 1:
        raise ValueError(
            "One of `text`, `input` and `data` must be given. "
            f"Received: {' and '.join(f'`{name}`' for name in given) or 'none'}."
        )
    if submission is not None and data is None:
        raise ValueError("`submission` needs `data`, the folder of the task's test set.")

    from albert_zoo.cli.fine_tuned import check_fine_tuned, load_task
    from albert_zoo.cli.predict_input import check_pairs, read_input

    check_pairs(check_fine_tuned(preset, task), task, text, text_pair)
    load_keras(is_debug(ctx))
    console = console_output()
    with console.status("Loading the model ..."):
        loaded = load_task(preset, task)
    if submission is not None:
        _submit(loaded, data, submission)
        return
    examples = read_input(loaded.data, text, text_pair, input, data)
    with console.status("Predicting ..."):
        predictions = loaded.predict(examples, batch_size=batch_size)
    labels = loaded.data.labels if probabilities else None
    if output is not None:
        _write_whole(output, _as_tsv(examples, predictions, loaded.data.labels, labels))
        say("wrote", f"{output}: {len(predictions):,} predictions", "bold green", stderr=False)
    elif console.is_terminal:
        _print(console, examples, predictions, labels)
    else:
        sys.stdout.write(_as_tsv(examples, predictions, loaded.data.labels, labels))


def _submit(loaded: Any, data: Any, folder: Path) -> None:
    """Writes a file for every test set; an MNLI model predicts the diagnostic set too."""
    from albert_zoo.glue import splits
    from albert_zoo.training import Task
    from albert_zoo.training.task_data import GlueData

    if not isinstance(loaded.data, GlueData):
        raise ValueError("`submission` is for GLUE tasks. Received: a model of your own table.")
    tasks = [loaded]
    if loaded.data.name == "mnli" and splits("ax", data):
        tasks.append(Task("ax", loaded.classifier))
    written = []
    for part in tasks:
        found = [name for name in splits(part.data.task, data) if name.startswith("test")]
        for split in found or ["test"]:  # the latter raises, saying what is missing
            written.append(part.submission(data, folder / "", split))
    for path in written:
        say("wrote", str(path), "bold green", stderr=False)


def _as_tsv(examples: Any, predictions: Any, classes: Any, labels: Any) -> str:
    from albert_zoo.training.run_log import one_line, prediction_cells

    header = ["id", "prediction", *([] if classes is None else ["probability"])]
    header += [f"probability of {label}" for label in labels or ()]
    lines = ["\t".join(header)]
    for row_id, prediction in zip(examples.ids, predictions):
        cells = [row_id, *prediction_cells(prediction)]
        cells += [f"{prediction.probabilities[label]:.4f}" for label in labels or ()]
        lines.append("\t".join(map(one_line, cells)))
    return "\n".join(lines) + "\n"


def _print(console: Any, examples: Any, predictions: Any, labels: Any) -> None:
    from rich.table import Table
    from rich.text import Text

    from albert_zoo.training.run_log import prediction_cells

    scored = predictions[0].probability is None
    names = ["score"] if scored else ["prediction", "probability"]
    names += [f"of {label}" for label in labels or ()]
    rows = [
        prediction_cells(prediction)
        + [f"{prediction.probabilities[label]:.4f}" for label in labels or ()]
        for prediction in predictions[:_SHOWN]
    ]
    texts = [examples.texts, *([examples.text_pairs] if examples.text_pairs else [])]
    widths = [max(map(len, column)) + 2 for column in zip(names, *rows)]
    left = max(12, (console.width - sum(widths)) // len(texts) - 2)  # columns of the terminal
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold cyan")
    for name in names:
        table.add_column(name, no_wrap=True)
    for name, _ in zip(("text", "second text"), texts):
        table.add_column(name, overflow="ellipsis", no_wrap=True, max_width=left)
    for row, cells in enumerate(rows):
        table.add_row(*map(Text, [*cells, *(column[row][: left + 1] for column in texts)]))
    console.print(table)
    if len(predictions) > _SHOWN:
        more = len(predictions) - _SHOWN
        say("note", f"{more:,} more; `--output FILE` writes them all.", "dim", stderr=False)


def _write_whole(path: Path, content: str) -> None:
    with new_file(path) as unfinished:
        unfinished.write_text(content, encoding="utf-8")
