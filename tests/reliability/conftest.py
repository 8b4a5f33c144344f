"""Sound files of every kind, of one tiny model."""

from __future__ import annotations

from typing import Any, Dict

import numpy as np
import pytest

from albert_zoo.checkpoints.config import from_albert_zoo
from albert_zoo.checkpoints.weight_shapes import weight_shapes
from albert_zoo.zoo import PresetFolder, convert, write_preset
from tests.model_checks import TINY_GEOMETRY
from tests.reliability.bad_inputs.case import Good
from tests.reliability.bad_inputs.record_cases import write_good

LABELS = ["no", "yes", "maybe"]
COLUMNS: Dict[str, Any] = {"text": "review", "label": "stars", "labels": LABELS}


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory, tiny_vocabulary: bytes) -> Good:
    """Folders that every command takes."""
    folder = tmp_path_factory.mktemp("good")
    config = from_albert_zoo(TINY_GEOMETRY)
    source = np.random.default_rng(0)
    arrays = {
        name: source.normal(size=shape).astype("float32")
        for name, shape in weight_shapes(config, ("head",), 3).items()
    }
    preset = PresetFolder(
        backbone_config=config,
        backbone_arrays={k: v for k, v in arrays.items() if not k.startswith("head/")},
        task_config={"num_classes": 3, "dropout": 0.1, "task": {"columns": COLUMNS}},
        task_arrays={k: v for k, v in arrays.items() if k.startswith("head/")},
        tokenizer_config={"lowercase": True},
        preprocessor_config={"sequence_length": 32},
        vocabulary=tiny_vocabulary,
        metadata={"description": "tiny"},
    )
    ours = write_preset(folder / "preset", preset)
    paths = {to: convert(ours, folder / to, to=to) for to in ("tf1", "transformers", "keras-hub")}
    paths["tf2"] = convert(ours, folder / "tf2", to="tf2")
    write_good(folder / "records")
    return Good(
        ours, paths["tf1"], paths["tf2"], paths["transformers"], paths["keras-hub"],
        folder / "records",
    )  # fmt: skip
