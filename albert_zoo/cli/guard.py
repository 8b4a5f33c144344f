"""CommandGroup: the commands' common ground, above all how errors reach the user."""

from __future__ import annotations

import contextlib
import re
import traceback
from typing import Any, Dict, List

import typer
from typer.core import TyperGroup

from albert_zoo.cli.console import quiet, say
from albert_zoo.errors import AlbertZooError, RunStopped

USER_ERRORS = (AlbertZooError, ValueError, TypeError, OSError, ImportError)
"""What the user can mend. Everything else is our mistake."""

_OUT_OF_MEMORY = ("MemoryError", "ResourceExhaustedError", "OutOfMemoryError")
_LONGEST_MESSAGE = 1000  # characters
_DEBUG = "albert_zoo.debug"
_OTHER_NAMES = (  # of the library, and those of the parameters that stand for them
    ("load_weights", "from_scratch"),
    ("folder", "output"),
    ("run_folder", "output"),
    ("folder", "destination"),
    ("dump.path", "dump"),
    ("dump.steps", "dump_steps"),
    ("overflow_dump.path", "overflow_dump"),
    ("profiling.output", "profiling"),
    ("extra", "npu_option"),
    # In `run-classifier`, which keeps Huawei's names.
    ("mixlist", "mixlist_file"),
    ("fusion_switch", "fusion_off_file"),
    ("dump", "data_dump_flag"),
    ("dump.path", "data_dump_path"),
    ("dump.steps", "data_dump_step"),
    ("overflow_dump", "over_dump"),
    ("overflow_dump.path", "over_dump_path"),
    ("profiling.output", "profiling_dump_path"),
)
_OFFLINE = "albert_zoo.offline"
_ANYWHERE = {"--debug": _DEBUG, "--offline": _OFFLINE}


class CommandGroup(TyperGroup):
    """Runs a command and turns every exception into one line and an exit code.

    2 for what the user can mend, 130 for Ctrl-C, 143 for SIGTERM, 1 for a bug. `--debug`, at any
    place, shows the traceback as well, and `--offline` forbids the network.
    """

    def parse_args(self, ctx: Any, args: List[str]) -> List[str]:
        """Takes `--debug` and `--offline` out, wherever they stand."""
        options, values = args, []
        if "--" in args:
            options, values = args[: args.index("--")], args[args.index("--") :]
        for name, key in _ANYWHERE.items():
            ctx.meta[key] = name in options
        return super().parse_args(ctx, [arg for arg in options if arg not in _ANYWHERE] + values)

    def invoke(self, ctx: Any) -> Any:
        """Runs the command."""
        debug = ctx.meta[_DEBUG]
        try:
            with quiet(debug), _offline(ctx.meta[_OFFLINE]):
                return super().invoke(ctx)
        except RunStopped as stop:
            options = option_names(self.commands.get(str(ctx.invoked_subcommand)))
            say("stopped", in_terms_of_options(str(stop), options), "bold yellow")
            raise typer.Exit(stop.exit_code) from None
        except KeyboardInterrupt:
            whole_or_nothing = ctx.invoked_subcommand in ("finetune", "demo", "convert")
            say("stopped", "nothing was written." if whole_or_nothing else "", "bold yellow")
            raise typer.Exit(130) from None
        except Exception as error:
            # Typer's own exceptions bring their exit code; a closed pipe is no error.
            if hasattr(error, "exit_code") or isinstance(error, (typer.Abort, BrokenPipeError)):
                raise
            if debug:
                traceback.print_exc()
            command = self.commands.get(str(ctx.invoked_subcommand))
            code = _report(error, option_names(command))
            raise typer.Exit(code) from None


def _offline(wanted: bool) -> Any:
    if not wanted:
        return contextlib.nullcontext()
    from albert_zoo.downloads import offline_mode

    return offline_mode()


def is_debug(ctx: typer.Context) -> bool:
    """Says whether `--debug` was given."""
    return bool(ctx.meta.get(_DEBUG))


def option_names(command: Any) -> Dict[str, str]:
    """Returns the Python name of each parameter of a command with what the user types for it."""
    return {
        str(parameter.name): next(
            (name for name in parameter.opts if name.startswith("--")), str(parameter.name).upper()
        )
        for parameter in getattr(command, "params", ())
    }


def in_terms_of_options(message: str, options: Dict[str, str]) -> str:
    """Puts `--batch-size` where a message of the library says `batch_size`.

    Example:

    >>> in_terms_of_options("`epochs` must be 1. Pass `regression=True`.", {"epochs": "--epochs",
    ...     "regression": "--regression"})
    '`--epochs` must be 1. Pass `--regression`.'
    """
    other = {name: options[option] for name, option in _OTHER_NAMES if option in options}
    options = {**other, **options}

    def replace(match: Any) -> str:
        name, value = match.group(1), match.group(2) or ""
        if name not in options:
            return str(match.group(0))
        if value in ("=True", "=False"):
            value = ""  # a flag
        return f"`{options[name]}{value.replace('=', ' ')}`"

    return re.sub(r"`([\w.]+)(=[^`]*)?`", replace, message)


def _report(error: BaseException, options: Dict[str, str]) -> int:
    if "No space left on device" in str(error):  # TensorFlow's error for it is that of the memory
        say("error", "the disk is full. Free some space and run it again.", "bold red")
        return 2
    if type(error).__name__ in _OUT_OF_MEMORY:
        say("error", "not enough memory. Lower `--batch-size` or `--sequence-length`.", "bold red")
        return 2
    message = " ".join(_message(error).split())
    if len(message) > _LONGEST_MESSAGE:
        message = message[:_LONGEST_MESSAGE] + " ... (`--debug` shows all)"
    if isinstance(error, USER_ERRORS) and not _is_our_import(error):
        say("error", in_terms_of_options(message, options), "bold red")
        return 2
    say(
        "bug",
        f"this should not happen ({type(error).__name__}: {message}). "
        "Run the command again with `--debug` and report what it prints.",
        "bold red",
    )
    return 1


def _is_our_import(error: BaseException) -> bool:
    """Whether a module of ours lacks something: no package that the user could install."""
    name = error.name if isinstance(error, ImportError) else None
    return (name or "").split(".")[0] == "albert_zoo"


def _message(error: BaseException) -> str:
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename}: {error.strerror.lower()}."
    return str(error) or type(error).__name__
