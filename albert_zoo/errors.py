"""The errors that albert_zoo raises, and the two helpers that word them."""

from __future__ import annotations

import difflib
import importlib
from types import ModuleType
from typing import Iterable, Optional


class AlbertZooError(Exception):
    """Base of every error that a user can mend; the command line shows its message alone."""


class DataError(AlbertZooError, ValueError):
    """A data file that cannot be used as it is.

    Args:
        message: str. What is wrong and what to do.
        path: str or path, the file. Put in front of the message.
        line: int, 1-based line number in the file. Put in front as well.

    Example:

    >>> str(DataError("expected 4 columns, found 3.", path="dev.tsv", line=7))
    'dev.tsv:7: expected 4 columns, found 3.'
    """

    def __init__(self, message: str, path: object = None, line: Optional[int] = None):
        where = "" if path is None else str(path) + (f":{line}" if line is not None else "")
        super().__init__(f"{where}: {message}" if where else message)
        self.path = path
        self.line = line


class PresetNotFoundError(AlbertZooError, ValueError):
    """A preset name that is not registered, or a folder that is not there."""


class ConversionError(AlbertZooError, ValueError):
    """Named arrays and model weights that do not match one to one."""


class DownloadError(AlbertZooError, OSError):
    """A file that could not be fetched, or that is not the published one."""


class NeedsKeras3Error(AlbertZooError, NotImplementedError):
    """Something that Keras 3 has and tf.keras 2.6, the older of the two generations, has not.

    Args:
        what: str. What was asked for; the message begins with it.
        instead: str. A sentence on what to do.

    Example:

    >>> str(NeedsKeras3Error("`quantize`", "Use Python 3.11."))
    '`quantize` needs Keras 3. Received: tf.keras 2.6. Use Python 3.11.'
    """

    def __init__(self, what: str, instead: str):
        super().__init__(f"{what} needs Keras 3. Received: tf.keras 2.6. {instead}")


class AscendError(AlbertZooError, ValueError):
    """An option for Ascend's NPUs, a file of them, or an installation that cannot be used."""


class UploadError(AlbertZooError, OSError):
    """Files that could not be uploaded."""


class OutputExistsError(AlbertZooError, FileExistsError):
    """An output folder or file that exists and must not be overwritten."""


class RunInUseError(AlbertZooError, RuntimeError):
    """A folder that another process is writing its run into."""


class RunChangedError(AlbertZooError, ValueError):
    """A run that cannot go on, as it was begun with other settings or other data."""


class CheckpointError(AlbertZooError, OSError):
    """Checkpoints that cannot be written, or none that can be read."""


class DivergedError(AlbertZooError, RuntimeError):
    """A training that was given up, as it diverged or learned nothing."""


class TrainAgainError(Exception):
    """Raised through Keras' `fit` by the divergence guard, and caught there: the attempt is given
    up, and another one begins."""


class RunStopped(KeyboardInterrupt):
    """A run that was asked to stop, and did so between two steps.

    No `except Exception` catches it.

    Args:
        message: str. Where it stopped, and how to go on.
        signal_number: int. What it was asked by; 2 for Ctrl-C, 15 for SIGTERM.

    Example:

    >>> RunStopped("stopped at step 7.", 15).exit_code
    143
    """

    def __init__(self, message: str, signal_number: int):
        super().__init__(message)
        self.exit_code = 128 + signal_number


def require_extra(module_name: str, extra: str) -> ModuleType:
    """Imports an optional module, or says which extra brings it.

    Args:
        module_name: str. The module to import, `"tensorflow_text"` for instance.
        extra: str. Name of the extra of this package that installs it.

    Returns:
        The imported module.

    Raises:
        ImportError: the module is not installed.
    """
    try:
        return importlib.import_module(module_name)
    except ImportError as error:
        raise ImportError(
            f"This needs the package `{module_name}`, which could not be imported ({error}). "
            f"Install `albert-zoo[{extra}]`."
        ) from None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Words a hint at the names closest to a misspelled one.

    Args:
        name: str. What the user wrote.
        known: The names that exist.

    Returns:
        str. A sentence with a leading space, or an empty string where nothing is close.

    Example:

    >>> did_you_mean("mrcp", ["mrpc", "cola"])
    " Did you mean 'mrpc'?"
    """
    lowered = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(str(name).lower(), lowered, n=3, cutoff=0.5)
    if not matches:
        return ""
    return f" Did you mean {' or '.join(repr(lowered[match]) for match in matches)}?"
