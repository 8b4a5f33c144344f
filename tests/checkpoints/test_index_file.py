"""Indices of TensorFlow checkpoints: all that TensorFlow writes is taken, lies are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest

from albert_zoo.checkpoints.bundles import open_bundle
from albert_zoo.checkpoints.index_file import check_index
from albert_zoo.errors import ConversionError
from fuzz.checksums import table

tf = pytest.importorskip("tensorflow")

HEADER = b"\x08\x01\x10\x00\x1a\x02\x08\x01"  # one data file
ENTRY = b"\x08\x01\x12\x04\x12\x02\x08\x06\x28\x18"  # six float32, 24 bytes


def save(prefix: Path, arrays: Dict[str, Any], slices: str = "") -> None:
    tf.raw_ops.SaveV2(
        prefix=str(prefix),
        tensor_names=list(arrays),
        shape_and_slices=[slices] * len(arrays),
        tensors=[tf.constant(array) for array in arrays.values()],
    )


@pytest.fixture
def written(tmp_path):
    """Writes an index of these entries beside a data file of 24 bytes."""

    def write(entries: Dict[bytes, bytes]) -> Path:
        prefix = tmp_path / "model.ckpt"
        (tmp_path / "model.ckpt.data-00000-of-00001").write_bytes(bytes(24))
        (tmp_path / "model.ckpt.index").write_bytes(table(entries.items()))
        return prefix

    return write


def test_all_types_and_many_names(tmp_path: Path) -> None:
    arrays: Dict[str, Any] = {
        f"layer_{number}/kernel": np.zeros((2, number), "float32") for number in range(400)
    }
    for dtype in ("float16", "float64", "int8", "int32", "int64", "uint16", "bool", "complex64"):
        arrays[f"of_{dtype}"] = np.zeros(3, dtype)
    arrays.update(texts=np.array([b"", b"abc"]), scalar=np.float32(1), text=b"abc")
    save(tmp_path / "model.ckpt", arrays)
    check_index(tmp_path / "model.ckpt")
    assert len(open_bundle(tmp_path / "model.ckpt").get_variable_to_shape_map()) == len(arrays)


def test_variables_in_slices(tmp_path: Path) -> None:
    save(tmp_path / "model.ckpt", {"wide": np.ones((2, 2), "float32")}, "4 2 0,2:-")
    check_index(tmp_path / "model.ckpt")


def test_object_based(tmp_path: Path) -> None:
    prefix = tf.train.Checkpoint(step=tf.Variable(3)).write(str(tmp_path / "model"))
    check_index(Path(prefix))


def test_the_golden_ones(shared: Path) -> None:
    indices = sorted((shared / "golden").rglob("*.index"))
    assert indices
    for path in indices:
        check_index(path.with_suffix(""))


def test_an_index_made_by_hand(written) -> None:
    reader = open_bundle(written({b"": HEADER, b"a": ENTRY}))
    assert reader.get_variable_to_shape_map() == {"a": [6]}


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({}, "0 data files"),
        ({b"": b"\xff"}, "damaged"),
        ({b"": b"\x08\x02", b"a": ENTRY}, "data-00000-of-00002: no such file"),
        ({b"": HEADER, b"a": b"\xff\xff"}, "damaged"),
        ({b"": HEADER, b"a": b""}, "type 0"),
        ({b"": HEADER, b"a": b"\x08\x01" + ENTRY[2:8] + b"\x28\x17"}, "shape"),
        ({b"": HEADER, b"a": ENTRY[:7] + b"\x07" + ENTRY[8:]}, "shape"),
        ({b"": HEADER, b"a": ENTRY + b"\x20\x01"}, "cut short"),
        ({b"": HEADER, b"a": ENTRY + b"\x18\x05"}, "data file 5 of 1"),
        ({b"": HEADER, b"a": ENTRY + b"\x20" + b"\xff" * 9 + b"\x01"}, "cut short"),
        ({b"": HEADER, b"a": b"\x08\x07\x12\x06\x12\x04\x08\xff\xff\x7f\x28\x18"}, "shape"),
    ],
)
def test_what_is_refused(written, entries: Dict[bytes, bytes], words: str) -> None:
    prefix = written(entries)
    with pytest.raises(ConversionError, match=words) as error:
        open_bundle(prefix)
    assert str(prefix) in str(error.value)
