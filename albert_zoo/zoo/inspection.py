"""Inspection: what is known of a model's folder, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple


@dataclass(frozen=True)
class Inspection:
    """What is known of a model's folder, as plain data.

    Args:
        path: path of the folder, or prefix of the TensorFlow checkpoint.
        format: str, such as `"tf1"`.
        config: dict of the backbone's arguments.
        parameter_count: int, weights of the backbone without heads.
        heads: tuple of str, of `"mlm"`, `"sop"` and `"head"`.
        tensors: dict of our name of a weight to a dict with its `shape` and `stored_as`, the
            format's name for it. Empty where there are no weights.
        files: dict of file name to a dict with `bytes` and `sha256`.
        vocabulary: dict with the number of `pieces`, its `sha256`, and whether it `is_published`,
            that is, ALBERT's own of 30,000 English pieces; `None` where there is none.
        task_config: dict of what is known of a task's head, or `None`.
        assumed: list of facts that no weight's shape tells, as the configuration has them.
        notes: list of sentences on what may be wrong.
    """

    path: Path
    format: str
    config: Dict[str, Any]
    parameter_count: int
    heads: Tuple[str, ...] = ()
    tensors: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    files: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    vocabulary: Optional[Dict[str, Any]] = None
    task_config: Optional[Dict[str, Any]] = None
    assumed: List[str] = field(default_factory=list)
    notes: List[str] = field(default_factory=list)
