"""A run as the beginning of another one: its options, and what is no longer as it was."""

from __future__ import annotations

import logging
from dataclasses import fields
from pathlib import Path
from typing import Any, Dict

import typer

from albert_zoo.cli.finetune_settings import FinetuneSettings
from albert_zoo.errors import DataError

logger = logging.getLogger(__name__)

_OF_THIS_RUN = ("output", "overwrite", "resume", "allow_changed")
_PATHS = ("data", "train", "dev", "vocabulary")


def read_config(folder: Path) -> Dict[str, Any]:
    """Reads what `finetune` wrote of a run.

    Args:
        folder: path of the run's folder.

    Raises:
        DataError: there is no such file, or another command wrote it.
    """
    from albert_zoo.checkpoints.files import read_json
    from albert_zoo.training.run_folder import CONFIG

    path = folder / CONFIG
    if not path.is_file():
        raise DataError(
            f"no run is there. `from_run` names the folder of one, with {CONFIG}.", path
        )
    config = read_json(path)
    if config.get("command") != "finetune":
        raise DataError("it is not of a run of `albert-zoo finetune`. Name another folder.", path)
    return config


def options_of_run(folder: Path) -> Dict[str, Any]:
    """Returns the options that a run had, as `finetune` takes them.

    Args:
        folder: path of the run's folder.

    Raises:
        DataError: the folder holds no run, or one that cannot be repeated from its record.
    """
    stored = read_config(folder)["options"]
    if stored.get("ascend") is not None:
        raise DataError("`from_run` repeats runs on the default backend only.", folder)
    known = {field.name for field in fields(FinetuneSettings)} - {*_OF_THIS_RUN, "ascend"}
    options = {name: value for name, value in stored.items() if name in known}
    for name in _PATHS:
        if options.get(name) is not None:
            options[name] = Path(options[name])
    return {**options, "from_run": folder}


def given_here(ctx: typer.Context, given: Dict[str, Any]) -> Dict[str, Any]:
    """Returns the options that were written on the command line, and those that every run needs.

    Args:
        ctx: `typer.Context` of the command.
        given: dict of every option's name to its value.
    """
    from albert_zoo.cli.ascend_options import NAMES

    always = {*_OF_THIS_RUN, *NAMES, "backend"}
    return {
        name: value
        for name, value in given.items()
        if name in always or ctx.get_parameter_source(name).name == "COMMANDLINE"  # type: ignore[union-attr]
    }


def warn_of_changes(folder: Path, record: Any) -> None:
    """Says what is not as it was when a run that is repeated was made.

    Args:
        folder: path of the earlier run's folder.
        record: `RunRecord` of this run.
    """
    from albert_zoo.training.run_record import RunRecord

    earlier = RunRecord.from_json(read_config(folder))
    changed = record.differences(earlier, ("data", "preset", "versions", "machine"))
    for line in changed:
        logger.warning("Not as in %s: %s.", folder, line)
