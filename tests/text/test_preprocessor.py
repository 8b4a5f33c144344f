"""AlbertPreprocessor: layout of rows, the forms of input, and both engines."""

from __future__ import annotations

import copy
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from albert_zoo.text import AlbertPreprocessor

FIRST = ["the cat sat on the mat.", "a dog", "", "the rain in the hills is cold"]
SECOND = ["a dog ran, in 2019, to the old house", "", "the cat", "the road is long"]


@pytest.fixture(scope="module")
def preprocessor(tiny):
    return AlbertPreprocessor(tiny, sequence_length=16)


def as_lists(inputs):
    return {name: np.asarray(array).tolist() for name, array in inputs.items()}


def test_lays_out_a_single_and_a_pair(tiny, preprocessor):
    cat, dog = tiny.encode(["the cat", "a dog"])
    inputs = as_lists(preprocessor([("the cat", "a dog"), ("the cat", "")]))
    pair = [2, *cat, 3, *dog, 3]
    assert inputs["token_ids"][0] == pair + [0] * (16 - len(pair))
    assert inputs["segment_ids"][0] == (
        [0] * (len(cat) + 2) + [1] * (len(dog) + 1) + [0] * (16 - len(pair))
    )
    assert inputs["padding_mask"][0] == [1] * len(pair) + [0] * (16 - len(pair))
    single = [2, *cat, 3]
    assert inputs["token_ids"][1] == single + [0] * (16 - len(single))
    assert not any(inputs["segment_ids"][1])


def test_a_second_text_without_tokens_counts_as_none(preprocessor):
    assert as_lists(preprocessor(["a cat"])) == as_lists(preprocessor([("a cat", " \u0301 ")]))


def test_truncates_as_the_original(tiny, preprocessor):
    long, short = "the cat sat on the mat. the cat sat on it.", "a dog"
    assert len(tiny.encode(long)) > 16
    token_ids, segment_ids, num_truncated = preprocessor.encode(
        [long, long, short, long], [short, long, long, ""], return_truncated=True
    )
    assert [len(row) for row in token_ids] == [16] * 4
    a, b = tiny.encode(long), tiny.encode(short)
    assert token_ids[0].tolist() == [2, *a[: 13 - len(b)], 3, *b, 3]
    assert token_ids[1].tolist() == [2, *a[:7], 3, *a[:6], 3]
    assert token_ids[2].tolist() == [2, *b, 3, *a[: 13 - len(b)], 3]
    assert token_ids[3].tolist() == [2, *a[:14], 3]
    assert [int(row.sum()) for row in segment_ids] == [len(b) + 1, 7, 14 - len(b), 0]
    assert num_truncated == 4


def test_encode_returns_int32_rows_and_counts_nothing_where_all_fits(preprocessor):
    token_ids, segment_ids = preprocessor.encode(["the cat", ""])
    assert {row.dtype for row in token_ids + segment_ids} == {np.dtype("int32")}
    assert token_ids[1].tolist() == [2, 3]
    assert preprocessor.encode(["the cat", ""], return_truncated=True)[2] == 0


def test_accepts_every_form_of_input(preprocessor):
    columns = (FIRST, SECOND)
    expected = as_lists(preprocessor(columns))
    assert as_lists(preprocessor(list(zip(*columns)))) == expected
    assert as_lists(preprocessor(tuple(map(tuple, columns)))) == expected
    assert as_lists(preprocessor(tuple(map(np.array, columns)))) == expected
    assert as_lists(preprocessor(np.array(columns).T)) == expected
    singles = as_lists(preprocessor(FIRST))
    assert as_lists(preprocessor(tuple(FIRST))) == singles
    assert as_lists(preprocessor(np.array(FIRST, object))) == singles
    assert as_lists(preprocessor(FIRST[0]))["token_ids"] == singles["token_ids"][:1]
    assert preprocessor([])["token_ids"].shape == (0, 16)


def test_accepts_pandas_columns(preprocessor):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"first": FIRST, "second": SECOND})
    expected = as_lists(preprocessor((FIRST, SECOND)))
    assert as_lists(preprocessor((frame["first"], frame["second"]))) == expected
    assert as_lists(preprocessor(frame["first"])) == as_lists(preprocessor(FIRST))
    frame.loc[2, "first"] = None
    with pytest.raises(TypeError, match=r"texts\[2\]="):
        preprocessor(frame["first"])


def test_refuses_what_it_cannot_tell_apart(preprocessor):
    with pytest.raises(TypeError, match=r"Write `\[\(first, second\)\]` for one pair"):
        preprocessor(("the cat", "a dog"))
    with pytest.raises(TypeError, match=r"x\[1\]='a dog'"):
        preprocessor([("the cat", "sat"), "a dog"])
    with pytest.raises(TypeError, match=r"text_pairs\[0\]=None"):
        preprocessor([("the cat", None)])
    with pytest.raises(ValueError, match="1 texts and 2 text_pairs"):
        preprocessor((["the cat"], ["a", "dog"]))
    with pytest.raises(TypeError, match="sequence of strings"):
        preprocessor.encode("the cat")


def test_pads_to_a_given_length_or_to_the_longest_row(preprocessor):
    token_ids, segment_ids = preprocessor.encode(FIRST, SECOND)
    longest = max(map(len, token_ids))
    assert preprocessor.pad(token_ids, segment_ids, longest + 3)["token_ids"].shape == (
        4,
        longest + 3,
    )
    assert preprocessor.encode_batch(["a", "the"])["token_ids"].shape == (2, 3)
    assert preprocessor.encode_batch([])["token_ids"].shape == (0, 0)
    with pytest.raises(ValueError, match=f"row of {longest} tokens"):
        preprocessor.pad(token_ids, segment_ids, longest - 1)


def test_large_sets_are_packed_in_chunks(preprocessor, monkeypatch):
    whole = preprocessor.pack(FIRST, SECOND)
    monkeypatch.setattr("albert_zoo.text.preprocessor._CHUNK", 3)
    for in_chunks, expected in zip(preprocessor.pack(FIRST, SECOND), whole):
        assert in_chunks.dtype == expected.dtype
        np.testing.assert_array_equal(in_chunks, expected)
    assert len(preprocessor.pack([]).lengths) == 0


def test_refuses_a_length_without_room(tiny):
    with pytest.raises(ValueError, match="sequence_length=2"):
        AlbertPreprocessor(tiny, sequence_length=2)


def test_a_very_long_text_is_cut(preprocessor):
    inputs = preprocessor(["the cat " * 12_500])
    assert inputs["padding_mask"].tolist() == [[1] * 16]


def test_copies_work_alone(preprocessor):
    twin = copy.deepcopy(preprocessor)
    assert twin.get_config() == {"sequence_length": 16}
    assert as_lists(twin(FIRST)) == as_lists(preprocessor(FIRST))


@pytest.mark.text
@pytest.mark.parametrize("sequence_length", [3, 4, 5, 8, 16, 64])
def test_graph_gives_the_same(tf, tiny, sequence_length):
    preprocessor = AlbertPreprocessor(tiny, sequence_length)
    singles = preprocessor(tf.constant(FIRST))
    assert as_lists(singles) == as_lists(preprocessor(FIRST))
    pairs = preprocessor((tf.constant(FIRST), tf.constant(SECOND)))
    assert as_lists(pairs) == as_lists(preprocessor((FIRST, SECOND)))
    assert {array.dtype for array in pairs.values()} == {tf.int32}
    assert preprocessor(tf.constant([], tf.string))["token_ids"].shape == (0, sequence_length)


@pytest.mark.text
@given(st.lists(st.tuples(st.text("the cat,9"), st.text("the cat,9")), min_size=1, max_size=8))
@settings(derandomize=True, deadline=None, max_examples=50)
def test_graph_gives_the_same_on_generated_pairs(tf, preprocessor, pairs):
    columns = tuple(map(list, zip(*pairs)))
    in_graph = preprocessor(tuple(tf.constant(column) for column in columns))
    assert as_lists(in_graph) == as_lists(preprocessor(columns))


@pytest.mark.text
def test_maps_a_dataset_with_a_known_length(tf, preprocessor):
    dataset = tf.data.Dataset.from_tensor_slices((FIRST, SECOND)).batch(2)
    dataset = dataset.map(lambda first, second: preprocessor((first, second)))
    assert dataset.element_spec["token_ids"].shape.as_list() == [None, 16]
    rows = np.concatenate([batch["token_ids"] for batch in dataset])
    assert rows.tolist() == as_lists(preprocessor((FIRST, SECOND)))["token_ids"]


@pytest.mark.text
def test_exports_with_its_vocabulary(tf, preprocessor, tmp_path):
    module = tf.Module()
    module.tokenizer = preprocessor.tokenizer.graph_tokenizer
    module.run = tf.function(preprocessor, input_signature=[tf.TensorSpec([None], tf.string)])
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    assert as_lists(loaded.run(tf.constant(FIRST))) == as_lists(preprocessor(FIRST))


def test_needs_no_tensorflow_for_strings(tiny_vocabulary, tmp_path):
    path = tmp_path / "vocabulary.spm"
    path.write_bytes(tiny_vocabulary)
    program = (
        "import sys; from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer; "
        "AlbertPreprocessor(AlbertTokenizer(sys.argv[1]))([('a', 'b')]); "
        "sys.exit('tensorflow' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
