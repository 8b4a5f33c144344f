"""`albert-zoo validate`: looks at a data folder before a long run does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Dict, Optional

import typer

from albert_zoo.atomic import new_file
from albert_zoo.cli import finetune_options as option
from albert_zoo.cli.console import load_tensorflow, output
from albert_zoo.cli.guard import is_debug


def validate(
    ctx: typer.Context,
    data: Annotated[
        Path,
        typer.Argument(
            metavar="DATA",
            help="Folder of a GLUE task's files, folder of TFRecord files, or your own table.",
        ),
    ],
    task: Annotated[
        Optional[str], typer.Option(metavar="NAME", help="GLUE task of the files: mrpc, say.")
    ] = None,
    dev: option.Dev = None,
    text: option.Text = None,
    text_pair: option.TextPair = None,
    label: option.Label = None,
    labels: option.Labels = None,
    regression: option.Regression = False,
    id: option.Id = None,
    header: option.Header = True,
    preset: Annotated[
        Optional[str],
        typer.Option(
            metavar="PRESET",
            help="Model to be trained: shows lengths, rows that will be cut and unknown pieces.",
        ),
    ] = None,
    sequence_length: Annotated[
        Optional[int],
        typer.Option(
            metavar="TOKENS", min=3, help="Tokens a text may have. Left out: the recipe's."
        ),
    ] = None,
    json_file: Annotated[
        Optional[Path],
        typer.Option("--json", metavar="FILE", help="File to write everything to as well."),
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Let warnings count as errors.", show_default=False)
    ] = False,
) -> None:
    """Check a data folder before a long run.

    albert-zoo validate glue/MRPC --task mrpc --preset albert_base_v2

    albert-zoo validate reviews.csv --text review --label stars --dev dev.csv

    Reads every file and shows its rows, classes, duplicates, rows that train and dev share, and all
    problems with file and line. The exit code is 2 if there is an error (with --strict also if
    there is a warning) and 0 otherwise.
    """
    from albert_zoo.cli.validate_report import print_validation
    from albert_zoo.errors import DataError

    if not data.exists():
        raise DataError("no such file or folder. Check the name.", path=data)
    given: Dict[str, Any] = dict(dev=dev, text=text, text_pair=text_pair, label=label, id=id)
    given.update(labels=labels, regression=regression or None, header=None if header else False)
    found = _validate(ctx, data, task, given, preset, sequence_length)
    print_validation(output(), found)
    if json_file is not None:
        with new_file(json_file) as unfinished:
            content = json.dumps(found.as_json(), indent=2, ensure_ascii=False)
            unfinished.write_text(content + "\n", encoding="utf-8")
    if found.count("error") or (strict and found.problems):
        raise typer.Exit(2)


def _validate(
    ctx: typer.Context,
    data: Path,
    task: Optional[str],
    given: Dict[str, Any],
    preset: Optional[str],
    sequence_length: Optional[int],
) -> Any:
    from albert_zoo.cli.finetune_settings import FinetuneSettings, split_list
    from albert_zoo.cli.validation import validate_glue, validate_tables
    from albert_zoo.cli.validation_records import holds_records, validate_records
    from albert_zoo.glue import get_task
    from albert_zoo.tables import Columns
    from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer

    glue = None if task is None else get_task(task)
    stated = [name for name, value in given.items() if value is not None]
    if (glue is not None or holds_records(data)) and stated:
        raise ValueError(
            f"`{stated[0]}` goes with your own table. A GLUE task and records know their columns."
        )
    config: Dict[str, Any] = {}
    tokenizer: Optional[AlbertTokenizer] = None
    if preset is not None:
        config, tokenizer = _of_preset(ctx, preset)
    if holds_records(data):
        load_tensorflow(is_debug(ctx))
        return validate_records(data, tokenizer, config.get("vocabulary_size"))
    preprocessor = None
    if tokenizer is not None:
        length = sequence_length or _length(task, config)
        preprocessor = AlbertPreprocessor(tokenizer, length)
    if glue is not None:
        return validate_glue(glue, data, preprocessor)
    settings = FinetuneSettings(
        output=Path(), preset="", train=data, header=given["header"] is None,
        **{name: given[name] for name in ("text", "text_pair", "label", "id")},
    )  # fmt: skip
    settings.check_table()
    columns = Columns(
        text=settings.column("text") or 0,
        label=settings.column("label"),
        text_pair=settings.column("text_pair"),
        id=settings.column("id"),
        labels=split_list(given["labels"]),
        regression=bool(given["regression"]),
        header=settings.header,
    )
    return validate_tables(columns, data, given["dev"], preprocessor)


def _of_preset(ctx: typer.Context, preset: str) -> Any:
    """Returns the arguments of a preset's backbone, and its tokenizer."""
    from albert_zoo.errors import ConversionError
    from albert_zoo.text import AlbertTokenizer
    from albert_zoo.zoo import find_preset, read_preset

    folder = find_preset(preset, need_weights=False)
    load_tensorflow(is_debug(ctx), path=folder)
    stored = read_preset(folder)
    if stored.vocabulary is None:
        raise ConversionError(
            f"{folder}: must hold a vocabulary, to count tokens with. Found: none. "
            "Leave `preset` out, or give one with a vocabulary."
        )
    try:
        tokenizer = AlbertTokenizer(stored.vocabulary, **stored.tokenizer_config)
    except ValueError as error:
        raise ConversionError(f"The vocabulary of {folder}: {error}") from None
    return stored.backbone_config, tokenizer


def _length(task: Optional[str], config: Dict[str, Any]) -> int:
    from albert_zoo.glue import recipe_for

    hidden = config.get("hidden_dim", 768)
    limits = (("tiny", 256), ("base", 768), ("large", 1024), ("xlarge", 2048))
    size = next((size for size, widest in limits if hidden <= widest), "xxlarge")
    return int(min(recipe_for(task, size).sequence_length, config.get("max_sequence_length", 512)))
