"""`encode` (Python) and `tokenize` (TensorFlow graph) give the same ids."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_zoo.text import AlbertTokenizer

pytestmark = pytest.mark.text


def check_equal_up_to_ties(tokenizer, texts, from_graph):
    """Two splits of the same text and the same probability are equally right.

    The SentencePiece inside tensorflow-text breaks such ties otherwise than the Python package.
    """
    num_ties = 0
    for text, ids, graph_ids in zip(texts, tokenizer.encode(texts), from_graph):
        if ids != graph_ids:
            num_ties += 1
            assert tokenizer.decode(ids) == tokenizer.decode(graph_ids), text
            scores = [
                math.fsum(map(tokenizer._processor.get_score, row)) for row in (ids, graph_ids)
            ]
            assert scores[0] == pytest.approx(scores[1], abs=1e-3), text
    return num_ties


def test_agree_on_every_sentence_of_glue(shared, published, tokenize_in_graph):
    texts = set()
    for path in (shared / "data" / "glue").glob("*/*.t*"):
        for line in path.read_text(encoding="utf-8").split("\n"):
            texts.update(line.split("\t"))  # indices and labels are text too
    texts = sorted(texts)
    assert len(texts) > 150_000
    num_ties = 0
    for start in range(0, len(texts), 20_000):
        batch = texts[start : start + 20_000]
        num_ties += check_equal_up_to_ties(published, batch, tokenize_in_graph(published, batch))
    assert num_ties < len(texts) / 10_000


# Characters younger than Python's Unicode tables ("Cn") may be known to one engine only.
ASSIGNED = st.characters(blacklist_categories=("Cs", "Cn"))


@pytest.mark.parametrize("vocabulary", ["tiny", "published"])
@given(texts=st.lists(st.text(ASSIGNED), min_size=1, max_size=20))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_agree_on_any_unicode(request, tokenize_in_graph, vocabulary, texts):
    tokenizer = request.getfixturevalue(vocabulary)
    check_equal_up_to_ties(tokenizer, texts, tokenize_in_graph(tokenizer, texts))


@given(texts=st.lists(st.text("0129,.ab the\0é\u0301 \u00a0\u2028ZΣİﬁ"), min_size=1, max_size=20))
@settings(derandomize=True, deadline=None, max_examples=100)
def test_agree_on_the_hard_characters(tiny, tokenize_in_graph, texts):
    tokenizer = AlbertTokenizer(tiny.model_proto, lowercase=False)
    check_equal_up_to_ties(tokenizer, texts, tokenize_in_graph(tokenizer, texts))


def test_works_in_a_dataset_and_after_clear_session(tf, tiny):
    tokenizer = AlbertTokenizer(tiny.model_proto)
    texts = ["the cat, 9,000", "a dog", "in 2019, the rain"]
    for _ in range(2):
        dataset = tf.data.Dataset.from_tensor_slices(texts).batch(2).map(tokenizer.tokenize)
        assert [row for batch in dataset for row in batch.to_list()] == tokenizer.encode(texts)
        tf.keras.backend.clear_session()


def test_very_long_texts(tf, tiny, tokenize_in_graph):
    texts = ["the cat " * 12_500, "x" * 100_000]
    assert tokenize_in_graph(tiny, texts) == tiny.encode(texts)


@pytest.mark.parametrize("texts", [[["a"], ["b"]], "a", [1, 2]])
def test_refuses_other_shapes_and_types(tf, tiny, texts):
    with pytest.raises(ValueError, match="string tensor of shape"):
        tiny.tokenize(tf.constant(texts))
