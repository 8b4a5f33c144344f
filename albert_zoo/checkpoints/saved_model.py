"""The configuration that a SavedModel of the Model Garden states of its encoder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

from albert_zoo.checkpoints.protobuf import fields_of
from albert_zoo.errors import ConversionError

METADATA = "keras_metadata.pb"  # TensorFlow 2.5 and later; before, it lies in saved_model.pb
SAVED_MODEL = "saved_model.pb"

_PATHS = {METADATA: (1, 5), SAVED_MODEL: (2, 7, 1, 4, 3)}
"""Numbers of the fields that lead to the objects' metadata.

keras/protobuf/saved_metadata.proto: nodes, metadata. tensorflow/core/protobuf/saved_model.proto,
meta_graph.proto and saved_object_graph.proto: meta_graphs, object_graph_def, nodes, user_object,
metadata.
"""

_CLASSES = ("AlbertEncoder", "AlbertTransformerEncoder")  # the latter up to 2.3.0
_NAMES = {
    "vocab_size": "vocab_size",
    "embedding_width": "embedding_size",
    "hidden_size": "hidden_size",
    "num_layers": "num_hidden_layers",
    "num_attention_heads": "num_attention_heads",
    "max_sequence_length": "max_position_embeddings",
    "type_vocab_size": "type_vocab_size",
    "intermediate_size": "intermediate_size",
    "dropout_rate": "hidden_dropout_prob",
    "attention_dropout_rate": "attention_probs_dropout_prob",
}
"""Arguments of the Garden's class beside the keys of `albert_config.json`."""


def config_of_saved_model(folder: Path) -> Optional[Tuple[Dict[str, Any], Path]]:
    """Reads the encoder's arguments from a SavedModel.

    Args:
        folder: path.

    Returns:
        tuple of the keys of `albert_config.json` and the file that states them, or `None` if the
        folder is no SavedModel or Keras wrote no ALBERT encoder in it.

    Raises:
        ConversionError: the file is damaged, or states several encoders that differ.
    """
    for name in (METADATA, SAVED_MODEL):
        path = folder / name
        if not path.is_file():
            continue
        found: List[Dict[str, Any]] = []
        try:
            for text in _metadata(path.read_bytes(), _PATHS[name]):
                config = _encoder(json.loads(text)) if text else None
                if config is not None and config not in found:
                    found.append(config)
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise ConversionError(f"{path}: not readable ({error}). Restore the file.") from None
        if len(found) > 1:
            raise ConversionError(
                f"{path}: must state one ALBERT encoder. Found: {len(found)} that differ. "
                "Put `albert_config.json` beside the checkpoint."
            )
        if found:
            return found[0], path
    return None


def _metadata(data: bytes, numbers: Tuple[int, ...]) -> Iterator[bytes]:
    for number, value in fields_of(data):
        if number == numbers[0] and isinstance(value, bytes):
            if len(numbers) == 1:
                yield value
            else:
                yield from _metadata(value, numbers[1:])


def _encoder(metadata: Any) -> Optional[Dict[str, Any]]:
    if not isinstance(metadata, dict):
        return None
    if str(metadata.get("class_name")).split(">")[-1] not in _CLASSES:
        return None
    stated = metadata["config"]
    config = {theirs: stated[name] for name, theirs in _NAMES.items() if name in stated}
    # The Garden registers its tanh form as "Text>gelu"; Keras' own "gelu" is the exact one.
    activation = stated.get("activation")
    if isinstance(activation, dict):
        activation = activation.get("config")
    config["hidden_act"] = "gelu" if activation == "Text>gelu" else f"{activation} of Keras"
    config["initializer_range"] = stated["initializer"]["config"]["stddev"]
    return config
