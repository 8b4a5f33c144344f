"""SentencePiece models: our own reader, and the tokenizer on Google's C++ library."""

from __future__ import annotations

import io
from pathlib import Path
from typing import List

INSTRUMENTED = ["albert_zoo.checkpoints.sentencepiece_model", "albert_zoo.checkpoints.protobuf"]


def seeds() -> List[bytes]:
    """A unigram model with ALBERT's flags, one that our writer made, and one of another kind."""
    import sentencepiece

    from albert_zoo.checkpoints.sentencepiece_model import (
        parse_sentencepiece,
        serialize_sentencepiece,
    )
    from albert_zoo.text import train_vocabulary

    texts = ["a cat sat on a mat, a cat ran, a cat is a cat."]
    model = train_vocabulary(texts, 25)
    parsed = parse_sentencepiece(model)
    assert parsed is not None
    other = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=other, model_type="bpe", vocab_size=22,
        normalization_rule_name="identity", minloglevel=2,
    )  # fmt: skip
    small = serialize_sentencepiece(parsed._replace(character_map=b""))
    # The table of characters is long; without it a change hits the rest more often.
    return [small, other.getvalue(), serialize_sentencepiece(parsed)]


def check(data: bytes, folder: Path) -> None:
    """Reads a model that holds anything, and encodes with it."""
    from albert_zoo.checkpoints.sentencepiece_model import (
        parse_sentencepiece,
        serialize_sentencepiece,
    )
    from albert_zoo.text import AlbertTokenizer

    model = parse_sentencepiece(data)
    if model is not None:
        again = parse_sentencepiece(serialize_sentencepiece(model))
        assert again is not None and again.texts == model.texts
    try:
        tokenizer = AlbertTokenizer(data)
    except ValueError as error:
        assert "`model` must" in str(error), error
        return
    ids = tokenizer.encode("A cat sat, 9,000 \u00e9\u4e00 [CLS] \U0001f600")
    assert all(0 <= token_id < tokenizer.vocabulary_size for token_id in ids), ids
    tokenizer.decode(ids)
