"""The command line, `albert-zoo`.

Each command has a file of its own. They import Keras and everything built on it only when they run,
so that `--help` takes a moment.
"""

from __future__ import annotations

from typing import Annotated, List, Optional

import typer

from albert_zoo._version import __version__
from albert_zoo.cli.absl_flags import AbslCommand
from albert_zoo.cli.demo import demo
from albert_zoo.cli.download import download
from albert_zoo.cli.evaluate import evaluate
from albert_zoo.cli.finetune import finetune
from albert_zoo.cli.guard import CommandGroup
from albert_zoo.cli.new import NewCommand, new
from albert_zoo.cli.predict import predict
from albert_zoo.cli.prepare import prepare
from albert_zoo.cli.presets import presets

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
def _albert_zoo(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; for any command.")
    ] = False,
) -> None:
    """ALBERT for Keras: fine-tune it on GLUE or on your own texts, score it, apply it.

    New here? `albert-zoo demo` goes the whole way in two minutes and needs no download.
    """


_USE, _FILES = "Train and use a model", "Models and data"
app.command(rich_help_panel=_USE)(demo)
app.command(rich_help_panel=_USE)(finetune)
app.command(rich_help_panel=_USE)(evaluate)
app.command(rich_help_panel=_USE)(predict)
app.command(rich_help_panel=_FILES)(presets)
app.command(rich_help_panel=_FILES, cls=NewCommand)(new)
app.add_typer(download, name="download", rich_help_panel=_FILES)
app.command(rich_help_panel=_FILES, cls=AbslCommand)(prepare)


def main(arguments: Optional[List[str]] = None) -> None:
    """Runs the command line and exits.

    Args:
        arguments: list of str. `None` for those of the process.

    Raises:
        SystemExit: always; 0 if all went well, 2 for what the user can mend, 130 for Ctrl-C and 1
            for a bug.
    """
    app(args=arguments, prog_name="albert-zoo")
