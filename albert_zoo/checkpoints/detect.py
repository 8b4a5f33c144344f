"""Which format a folder is in, from what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

from albert_zoo.checkpoints import bundles, keras_hub, transformers
from albert_zoo.checkpoints.files import listing, read_json
from albert_zoo.errors import ConversionError

ACCEPTED = {
    "tf1": "albert_config.json and a name-based checkpoint (*.index, *.data-*) or TF-Hub module",
    "tf2": "albert_config.json and an object-based checkpoint or a SavedModel",
    "transformers": "config.json with model_type albert, and model.safetensors",
    "keras-hub": "config.json of keras_hub>AlbertBackbone, and model.weights.h5",
    "albert-zoo": "config.json of albert_zoo>AlbertBackbone, and model.weights.h5",
}
"""The formats, and the files by which each is known."""


def detect(path: Any) -> str:
    """Tells the format of a checkpoint.

    Args:
        path: folder, or prefix of a TensorFlow checkpoint.

    Returns:
        str. `"tf1"`, `"tf2"`, `"transformers"`, `"keras-hub"` or `"albert-zoo"`.

    Raises:
        ConversionError: none of them, or more than one.
    """
    path = Path(path)
    found: List[str] = []
    if path.is_dir():
        config = read_json(path / "config.json") if (path / "config.json").is_file() else {}
        registered = str(config.get("registered_name", ""))
        if registered.startswith("albert_zoo>"):
            found.append("albert-zoo")
        if registered.startswith("keras_hub>") and (path / keras_hub.WEIGHTS).is_file():
            found.append("keras-hub")
        if config.get("model_type") == "albert" and (path / transformers.WEIGHTS).is_file():
            found.append("transformers")
    if not path.is_dir() or any(path.glob("*.index")) or (path / "saved_model.pb").is_file():
        is_object_based = bundles.is_object_based(bundles.find_prefix(path))
        found.append("tf2" if is_object_based else "tf1")
    if len(found) != 1:
        accepted = "; ".join(f"{name}: {files}" for name, files in ACCEPTED.items())
        raise ConversionError(
            f"`path` must hold a checkpoint of one format. Received: {path}, which holds "
            f"{' and '.join(found) or 'none'}. Found: {listing(path)}. Accepted: {accepted}."
        )
    return found[0]
