"""TFRecord files and their meta data that cannot be used."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

from fuzz.checksums import record
from tests.reliability.bad_inputs.case import BadInput, Good

LENGTH = 8
ROW: Dict[str, List[Any]] = {
    "input_ids": [2, 20, 21, 3, 0, 0, 0, 0],
    "input_mask": [1, 1, 1, 1, 0, 0, 0, 0],
    "segment_ids": [0] * 8,
    "label_ids": [1],
    "is_real_example": [1],
}
META: Dict[str, Any] = {
    "processor_type": "RTE",
    "train_data_size": 2,
    "max_seq_length": LENGTH,
    "task_type": "bert_classification",
    "num_labels": 2,
    "eval_data_size": 2,
}

# name, what differs in the second row (None: left out), words
ROWS: Tuple[Tuple[str, Dict[str, Any], Tuple[str, ...]], ...] = (
    ("longer", {"input_ids": [2] * 9}, ("sequence_length=8", "input_ids")),
    ("shorter", {"input_ids": [2] * 7}, ("sequence_length=8", "input_ids")),
    ("no-ids", {"input_ids": None}, ("input_ids",)),
    ("no-mask", {"input_mask": None}, ("input_mask",)),
    ("no-segments", {"segment_ids": None}, ("segment_ids",)),
    ("no-label", {"label_ids": None}, ("label_ids",)),
    ("float-ids", {"input_ids": [2.0] * 8}, ("input_ids", "Data types")),
    ("float-label", {"label_ids": [1.0]}, ("label_ids", "Data types")),
    ("text-ids", {"input_ids": [b"a"] * 8}, ("input_ids", "Data types")),
    ("text-label", {"label_ids": [b"yes"]}, ("label_ids",)),
    ("two-labels", {"label_ids": [1, 0]}, ("label_ids",)),
    ("label-above", {"label_ids": [2]}, ("num_labels=2",)),
    ("label-below", {"label_ids": [-1]}, ("num_labels=2",)),
    ("label-64-bits", {"label_ids": [2**32 + 1]}, ("label_ids", "32-bit")),
    ("id-outside", {"input_ids": [2, 100, 3, 0, 0, 0, 0, 0]}, ("row 2", "vocabulary_size=100")),
    ("id-negative", {"input_ids": [2, -5, 3, 0, 0, 0, 0, 0]}, ("row 2", "input_ids")),
    ("id-64-bits", {"input_ids": [2**40] * 8}, ("input_ids", "32-bit")),
    ("mask-of-2", {"input_mask": [1, 2, 1, 1, 0, 0, 0, 0]}, ("row 2", "input_mask")),
    ("mask-with-hole", {"input_mask": [1, 0, 1, 1, 0, 0, 0, 0]}, ("row 2", "input_mask")),
    ("mask-empty", {"input_mask": [0] * 8}, ("row 2", "input_mask")),
    ("mask-turned", {"input_mask": [0, 0, 0, 0, 1, 1, 1, 1]}, ("row 2", "input_mask")),
    ("third-segment", {"segment_ids": [0, 0, 1, 2, 0, 0, 0, 0]}, ("row 2", "segment_ids")),
    ("negative-segment", {"segment_ids": [0, -1, 0, 0, 0, 0, 0, 0]}, ("row 2", "segment_ids")),
)

# name, what becomes of the sound file, words
FILES: Tuple[Tuple[str, Callable[[bytes], bytes], Tuple[str, ...]], ...] = (
    ("empty", lambda data: b"", ("holds no rows",)),
    ("cut-in-a-row", lambda data: data[:-7], ("damaged",)),
    ("cut-in-a-length", lambda data: data[:5], ("damaged",)),
    ("bad-length-sum", lambda data: data[:9] + b"\xff" + data[10:], ("damaged",)),
    ("bad-row-sum", lambda data: data[:30] + bytes([data[30] ^ 1]) + data[31:], ("damaged",)),
    ("huge-length", lambda data: struct.pack("<Q", 2**62) + data[8:], ("damaged",)),
    ("text", lambda data: b"sentence\tlabel\nso good\t1\n", ("damaged",)),
    ("zeros", lambda data: bytes(4096), ("damaged",)),
    ("gzip", lambda data: b"\x1f\x8b\x08" + data, ("damaged",)),
    ("tail", lambda data: data + b"more", ("damaged",)),
    ("no-message", lambda data: record(b"\xff\xff\xff"), ("train.tf_record",)),
    ("no-utf-8", lambda data: record(b"\n\x05\n\x03\n\x01\xff"), ("train.tf_record",)),
    ("empty-row", lambda data: record(b""), ("train.tf_record",)),
    ("no-real-row", lambda data: record(example({**ROW, "is_real_example": [0]})), ("no rows",)),
    ("one-row-less", lambda data: record(example(ROW)), ("train_data_size", "rows of this file")),
    ("one-row-more", lambda data: data + record(example(ROW)), ("train_data_size",)),
    ("constant-labels", lambda data: record(example(ROW)) * 2, ("nothing to learn",)),
)

# name, what differs in the meta data (None: left out), words
META_DATA: Tuple[Tuple[str, Any, Tuple[str, ...]], ...] = (
    ("not-json", b"{", ("not a JSON file",)),
    ("empty", b"", ("not a JSON file",)),
    ("encoding", b'{"a": "\xff"}', ("not a JSON file",)),
    ("list", b"[]", ("must hold a JSON object",)),
    ("number", b"5", ("must hold a JSON object",)),
    ("deep", b"[" * 100_000, ("not a JSON file",)),
    ("long-number", b'{"max_seq_length": ' + b"9" * 5000 + b"}", ("meta_data",)),
    ("no-length", {"max_seq_length": None}, ("`max_seq_length`",)),
    ("text-length", {"max_seq_length": "8"}, ("`max_seq_length`", "8")),
    ("half-length", {"max_seq_length": 8.5}, ("`max_seq_length`",)),
    ("true-length", {"max_seq_length": True}, ("`max_seq_length`",)),
    ("negative-length", {"max_seq_length": -8}, ("`max_seq_length`",)),
    ("zero-length", {"max_seq_length": 0}, ("`max_seq_length`",)),
    ("huge-length", {"max_seq_length": 10**12}, ("`max_seq_length`",)),
    ("other-length", {"max_seq_length": 16}, ("sequence_length=16",)),
    ("no-labels", {"num_labels": None}, ("`num_labels`",)),
    ("huge-labels", {"num_labels": 10**15}, ("`num_labels`",)),
    ("fewer-labels", {"num_labels": 1}, ("num_labels=1",)),
    ("list-labels", {"num_labels": [2]}, ("`num_labels`",)),
    ("no-size", {"train_data_size": None}, ("`train_data_size`",)),
    ("other-size", {"train_data_size": 3}, ("train_data_size", "rows of this file")),
    ("regression", {"task_type": "bert_regression"}, ("regression=True",)),
)


def cases() -> Iterator[BadInput]:
    """Every case of this file."""
    for name, change, words in ROWS:
        yield BadInput(f"records-{name}", _rows(change), ("train.tf_record", *words))
    for name, damage, words in FILES:
        yield BadInput(f"records-{name}", _file(damage), ("train.tf_record", *words))
    for name, content, words in META_DATA:
        yield BadInput(f"meta-data-{name}", _meta(content), words)
    yield BadInput("records-missing", _missing, ("rte_train.tf_record", "no such file"))
    yield BadInput("records-run-classifier-cut", _run(FILES[1][1]), ("train.tf_record", "damaged"))
    yield BadInput("records-run-classifier-id", _run(_outside), ("row 1", "vocabulary_size=100"))


def example(features: Dict[str, Any]) -> bytes:
    """Returns a serialized `tf.train.Example`."""
    import tensorflow as tf

    message = tf.train.Example()
    for name, values in features.items():
        if values is None:
            continue
        feature = message.features.feature[name]
        kinds = {float: feature.float_list, bytes: feature.bytes_list}
        kinds.get(type(values[0]), feature.int64_list).value.extend(values)
    return bytes(message.SerializeToString(deterministic=True))


def write_good(folder: Path) -> None:
    """Writes sound records, of which every case changes one thing."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [ROW, {**ROW, "label_ids": [0], "input_ids": [2, 22, 23, 3, 0, 0, 0, 0]}]
    for kind in ("train", "eval"):
        data = b"".join(record(example(row)) for row in rows)
        (folder / f"rte_{kind}.tf_record").write_bytes(data)
    (folder / "rte_meta_data").write_text(json.dumps(META))


def _outside(data: bytes) -> bytes:
    return record(example({**ROW, "input_ids": [2, 500, 3, 0, 0, 0, 0, 0]}))


def _copied(folder: Path, good: Good) -> Path:
    shutil.copytree(good.records, folder / "rte")
    return folder / "rte"


def _validate(folder: Path, good: Good) -> List[Any]:
    return ["validate", folder, "--preset", good.preset]


def _rows(change: Dict[str, Any]) -> Callable[[Path, Good], List[Any]]:
    def make(folder: Path, good: Good) -> List[Any]:
        data = _copied(folder, good)
        second = {name: values for name, values in {**ROW, **change}.items() if values is not None}
        path = data / "rte_train.tf_record"
        path.write_bytes(record(example(ROW)) + record(example(second)))
        return _validate(data, good)

    return make


def _file(damage: Callable[[bytes], bytes]) -> Callable[[Path, Good], List[Any]]:
    def make(folder: Path, good: Good) -> List[Any]:
        data = _copied(folder, good)
        path = data / "rte_train.tf_record"
        path.write_bytes(damage(path.read_bytes()))
        return _validate(data, good)

    return make


def _meta(content: Any) -> Callable[[Path, Good], List[Any]]:
    def make(folder: Path, good: Good) -> List[Any]:
        data = _copied(folder, good)
        changed = content
        if isinstance(content, dict):
            meta = {k: v for k, v in {**META, **content}.items() if v is not None}
            changed = json.dumps(meta).encode()
        (data / "rte_meta_data").write_bytes(changed)
        return _validate(data, good)

    return make


def _missing(folder: Path, good: Good) -> List[Any]:
    data = _copied(folder, good)
    (data / "rte_train.tf_record").unlink()
    return _validate(data, good)


def _run(damage: Callable[[bytes], bytes]) -> Callable[[Path, Good], List[Any]]:
    def make(folder: Path, good: Good) -> List[Any]:
        data = _copied(folder, good)
        path = data / "rte_train.tf_record"
        path.write_bytes(damage(path.read_bytes()))
        return [
            *("run-classifier", "--device=cpu", f"--input_meta_data_path={data}/rte_meta_data"),
            *(f"--train_data_path={path}", f"--eval_data_path={data}/rte_eval.tf_record"),
            *(f"--bert_config_file={good.tf1}/albert_config.json", f"--model_dir={folder}/run"),
        ]

    return make
