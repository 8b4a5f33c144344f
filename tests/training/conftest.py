"""A tiny preset and generated GLUE folders."""

from __future__ import annotations

from pathlib import Path
from typing import Dict

import pytest

from albert_zoo import AlbertPreprocessor, AlbertTokenizer
from tests.model_checks import tiny_backbone


@pytest.fixture(scope="session")
def tiny_preset(tmp_path_factory: pytest.TempPathFactory, tiny_vocabulary: bytes) -> Path:
    """A preset folder with random weights and the small vocabulary."""
    folder = tmp_path_factory.mktemp("presets") / "tiny"
    preprocessor = AlbertPreprocessor(AlbertTokenizer(tiny_vocabulary), sequence_length=32)
    return tiny_backbone().save_to_preset(folder, preprocessor=preprocessor)


@pytest.fixture(scope="session")
def glue(tmp_path_factory: pytest.TempPathFactory) -> Dict[str, Path]:
    """Task name to a generated folder in GLUE's layout."""
    from albert_zoo.glue.samples import write_samples

    folder = tmp_path_factory.mktemp("glue")
    return write_samples(folder, train_rows=48, dev_rows=20, test_rows=10)
