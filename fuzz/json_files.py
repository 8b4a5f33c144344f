"""Meta data and configurations: `RecordData`, every notation of a model, whole preset folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

from harness import refused

INSTRUMENTED = [
    "albert_zoo.checkpoints.config",
    "albert_zoo.checkpoints.files",
    "albert_zoo.checkpoints.detect",
    "albert_zoo.zoo.preset_io",
    "albert_zoo.zoo.foreign",
    "json",
]

_GOOGLE = {
    "attention_probs_dropout_prob": 0, "hidden_act": "gelu", "hidden_dropout_prob": 0,
    "embedding_size": 8, "hidden_size": 16, "initializer_range": 0.02, "intermediate_size": 32,
    "max_position_embeddings": 64, "num_attention_heads": 2, "num_hidden_layers": 2,
    "num_hidden_groups": 1, "net_structure_type": 0, "gap_size": 0, "num_memory_blocks": 0,
    "inner_group_num": 1, "down_scale_factor": 1, "type_vocab_size": 2, "vocab_size": 100,
}  # fmt: skip
_OURS = {
    "vocabulary_size": 100, "num_layers": 2, "num_heads": 2, "embedding_dim": 8,
    "hidden_dim": 16, "intermediate_dim": 32, "num_groups": 1, "num_inner_repetitions": 1,
    "dropout": 0.0, "attention_dropout": 0.0, "max_sequence_length": 64, "num_segments": 2,
    "layer_norm_epsilon": 1e-12, "initializer_range": 0.02,
}  # fmt: skip
_META = {
    "processor_type": "MRPC", "train_data_size": 8, "max_seq_length": 16,
    "task_type": "bert_classification", "num_labels": 2, "eval_data_size": 4,
}  # fmt: skip


def _config(name: str, config: Dict[str, Any]) -> Dict[str, Any]:
    return {
        "module": "m",
        "class_name": "AlbertBackbone",
        "config": config,
        "registered_name": name,
    }


def seeds() -> List[bytes]:
    """The first byte chooses the file."""
    hugging_face = {**_GOOGLE, "model_type": "albert", "architectures": ["AlbertModel"]}
    hugging_face.update(id2label={"0": "no", "1": "yes"}, hidden_act="gelu_new")
    task = {"num_classes": 2, "dropout": 0.1, "task": {"glue": "mrpc"}}
    contents = [
        (0, _META),
        (1, _GOOGLE),
        (2, hugging_face),
        (3, _config("albert_zoo>AlbertBackbone", _OURS)),
        (3, _config("keras_hub>AlbertBackbone", _OURS)),
        (4, _config("albert_zoo>AlbertClassifier", task)),
        (5, {"config": {"lowercase": True}}),
        (6, {"do_lower_case": True, "keep_accents": False}),
        (7, {"model": {"type": "Unigram", "vocab": [["<pad>", 0], ["<unk>", 0], ["[CLS]", 0],
             ["[SEP]", 0], ["[MASK]", 0], ["a", -1.5]]}, "normalizer": {"type": "Lowercase"}}),
    ]  # fmt: skip
    return [bytes([kind]) + json.dumps(content).encode() for kind, content in contents]


def check(data: bytes, folder: Path) -> None:
    """Reads a JSON file that holds anything, in its place beside sound files."""
    kind, content = (data[0] % 8, data[1:]) if data else (0, b"")
    if kind == 0:
        _check_meta_data(folder / "MRPC_meta_data", content)
    elif kind in (1, 2):
        _check_notations(folder / "albert_config.json", content)
    elif kind in (6, 7):
        _check_tokenizer(
            folder, content, "tokenizer_config.json" if kind == 6 else "tokenizer.json"
        )
    else:
        names = {3: "config.json", 4: "task.json", 5: "tokenizer.json"}
        _check_preset(folder / "preset", names[kind], content)


def _check_meta_data(path: Path, content: bytes) -> None:
    from albert_zoo.data import read_meta_data

    path.write_bytes(content)
    refused(lambda: read_meta_data(path), path.name)


def _check_notations(path: Path, content: bytes) -> None:
    from albert_zoo.checkpoints import config
    from albert_zoo.checkpoints.files import read_json

    path.write_bytes(content)
    found: List[Any] = []
    refused(lambda: found.append(read_json(path)), path.name)
    for read in (
        config.from_google,
        config.from_transformers,
        config.from_keras_hub,
        config.from_albert_zoo,
    ):
        for values in found:
            refused(lambda read=read, values=values: read(values, path.name), path.name)


def _check_tokenizer(folder: Path, content: bytes, name: str) -> None:
    from albert_zoo.checkpoints.transformers_tokenizer import (
        read_tokenizer_config,
        rebuilt_vocabulary,
    )

    for other in ("tokenizer_config.json", "tokenizer.json"):
        (folder / other).unlink(missing_ok=True)
    (folder / name).write_bytes(content)
    refused(lambda: read_tokenizer_config(folder), name)
    refused(lambda: rebuilt_vocabulary(folder), name)


def _check_preset(folder: Path, name: str, content: bytes) -> None:
    from albert_zoo.zoo.foreign import checkpoint_from_preset
    from albert_zoo.zoo.preset_io import read_preset

    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(_config("albert_zoo>AlbertBackbone", _OURS)))
    for other in ("task.json", "tokenizer.json"):
        (folder / other).unlink(missing_ok=True)
    (folder / name).write_bytes(content)
    refused(lambda: checkpoint_from_preset(read_preset(folder), str(folder)), folder.name)
