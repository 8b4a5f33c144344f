"""Dump: which operators' data is written to disk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, List, Optional, Sequence, Union

from albert_zoo.backends.ascend.setting import Setting, absolute
from albert_zoo.backends.ascend.value_checks import check_path, check_value
from albert_zoo.errors import AscendError


@dataclass(frozen=True)
class Dump:
    """Writes what operators read and write, to compare it with another run.

    Args:
        path: folder to write to; it is made.
        steps: str or int, the steps to dump, counted from 0: numbers joined by `|`, ranges with
            `-`, as in `"0|3-5|10"`. It is no interval: `"10"` is step 10 alone. `None` dumps all.
        mode: `"input"`, `"output"` or `"all"`.
        data: `"tensor"`, or `"stats"` for statistics as CSV, which is much less.
        layers: names of the operators to dump. `None` dumps all.

    Raises:
        AscendError: a value is not allowed.

    Example:

    >>> for setting in Dump("/data/dumps", steps="0|3-5").settings():
    ...     print(setting.path, setting.value)
    dump_config.enable_dump True
    dump_config.dump_path /data/dumps
    dump_config.dump_mode all
    dump_config.dump_step 0|3-5
    """

    path: Any
    steps: Optional[Union[str, int]] = None
    mode: str = "all"
    data: Optional[str] = None
    layers: Optional[Sequence[str]] = None

    def __post_init__(self) -> None:
        check_path("dump.path", self.path)
        check_value("dump.mode", self.mode, "dump_config.dump_mode")
        if self.data is not None:
            check_value("dump.data", self.data, "dump_config.dump_data")
        if self.steps is not None:
            _check_steps(self.steps)
        if self.layers is not None:
            _check_layers(self.layers)

    def settings(self) -> List[Setting]:
        """Returns what is assigned in the adapter."""
        settings = [
            Setting("dump", "dump_config.enable_dump", True),
            Setting("dump.path", "dump_config.dump_path", absolute(self.path)),
            Setting("dump.mode", "dump_config.dump_mode", self.mode),
        ]
        if self.steps is not None:
            settings.append(Setting("dump.steps", "dump_config.dump_step", str(self.steps)))
        if self.data is not None:
            settings.append(Setting("dump.data", "dump_config.dump_data", self.data))
        if self.layers is not None:
            names = " ".join(self.layers)
            settings.append(Setting("dump.layers", "dump_config.dump_layer", names))
        return settings


def _check_steps(steps: Any) -> None:
    problem = ""
    if isinstance(steps, bool) or not isinstance(steps, (str, int)):
        problem = "is neither a text nor a number"
    else:
        for part in str(steps).split("|"):
            match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
            if match is None:
                problem = f"has the part {part!r}"
            elif match.group(2) and int(match.group(2)) <= int(match.group(1)):
                problem = f"has the range {part!r}, which does not rise"
    if problem:
        raise AscendError(
            '`dump.steps` must be step numbers and ranges joined by "|". '
            f'Received: {steps!r}, which {problem}. Write "0|3-5|10", say.'
        )


def _check_layers(layers: Any) -> None:
    if (
        isinstance(layers, str)
        or not layers
        or not all(isinstance(name, str) and name and not re.search(r"\s", name) for name in layers)
    ):
        raise AscendError(
            "`dump.layers` must be a list of operator names without spaces. "
            f'Received: {layers!r}. Write ["albert/pooler/MatMul"], say.'
        )
