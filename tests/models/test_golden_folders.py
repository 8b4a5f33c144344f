"""Every folder that other implementations wrote, through `from_preset`, with its outputs."""

from __future__ import annotations

from pathlib import Path
from typing import List

import numpy as np
import pytest

from albert_zoo import AlbertClassifier
from tests.model_checks import golden_inputs, largest_difference

GARDEN = "small/tf2/garden-2.4.0-classifier-model"


def folders_of(golden: Path) -> List[Path]:
    """All that hold a checkpoint; of a SavedModel its own folder, not that of its variables."""
    marks = ("config.json", "*.index")
    found = {path.parent for mark in marks for path in golden.rglob(mark)}
    return sorted({path.parent if path.name == "variables" else path for path in found})


def test_every_folder_is_loaded(shared: Path, golden: Path) -> None:
    folders = folders_of(shared / "golden")
    assert len(folders) > 15
    for folder in folders:
        model = folder.relative_to(shared / "golden").parts[0]
        with np.load(golden / "models" / f"{model}.npz") as file:
            arrays = dict(file)
        backbone = AlbertClassifier.from_preset(folder, num_classes=2).backbone
        for batch in "ab":
            outputs = backbone(golden_inputs(arrays, batch))
            for key in ("sequence_output", "pooled_output"):
                assert largest_difference(outputs[key], arrays[f"{batch}/{key}"]) < 1e-5, folder


@pytest.mark.parametrize("name", [GARDEN, f"{GARDEN}/weights_tf"])
def test_the_garden_s_classifier_has_its_outputs(shared: Path, golden: Path, name: str) -> None:
    classifier = AlbertClassifier.from_preset(shared / "golden" / name)
    assert classifier.num_classes == 3
    with np.load(golden / "models" / "small.npz") as file:
        arrays = dict(file)
    for batch in "ab":
        path = shared / "golden" / "small" / "outputs" / f"garden_2.4.0_classifier_{batch}.npz"
        with np.load(path) as file:
            logits = classifier(golden_inputs(arrays, batch))
            assert largest_difference(logits, file["logits"]) < 1e-5
