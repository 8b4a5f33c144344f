"""`albert-zoo pretrain-data`: text files to TFRecord shards for pre-training."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Dict, List, Optional

import typer
from rich.console import Console
from rich.text import Text

from albert_zoo.cli.console import facts, load_keras
from albert_zoo.cli.console import output as console_output
from albert_zoo.cli.guard import is_debug

_MASKING = "Which words are hidden"


def pretrain_data(
    ctx: typer.Context,
    data: Annotated[
        List[Path],
        typer.Argument(metavar="PATHS...", help="Text files, or folders of .txt files."),
    ],
    vocabulary: Annotated[
        Path,
        typer.Option(metavar="FILE", help="SentencePiece model, such as 30k-clean.model."),
    ],
    output: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", help="Folder to write; new, empty, or left by an interrupted run."
        ),
    ],
    sequence_length: Annotated[
        int, typer.Option("--sequence-length", min=5, metavar="N", help="Tokens in a row.")
    ] = 128,
    copies: Annotated[
        int,
        typer.Option(
            "--copies",
            "--dupe-factor",
            min=1,
            metavar="N",
            help="Times the text is gone through, cut and hidden differently each time.",
        ),
    ] = 5,
    short_rate: Annotated[
        float,
        typer.Option(
            "--short-rate",
            "--short-seq-prob",
            min=0.0,
            max=1.0,
            metavar="SHARE",
            help="Passes over a document that aim at shorter rows.",
        ),
    ] = 0.1,
    held_out_rate: Annotated[
        float,
        typer.Option(
            "--held-out-rate",
            min=0.0,
            max=0.99,
            metavar="SHARE",
            help="Documents that are kept for evaluation.",
        ),
    ] = 0.01,
    mask_rate: Annotated[
        float,
        typer.Option(
            "--mask-rate",
            "--masked-lm-prob",
            min=0.01,
            max=0.99,
            metavar="SHARE",
            help="Pieces that are hidden.",
            rich_help_panel=_MASKING,
        ),
    ] = 0.15,
    max_ngram: Annotated[
        int,
        typer.Option(
            "--max-ngram",
            "--ngram",
            min=1,
            metavar="N",
            help="Words that are hidden together at the most.",
            rich_help_panel=_MASKING,
        ),
    ] = 3,
    max_predictions: Annotated[
        int,
        typer.Option(
            "--max-predictions",
            "--max-predictions-per-seq",
            min=0,
            metavar="N",
            help="Pieces of a row that are hidden at the most. 0: the share of the row's length.",
            rich_help_panel=_MASKING,
        ),
    ] = 0,
    random_seed: Annotated[
        int, typer.Option("--random-seed", "--seed", min=0, metavar="N", help="Of all choices.")
    ] = 12345,
    processes: Annotated[
        Optional[int],
        typer.Option(min=1, metavar="N", help="Processes. Left out: one a processor."),
    ] = None,
    encoding: Annotated[
        Optional[str],
        typer.Option(metavar="NAME", help="Of the files, such as latin-1. Left out: UTF-8."),
    ] = None,
    lowercase: Annotated[
        bool, typer.Option("--lowercase/--keep-case", help="Lower-case the texts.")
    ] = True,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace data that was made with other settings."),
    ] = False,
) -> None:
    """Make pre-training data: TFRecord files in the layout of google-research/albert.

    albert-zoo pretrain-data mytext/ --vocabulary my.model --output data/

    A line is a paragraph; a blank line or a file's end closes a document. Texts of any size are
    read as a stream. An interrupted run goes on where it stopped when it is started again, and the
    same texts and seed give the same files.
    """
    from albert_zoo.tables.reader import check_is_file

    check_is_file(vocabulary)
    load_keras(is_debug(ctx))
    from albert_zoo.pretraining import DataSettings, make_pretraining_data
    from albert_zoo.text import AlbertTokenizer

    console = console_output()
    settings = DataSettings(
        sequence_length=sequence_length,
        max_predictions=max_predictions,
        mask_rate=mask_rate,
        max_ngram=max_ngram,
        short_rate=short_rate,
        copies=copies,
        held_out_rate=held_out_rate,
        seed=random_seed,
    )
    with console.status("Reading ...") as status:

        def show(counts: Dict[str, int]) -> None:
            status.update(
                f"{counts.get('documents', 0):,} documents, {counts.get('rows', 0):,} rows"
            )

        summary = make_pretraining_data(
            data,
            AlbertTokenizer(vocabulary, lowercase=lowercase),
            output,
            settings,
            processes=processes or os.cpu_count() or 1,
            encoding=encoding,
            overwrite=overwrite,
            report=show,
        )
    print_summary(console, output, summary)


def print_summary(console: Console, folder: Path, summary: Dict[str, Any]) -> None:
    """Prints what was made."""
    counts, held_out = summary["counts"], summary["held_out_counts"]
    table = facts()
    for name, value in {
        "documents": f"{counts['documents']:,}, and {held_out.get('documents', 0):,} held out",
        "text": f"{counts['sentences']:,} sentences, {counts['tokens']:,} pieces",
        "rows": f"{counts['rows']:,}, and {held_out.get('rows', 0):,} held out",
        "tokens": f"{counts['row_tokens']:,} in all copies, {summary['masked_share']:.1%} hidden",
        "swapped": f"{summary['swapped_share']:.1%} of the rows",
        "truncated": f"{summary['truncated_share']:.1%} of the rows",
        "no pair in": f"{counts['documents_without_a_pair']:,} passes over a document",
        "speed": f"{counts['row_tokens'] / max(summary['seconds'], 1e-9):,.0f} tokens/s",
        "folder": str(folder),
    }.items():
        table.add_row(name, Text(value))
    console.print(table)
