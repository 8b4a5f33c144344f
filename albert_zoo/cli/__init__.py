"""The command line, `albert-zoo`.

Each command has a file of its own. They import Keras and everything built on it only when they run,
so that `--help` takes a moment.
"""

from __future__ import annotations

from typing import Annotated, Any, Callable, List, Optional

import typer
from typer.core import TyperCommand

from albert_zoo._version import __version__
from albert_zoo.cli import (
    convert,
    demo,
    download,
    evaluate,
    export,
    finetune,
    inspect,
    new,
    predict,
    prepare,
    presets,
    pretrain,
    pretrain_data,
    run_classifier,
    sweep,
    train_tokenizer,
    validate,
)
from albert_zoo.cli.absl_flags import AbslCommand
from albert_zoo.cli.annotations import evaluate_annotations
from albert_zoo.cli.guard import CommandGroup
from albert_zoo.cli.help_text import help_text

app = typer.Typer(
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"albert-zoo {__version__}")
        raise typer.Exit


@app.callback()
@evaluate_annotations
def _albert_zoo(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version.", callback=_print_version, is_eager=True),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; for any command.")
    ] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Use only what is on this machine; for any command.")
    ] = False,
) -> None:
    """ALBERT for Keras: fine-tune it on GLUE or on your own texts, score it, apply it.

    New here? `albert-zoo demo` goes the whole way in two minutes and needs no download.
    """


def _add(command: Callable[..., None], panel: str, cls: Any = TyperCommand, **context: Any) -> None:
    add = app.command(
        help=help_text(command), rich_help_panel=panel, cls=cls, context_settings=context or None
    )
    add(evaluate_annotations(command))


_USE, _FILES = "Train and use a model", "Models and data"
_PRETRAIN = "Pre-train a model"
_add(demo.demo, _USE)
_add(finetune.finetune, _USE)
_add(sweep.sweep, _USE, ignore_unknown_options=True, allow_extra_args=True)
_add(evaluate.evaluate, _USE)
_add(predict.predict, _USE)
_add(run_classifier.run_classifier, _USE, run_classifier.RunClassifierCommand)
_add(presets.presets, _FILES)
_add(new.new, _FILES, new.NewCommand)
_add(validate.validate, _FILES)
_add(convert.convert, _FILES)
_add(export.export, _FILES)
_add(inspect.inspect, _FILES)
_add(prepare.prepare, _FILES, AbslCommand)
_add(train_tokenizer.train_tokenizer, _PRETRAIN)
_add(pretrain_data.pretrain_data, _PRETRAIN)
_add(pretrain.pretrain, _PRETRAIN)
app.add_typer(download.download, name="download", rich_help_panel=_FILES)


def main(arguments: Optional[List[str]] = None) -> None:
    """Runs the command line and exits.

    Args:
        arguments: list of str. `None` for those of the process.

    Raises:
        SystemExit: always; 0 if all went well, 2 for what the user can mend, 130 for Ctrl-C and 1
            for a bug.
    """
    app(args=arguments, prog_name="albert-zoo")
