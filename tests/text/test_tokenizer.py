"""AlbertTokenizer: the original's ids, special pieces, and what it refuses."""

from __future__ import annotations

import copy
import io
import pickle
import re
import time

import numpy as np
import pytest
import sentencepiece
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_zoo.text import AlbertTokenizer, normalize


def reference_ids(processor, text):
    """`encode_pieces` and `convert_tokens_to_ids` of Model Garden 2.4.0, piece by piece."""
    new_pieces = []
    for piece in processor.encode(text, out_type=str):
        if len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit():
            current = processor.encode(piece[:-1].replace("▁", ""), out_type=str)
            if piece[0] != "▁" and current[0][0] == "▁":
                current = current[1:] if len(current[0]) == 1 else [current[0][1:], *current[1:]]
            new_pieces += [*current, piece[-1]]
        else:
            new_pieces.append(piece)
    return [processor.piece_to_id(piece) for piece in new_pieces]


@pytest.mark.parametrize("lowercase", [True, False])
def test_ids_equal_the_original(published_vocabulary, golden_rows, lowercase):
    rows = [row for row in golden_rows if row["lower"] is lowercase]
    tokenizer = AlbertTokenizer(published_vocabulary, lowercase)
    assert len(rows) == 60
    for row, ids in zip(rows, tokenizer.encode([row["text"] for row in rows])):
        assert ids == row["google_ids"], row["text"]


@pytest.mark.text
@pytest.mark.parametrize("lowercase", [True, False])
def test_graph_ids_equal_the_original(
    published_vocabulary, golden_rows, lowercase, tokenize_in_graph
):
    rows = [row for row in golden_rows if row["lower"] is lowercase]
    tokenizer = AlbertTokenizer(published_vocabulary, lowercase)
    for row, ids in zip(rows, tokenize_in_graph(tokenizer, [row["text"] for row in rows])):
        assert ids == row["google_ids"], row["text"]


def test_digit_commas_are_split_off(tiny):
    text = "in 2019, 9,000 or 39,"
    ids = tiny.encode(text)
    assert "9," in map(tiny.id_to_piece, range(tiny.vocabulary_size))  # there is a piece to split
    assert not [piece for piece in map(tiny.id_to_piece, ids) if re.search(r"\d,$", piece)]
    assert tiny.decode(ids) == text


@given(st.text(alphabet="0193, the cat.éZ", max_size=40))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_precomputed_rule_equals_the_original_rule(tiny, text):
    processor = sentencepiece.SentencePieceProcessor(model_proto=tiny.model_proto)
    assert tiny.encode(text) == reference_ids(processor, normalize(text))


def test_batches_threads_and_single_texts_agree(tiny):
    texts = [f"the cat ran {number},000 units" for number in range(600)] + [""]
    assert tiny.encode(texts) == [tiny.encode(text) for text in texts]
    assert tiny.encode([]) == []


def test_special_ids_are_those_of_the_published_vocabulary(tiny):
    ids = (tiny.pad_id, tiny.unk_id, tiny.cls_id, tiny.sep_id, tiny.mask_id)
    assert ids == (0, 1, 2, 3, 4)
    assert tiny.id_to_piece(tiny.cls_id) == "[CLS]"
    assert tiny.piece_to_id("no such piece") == tiny.unk_id


def test_special_pieces_never_come_out_of_text(tiny):
    for lowercase in (True, False):
        tokenizer = AlbertTokenizer(tiny.model_proto, lowercase)
        assert not {0, 2, 3, 4} & set(tokenizer.encode("<pad> [CLS] the [SEP] cat [MASK]"))


def test_decodes_rows_arrays_and_padding(tiny):
    ids = tiny.encode("The cat sat.")
    assert tiny.decode(ids) == "the cat sat."
    assert tiny.decode(np.array([2, *ids, 3, 0, 0])) == "the cat sat."
    assert tiny.decode(np.array([ids, ids])) == ["the cat sat."] * 2
    assert tiny.decode([ids, []]) == ["the cat sat.", ""]
    assert tiny.decode([]) == ""


def test_very_long_texts_are_quick(tiny):
    start = time.perf_counter()
    for text in ("the cat " * 12_500, "x" * 100_000, "9," * 50_000, "é" * 100_000):
        assert tiny.encode(text)
    assert time.perf_counter() - start < 5


def test_copies_and_pickles_give_the_same_ids(tiny):
    tokenizer = AlbertTokenizer(tiny.model_proto, lowercase=False)
    for twin in (copy.deepcopy(tokenizer), pickle.loads(pickle.dumps(tokenizer))):
        assert twin.encode("The cat") == tokenizer.encode("The cat") != tiny.encode("The cat")
        assert twin.get_config() == {"lowercase": False}


def test_reads_a_path_and_keeps_the_bytes(tiny, tmp_path):
    path = tmp_path / "vocabulary.spm"
    path.write_bytes(tiny.model_proto)
    for model in (path, str(path)):
        tokenizer = AlbertTokenizer(model)
        assert tokenizer.model_proto == tiny.model_proto
        assert tokenizer.vocabulary_size == 100


def test_is_empty_until_it_has_a_vocabulary(tiny):
    tokenizer = AlbertTokenizer()
    assert tokenizer.model_proto is None
    with pytest.raises(ValueError, match="set_vocabulary"):
        tokenizer.encode("a cat")
    assert copy.deepcopy(tokenizer).model_proto is None
    tokenizer.set_vocabulary(tiny.model_proto)
    assert tokenizer.encode("a cat") == tiny.encode("a cat")


@pytest.mark.parametrize("garbage", [b"", b"x", b"<html>" * 100])
def test_refuses_what_is_no_vocabulary(tiny, garbage, tmp_path):
    with pytest.raises(ValueError, match="must be a SentencePiece model"):
        AlbertTokenizer(garbage)
    path = tmp_path / "30k-clean.model"
    path.write_bytes(garbage)
    with pytest.raises(ValueError, match=r"30k-clean\.model"):
        AlbertTokenizer(path)


def test_refuses_a_vocabulary_without_special_pieces_and_stays_as_it_was(tiny):
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["a cat sat on a mat and ran"]),
        model_writer=model,
        vocab_size=15,
        minloglevel=2,
    )
    tokenizer = AlbertTokenizer(tiny.model_proto)
    with pytest.raises(ValueError, match="without `<pad>`"):
        tokenizer.set_vocabulary(model.getvalue())
    assert tokenizer.encode("the cat") == tiny.encode("the cat")


def test_refuses_what_is_no_string(tiny):
    with pytest.raises(TypeError, match=r"texts\[2\]=None"):
        tiny.encode(["a", "cat", None])
