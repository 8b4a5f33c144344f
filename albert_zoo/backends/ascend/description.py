"""The table that `AscendOptions.describe` prints."""

from __future__ import annotations

from typing import List, Optional, Sequence, Tuple, Union

from albert_zoo.backends.ascend.option_table import adapter_options, releases
from albert_zoo.backends.ascend.setting import Setting

_TITLES = ("option", "in npu_device", "since", "value")


def description(
    settings: Sequence[Setting],
    loss_scale: Union[None, str, float] = None,
    recompute: Optional[str] = None,
) -> str:
    """Words what would be set.

    Args:
        settings: list of `Setting`.
        loss_scale: `"dynamic"`, a number, or `None`.
        recompute: str or `None`.

    Returns:
        str, several lines.

    Example:

    >>> print(description([Setting("deterministic", "deterministic", 1)]))
    option         in npu_device  since             value
    deterministic  deterministic  r2.1.0 (2023-04)  1
    <BLANKLINE>
    loss scale: none
    """
    months = releases()
    rows: List[Tuple[str, ...]] = [_TITLES]
    for setting in settings:
        since = adapter_options()[setting.path].since
        shown = (setting.option, setting.path, f"{since} ({months[since]})", str(setting.value))
        rows.append(shown)
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[3]])
        for row in rows
    ]
    if not settings:
        lines = ["Nothing is set: the adapter keeps its own values."]
    scale = "none" if loss_scale is None else str(loss_scale)
    lines += ["", f"loss scale: {scale}"]
    if recompute is not None:
        lines.append(f"recompute: {recompute}, in npu_run_context")
    return "\n".join(lines)
