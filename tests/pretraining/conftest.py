"""Fixtures of pre-training's tests: a small corpus, its records, a tiny model's geometry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from albert_zoo.pretraining import DataSettings, make_pretraining_data
from albert_zoo.text import AlbertTokenizer
from tests.conftest import SENTENCES

SETTINGS = DataSettings(sequence_length=32, copies=2, held_out_rate=0.2, block_characters=3000)


def write_corpus(folder: Path, documents: int = 60, seed: int = 0) -> Path:
    """Writes documents of our sentences in random order, in three files."""
    random = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    texts = [
        " ".join(s.capitalize() for s in random.permutation(SENTENCES)[: random.integers(3, 9)])
        for _ in range(documents)
    ]
    for number in range(3):
        (folder / f"{number}.txt").write_text("\n\n".join(texts[number::3]), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tokenizer(tiny_vocabulary: bytes) -> AlbertTokenizer:
    return AlbertTokenizer(tiny_vocabulary)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="session")
def records(tmp_path_factory, corpus: Path, tokenizer: AlbertTokenizer) -> Path:
    """A folder of shards, made by one process."""
    folder = tmp_path_factory.mktemp("records") / "data"
    make_pretraining_data([corpus], tokenizer, folder, SETTINGS)
    return folder
