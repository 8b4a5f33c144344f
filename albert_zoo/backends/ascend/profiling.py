"""Profiling: where the time of a run goes."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Union

from albert_zoo.backends.ascend.setting import Setting, absolute
from albert_zoo.backends.ascend.value_checks import check_choice, check_int, check_path
from albert_zoo.errors import AscendError

AIC_METRICS = (
    "ArithmeticUtilization",
    "PipeUtilization",
    "Memory",
    "MemoryL0",
    "MemoryUB",
    "ResourceConflictRatio",
    "L2Cache",
)
"""What the counters of an AI Core can count (CANN, PROFILING_OPTIONS)."""


@dataclass(frozen=True)
class Profiling:
    """Records how long operators take. The defaults are those of Huawei's ALBERT scripts.

    Args:
        output: folder to write to; it is made.
        training_trace: bool. Whether the parts of each step are timed.
        task_trace: bool, `"l0"` or `"l1"`. Whether each operator is timed; `"l0"` costs less and
            tells less, True is `"l1"`. Older adapters know True and False only.
        aicpu: bool. Whether AI CPU operators are recorded.
        hccl: bool. Whether communication is recorded. `None` leaves it to CANN, which will drop it.
        aic_metrics: one of `AIC_METRICS`.
        fp_point: str, name of the first operator of the forward pass. `""` lets CANN find it.
        bp_point: str, name of the last operator of the backward pass. `""` lets CANN find it.
        storage_limit: int, megabytes on disk, 200 to 4294967295; the oldest files go first.
        msproftx: bool. Whether the program's own marks are recorded.
        others: dict of further keys of CANN's PROFILING_OPTIONS, texts to texts.

    Raises:
        AscendError: a value is not allowed.

    Example:

    >>> json.loads(Profiling("/data/profile", storage_limit=500).options())["storage_limit"]
    '500MB'
    """

    output: Any
    training_trace: bool = True
    task_trace: Union[bool, str] = True
    aicpu: bool = True
    hccl: Optional[bool] = None
    aic_metrics: str = "PipeUtilization"
    fp_point: str = ""
    bp_point: str = ""
    storage_limit: Optional[int] = None
    msproftx: Optional[bool] = None
    others: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_path("profiling.output", self.output)
        if re.search(r"[\n\f\r\b\t\v\x7f]", str(self.output)):
            raise AscendError(
                "`profiling.output` must hold no line ends or tabs. "
                f"Received: {str(self.output)!r}. Choose another folder."
            )
        for name in ("training_trace", "aicpu"):
            check_choice(f"profiling.{name}", getattr(self, name), (True, False))
        for name in ("hccl", "msproftx"):
            if getattr(self, name) is not None:
                check_choice(f"profiling.{name}", getattr(self, name), (True, False))
        check_choice("profiling.task_trace", self.task_trace, (True, False, "l0", "l1"))
        check_choice("profiling.aic_metrics", self.aic_metrics, AIC_METRICS)
        if self.task_trace and not self.training_trace:
            raise AscendError(
                "`profiling.task_trace` needs `training_trace` when a model is trained. "
                f"Received: task_trace={self.task_trace!r}, training_trace=False. "
                "Switch both on or both off."
            )
        for name in ("fp_point", "bp_point"):
            if not isinstance(getattr(self, name), str):
                raise AscendError(
                    f"`profiling.{name}` must be an operator's name. "
                    f"Received: {getattr(self, name)!r}. Leave it out, and CANN finds it."
                )
        if self.storage_limit is not None:
            check_int("profiling.storage_limit", self.storage_limit, 200, 4294967295)
        self._check_others()

    def _check_others(self) -> None:
        for key, value in self.others.items():
            if key == "task_time" or key in self.__dataclass_fields__:
                raise AscendError(
                    f"`profiling.others` must hold keys that have no argument of their own. "
                    f"Received: {key!r}. Use the argument."
                )
            if not isinstance(key, str) or not isinstance(value, str):
                raise AscendError(
                    "`profiling.others` must hold texts. "
                    f"Received: {key!r}: {value!r}. Write 'on', 'off' or what CANN takes."
                )

    def options(self) -> str:
        """Returns the adapter's `profiling_options`: a JSON object as a text."""
        options: Dict[str, str] = {
            "output": absolute(self.output),
            "training_trace": _switch(self.training_trace),
            "task_trace": _switch(self.task_trace),  # newer adapters also call it task_time
            "aicpu": _switch(self.aicpu),
            "aic_metrics": self.aic_metrics,
            "fp_point": self.fp_point,
            "bp_point": self.bp_point,
        }
        if self.hccl is not None:
            options["hccl"] = _switch(self.hccl)
        if self.storage_limit is not None:
            options["storage_limit"] = f"{self.storage_limit}MB"
        if self.msproftx is not None:
            options["msproftx"] = _switch(self.msproftx)
        return json.dumps({**options, **self.others}, ensure_ascii=False)

    def settings(self) -> List[Setting]:
        """Returns what is assigned in the adapter."""
        return [
            Setting("profiling", "profiling_config.enable_profiling", True),
            Setting("profiling", "profiling_config.profiling_options", self.options()),
        ]


def _switch(value: Union[bool, str]) -> str:
    return value if isinstance(value, str) else "on" if value else "off"
