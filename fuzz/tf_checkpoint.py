"""TensorFlow checkpoints: the index as bytes or as entries, and every tensor behind it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Dict, List

import numpy as np
from checksums import table, varint
from harness import refused
from json_files import _GOOGLE

INSTRUMENTED = [
    "albert_zoo.checkpoints.bundles",
    "albert_zoo.checkpoints.tf1",
    "albert_zoo.checkpoints.tf2",
    "albert_zoo.checkpoints.detect",
    "albert_zoo.checkpoints.name_table",
    "albert_zoo.checkpoints.object_graph",
]


def _written() -> Dict[str, bytes]:
    from albert_zoo.checkpoints.bundles import write_tensors

    with tempfile.TemporaryDirectory() as folder:
        arrays = {
            "a/kernel": np.ones((2, 3), "float32"),
            "bert/pooler/dense/bias": np.ones(4, "f4"),
        }
        write_tensors(Path(folder) / "model.ckpt-best", arrays)
        return {p.name.rpartition("best")[2]: p.read_bytes() for p in Path(folder).iterdir()}


def _entries(pairs: Dict[bytes, bytes]) -> bytes:
    return b"".join(varint(len(k)) + k + varint(len(v)) + v for k, v in pairs.items())


def _pairs(data: bytes) -> Dict[bytes, bytes]:
    """Takes any bytes for entries: a length and a key, a length and a value."""
    place, found = 0, []
    while place < len(data):
        length = data[place] & 127
        found.append(data[place + 1 : place + 1 + length])
        place += 1 + length
    return dict(zip(found[::2], found[1::2]))


def seeds() -> List[bytes]:
    """The first byte chooses bytes of an index, or entries that a sound index is made of."""
    index = _written()[".index"]
    header = b"\x08\x01\x10\x00\x1a\x02\x08\x01"  # one shard, little-endian, version 1
    # dtype float, shape [6], shard 0, offset 0, size 24, no checksum worth the name
    entry = b"\x08\x01\x12\x04\x12\x02\x08\x06\x28\x18\x35\x00\x00\x00\x00"
    graph = b"\x08\x07\x12\x00\x28\x06\x35\x00\x00\x00\x00"
    return [
        b"\0" + index,
        b"\1" + _entries({b"": header, b"a/kernel": entry}),
        b"\1" + _entries({b"": header, b"_CHECKPOINTABLE_OBJECT_GRAPH": graph, b"b": entry}),
    ]


def check(data: bytes, folder: Path) -> None:
    """Reads a checkpoint that holds anything."""
    from albert_zoo.checkpoints import bundles, read_checkpoint

    kind, content = (data[0] % 2, data[1:]) if data else (0, b"")
    place = folder / "model"
    place.mkdir(exist_ok=True)
    (place / "albert_config.json").write_text(json.dumps(_GOOGLE))
    (place / "model.ckpt-best.data-00000-of-00001").write_bytes(bytes(40))
    prefix = place / "model.ckpt-best"
    (place / "model.ckpt-best.index").write_bytes(content if kind == 0 else table(_pairs(content)))

    def read_all() -> None:
        reader = bundles.open_bundle(prefix)
        names = {name: name for name in reader.get_variable_to_shape_map()}
        arrays = bundles.lazy_tensors(prefix, reader, names)
        for name in arrays:
            _ = arrays[name]

    refused(read_all, "model.ckpt-best")
    refused(lambda: read_checkpoint(place), "model")
