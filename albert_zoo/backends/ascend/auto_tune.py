"""AutoTune: lets CANN search for faster operators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, List, Optional

from albert_zoo.backends.ascend.setting import Setting, absolute
from albert_zoo.backends.ascend.value_checks import check_choice, check_path

MODES = {"subgraph": "1", "operator": "2", "gradient": "4"}
"""The adapter's `aoe_mode` for each of our names."""

OLD_MODE = "RL,GA"
"""What Huawei's ALBERT scripts give the older option `auto_tune_mode`."""


@dataclass(frozen=True)
class AutoTune:
    """Tunes with the Ascend Optimization Engine (AOE), or with what older adapters have.

    Args:
        mode: `"operator"`, `"subgraph"` (not on Atlas A2 and A3), or `"gradient"` for how gradients
            are split. `None` is operators; without the other arguments, an adapter that still has
            `auto_tune_mode` (up to r1.10.0) tunes with that, as Huawei's scripts do.
        work_path: folder that AOE works in; it is made. `None` is the working folder.
        config_file: JSON file that says which operators are tuned.

    Raises:
        AscendError: a value is not allowed.

    Example:

    >>> AutoTune("operator").settings()
    [Setting(option='auto_tune.mode', path='aoe_config.aoe_mode', value='2')]
    """

    mode: Optional[str] = None
    work_path: Optional[Any] = None
    config_file: Optional[Any] = None

    def __post_init__(self) -> None:
        if self.mode is not None:
            check_choice("auto_tune", self.mode, tuple(MODES))
        for name in ("work_path", "config_file"):
            if getattr(self, name) is not None:
                check_path(f"auto_tune.{name}", getattr(self, name))

    def settings(self) -> List[Setting]:
        """Returns what is assigned in an adapter that has AOE."""
        asks_for_aoe = self != AutoTune()
        option = "auto_tune.mode" if asks_for_aoe else "auto_tune"
        settings = [Setting(option, "aoe_config.aoe_mode", MODES[self.mode or "operator"])]
        for name, leaf in (("work_path", "work_path"), ("config_file", "aoe_config_file")):
            path = getattr(self, name)
            if path is not None:
                settings.append(Setting(f"auto_tune.{name}", f"aoe_config.{leaf}", absolute(path)))
        return settings
