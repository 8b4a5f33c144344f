"""Models on Hugging Face's hub: of a repository only what is needed, and never a pickle."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple

from albert_zoo.checkpoints.files import read_json
from albert_zoo.errors import ConversionError
from albert_zoo.zoo.hubs.hub_address import HubAddress
from albert_zoo.zoo.hubs.hub_snapshot import HubSnapshot
from albert_zoo.zoo.preset_io import CONFIG, FILES


class _Wanted(NamedTuple):
    small: Tuple[str, ...]
    weights: Tuple[str, ...]


# Patterns, within the model's folder. KerasHub's names are ours.
_KERAS = _Wanted(
    small=tuple(name for name in FILES if not name.endswith(".h5")),
    weights=tuple(name for name in FILES if name.endswith(".h5")),
)
_TRANSFORMERS = _Wanted(
    small=(CONFIG, "spiece.model", "tokenizer_config.json"), weights=("model.safetensors",)
)
_TENSORFLOW = _Wanted(
    small=("albert_config.json", "checkpoint", "*.model", "assets/*.model"),
    weights=("*.index", "*.data-*", "saved_model.pb", "variables/variables.*"),
)


def fetch_from_hub(address: HubAddress, need_weights: bool = True) -> Path:
    """Fetches the files of a model on Hugging Face's hub that are not here yet.

    Args:
        address: `HubAddress`.
        need_weights: bool. False leaves the weights of a preset of ours where they are; other
            formats are read with their weights only.

    Returns:
        `pathlib.Path` of the folder in the cache that holds them.

    Raises:
        DownloadError: the repository or a file cannot be had.
        ConversionError: it holds no model in a format that is read.
    """
    snapshot = HubSnapshot.of(address)
    prefix = f"{address.folder}/" if address.folder else ""
    names = [name[len(prefix) :] for name in snapshot.files if name.startswith(prefix)]
    config: Dict[str, Any] = {}
    if CONFIG in names:
        config = read_json(snapshot.fetch(prefix + CONFIG))
    wanted = _wanted(config, names, address)
    is_ours = str(config.get("registered_name")).startswith("albert_zoo>")
    patterns = wanted.small + (wanted.weights if need_weights or not is_ours else ())
    for name in names:
        if any(_matches(name, pattern) for pattern in patterns):
            snapshot.fetch(prefix + name)
    return snapshot.folder / address.folder


def _matches(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and name.count("/") == pattern.count("/")


def _wanted(config: Dict[str, Any], names: List[str], address: HubAddress) -> _Wanted:
    if "registered_name" in config:
        return _KERAS
    if "model_type" in config:
        if _TRANSFORMERS.weights[0] not in names:
            raise _no_safetensors(names, address)
        return _TRANSFORMERS
    if any(_matches(name, "*.index") or name == "saved_model.pb" for name in names):
        return _TENSORFLOW
    found = ", ".join(sorted(names)[:10]) or "nothing"
    raise ConversionError(
        f"{address}: must hold {CONFIG} of a model, or a TensorFlow checkpoint. Found: {found}. "
        "Name the model's folder, as in hf://owner/name/folder, if it is not the repository's root."
    )


def _no_safetensors(names: List[str], address: HubAddress) -> ConversionError:
    rule = f"{address}: must hold model.safetensors, in one file."
    if "model.safetensors.index.json" in names:
        return ConversionError(
            f"{rule} Found: several files, listed in model.safetensors.index.json. Load the model "
            "with transformers and save it with `save_pretrained(max_shard_size='10GB')`."
        )
    pickles = [name for name in names if name.endswith((".bin", ".pt", ".pkl", ".ckpt"))]
    if pickles:
        return ConversionError(
            f"{rule} Found: {', '.join(sorted(pickles))}, pickle files, which are never loaded "
            "since they can run any code. Ask for safetensors on the model's page, or load the "
            "model with transformers and save it with `save_pretrained`."
        )
    return ConversionError(
        f"{rule} Found: {', '.join(sorted(names)[:10]) or 'nothing'}. Save the model with "
        "transformers' `save_pretrained`."
    )
