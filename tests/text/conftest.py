"""Fixtures of the text tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Callable, Dict, List

import pytest

from albert_zoo.text import AlbertTokenizer


@pytest.fixture(scope="session")
def tiny(tiny_vocabulary: bytes) -> AlbertTokenizer:
    return AlbertTokenizer(tiny_vocabulary)


@pytest.fixture(scope="session")
def published_vocabulary(shared: Path) -> Path:
    """The vocabulary of the ALBERT authors, which is not ours to commit."""
    return shared / "data" / "albert" / "30k-clean.model"


@pytest.fixture(scope="session")
def published(published_vocabulary: Path) -> AlbertTokenizer:
    return AlbertTokenizer(published_vocabulary)


@pytest.fixture(scope="session")
def golden_rows(golden: Path) -> List[Dict[str, Any]]:
    """Texts with the cleaned form and the ids that google-research/albert gives them."""
    return json.loads((golden / "tokenize" / "30k-clean.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def tf() -> Any:
    """TensorFlow, where tensorflow-text is there too."""
    pytest.importorskip("tensorflow_text")
    return pytest.importorskip("tensorflow")


@pytest.fixture(scope="session")
def tokenize_in_graph(tf: Any) -> Callable[[AlbertTokenizer, List[str]], List[List[int]]]:
    def run(tokenizer: AlbertTokenizer, texts: List[str]) -> List[List[int]]:
        return tokenizer.tokenize(tf.constant(texts, tf.string)).to_list()

    return run
