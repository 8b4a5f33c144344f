"""The vocabulary as other libraries keep it: what is written gives the ids that ours gives."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, List

import pytest

from albert_zoo.checkpoints import read_checkpoint, write_checkpoint
from albert_zoo.checkpoints.sentencepiece_model import (
    CONTROL,
    NORMAL,
    UNKNOWN,
    USER_DEFINED,
    parse_sentencepiece,
    serialize_sentencepiece,
)
from albert_zoo.errors import ConversionError
from albert_zoo.text import AlbertTokenizer
from tests.conftest import SENTENCES

TEXTS = [
    *SENTENCES,
    "In 2019, the OLD house was sold: £9,000, or 1,200.",
    "a\tcat  with\nspaces ",
    "Crème Brûlée — \u201cquoted\u201d (yes.no-maybe)",
    "",
]


@pytest.fixture
def folder(tmp_path: Path, whole: Any, tiny_vocabulary: bytes) -> Path:
    """A Hugging Face folder that we wrote."""
    checkpoint = replace(whole("small").with_heads(), vocabulary=tiny_vocabulary)
    return write_checkpoint(tmp_path / "hf", "transformers", checkpoint)


def test_the_parts_of_a_model(tiny_vocabulary: bytes) -> None:
    model = parse_sentencepiece(tiny_vocabulary)
    assert model is not None and len(model.texts) == 100
    types = dict(zip(model.texts, model.types))
    assert types["<pad>"] == types["[CLS]"] == types["[MASK]"] == CONTROL
    assert (types["<unk>"], types["("], types["\u2581"]) == (UNKNOWN, USER_DEFINED, NORMAL)
    assert len(model.character_map) > 1000
    assert parse_sentencepiece(serialize_sentencepiece(model)) == model
    ours, again = (AlbertTokenizer(m) for m in (tiny_vocabulary, serialize_sentencepiece(model)))
    assert ours.encode(TEXTS) == again.encode(TEXTS)


@pytest.mark.parametrize("damage", [b"", b"a vocabulary", b"\xff" * 50, b"\x0a\xff\x01"])
def test_what_is_no_model(damage: bytes) -> None:
    assert parse_sentencepiece(damage) is None


def test_a_model_cut_short(tiny_vocabulary: bytes) -> None:
    assert parse_sentencepiece(tiny_vocabulary[: len(tiny_vocabulary) // 2]) is None


def test_google_s_list_of_pieces(shared: Path, tmp_path: Path, whole: Any) -> None:
    for place in ("data/albert", "golden/small/spm"):
        vocabulary = (shared / place / "30k-clean.model").read_bytes()
        checkpoint = replace(whole("small").with_heads(), vocabulary=vocabulary)
        for format in ("tf1", "tf2"):
            out = write_checkpoint(tmp_path / place / format, format, checkpoint)
            assert (out / "30k-clean.model").read_bytes() == vocabulary
            wanted = (shared / place / "30k-clean.vocab").read_bytes()
            assert (out / "30k-clean.vocab").read_bytes() == wanted


# === Hugging Face ===


def test_what_transformers_is_told(folder: Path) -> None:
    config = json.loads((folder / "tokenizer_config.json").read_text())
    assert config["do_lower_case"] is True
    assert config["model_max_length"] == 64
    assert "token_type_ids" in config["model_input_names"]
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert len(tokenizer["model"]["vocab"]) == 100
    special = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    assert special == {"<pad>": 0, "<unk>": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4}


def test_pieces_that_the_original_splits_again_never_win(tmp_path: Path, shared: Path) -> None:
    from albert_zoo.checkpoints.transformers_tokenizer import write_tokenizer

    vocabulary = (shared / "data/albert/30k-clean.model").read_bytes()
    write_tokenizer(tmp_path, vocabulary, {"lowercase": False}, longest=512)
    tokenizer = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    scores = dict(tokenizer["model"]["vocab"])
    last = [text for text in scores if len(text) > 1 and text[-1] == "," and text[-2].isdigit()]
    assert len(last) == 141
    others = min(score for text, score in scores.items() if text not in last)
    assert max(scores[text] for text in last) < others - 16 * 14
    steps = [step["type"] for step in tokenizer["normalizer"]["normalizers"]]
    assert steps == ["NFKD", "StripAccents", "Precompiled"]  # no Lowercase


def test_a_folder_without_its_sentencepiece_model(folder: Path, tiny_vocabulary: bytes) -> None:
    """As transformers 5 saves it."""
    assert read_checkpoint(folder).vocabulary == tiny_vocabulary
    (folder / "spiece.model").unlink()
    rebuilt = read_checkpoint(folder).vocabulary
    assert rebuilt is not None
    ours, again = AlbertTokenizer(tiny_vocabulary), AlbertTokenizer(rebuilt)
    assert ours.encode(TEXTS) == again.encode(TEXTS)
    assert again.vocabulary_size == 100
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    tokenizer["model"]["type"] = "WordPiece"
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert read_checkpoint(folder).vocabulary is None
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(ConversionError, match="tokenizer.json: not a JSON file"):
        read_checkpoint(folder)


@pytest.mark.parametrize("lowercase", [True, False])
def test_lower_case_survives(tmp_path: Path, whole: Any, lowercase: bool) -> None:
    start = whole("small").with_heads()
    assert start.vocabulary == b"a vocabulary"  # none that can be read: no tokenizer.json
    start = replace(start, tokenizer_config={"lowercase": lowercase})
    back = read_checkpoint(write_checkpoint(tmp_path / "a", "transformers", start))
    assert back.tokenizer_config == {"lowercase": lowercase}
    assert not (tmp_path / "a" / "tokenizer.json").exists()


def test_accents_that_would_be_kept_are_noted(folder: Path) -> None:
    path = folder / "tokenizer_config.json"
    path.write_text(json.dumps({"keep_accents": True}))
    checkpoint = read_checkpoint(folder)
    assert checkpoint.tokenizer_config == {}
    assert "keep_accents" in checkpoint.notes[0]


def _ids(tokenizer: Any, texts: List[str]) -> List[List[int]]:
    return tokenizer(texts, add_special_tokens=False)["input_ids"]


def test_transformers_gives_our_ids(folder: Path, tiny_vocabulary: bytes, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    theirs = transformers.AutoTokenizer.from_pretrained(str(folder))
    ours = AlbertTokenizer(tiny_vocabulary)
    assert _ids(theirs, TEXTS) == ours.encode(TEXTS)
    pair = theirs("the cat", "the dog")
    assert pair["input_ids"] == [2, *ours.encode("the cat"), 3, *ours.encode("the dog"), 3]
    assert sum(pair["token_type_ids"]) == len(ours.encode("the dog")) + 1
    assert theirs.mask_token_id == 4
    # What transformers saves, without a SentencePiece model, can be read as well.
    theirs.save_pretrained(tmp_path / "again")
    for name in ("config.json", "model.safetensors"):
        (tmp_path / "again" / name).write_bytes((folder / name).read_bytes())
    rebuilt = read_checkpoint(tmp_path / "again").vocabulary
    assert AlbertTokenizer(rebuilt).encode(TEXTS) == ours.encode(TEXTS)


def test_transformers_gives_the_original_s_ids(shared: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    from albert_zoo.checkpoints.transformers_tokenizer import write_tokenizer

    vocabulary = (shared / "data/albert/30k-clean.model").read_bytes()
    write_tokenizer(tmp_path, vocabulary, {}, longest=512)
    (tmp_path / "config.json").write_text('{"model_type": "albert"}')
    theirs = transformers.AutoTokenizer.from_pretrained(str(tmp_path))
    rows = json.loads((shared / "golden/data/tokenize_30k-clean.json").read_text())
    rows = [row for row in rows if row["lower"]]
    special = ("<unk>", "[SEP]", "<pad>")  # written in the text; transformers takes them for ids
    rows = [row for row in rows if not any(word in row["text"] for word in special)]
    assert len(rows) > 50
    assert _ids(theirs, [row["text"] for row in rows]) == [row["google_ids"] for row in rows]
