"""Record and meta-data files: the reference's features, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

from albert_zoo.data import (
    EncodedExamples,
    Record,
    read_meta_data,
    read_records,
    write_meta_data,
    write_records,
)
from albert_zoo.errors import DataError
from albert_zoo.glue.reader import read_split
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer

tf = pytest.importorskip("tensorflow")

LENGTH = 64  # of the golden records
GOOGLE_TASKS = ("mrpc", "cola", "sts-b", "mnli", "sst-2", "rte", "qqp")
ROWS = [Record([2, 7, 8, 3], [0, 0, 0, 0], 1), Record([2, 7, 3, 9, 3], [0, 0, 0, 1, 1], 0)]


def read_features(path):
    """Decodes a record file the way the golden JSON files were made."""
    rows = []
    for serialized in tf.data.TFRecordDataset(str(path)):
        features = tf.train.Example.FromString(serialized.numpy()).features.feature
        kinds = {name: feature.WhichOneof("kind") for name, feature in features.items()}
        rows.append(
            {
                name: [kind, list(getattr(features[name], kind).value)]
                for name, kind in kinds.items()
            }
        )
    return rows


def read_json(path):
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "layout", "regression"),
    [
        ("mrpc_eval", "google", False),
        ("sts-b_eval", "google", True),
        ("COLA_eval", "garden", False),
    ],
)
def test_layout_equals_the_reference(golden, tmp_path, name, layout, regression):
    expected = read_json(golden / "records" / f"{name}.json")
    rows = []
    for features in expected:
        length = sum(features["input_mask"][1])
        ids, segments = (features[key][1][:length] for key in ("input_ids", "segment_ids"))
        rows.append(Record(ids, segments, features["label_ids"][1][0]))
    path = tmp_path / "records"
    assert write_records(path, rows, LENGTH, regression, layout) == len(expected)
    assert read_features(path) == expected

    arrays = read_records(path, LENGTH, regression)
    assert sorted(arrays) == ["labels", "padding_mask", "segment_ids", "token_ids"]
    for name, key in (("token_ids", "input_ids"), ("padding_mask", "input_mask")):
        assert arrays[name].dtype == "int32"
        assert arrays[name].tolist() == [features[key][1] for features in expected]
    assert arrays["labels"].dtype == ("float32" if regression else "int32")
    assert arrays["labels"].tolist() == [features["label_ids"][1][0] for features in expected]


@pytest.mark.parametrize(("split", "kind"), [("train", "train"), ("dev", "eval"), ("test", "test")])
@pytest.mark.parametrize(
    ("folder", "name", "layout"),
    [("google-research", task, "google") for task in GOOGLE_TASKS]
    + [("garden-2.4.0", task, "garden") for task in ("MRPC", "COLA", "MNLI")],
)
def test_features_equal_the_reference_from_raw_files(
    shared, tmp_path, folder, name, layout, split, kind
):
    task = name.lower().replace("-", "")
    split = "matched" if (task, split) == ("mnli", "dev") else split
    tokenizer = AlbertTokenizer(shared / "data" / "albert" / "30k-clean.model")
    examples = read_split(task, shared / "golden" / "data" / "raw", split)
    encoded = EncodedExamples.from_examples(examples, AlbertPreprocessor(tokenizer, LENGTH))
    path = tmp_path / "records"
    write_records(path, encoded, LENGTH, task == "stsb", layout)
    assert read_features(path) == read_json(
        shared / "golden" / "data" / folder / f"{name}_{kind}.json"
    )


def test_reads_the_reference_files(shared):
    folder = shared / "golden" / "data"
    garden = read_records(folder / "garden-2.4.0" / "MRPC_train.tf_record", LENGTH)
    google = read_records(folder / "google-research" / "mrpc_train.tf_record", LENGTH)
    assert garden["token_ids"].shape == (14, LENGTH)
    for name, array in google.items():
        np.testing.assert_array_equal(array, garden[name])
    scores = read_records(folder / "google-research" / "sts-b_train.tf_record", LENGTH, True)
    assert scores["labels"][:2].tolist() == pytest.approx([5.0, 3.8])


def test_weights_are_written_and_read(tmp_path):
    path = tmp_path / "records"
    write_records(path, [row._replace(weight=0.5) for row in ROWS], 8, layout="garden")
    assert read_features(path)[1]["weight"] == ["float_list", [0.5]]
    assert read_records(path, 8)["weights"].tolist() == [0.5, 0.5]


def test_rows_without_a_label_get_the_first(tmp_path):
    path = tmp_path / "records"
    write_records(path, [row[:2] for row in ROWS], 8)
    assert read_records(path, 8)["labels"].tolist() == [0, 0]


def test_rows_that_only_fill_up_a_batch_are_left_out(tmp_path):
    path = tmp_path / "records"
    write_records(path, ROWS, 8)
    serialized = [record.numpy() for record in tf.data.TFRecordDataset(str(path))]
    padding = tf.train.Example.FromString(serialized[0])
    padding.features.feature["is_real_example"].int64_list.value[:] = [0]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in [*serialized, padding.SerializeToString()]:
            writer.write(record)
    assert len(read_records(path, 8)["labels"]) == 2


def test_rows_are_streamed_and_a_failure_leaves_nothing_behind(tmp_path):
    path = tmp_path / "deep" / "records"
    write_records(path, iter(ROWS), 8)
    before = path.read_bytes()

    def failing_rows():
        yield ROWS[0]
        assert len(list(path.parent.iterdir())) == 2  # the old file, and the unfinished one
        raise RuntimeError("the reader failed")

    with pytest.raises(RuntimeError, match="the reader failed"):
        write_records(path, failing_rows(), 8)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_refuses_rows_that_do_not_fit(tmp_path):
    with pytest.raises(ValueError, match="a row of 5 tokens and sequence_length=4"):
        write_records(tmp_path / "records", ROWS, 4)
    with pytest.raises(ValueError, match=r"3 token_ids and the segment_ids \[0, 0\]"):
        write_records(tmp_path / "records", [([2, 7, 3], [0, 0], 1)], 4)
    with pytest.raises(ValueError, match=r"the segment_ids \[0, 1, 0\]"):
        write_records(tmp_path / "records", [([2, 7, 3], [0, 1, 0], 1)], 4)
    with pytest.raises(ValueError, match="ids from -1 to 7"):
        write_records(tmp_path / "records", [([-1, 7, 3], [0, 0, 0], 1)], 4)
    with pytest.raises(ValueError, match="layout='official'"):
        write_records(tmp_path / "records", ROWS, 8, layout="official")
    assert not list(tmp_path.iterdir())


def flip_a_byte(content):
    return content[:40] + bytes([content[40] ^ 1]) + content[41:]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda content: content[:-3], "damaged"),
        (flip_a_byte, "damaged"),
        (lambda content: b"sentence\tlabel\n" * 9, "damaged"),
        (lambda content: b"", "holds no rows"),
    ],
)
def test_damaged_files_are_named(tmp_path, damage, message):
    path = tmp_path / "train.tf_record"
    write_records(path, ROWS, 8)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=f"train.tf_record: .*{message}"):
        read_records(path, 8)


def test_wrong_expectations_are_explained(tmp_path):
    path = tmp_path / "train.tf_record"
    with pytest.raises(DataError, match=r"train\.tf_record: no such file"):
        read_records(path, 8)
    write_records(path, ROWS, 8)
    with pytest.raises(DataError, match=r"train\.tf_record: .*sequence_length=16.*Values size: 8"):
        read_records(path, 16)
    with pytest.raises(DataError, match=r"train\.tf_record: .*regression=True.*Key: label_ids"):
        read_records(path, 8, regression=True)


def test_meta_data_equals_the_reference(golden, tmp_path):
    path = tmp_path / "COLA_meta_data"
    expected = golden / "records" / "COLA_meta_data"
    meta = write_meta_data(path, "COLA", LENGTH, 8, 4, test_data_size=5, num_labels=2)
    assert path.read_text() == expected.read_text()
    assert read_meta_data(expected) == meta
    assert list(read_meta_data(expected)) == list(meta)


@pytest.mark.parametrize(
    ("task", "sizes", "num_labels"),
    [("COLA", (8, 4, 5), 2), ("MRPC", (14, 5, 5), 2), ("MNLI", (14, 6, 4), 3)],
)
def test_meta_data_equals_every_reference_file(shared, tmp_path, task, sizes, num_labels):
    path = tmp_path / "meta"
    write_meta_data(path, task, LENGTH, *sizes, num_labels=num_labels)
    expected = shared / "golden" / "data" / "garden-2.4.0" / f"{task}_meta_data"
    assert path.read_text() == expected.read_text()


def test_meta_data_of_a_regression_with_weights(tmp_path):
    meta = write_meta_data(tmp_path / "meta", "STS-B", LENGTH, 8, 4, has_sample_weights=True)
    assert list(meta.items()) == [
        ("processor_type", "STS-B"),
        ("train_data_size", 8),
        ("max_seq_length", LENGTH),
        ("task_type", "bert_regression"),
        ("label_type", "float"),
        ("has_sample_weights", True),
        ("eval_data_size", 4),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "not a JSON file"), (b"\xff", "not a JSON file"), (b"[1]", "JSON object")],
)
def test_damaged_meta_data_is_named(tmp_path, content, message):
    path = tmp_path / "MRPC_meta_data"
    with pytest.raises(DataError, match="MRPC_meta_data: no such file"):
        read_meta_data(path)
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"MRPC_meta_data: .*{message}"):
        read_meta_data(path)
