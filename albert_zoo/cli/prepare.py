"""`albert-zoo prepare`: GLUE files to TFRecord files, as the original scripts lay them out."""

from __future__ import annotations

import os
import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from albert_zoo.cli.console import output as console_output
from albert_zoo.cli.console import say

_REFERENCE = "As in the Model Garden's create_finetuning_data.py"


class Layout(str, Enum):
    """Layouts of a record."""

    google = "google"
    garden = "garden"


class MnliType(str, Enum):
    """MNLI's two pairs of development and test sets."""

    matched = "matched"
    mismatched = "mismatched"


def prepare(
    task: Annotated[
        str,
        typer.Option("--task", metavar="NAME", help="GLUE task: mrpc, or MRPC, or STS-B."),
    ],
    data: Annotated[
        Path, typer.Option("--data", metavar="FOLDER", help="Folder of the task's files.")
    ],
    vocabulary: Annotated[
        Optional[Path],
        typer.Option("--vocabulary", metavar="FILE", help="SentencePiece model, 30k-clean.model."),
    ] = None,
    output: Annotated[
        Optional[Path], typer.Option(metavar="FOLDER", help="Folder to write all files to.")
    ] = None,
    sequence_length: Annotated[
        int,
        typer.Option("--sequence-length", min=3, metavar="N", help="Tokens in a row."),
    ] = 128,
    layout: Annotated[
        Optional[Layout],
        typer.Option(
            help="As google-research/albert writes records, or as the Model Garden does, with "
            "example_id. Left out: google with --output, garden with the flags below."
        ),
    ] = None,
    mnli_type: Annotated[
        MnliType,
        typer.Option("--mnli-type", help="Which of MNLI's development sets."),
    ] = MnliType.matched,
    rows_per_shard: Annotated[
        int,
        typer.Option(
            "--rows-per-shard", min=1, metavar="N", help="Cut larger splits into files of N rows."
        ),
    ] = 1 << 20,
    workers: Annotated[
        Optional[int],
        typer.Option(
            "--workers",
            "--processes",
            min=1,
            metavar="N",
            help="Processes for large tables. Left out: one a processor.",
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files in the output folder.")
    ] = False,
    do_lower_case: Annotated[
        str,
        typer.Option(
            "--do_lower_case",
            metavar="true|false",
            help="Lower-case the texts.",
            rich_help_panel=_REFERENCE,
        ),
    ] = "true",
    train_data_output_path: Annotated[
        Optional[Path],
        typer.Option(
            "--train_data_output_path",
            metavar="FILE",
            help="Training records.",
            rich_help_panel=_REFERENCE,
        ),
    ] = None,
    eval_data_output_path: Annotated[
        Optional[Path],
        typer.Option(
            "--eval_data_output_path",
            metavar="FILE",
            help="Development records.",
            rich_help_panel=_REFERENCE,
        ),
    ] = None,
    test_data_output_path: Annotated[
        Optional[Path],
        typer.Option(
            "--test_data_output_path",
            metavar="FILE",
            help="Test records.",
            rich_help_panel=_REFERENCE,
        ),
    ] = None,
    meta_data_file_path: Annotated[
        Optional[Path],
        typer.Option(
            "--meta_data_file_path",
            metavar="FILE",
            help="JSON file of sizes.",
            rich_help_panel=_REFERENCE,
        ),
    ] = None,
    fine_tuning_task_type: Annotated[
        str,
        typer.Option(
            "--fine_tuning_task_type",
            metavar="TYPE",
            help="classification.",
            rich_help_panel=_REFERENCE,
        ),
    ] = "classification",
    tokenization: Annotated[
        str,
        typer.Option(
            "--tokenization", metavar="NAME", help="SentencePiece.", rich_help_panel=_REFERENCE
        ),
    ] = "SentencePiece",
    vocab_file: Annotated[
        Optional[Path],
        typer.Option("--vocab_file", hidden=True, rich_help_panel=_REFERENCE),
    ] = None,
) -> None:
    """Write a GLUE task as TFRecord files, as the original scripts read them.

    albert-zoo prepare --task mrpc --data glue/MRPC --vocabulary 30k-clean.model --output records

    The command `finetune` does not need them: it reads the task's own files.

    Tables of any size are read as a stream and written in shards by several processes. A run that
    was interrupted goes on with the shard it had begun when the same command is given again.

    The flags of the Model Garden's script may be used as they are, among them --input_data_dir,
    --classification_task_name, --sp_model_file, --max_seq_length and --mnli_type.
    """
    from albert_zoo.cli.absl_flags import as_bool
    from albert_zoo.cli.prepare_records import (
        RecordFiles,
        check_reference_flags,
        write_task_records,
    )
    from albert_zoo.data.sharded_records import RecordFormat
    from albert_zoo.glue import get_task
    from albert_zoo.tables.reader import check_is_file
    from albert_zoo.text import AlbertTokenizer

    check_reference_flags(fine_tuning_task_type, tokenization, vocab_file)
    lowercase = as_bool("do_lower_case", do_lower_case)
    glue_task = get_task(task)
    if vocabulary is None:
        raise ValueError(
            "`vocabulary` must name a SentencePiece model, 30k-clean.model for instance. "
            "Received: none."
        )
    check_is_file(vocabulary)
    files = RecordFiles(
        train_data_output_path, eval_data_output_path, test_data_output_path, meta_data_file_path
    )
    if (output is None) == files.is_empty:
        raise ValueError(
            "`output` must name a folder, or the paths of the files must be given one by one."
        )
    if layout is None:
        layout = Layout.garden if output is None else Layout.google
    if output is not None:
        files = RecordFiles.in_folder(output, glue_task, layout.value, mnli_type.value)
        files.check_new(overwrite)
    model = vocabulary.read_bytes()
    AlbertTokenizer(model)  # a fault shows before anything is written
    with console_output().status("Writing records ...") as status:
        written = write_task_records(
            glue_task,
            data,
            files,
            RecordFormat(model, lowercase, sequence_length, glue_task.is_regression, layout.value),
            mnli_type=mnli_type.value,
            skip_missing=output is not None,
            rows_per_shard=rows_per_shard if output is not None else sys.maxsize,
            workers=workers or os.cpu_count() or 1,
            overwrite=overwrite or output is None,
            on_rows=lambda kind, rows: status.update(f"Writing records: {kind}, {rows:,} rows ..."),
        )
    for path, what in written.items():
        say("wrote", f"{path}: {what}", "bold green", stderr=False)
