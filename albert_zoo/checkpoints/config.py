"""One table of configuration keys: google's, Hugging Face's and KerasHub's beside ours."""

from __future__ import annotations

import logging
import re
from typing import Any, Dict, List, Mapping, NamedTuple, Tuple

from albert_zoo.errors import ConversionError

logger = logging.getLogger(__name__)


class _Key(NamedTuple):
    ours: str
    google: str  # Hugging Face took google's names
    keras_hub: str = ""  # "" where KerasHub has the value built in
    default: Any = None  # of the original's class; None: the key must be there
    most: int = 1 << 24


_MOST_BLOCKS = 1024  # the deepest ALBERT has 24 layers

_TABLE = (
    _Key("vocabulary_size", "vocab_size", "vocabulary_size"),
    _Key("num_layers", "num_hidden_layers", "num_layers", most=_MOST_BLOCKS),
    _Key("num_heads", "num_attention_heads", "num_heads"),
    _Key("embedding_dim", "embedding_size", "embedding_dim"),
    _Key("hidden_dim", "hidden_size", "hidden_dim"),
    _Key("intermediate_dim", "intermediate_size", "intermediate_dim"),
    _Key("num_groups", "num_hidden_groups", "num_groups", 1, most=_MOST_BLOCKS),
    _Key("num_inner_repetitions", "inner_group_num", "num_inner_repetitions", 1, most=_MOST_BLOCKS),
    _Key("dropout", "hidden_dropout_prob", "dropout", 0.0),
    _Key("attention_dropout", "attention_probs_dropout_prob", "", 0.0),
    _Key("max_sequence_length", "max_position_embeddings", "max_sequence_length", 512),
    _Key("num_segments", "type_vocab_size", "num_segments", 2),
    _Key("layer_norm_epsilon", "layer_norm_eps", "", 1e-12),
    _Key("initializer_range", "initializer_range", "", 0.02),
)

CONSTANTS = {
    "net_structure_type": 0,
    "gap_size": 0,
    "num_memory_blocks": 0,
    "down_scale_factor": 1,
    "layers_to_keep": [],
}
"""Keys of published google configurations that no code reads, and the value they have there."""

TANH_GELU = ("gelu_new", "gelu_pytorch_tanh")
"""Hugging Face's names of the gelu that every ALBERT was trained with; its "gelu" is another."""

_FLOATS = ("dropout", "attention_dropout", "layer_norm_epsilon", "initializer_range")


def _refuse(key: str, rule: str, value: Any, source: str) -> ConversionError:
    return ConversionError(
        f"`{key}` in {source} must be {rule}. Received: {value!r}. "
        "The model cannot be built from this configuration."
    )


def _take(
    values: Dict[str, Any], names: Mapping[str, str], source: str
) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """Splits a foreign configuration into our arguments and what is left."""
    left, config = dict(values), {}
    for row in _TABLE:
        name = names.get(row.ours, "")
        if name not in left and row.default is None:
            raise _refuse(name, "given", None, source)
        value = left.pop(name, row.default)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if row.ours in _FLOATS:
            if not is_number or not 0 <= value < 1:
                raise _refuse(name, "a number in [0, 1)", value, source)
            config[row.ours] = float(value)
        else:
            if not is_number or not 1 <= value <= row.most or value != int(value):
                rule = f"a whole number above 0 and at most {row.most}"
                raise _refuse(name, rule, value, source)
            config[row.ours] = int(value)
    if config["hidden_dim"] % config["num_heads"]:
        raise _refuse(
            names["num_heads"],
            f"a divisor of the width {config['hidden_dim']}",
            config["num_heads"],
            source,
        )
    if config["num_layers"] % config["num_groups"]:
        raise _refuse(
            names["num_groups"],
            f"a divisor of the {config['num_layers']} layers",
            config["num_groups"],
            source,
        )
    return config, left


def _check_constants(left: Dict[str, Any], source: str) -> None:
    for key, value in CONSTANTS.items():
        if left.pop(key, value) != value:
            raise _refuse(key, f"{value!r}, as published", "another value", source)


# === google: albert_config.json ===

_GOOGLE = {row.ours: row.google for row in _TABLE if row.ours != "layer_norm_epsilon"}


def from_google(values: Mapping[str, Any], source: str = "the configuration") -> Dict[str, Any]:
    """Reads the keys of an `albert_config.json`.

    Args:
        values: dict of the file.
        source: str, for messages.

    Returns:
        dict of `AlbertBackbone` arguments.

    Raises:
        ConversionError: a key is missing, unknown, or has a value that no published one has.

    Example:

    >>> from_google({"vocab_size": 50, "num_hidden_layers": 2, "num_attention_heads": 2,
    ...     "embedding_size": 8, "hidden_size": 16, "intermediate_size": 32})["hidden_dim"]
    16
    """
    config, left = _take(dict(values), _GOOGLE, source)
    _check_constants(left, source)
    act = left.pop("hidden_act", "gelu")
    if act not in ("gelu", *TANH_GELU):  # google's "gelu" is the tanh form
        raise _refuse("hidden_act", '"gelu"', act, source)
    if left:
        raise _refuse(sorted(left)[0], "a known key", left[sorted(left)[0]], source)
    return config


def to_google(config: Mapping[str, Any]) -> Dict[str, Any]:
    """Returns an `albert_config.json`'s content, the inverse of `from_google`."""
    _check_epsilon(config, "tf1 and tf2")
    values = {name: config[ours] for ours, name in _GOOGLE.items()}
    constants = {k: v for k, v in CONSTANTS.items() if k != "layers_to_keep"}
    return {**values, "hidden_act": "gelu", **constants}


# === Hugging Face: config.json ===

_HUGGING_FACE = {row.ours: row.google for row in _TABLE}
_HUGGING_FACE_IGNORED = [
    *("model_type", "architectures", "bos_token_id", "eos_token_id"),
    *("pad_token_id", "dtype", "torch_dtype", "transformers_version"),
    *("tie_word_embeddings", "classifier_dropout_prob", "id2label", "label2id"),
    *("num_labels", "problem_type", "hidden_act", "_name_or_path"),
    *("use_cache", "output_past", "output_attentions", "output_hidden_states"),
    *("return_dict", "finetuning_task", "position_embedding_type", "task_specific_params"),
]
_OUR_TASK = "albert_zoo"  # of `task_specific_params`: which columns and scores a task has


def from_transformers(
    values: Mapping[str, Any], source: str = "the configuration"
) -> Tuple[Dict[str, Any], Dict[str, Any], List[str]]:
    """Reads the keys of a Hugging Face `config.json`.

    Args:
        values: dict of the file.
        source: str, for messages.

    Returns:
        tuple of the `AlbertBackbone` arguments, what is known of the task's head, and notes.

    Raises:
        ConversionError: a key is missing, or has a value that the model cannot follow.
    """
    if values.get("model_type") != "albert":
        raise _refuse("model_type", '"albert"', values.get("model_type"), source)
    positions = values.get("position_embedding_type", "absolute")
    if positions != "absolute":
        raise _refuse("position_embedding_type", '"absolute"', positions, source)
    config, left = _take(dict(values), _HUGGING_FACE, source)
    _check_constants(left, source)
    notes = []
    act = values.get("hidden_act", "gelu_new")
    if act == "gelu":
        notes.append(
            f'{source} says hidden_act "gelu", the exact form; the model computes the tanh form, '
            "with which all published ALBERT weights were trained. Outputs can differ from "
            "transformers' by about 1e-3."
        )
    elif act not in TANH_GELU:
        raise _refuse("hidden_act", '"gelu_new"', act, source)
    unknown = sorted(set(left) - set(_HUGGING_FACE_IGNORED))
    if unknown:
        notes.append(f"Keys of {source} that were not read: {', '.join(unknown)}.")
    task: Dict[str, Any] = {"dropout": values.get("classifier_dropout_prob", 0.1)}
    labels = values.get("id2label")
    if isinstance(labels, dict) and all(re.fullmatch("[0-9]{1,9}", key) for key in labels):
        names = [str(labels[key]) for key in sorted(labels, key=int)]
        if names != [f"LABEL_{index}" for index in range(len(names))]:  # what is written for none
            task["labels"] = names
    parameters = values.get("task_specific_params")
    if isinstance(parameters, dict) and isinstance(parameters.get(_OUR_TASK), dict):
        task["task"] = parameters[_OUR_TASK]
    return config, task, notes


def to_transformers(
    config: Mapping[str, Any], task: Mapping[str, Any], architecture: str
) -> Dict[str, Any]:
    """Returns a Hugging Face `config.json`'s content, the inverse of `from_transformers`."""
    values: Dict[str, Any] = {"architectures": [architecture], "model_type": "albert"}
    values.update({name: config[ours] for ours, name in _HUGGING_FACE.items()})
    values["hidden_act"] = "gelu_new"
    values["classifier_dropout_prob"] = task.get("dropout", 0.1)
    values.update(pad_token_id=0, bos_token_id=2, eos_token_id=3, tie_word_embeddings=True)
    labels = task.get("labels")
    if labels:
        values["id2label"] = {str(index): label for index, label in enumerate(labels)}
        values["label2id"] = {label: index for index, label in enumerate(labels)}
    if task.get("task"):
        values["task_specific_params"] = {_OUR_TASK: task["task"]}
    return values


# === KerasHub's and our own: the "config" of config.json ===

_KERAS_HUB = {row.ours: row.keras_hub for row in _TABLE if row.keras_hub}
_OURS = {row.ours: row.ours for row in _TABLE}


def from_keras_hub(values: Mapping[str, Any], source: str = "the configuration") -> Dict[str, Any]:
    """Reads the arguments of a KerasHub `AlbertBackbone`, which has one rate for all dropout.

    Args:
        values: dict of the arguments.
        source: str, for messages.

    Returns:
        dict of our `AlbertBackbone` arguments.

    Raises:
        ConversionError: a key is missing or unknown, or a value is out of range.
    """
    config = _take_arguments(values, _KERAS_HUB, source)
    config["attention_dropout"] = config["dropout"]
    return config


def from_albert_zoo(values: Mapping[str, Any], source: str = "the configuration") -> Dict[str, Any]:
    """Checks the arguments of our own `AlbertBackbone`, as `from_keras_hub` does KerasHub's."""
    given = {name: value for name, value in values.items() if value is not None}
    given.setdefault("attention_dropout", given.get("dropout", 0.0))
    return _take_arguments(given, _OURS, source)


def _take_arguments(values: Mapping[str, Any], names: Any, source: str) -> Dict[str, Any]:
    config, left = _take(dict(values), names, source)
    unknown = sorted(set(left) - {"name", "trainable", "dtype"})
    if unknown:
        raise _refuse(unknown[0], "a known key", left[unknown[0]], source)
    return config


def to_keras_hub(config: Mapping[str, Any]) -> Dict[str, Any]:
    """Returns the arguments for KerasHub, the inverse of `from_keras_hub`."""
    _check_epsilon(config, "keras-hub")
    if config["attention_dropout"] != config["dropout"]:
        logger.warning(
            "keras-hub has one rate for all dropout: attention_dropout=%s becomes %s.",
            config["attention_dropout"],
            config["dropout"],
        )
    return {name: config[ours] for ours, name in _KERAS_HUB.items()}


def _check_epsilon(config: Mapping[str, Any], formats: str) -> None:
    if config["layer_norm_epsilon"] != 1e-12:
        raise ConversionError(
            f"`layer_norm_epsilon` must be 1e-12 for {formats}, where it is built in. Received: "
            f"{config['layer_norm_epsilon']}. Choose the format transformers."
        )
