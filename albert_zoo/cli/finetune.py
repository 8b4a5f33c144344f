"""`albert-zoo finetune`: trains a classifier on a GLUE task or on the user's own table."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from albert_zoo.cli.console import load_keras, output as console_output
from albert_zoo.cli.finetune_settings import FinetuneSettings
from albert_zoo.cli.guard import is_debug

_TASK, _TABLE = "A GLUE task", "Or your own table (CSV, TSV, JSON lines)"
_MODEL, _TRAINING, _OUTPUT = "Model", "Training (left out: the recipe for task and size)", "Output"


class DType(str, Enum):
    """Number formats; the mixed ones keep the weights in float32."""

    float32 = "float32"
    bfloat16 = "bfloat16"
    mixed_bfloat16 = "mixed_bfloat16"
    mixed_float16 = "mixed_float16"


class Optimizer(str, Enum):
    """Optimizers."""

    adamw = "adamw"
    lamb = "lamb"


class Parity(str, Enum):
    """The originals whose optimizer and schedule can be reproduced."""

    google = "google"
    garden = "garden"


def finetune(
    ctx: typer.Context,
    preset: Annotated[
        str,
        typer.Option(
            help="Model to start from: a preset folder, or a name that `albert-zoo presets` lists.",
            rich_help_panel=_MODEL,
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(help="Folder to write; new or empty.", rich_help_panel=_OUTPUT),
    ],
    task: Annotated[
        Optional[str],
        typer.Option(
            help="cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte or wnli.", rich_help_panel=_TASK
        ),
    ] = None,
    data: Annotated[
        Optional[Path],
        typer.Option(
            help="Folder of the task's files, glue/MRPC for instance. "
            "`albert-zoo download glue mrpc` fetches them.",
            rich_help_panel=_TASK,
        ),
    ] = None,
    train_file: Annotated[
        Optional[str],
        typer.Option(
            help="Another file in the folder to train on, not train.tsv.", rich_help_panel=_TASK
        ),
    ] = None,
    train: Annotated[
        Optional[Path],
        typer.Option(
            help="File to train on. Its first line names the columns.", rich_help_panel=_TABLE
        ),
    ] = None,
    dev: Annotated[
        Optional[Path],
        typer.Option(
            help="File to score on, with the same columns. Left out: a tenth of the rows is held "
            "out.",
            rich_help_panel=_TABLE,
        ),
    ] = None,
    text: Annotated[
        Optional[str], typer.Option(help="Column of the text.", rich_help_panel=_TABLE)
    ] = None,
    text_pair: Annotated[
        Optional[str],
        typer.Option(
            help="Column of a second text, where rows are pairs.", rich_help_panel=_TABLE
        ),
    ] = None,
    label: Annotated[
        Optional[str], typer.Option(help="Column of the label.", rich_help_panel=_TABLE)
    ] = None,
    labels: Annotated[
        Optional[str],
        typer.Option(
            help="Labels in the order of their classes: neg,pos. Left out: those in the file, "
            "sorted.",
            rich_help_panel=_TABLE,
        ),
    ] = None,
    regression: Annotated[
        bool,
        typer.Option(
            "--regression", help="The label is a number to predict.", rich_help_panel=_TABLE
        ),
    ] = False,
    metrics: Annotated[
        Optional[str],
        typer.Option(
            help="Scores, of accuracy, f1, matthews, pearson, spearman; the first one chooses the "
            "best epoch.",
            rich_help_panel=_TABLE,
        ),
    ] = None,
    id: Annotated[
        Optional[str],
        typer.Option(help="Column of the row's id. Left out: its number.", rich_help_panel=_TABLE),
    ] = None,
    header: Annotated[
        bool,
        typer.Option(
            "--header/--no-header",
            help="Without a header columns are named by number, from 0.",
            rich_help_panel=_TABLE,
        ),
    ] = True,
    dev_fraction: Annotated[
        Optional[float],
        typer.Option(
            min=0.0,
            max=0.9,
            help="Share of the rows to hold out and score on; 0 for no scores.",
            rich_help_panel=_TRAINING,
        ),
    ] = None,
    vocabulary: Annotated[
        Optional[Path],
        typer.Option(
            help="SentencePiece model, for a preset that brings none.", rich_help_panel=_MODEL
        ),
    ] = None,
    from_scratch: Annotated[
        bool,
        typer.Option(
            "--from-scratch",
            help="Begin with random weights of the preset's shape.",
            rich_help_panel=_MODEL,
        ),
    ] = False,
    sequence_length: Annotated[
        Optional[int],
        typer.Option(
            min=3, help="Tokens a text may have; longer ones are cut.", rich_help_panel=_MODEL
        ),
    ] = None,
    dropout: Annotated[
        Optional[float],
        typer.Option(
            min=0.0,
            max=0.99,
            help="Dropout before the classification layer. Left out: 0.1, or the preset's.",
            rich_help_panel=_MODEL,
        ),
    ] = None,
    dtype: Annotated[
        DType, typer.Option(help="Number format of the model.", rich_help_panel=_MODEL)
    ] = DType.float32,
    epochs: Annotated[
        Optional[int],
        typer.Option(min=1, help="Passes over the data.", rich_help_panel=_TRAINING),
    ] = None,
    batch_size: Annotated[
        Optional[int], typer.Option(min=1, help="Rows in a step.", rich_help_panel=_TRAINING)
    ] = None,
    learning_rate: Annotated[
        Optional[float],
        typer.Option(help="Highest learning rate, 2e-5 for instance.", rich_help_panel=_TRAINING),
    ] = None,
    warmup_fraction: Annotated[
        Optional[float],
        typer.Option(
            help="Share of the steps in which the learning rate rises.", rich_help_panel=_TRAINING
        ),
    ] = None,
    weight_decay: Annotated[
        float, typer.Option(min=0.0, help="Decay of the weights.", rich_help_panel=_TRAINING)
    ] = 0.01,
    optimizer: Annotated[
        Optimizer, typer.Option(help="Optimizer.", rich_help_panel=_TRAINING)
    ] = Optimizer.adamw,
    parity: Annotated[
        Optional[Parity],
        typer.Option(
            help="Optimizer and schedule exactly as in google-research/albert or in TensorFlow's "
            "Model Garden.",
            rich_help_panel=_TRAINING,
        ),
    ] = None,
    max_steps: Annotated[
        Optional[int],
        typer.Option(min=1, help="Stop after so many steps.", rich_help_panel=_TRAINING),
    ] = None,
    keep_best: Annotated[
        bool,
        typer.Option(
            "--keep-best/--keep-last",
            help="Save the best epoch by the main score, or the last.",
            rich_help_panel=_TRAINING,
        ),
    ] = True,
    seed: Annotated[
        int,
        typer.Option(
            min=0, help="Of weights, dropout, data order, held-out rows.", rich_help_panel=_TRAINING
        ),
    ] = 0,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Replace the folder of an earlier run.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
) -> None:
    """Fine-tune ALBERT on a GLUE task or on your own table.

    albert-zoo finetune --task mrpc --data glue/MRPC --preset albert_base_v2 --output runs/mrpc

    albert-zoo finetune --train reviews.csv --text review --label stars --preset albert_base_v2
    --output runs/reviews

    The folder gets the trained model (preset/), its scores (metrics.json), what it says of each
    development row, and a picture of the training.
    """
    options = {name: value for name, value in locals().items() if name != "ctx"}
    for name, value in options.items():
        if isinstance(value, Enum):
            options[name] = value.value
    settings = FinetuneSettings(**options)
    settings.check()
    _check_names(settings)
    load_keras(is_debug(ctx))
    run_finetune(settings)


def run_finetune(settings: FinetuneSettings) -> None:
    """Runs what the settings say, from the plan to the table of results."""
    from albert_zoo.cli.finetune_run import FinetuneRun
    from albert_zoo.cli.report import print_next, print_plan
    from albert_zoo.training.run_folder import RunFolder

    console = console_output()
    folder = RunFolder(settings.output, settings.overwrite)
    run = FinetuneRun(settings, console)
    print_plan(console, run.plan(folder.path))
    with folder:
        metrics = run.execute(folder)
    run.print_results(folder.path, metrics)
    print_next(console, next_commands(settings))


def next_commands(settings: FinetuneSettings) -> list:
    """Returns what to try with a finished run."""
    preset = f"{settings.output}/preset"
    pair = settings.text_pair is not None
    if settings.task is not None:
        from albert_zoo.glue import get_task

        pair = get_task(settings.task).text_pair is not None
    second = ' --text-pair "Another one."' if pair else ""
    data = settings.data or settings.dev or settings.train
    return [
        f'albert-zoo predict --preset {preset} --text "Write a sentence here."{second}',
        f"albert-zoo evaluate --preset {preset} --data {data}",
    ]


def _check_names(settings: FinetuneSettings) -> None:
    """Finds misspelled names and missing files in a moment, before Keras is loaded."""
    from albert_zoo.glue import get_task, read_split
    from albert_zoo.tables.reader import check_is_file
    from albert_zoo.zoo import find_preset

    if settings.task is not None:
        task = get_task(settings.task)
        if settings.data is not None and not settings.data.exists():
            read_split(task, settings.data, "train")  # raises, saying what is missing
    for path in (settings.train, settings.dev):
        if path is not None and not path.is_dir():
            check_is_file(path)
    find_preset(settings.preset, need_weights=not settings.from_scratch)
