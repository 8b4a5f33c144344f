"""Checks of the files and folders that options name."""

from __future__ import annotations

import configparser
import json
import os
from pathlib import Path
from typing import Callable, Dict, Sequence

from albert_zoo.backends.ascend.fusion_switch import read_fusion_switch
from albert_zoo.backends.ascend.json_file import read_json_object, read_text
from albert_zoo.backends.ascend.mixlist import read_mixlist
from albert_zoo.backends.ascend.option_table import adapter_options
from albert_zoo.backends.ascend.setting import Setting
from albert_zoo.errors import AscendError

_SECTIONS = ("ByOpType", "ByNodeName")


def check_files(settings: Sequence[Setting], make_folders: bool) -> None:
    """Checks that files are there and can be parsed, and that folders are there or can be made.

    Args:
        settings: list of `Setting`.
        make_folders: bool. Whether the folders to write to are made.

    Raises:
        AscendError: one of them is not.
    """
    for setting in settings:
        kind = adapter_options()[setting.path].type
        if kind == "file":
            read = _READERS.get(setting.path, lambda name, path: read_text(name, path))
            read(setting.option, setting.value)
        elif kind == "folder":
            _check_folder(setting.option, setting.value, make_folders)
        elif setting.path == "profiling_config.profiling_options":
            output = json.loads(setting.value)["output"]
            _check_folder("profiling.output", output, make_folders)


def _check_folder(name: str, folder: str, make: bool) -> None:
    path = Path(folder)
    if make:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AscendError(
                f"`{name}` must be a folder that can be written to. Received: {path}, which cannot "
                f"be made ({error.strerror or error}). Choose another one."
            ) from None
    nearest = next(parent for parent in (path, *path.parents) if parent.exists())
    if not nearest.is_dir() or not os.access(str(nearest), os.W_OK | os.X_OK):
        raise AscendError(
            f"`{name}` must be a folder that can be written to. Received: {path}; {nearest} "
            f"{'cannot be written to' if nearest.is_dir() else 'is a file'}. Choose another one."
        )


def _read_ini(name: str, path: str) -> None:
    parser = configparser.ConfigParser(allow_no_value=True, strict=True)
    try:
        parser.read_string(read_text(name, path), source=path)
    except configparser.Error as error:
        raise AscendError(
            f"`{name}` must name an .ini file. Received: {' '.join(str(error).split())}. "
            "Correct the file."
        ) from None
    known = [section for section in parser.sections() if section in _SECTIONS]
    if not known or len(known) != len(parser.sections()):
        raise AscendError(
            f"{path}: `{name}` must hold the sections [ByOpType] and [ByNodeName]. "
            f"Received: {', '.join(parser.sections()) or 'none'}. Correct the file."
        )


_READERS: Dict[str, Callable[[str, str], object]] = {
    "modify_mixlist": lambda name, path: read_mixlist(path, name),
    "fusion_switch_file": lambda name, path: read_fusion_switch(path, name),
    "aoe_config.aoe_config_file": read_json_object,
    "op_precision_mode": _read_ini,
}
