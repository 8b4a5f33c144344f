"""`albert-zoo pretrain`: pre-trains a model from random weights, or goes on with a preset."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Annotated, Any, Dict, List, Optional

import typer
from rich.console import Console

from albert_zoo.cli.console import load_keras, say
from albert_zoo.cli.console import output as console_output
from albert_zoo.cli.guard import is_debug

_TEXT = "Where the data is text"


def pretrain(
    ctx: typer.Context,
    data: Annotated[
        List[Path],
        typer.Option(
            metavar="PATH",
            help="A folder that `pretrain-data` wrote; or a text file, or a folder of .txt files. "
            "Text may be given several times.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder of the run; new, empty, or of an interrupted run."
        ),
    ],
    config: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE", help="JSON file: the model's geometry and the hyper-parameters."
        ),
    ] = None,
    preset: Annotated[
        Optional[str],
        typer.Option(metavar="NAME", help="Go on with this preset's weights and vocabulary."),
    ] = None,
    total_steps: Annotated[
        Optional[int],
        typer.Option("--total-steps", min=1, metavar="N", help="Instead of the configuration's."),
    ] = None,
    learning_rate: Annotated[
        Optional[float],
        typer.Option("--learning-rate", metavar="RATE", help="Instead of the configuration's."),
    ] = None,
    max_minutes: Annotated[
        Optional[float],
        typer.Option(
            "--max-minutes",
            min=0.0,
            metavar="N",
            help="Stop after so long. The same command goes on from there.",
        ),
    ] = None,
    vocabulary: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE", help="SentencePiece model, without a preset.", rich_help_panel=_TEXT
        ),
    ] = None,
    sequence_length: Annotated[
        int,
        typer.Option(
            "--sequence-length", min=5, metavar="N", help="Tokens in a row.", rich_help_panel=_TEXT
        ),
    ] = 128,
    held_out_rate: Annotated[
        float,
        typer.Option(
            "--held-out-rate",
            min=0.0,
            max=0.99,
            metavar="SHARE",
            help="Documents that are kept for evaluation.",
            rich_help_panel=_TEXT,
        ),
    ] = 0.01,
) -> None:
    """Pre-train ALBERT on masked words and the order of sentences.

    albert-zoo pretrain --config tiny.json --data data/ --output runs/tiny

    albert-zoo pretrain --preset albert_base_v2 --data mytext/ --output runs/my-domain

    An interrupted run goes on where it stopped when it is started again. At the end the model lies
    in preset/ of the folder, ready for `albert-zoo finetune --preset`, and training.png shows how
    it learned.
    """
    load_keras(is_debug(ctx))
    from albert_zoo.pretraining import (
        DataSettings,
        PretrainingConfig,
        plot_pretraining,
        prepare_pretraining,
    )
    from albert_zoo.pretraining.pretraining_run import LOG

    settings = PretrainingConfig() if config is None else PretrainingConfig.from_file(config)
    changes: Dict[str, Any] = {}
    if total_steps is not None:
        changes["total_steps"] = total_steps
        changes["warmup_steps"] = min(settings.warmup_steps, total_steps // 10)
    if learning_rate is not None:
        changes["learning_rate"] = learning_rate
    settings = dataclasses.replace(settings, **changes)
    console = console_output()
    with console.status("Making everything ready ..."):
        run = prepare_pretraining(
            data,
            output,
            settings,
            preset=preset,
            vocabulary=vocabulary,
            data_settings=DataSettings(
                sequence_length=sequence_length, held_out_rate=held_out_rate
            ),
            processes=os.cpu_count() or 1,
            report=lambda line: print_line(console, line, settings.total_steps),
        )
    if run.held_out is None:
        say("note", "no text is held out, so there are no scores of it.", "yellow")
    if run.progress["step"]:
        console.print(f"Going on from step {run.progress['step']:,}.")
    run.train(max_minutes)
    plot_pretraining(output / "training.png", [output / LOG], output.name)
    preset_folder = run.save_to_preset(overwrite=True)
    say("ready", str(preset_folder), "bold green", stderr=False)
    if not run.is_done:
        say("stopped", "before the end; the same command goes on.", "bold yellow", stderr=False)


def print_line(console: Console, line: Dict[str, Any], total_steps: int) -> None:
    """Prints a line of the log."""
    from albert_zoo.cli.report import duration

    parts = [f"step {line['step']:,}/{total_steps:,}"]
    for kind, heading in (("train", ""), ("held_out", "held out: ")):
        if f"{kind}_mlm_loss" in line:
            parts.append(
                f"{heading}loss {line[f'{kind}_mlm_loss']:.3f} + {line[f'{kind}_sop_loss']:.3f}, "
                f"words {line[f'{kind}_mlm_accuracy']:.1%}, "
                f"order {line[f'{kind}_sop_accuracy']:.1%}"
            )
    parts.append(f"{line['tokens_per_second']:,.0f} tokens/s")
    parts.append(f"{duration(line['seconds_left'])} left")
    console.print("  ".join(parts), soft_wrap=True)
