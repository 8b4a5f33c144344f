"""PresetFolder: what a preset holds, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np

from albert_zoo.checkpoints.weight_shapes import heads_of


@dataclass
class PresetFolder:
    """What a preset folder holds, as plain data. A missing part is `None` or empty.

    The arrays of a folder that was read are lazy: each is read from its file when it is asked for.

    Args:
        backbone_config: arguments of the backbone.
        backbone_arrays: weight name to array.
        task_config: arguments of the classifier and, under `"task"`, of the `Task`. Under
            `"labels"` the names of its classes, where another library's folder gave them.
        task_arrays: weight name to array, of the task's head alone.
        pretraining_arrays: weight name to array, of the heads for masked words (`mlm/...`) and for
            the order of sentences (`sop/...`).
        tokenizer_config: arguments of the tokenizer.
        preprocessor_config: arguments of the preprocessor.
        vocabulary: bytes of the SentencePiece model.
        metadata: whatever else is known, such as versions and origin.
        format: str. What the folder was: `"albert-zoo"`, or one of `checkpoints.detect.ACCEPTED`.
        notes: sentences on what was left out in reading, or may differ. They are not written.
        source: str. Where it was read from, for messages.
    """

    backbone_config: Dict[str, Any]
    backbone_arrays: Optional[Mapping[str, np.ndarray]] = None
    task_config: Optional[Dict[str, Any]] = None
    task_arrays: Optional[Mapping[str, np.ndarray]] = None
    pretraining_arrays: Optional[Mapping[str, np.ndarray]] = None
    tokenizer_config: Dict[str, Any] = field(default_factory=dict)
    preprocessor_config: Dict[str, Any] = field(default_factory=dict)
    vocabulary: Optional[bytes] = None
    metadata: Dict[str, Any] = field(default_factory=dict)
    format: str = "albert-zoo"
    notes: List[str] = field(default_factory=list)
    source: str = "the preset"

    @property
    def heads(self) -> Tuple[str, ...]:
        """The heads that have weights, of `"mlm"`, `"sop"` and `"head"` (a task's)."""
        return heads_of([*(self.pretraining_arrays or ()), *(self.task_arrays or ())])
