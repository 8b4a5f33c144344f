"""Checks before a training: is the data what it should be, and were the weights really taken?"""

from __future__ import annotations

import logging
import math
from typing import Any, Dict, Mapping, Optional

import numpy as np

from albert_zoo.data import DataFacts, EncodedExamples, check_encoding, check_labels, check_shared
from albert_zoo.models.pretrained import weight_norms
from albert_zoo.tables import Examples
from albert_zoo.zoo import find_preset, read_preset

logger = logging.getLogger(__name__)

SAME_NORM = 1e-3
"""Relative difference of two norms of the same weights, which float16 files stay below."""


def check_before_training(
    task: Any, train: Any, dev: Optional[Mapping[str, Any]], encoded: Any, preset: Any = None
) -> Dict[str, DataFacts]:
    """Looks at data and weights before a training, and warns of what is probably not meant.

    Warns, each time with numbers: that labels are constant or rare, that many texts are cut, that
    many pieces are unknown to the vocabulary (as where lower-casing did not happen), that
    development rows stand in the training set, and that the weights are not those of the preset.

    Args:
        task: `Task`, its classifier made.
        train: `Examples`, or another form, of which less can be said.
        dev: dict of name to the same, or `None`.
        encoded: `EncodedExamples` of the training set, or a dataset.
        preset: path or name of the preset that the weights should be of; `None` for no check.

    Returns:
        dict of `"train"`, the name of each development set and `"weights"` to `DataFacts`.
    """
    found: Dict[str, DataFacts] = {}
    if isinstance(encoded, EncodedExamples):
        found["train"] = _check_train(task, encoded)
    for name, part in (dev or {}).items():
        if isinstance(part, Examples) and isinstance(train, Examples):
            found[name] = DataFacts(len(part))
            check_shared(found[name], train, part)
    if preset is not None:
        found["weights"] = check_weights(task.classifier.backbone, preset)
    for name, facts in found.items():
        for finding in facts.findings:
            logger.warning("Before training, %s: %s", name, finding.message)
    return found


def _check_train(task: Any, encoded: EncodedExamples) -> DataFacts:
    found = DataFacts(len(encoded))
    if encoded.labels is not None:
        labels = None if task.data.is_regression else task.data.labels
        if task.data.is_regression or labels is not None:
            check_labels(found, encoded.labels, labels)
    preprocessor = task.classifier.preprocessor
    if preprocessor is not None:
        is_cut = np.arange(len(encoded)) < encoded.num_truncated  # how many, not which
        unk_id = preprocessor.tokenizer.unk_id
        check_encoding(found, encoded.token_ids, encoded.lengths, is_cut, unk_id)
    return found


def check_weights(backbone: Any, preset: Any) -> DataFacts:
    """Compares the norm of each weight with what the preset's metadata record, or its files hold.

    Args:
        backbone: `AlbertBackbone`.
        preset: path or name of a preset, of any format.

    Returns:
        `DataFacts` with `weights`, how many there are, and `differing_weights`; a warning if some
        differ.
    """
    stored = read_preset(find_preset(preset))
    recorded = stored.metadata.get("weight_norms")
    if recorded is None:
        recorded = weight_norms(stored.backbone_arrays or {})
    norms = weight_norms(backbone.lazy_named_arrays())
    differing = [
        name
        for name, norm in norms.items()
        if name not in recorded
        or not math.isclose(norm, recorded[name], rel_tol=SAME_NORM, abs_tol=1e-6)
    ]
    found = DataFacts(0)
    found.facts.update(weights=len(norms), differing_weights=len(differing))
    if differing:
        first = differing[0]
        found.warn(
            f"{len(differing)} of {len(norms)} weights are not those of {preset}: {first} has the "
            f"norm {norms[first]:.4g}, there it has {recorded.get(first, math.nan):.4g}. "
            "Were the pretrained weights loaded?"
        )
    return found
