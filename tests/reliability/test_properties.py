"""What must hold for any text, table, data set, preset and checkpoint; by hypothesis."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest

from albert_zoo.data import EncodedExamples, LengthBatches, read_records, write_records
from albert_zoo.tables import Columns
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer, PackedIds, normalize
from tests.reliability.bad_inputs.case import Good

hypothesis = pytest.importorskip("hypothesis")
given, settings, st = hypothesis.given, hypothesis.settings, hypothesis.strategies

FEW, SOME, MANY = (settings(max_examples=count, deadline=None) for count in (8, 40, 150))
TEXT = st.text(max_size=60)  # every code point but surrogates
WORDS = ["the", "cat", "sat", "on", "mat", ".", ",", "9,000", "dog", "39,"]
CELL = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\0\r\n\t"), max_size=30
)


@pytest.fixture(scope="module")
def tokenizer(tiny_vocabulary: bytes) -> AlbertTokenizer:
    return AlbertTokenizer(tiny_vocabulary)


# === The tokenizer ===
@MANY
@given(text=TEXT)
def test_any_text_is_encoded(tokenizer: AlbertTokenizer, text: str) -> None:
    ids = tokenizer.encode(text)
    assert all(0 <= token_id < tokenizer.vocabulary_size for token_id in ids)
    special = {tokenizer.pad_id, tokenizer.cls_id, tokenizer.sep_id, tokenizer.mask_id}
    assert not special & set(ids)
    assert ids == tokenizer.encode(normalize(text, True))  # cleaning twice changes nothing


@MANY
@given(words=st.lists(st.sampled_from(WORDS), max_size=12))
def test_known_text_comes_back(tokenizer: AlbertTokenizer, words: List[str]) -> None:
    text = " ".join(words)
    decoded = tokenizer.decode(tokenizer.encode(text))
    assert str(decoded).replace(" ", "") == text.replace(" ", "")


@MANY
@given(ids=st.lists(st.integers(0, 99), max_size=30))
def test_any_ids_are_decoded(tokenizer: AlbertTokenizer, ids: List[int]) -> None:
    assert isinstance(tokenizer.decode(ids), str)


@SOME
@given(texts=st.lists(TEXT, min_size=1, max_size=8))
@pytest.mark.text
def test_both_engines_agree(tokenizer: AlbertTokenizer, texts: List[str]) -> None:
    pytest.importorskip("tensorflow_text")
    import tensorflow as tf

    assert tokenizer.tokenize(tf.constant(texts)).to_list() == tokenizer.encode(texts)


@SOME
@given(
    pairs=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6),
    length=st.integers(3, 24),
)
def test_any_pair_is_packed(tokenizer: AlbertTokenizer, pairs: List[Any], length: int) -> None:
    inputs = AlbertPreprocessor(tokenizer, length)(pairs)
    ids, mask, segments = (inputs[n] for n in ("token_ids", "padding_mask", "segment_ids"))
    assert ids.shape == mask.shape == segments.shape == (len(pairs), length)
    assert (ids[:, 0] == tokenizer.cls_id).all()
    assert (np.diff(mask, axis=1) <= 0).all()
    lengths = mask.sum(axis=1)
    assert (ids[np.arange(len(pairs)), lengths - 1] == tokenizer.sep_id).all()
    assert (ids[mask == 0] == tokenizer.pad_id).all()
    assert (segments[mask == 0] == 0).all()


# === The reader ===
def _table(ending: str, rows: List[Any]) -> str:
    import csv
    import io

    names = ("text", "label")
    if ending == "jsonl":
        return "".join(json.dumps(dict(zip(names, row))) + "\n" for row in rows)
    if ending == "tsv":
        return "".join("\t".join(row) + "\n" for row in [names, *rows])
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows([names, *rows])
    return file.getvalue()


@pytest.mark.parametrize("ending", ["tsv", "csv", "jsonl"])
@SOME
@given(rows=st.lists(st.tuples(CELL, st.sampled_from(["no", "yes"])), min_size=1, max_size=8))
def test_what_is_written_is_read(ending: str, rows: List[Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"data.{ending}"
        path.write_bytes(_table(ending, rows).encode("utf-8"))
        examples = Columns(text="text", label="label", labels=["no", "yes"]).read(path)
    assert examples.texts == [text for text, _ in rows]
    assert examples.labels is not None and examples.lines is not None
    assert examples.labels.tolist() == [int(label == "yes") for _, label in rows]
    assert examples.lines == [n + (1 if ending == "jsonl" else 2) for n in range(len(rows))]


# === Records and batches ===
def _rows(lengths: List[int]) -> EncodedExamples:
    """Rows whose first id behind `[CLS]` is their number."""
    ids = [[2, 10 + row, *([7] * (length - 3)), 3] for row, length in enumerate(lengths)]
    packed = PackedIds(
        token_ids=np.concatenate(ids),
        lengths=np.array(lengths),
        first_lengths=np.array(lengths),
        truncated=np.zeros(len(lengths), "bool"),
    )
    return EncodedExamples(packed, labels=np.arange(len(lengths), dtype="int32"))


LENGTHS = st.lists(st.integers(3, 20), min_size=1, max_size=40)


@FEW
@given(lengths=LENGTHS)
def test_records_come_back(lengths: List[int]) -> None:
    rows = _rows(lengths)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.tf_record"
        assert write_records(path, rows, 20) == len(lengths)
        read = read_records(path, 20)
    np.testing.assert_array_equal(read["labels"], rows.labels)
    for name, array in rows.batch(slice(None), 20).items():
        np.testing.assert_array_equal(read[name], array)


@MANY
@given(
    lengths=LENGTHS,
    batch_size=st.integers(1, 9),
    seed=st.integers(0, 5),
    epoch=st.integers(0, 3),
)
def test_every_row_comes_once(lengths: List[int], batch_size: int, seed: int, epoch: int) -> None:
    def order() -> List[List[int]]:
        batches = LengthBatches(np.array(lengths), batch_size, seed=seed)
        return [np.asarray(rows).tolist() for rows in batches.epoch(epoch)]

    found = order()
    assert found == order()  # of seed and epoch alone
    assert sorted(row for rows in found for row in rows) == list(range(len(lengths)))
    assert all(len(rows) <= batch_size for rows in found)


# === Presets and checkpoints ===
GEOMETRY = st.fixed_dictionaries(
    {
        "vocabulary_size": st.integers(1, 9),
        "num_heads": st.integers(1, 3),
        "embedding_dim": st.integers(1, 5),
        "intermediate_dim": st.integers(1, 5),
        "num_groups": st.integers(1, 2),
        "num_inner_repetitions": st.integers(1, 2),
        "max_sequence_length": st.integers(1, 5),
        "num_segments": st.integers(1, 3),
    }
)


def _model(geometry: Dict[str, int], width: int, seed: int) -> Any:
    from albert_zoo.checkpoints.config import from_albert_zoo
    from albert_zoo.checkpoints.weight_shapes import weight_shapes
    from albert_zoo.zoo import PresetFolder

    hidden = {"hidden_dim": width * geometry["num_heads"], "num_layers": geometry["num_groups"]}
    config = from_albert_zoo({**geometry, **hidden})
    source = np.random.default_rng(seed)
    arrays = {
        name: source.normal(size=shape).astype("float32")
        for name, shape in weight_shapes(config).items()
    }
    return PresetFolder(backbone_config=config, backbone_arrays=arrays)


@FEW
@given(geometry=GEOMETRY, width=st.integers(1, 4), seed=st.integers(0, 9))
def test_a_preset_comes_back(geometry: Dict[str, int], width: int, seed: int) -> None:
    from albert_zoo.zoo import read_preset, write_preset

    preset = _model(geometry, width, seed)
    with tempfile.TemporaryDirectory() as folder:
        read = read_preset(write_preset(Path(folder) / "preset", preset))
        assert read.backbone_config == preset.backbone_config
        for name, array in preset.backbone_arrays.items():
            np.testing.assert_array_equal(read.backbone_arrays[name], array)


@pytest.mark.parametrize("to", ["tf1", "transformers"])
@settings(max_examples=4, deadline=None)
@given(geometry=GEOMETRY, width=st.integers(1, 4), seed=st.integers(0, 9))
def test_a_checkpoint_comes_back(to: str, geometry: Dict[str, int], width: int, seed: int) -> None:
    from albert_zoo.zoo import convert, read_preset, write_preset

    preset = _model(geometry, width, seed)
    with tempfile.TemporaryDirectory() as folder:
        source = write_preset(Path(folder) / "preset", preset)
        there = convert(source, Path(folder) / "there", to=to)
        back = read_preset(convert(there, Path(folder) / "back", to="albert-zoo"))
        for name, array in preset.backbone_arrays.items():
            np.testing.assert_array_equal(back.backbone_arrays[name], array)


@FEW
@given(
    place=st.integers(0, 10**9), bit=st.integers(0, 7), format=st.sampled_from(["tf1", "preset"])
)
def test_a_flipped_bit_is_no_crash(good: Good, place: int, bit: int, format: str) -> None:
    import shutil

    from albert_zoo.errors import AlbertZooError
    from albert_zoo.zoo import read_preset

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "model"
        shutil.copytree(getattr(good, format), copy)
        files = sorted(path for path in copy.rglob("*") if path.is_file())
        path = files[place % len(files)]
        data = bytearray(path.read_bytes())
        data[place % len(data)] ^= 1 << bit
        path.write_bytes(data)
        try:
            preset = read_preset(copy)
            for name in preset.backbone_arrays or ():
                _ = (preset.backbone_arrays or {})[name]
        except AlbertZooError as error:
            assert str(copy) in str(error) or "model" in str(error)
