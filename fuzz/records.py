"""TFRecord files: fine-tuning's in both layouts, with their meta data, and pre-training's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import List

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
    refused(readers[kind % 3], path.name)
