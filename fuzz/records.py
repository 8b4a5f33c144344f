"""TFRecord files: fine-tuning's in both layouts, with their meta data, and pre-training's."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any, Iterator, List, Tuple, Union
from unittest import mock

from checksums import record
from harness import refused

INSTRUMENTED = [
    "albert_zoo.data.records",
    "albert_zoo.data.pretraining_records",
    "albert_zoo.training.record_data",
]

_META = {
    "processor_type": "MRPC", "train_data_size": 1, "max_seq_length": 4,
    "task_type": "bert_classification", "num_labels": 2, "eval_data_size": 1,
}  # fmt: skip


class _MadeOnce:
    """A `TFRecordDataset` that is kept: to make one takes longer than to read a hundred files."""

    def __init__(self, dataset: Any):
        self.dataset = dataset
        self.batch = functools.lru_cache(dataset.batch)
        self.take = functools.lru_cache(dataset.take)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.dataset)


@functools.lru_cache(maxsize=4)
def _dataset_of(files: Tuple[str, ...], make: Any) -> _MadeOnce:
    import tensorflow as tf

    options = tf.data.Options()
    options.experimental_optimization.apply_default_optimizations = False
    options.autotune.enabled = False
    return _MadeOnce(make(list(files)).with_options(options))


def _kept_datasets() -> Any:
    """Returns a context in which TensorFlow makes no pipeline twice for one path."""
    import tensorflow as tf

    make = tf.data.TFRecordDataset

    def of(files: Union[str, List[str]]) -> _MadeOnce:
        return _dataset_of((files,) if isinstance(files, str) else tuple(files), make)

    return mock.patch.object(tf.data, "TFRecordDataset", of)


def _example(**features: list) -> bytes:
    import tensorflow as tf

    example = tf.train.Example()
    for name, values in features.items():
        feature = example.features.feature[name]
        kind = feature.float_list if isinstance(values[0], float) else feature.int64_list
        kind.value.extend(values)
    return bytes(example.SerializeToString(deterministic=True))


def seeds() -> List[bytes]:
    """The first byte chooses the reader, and whether the checksums are put right."""
    row = dict(input_ids=[2, 5, 3, 0], input_mask=[1, 1, 1, 0], segment_ids=[0] * 4)
    classes = _example(label_ids=[1], is_real_example=[1], **row)
    scores = _example(label_ids=[2.5], is_real_example=[1], weight=[1.0], **row)
    hidden = _example(
        token_boundary=[1] * 4, masked_lm_positions=[1, 0], masked_lm_ids=[5, 0],
        masked_lm_weights=[1.0, 0.0], next_sentence_labels=[0], **row,
    )  # fmt: skip
    rows = (classes, scores, hidden)
    return [bytes([kind]) + row for kind, row in enumerate(rows)] + [
        bytes([kind + 3]) + record(row) for kind, row in enumerate(rows)
    ]


def check(data: bytes, folder: Path) -> None:
    """Reads a file that holds anything."""
    from albert_zoo.data import read_records
    from albert_zoo.data.pretraining_records import read_pretraining_records
    from albert_zoo.training.record_data import RecordData

    kind, content = (data[0] % 6, data[1:]) if data else (0, b"")
    path = folder / "train.tf_record"
    path.write_bytes(content if kind >= 3 else record(content))
    meta = folder / "MRPC_meta_data"
    meta.write_text(json.dumps(_META))
    readers = (
        lambda: RecordData(meta).read(path),
        lambda: read_records(path, 4, regression=True),
        lambda: read_pretraining_records(path),
    )
    with _kept_datasets():
        refused(readers[kind % 3], path.name)
