"""PresetFolder: what a preset holds, as plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Optional

import numpy as np


@dataclass
class PresetFolder:
    """What a preset folder holds, as plain data. A missing part is `None` or empty.

    Args:
        backbone_config: arguments of the backbone.
        backbone_arrays: weight name to array.
        task_config: arguments of the classifier and, under `"task"`, of the `Task`.
        task_arrays: weight name to array, of the head alone.
        tokenizer_config: arguments of the tokenizer.
        preprocessor_config: arguments of the preprocessor.
        vocabulary: bytes of the SentencePiece model.
        metadata: whatever else is known, such as versions and origin.
    """

    backbone_config: Dict[str, Any]
    backbone_arrays: Optional[Dict[str, np.ndarray]] = None
    task_config: Optional[Dict[str, Any]] = None
    task_arrays: Optional[Dict[str, np.ndarray]] = None
    tokenizer_config: Dict[str, Any] = field(default_factory=dict)
    preprocessor_config: Dict[str, Any] = field(default_factory=dict)
    vocabulary: Optional[bytes] = None
    metadata: Dict[str, Any] = field(default_factory=dict)
