"""`albert-zoo new`: an untrained model of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, List, Optional

import typer
from typer.core import TyperCommand

from albert_zoo.cli.console import load_keras, output
from albert_zoo.cli.guard import is_debug

_MODEL, _VOCABULARY = "Model", "Vocabulary: one of these"
_TEXTS = "--train-vocabulary-on"


class NewCommand(TyperCommand):
    """Lets `--train-vocabulary-on` take several files at once, as shells expand `*.txt`."""

    def parse_args(self, ctx: Any, args: List[str]) -> List[str]:
        """Repeats the option before each file that follows it."""
        spread: List[str] = []
        within = False
        for arg in args:
            if arg.startswith("-"):
                within = arg == _TEXTS
                spread += [] if within else [arg]
            else:
                spread += [_TEXTS, arg] if within else [arg]
        if args and args[-1] == _TEXTS:
            spread.append(_TEXTS)  # nothing follows: let the parser say so
        return super().parse_args(ctx, spread)


def new(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder to write; new or empty.")
    ],
    vocabulary: Annotated[
        Optional[Path],
        typer.Option(
            metavar="FILE",
            help="SentencePiece model, such as 30k-clean.model.",
            rich_help_panel=_VOCABULARY,
        ),
    ] = None,
    train_vocabulary_on: Annotated[
        Optional[List[Path]],
        typer.Option(
            metavar="FILES...",
            help="Make one from these texts: .txt with one text a line, or tables.",
            rich_help_panel=_VOCABULARY,
        ),
    ] = None,
    vocabulary_size: Annotated[
        Optional[int],
        typer.Option(
            min=14,
            metavar="N",
            help="Pieces in it. Left out: 8000, or as many as the texts yield.",
            rich_help_panel=_VOCABULARY,
        ),
    ] = None,
    num_layers: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="N",
            help="Layers; they share one set of weights.",
            rich_help_panel=_MODEL,
        ),
    ] = 4,
    hidden_dim: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Width of the hidden vectors.", rich_help_panel=_MODEL
        ),
    ] = 128,
    num_heads: Annotated[
        Optional[int],
        typer.Option(
            min=1,
            metavar="N",
            help="Attention heads. Left out: one for each 32, or 64 from 768 on.",
            rich_help_panel=_MODEL,
        ),
    ] = None,
    embedding_dim: Annotated[
        Optional[int],
        typer.Option(
            min=1,
            metavar="N",
            help="Width of the embedding table. Left out: 128, or less for a narrower model.",
            rich_help_panel=_MODEL,
        ),
    ] = None,
    intermediate_dim: Annotated[
        Optional[int],
        typer.Option(
            min=1,
            metavar="N",
            help="Width within the layers. Left out: 4 x hidden.",
            rich_help_panel=_MODEL,
        ),
    ] = None,
    max_sequence_length: Annotated[
        int,
        typer.Option(
            min=3, metavar="N", help="Longest text it can read, in tokens.", rich_help_panel=_MODEL
        ),
    ] = 512,
    dropout: Annotated[
        float,
        typer.Option(
            min=0.0, max=0.99, metavar="SHARE", help="Dropout in training.", rich_help_panel=_MODEL
        ),
    ] = 0.0,
    initializer_range: Annotated[
        Optional[float],
        typer.Option(
            min=0.0,
            metavar="NUMBER",
            help="Standard deviation of the random weights. Left out: 0.02, and more in a model "
            "narrower than 768.",
            rich_help_panel=_MODEL,
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of the random weights.", rich_help_panel=_MODEL)
    ] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a preset that is there.")
    ] = False,
) -> None:
    """Make an untrained model: for training from scratch, research and tests.

    albert-zoo new presets/small --train-vocabulary-on texts.txt --vocabulary-size 2000

    albert-zoo new presets/small --vocabulary 30k-clean.model --num-layers 6 --hidden-dim 256
    """
    from albert_zoo.cli.new_preset import (
        initializer_range_for,
        num_heads_for,
        texts_of,
        vocabulary_of,
        write_new,
    )
    from albert_zoo.tables.reader import check_is_file

    if (vocabulary is None) == (not train_vocabulary_on):
        raise ValueError("Exactly one of `vocabulary` and `train_vocabulary_on` must be given.")
    for path in [*([vocabulary] if vocabulary else []), *(train_vocabulary_on or [])]:
        check_is_file(path)
    load_keras(is_debug(ctx))
    console = output()
    if vocabulary is not None:
        model: Any = vocabulary
    else:
        with console.status("Training the vocabulary ..."):
            model = vocabulary_of(texts_of(train_vocabulary_on or ()), vocabulary_size)
    with console.status("Building the model ..."):
        backbone = write_new(
            folder,
            model,
            seed=seed,
            overwrite=overwrite,
            num_layers=num_layers,
            hidden_dim=hidden_dim,
            num_heads=num_heads or num_heads_for(hidden_dim),
            embedding_dim=embedding_dim or min(128, hidden_dim),
            intermediate_dim=intermediate_dim or 4 * hidden_dim,
            max_sequence_length=max_sequence_length,
            dropout=dropout,
            initializer_range=initializer_range or initializer_range_for(hidden_dim),
        )
    from albert_zoo.cli.report import geometry, print_next

    size = geometry(backbone, backbone.count_params())
    console.print(f"Wrote {folder}: {size}, {backbone.vocabulary_size:,} pieces, random weights.")
    print_next(
        console,
        [f"albert-zoo finetune --task cola --data glue/CoLA --preset {folder} --output runs/cola"],
    )
