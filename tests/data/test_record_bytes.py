"""Records without TensorFlow: byte for byte what TensorFlow writes."""

from __future__ import annotations

import numpy as np
import pytest

from albert_zoo.data import Record, write_records
from albert_zoo.data.record_bytes import checksums, framed, varints

tf = pytest.importorskip("tensorflow")


def expected_file(path, rows, length, layout, regression=False):
    """Writes rows with `tf.train.Example` and TensorFlow's writer."""
    with tf.io.TFRecordWriter(str(path)) as writer:
        for number, row in enumerate(rows):
            padding = length - len(row.token_ids)
            example = tf.train.Example()
            feature = example.features.feature
            for name, values in {
                "input_ids": [*row.token_ids, *[0] * padding],
                "input_mask": [1] * len(row.token_ids) + [0] * padding,
                "segment_ids": [*row.segment_ids, *[0] * padding],
                "is_real_example": [1],
            }.items():
                feature[name].int64_list.value.extend(values)
            if regression:
                feature["label_ids"].float_list.value.append(row.label or 0.0)
            else:
                feature["label_ids"].int64_list.value.append(row.label or 0)
            if layout == "garden":
                feature["example_id"].int64_list.value.append(number)
                if row.weight is not None:
                    feature["weight"].float_list.value.append(row.weight)
            writer.write(example.SerializeToString(deterministic=True))
    return path.read_bytes()


def random_rows(count, length, labels, weights=False):
    random = np.random.default_rng(0)
    rows = []
    for number in range(count):
        size = int(random.integers(2, length + 1))
        first = int(random.integers(1, size + 1))
        # One to three bytes an id.
        ids = (2 ** random.uniform(0, 17, size)).astype("int64").tolist()
        weight = 0.5 if weights and number % 2 else None
        rows.append(Record(ids, [0] * first + [1] * (size - first), labels[number % 3], weight))
    return rows


@pytest.mark.parametrize(
    ("layout", "labels", "weights"),
    [
        ("google", [0, 1, None], False),
        ("garden", [0, 300, 2], True),
        ("google", [0.5, 5.0, None], False),
    ],
)
def test_files_equal_tensorflows(tmp_path, layout, labels, weights):
    regression = isinstance(labels[0], float)
    rows = random_rows(300, 130, labels, weights)  # more than 127 bytes a list, and less
    expected = expected_file(tmp_path / "expected", rows, 130, layout, regression)
    assert write_records(tmp_path / "ours", iter(rows), 130, regression, layout) == 300
    assert (tmp_path / "ours").read_bytes() == expected


def test_checksums_and_numbers():
    assert hex(checksums([b"123456789"])[0]) == "0xe3069283"  # the polynomial's published example
    assert checksums([bytes(32), b"\xff" * 32]).tolist() == [0x8A9136AA, 0x62A8AB43]  # RFC 3720
    assert framed([]) == b""
    written, ends = varints(np.array([0, 127, 128, 16_383, 16_384, 2**21, 2**28 - 1]))
    assert ends.tolist() == [1, 2, 4, 6, 9, 13, 17]
    assert written.hex() == "007f8001ff7f80800180808001ffffff7f"


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 9, 600])
def test_records_of_any_size_are_read_back(tmp_path, size):
    path = tmp_path / "records"
    messages = [bytes(range(size % 256)) + b"x" * (size - size % 256), b"y" * size]
    path.write_bytes(framed(messages))
    assert [record.numpy() for record in tf.data.TFRecordDataset(str(path))] == messages
