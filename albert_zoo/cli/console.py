"""What the commands print with, and how everybody else is kept quiet."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import warnings
from pathlib import Path
from typing import Any, Iterator, Set

from rich.console import Console
from rich.table import Table
from rich.text import Text

_LOG_WIDTH = 120  # columns where nobody looks: a file or a pipe


def output(stderr: bool = False) -> Console:
    """Returns a console on standard output, or on standard error."""
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(
            stderr=stderr, highlight=False, markup=False, emoji=False, width=_LOG_WIDTH
        )
    return console


def say(label: str, text: str, style: str, stderr: bool = True) -> None:
    """Prints `label: text`, the label in colour, as one line."""
    console = output(stderr)
    with console.capture() as captured:
        console.print(
            Text(f"{label}: ", style=style).append(Text(text, style="default")), soft_wrap=True
        )
    # Through the stream, which a progress bar has replaced by one that makes room above it.
    stream = sys.stderr if stderr else sys.stdout
    stream.write(captured.get())
    stream.flush()


def facts() -> Table:
    """Returns an empty table of names and values, without lines."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold cyan", no_wrap=True)
    table.add_column(overflow="fold")
    return table


class _Notes(logging.Handler):
    """Prints what the package logs, such as rows that were skipped; each thing once."""

    def __init__(self) -> None:
        super().__init__()
        self._said: Set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Prints a record."""
        if record.getMessage() in self._said:
            return
        self._said.add(record.getMessage())
        style = "yellow" if record.levelno >= logging.WARNING else "dim"
        say("note", record.getMessage(), style)


@contextlib.contextmanager
def quiet(debug: bool) -> Iterator[None]:
    """Leaves standard error to our own lines while a command runs.

    Args:
        debug: bool. Whether Python's warnings and TensorFlow's messages may be seen all the same.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0" if debug else "3")
    logger, handler = logging.getLogger("albert_zoo"), _Notes()
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    with warnings.catch_warnings():
        if not debug:
            warnings.simplefilter("ignore")
            for name in ("absl", "tensorflow", "jax"):
                logging.getLogger(name).setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Sends what C++ libraries write to standard error nowhere."""
    sys.stderr.flush()
    saved = os.dup(2)
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        sys.stderr.flush()
        os.dup2(saved, 2)
        os.close(saved)


def load_keras(debug: bool = False) -> None:
    """Imports Keras and its backend, which takes seconds, and with them our models.

    TensorFlow greets on standard error before its log level counts; this is not shown.
    """
    if "albert_zoo.models" in sys.modules:
        return
    with output().status("Loading Keras ..."), _silence(debug):
        import tensorflow as tf  # whatever the backend: it batches the data

        import albert_zoo.models
        import albert_zoo.training  # noqa: F401

        tf.config.list_physical_devices()  # drivers greet here


def load_tensorflow(debug: bool = False, path: Any = None) -> None:
    """Imports TensorFlow alone, for its checkpoint files, as silently as `load_keras`.

    Args:
        debug: bool. Whether it may greet.
        path: path of a model; it is imported only if that is a TensorFlow checkpoint.
    """
    is_needed = path is None or not Path(path).is_dir() or any(Path(path).rglob("*.index"))
    if "tensorflow" in sys.modules or not is_needed:
        return
    with output().status("Loading TensorFlow ..."), _silence(debug):
        import tensorflow as tf

        tf.config.list_physical_devices()  # drivers greet here


def _silence(debug: bool) -> Any:
    return contextlib.nullcontext() if debug else silenced_stderr()
