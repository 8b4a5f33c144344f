"""SavedModels: the encoder's arguments in their protocol buffers, and the object graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import List

from harness import refused

INSTRUMENTED = [
    "albert_zoo.checkpoints.saved_model",
    "albert_zoo.checkpoints.protobuf",
    "albert_zoo.checkpoints.config",
    "json",
]


def _field(number: int, value: bytes) -> bytes:
    length, size = bytearray(), len(value)
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    length.append(size)
    return bytes([number << 3 | 2]) + bytes(length) + value


def seeds() -> List[bytes]:
    """The first byte chooses keras_metadata.pb, saved_model.pb or the object graph."""
    import tensorflow  # noqa: F401  # the object graph needs it; not in the first input's time

    stated = {
        "vocab_size": 100, "embedding_width": 8, "hidden_size": 16, "num_layers": 2,
        "num_attention_heads": 2, "max_sequence_length": 64, "type_vocab_size": 2,
        "intermediate_size": 32, "dropout_rate": 0.0, "attention_dropout_rate": 0.0,
        "activation": {"config": "Text>gelu"}, "initializer": {"config": {"stddev": 0.02}},
    }  # fmt: skip
    metadata = {"class_name": "Text>AlbertEncoder", "config": stated}
    text = json.dumps(metadata).encode()
    inner = _field(4, _field(3, text))
    nested = _field(2, _field(7, _field(1, inner)))
    graph = _field(1, _field(1, b"\x08\x01" + _field(2, b"kernel")))
    graph += _field(1, _field(2, _field(1, b"VARIABLE_VALUE") + _field(3, b"kernel/.ATTRIBUTES")))
    return [b"\0" + _field(1, b"\x08\x01" + _field(5, text)), b"\1" + nested, b"\2" + graph]


def check(data: bytes, folder: Path) -> None:
    """Reads buffers that hold anything."""
    from albert_zoo.checkpoints.config import from_google
    from albert_zoo.checkpoints.saved_model import config_of_saved_model

    kind, content = (data[0] % 3, data[1:]) if data else (0, b"")
    if kind == 2:
        _check_graph(content)
        return
    name = ("keras_metadata.pb", "saved_model.pb")[kind]
    for other in ("keras_metadata.pb", "saved_model.pb"):
        (folder / other).unlink(missing_ok=True)
    (folder / name).write_bytes(content)

    def read() -> None:
        found = config_of_saved_model(folder)
        if found is not None:
            from_google(found[0], str(found[1]))

    refused(read, name)


def _check_graph(content: bytes) -> None:
    from albert_zoo.checkpoints.object_graph import parse

    graph = parse(content)
    if graph is not None:
        for node, _ in graph.walk():
            graph.attributes(node)
            graph.variables(node)
