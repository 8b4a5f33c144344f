"""Which backend a name stands for."""

from __future__ import annotations

import json
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, Optional

from albert_zoo.backends.ascend.ascend_backend import AscendBackend
from albert_zoo.backends.ascend.options import AscendOptions
from albert_zoo.backends.ascend.torch_npu_backend import TorchNpuBackend
from albert_zoo.backends.base import Backend
from albert_zoo.errors import did_you_mean

BACKENDS = ("default", "ascend")


def get_backend(backend: Any = "default", options: Optional[AscendOptions] = None) -> Backend:
    """Returns the backend that a name stands for. Nothing is imported or opened yet.

    Args:
        backend: `"default"`, `"ascend"`, or a `Backend`, which is returned as it is. `"ascend"` is
            torch_npu where Keras 3 runs on PyTorch, and TensorFlow's adapter elsewhere.
        options: `AscendOptions`, with `"ascend"` alone.

    Returns:
        `Backend`.

    Raises:
        ValueError: there is no such backend, or it takes no options.

    Example:

    >>> get_backend().name
    'default'
    """
    if backend == "ascend":
        return TorchNpuBackend(options) if uses_torch() else AscendBackend(options)
    if not isinstance(backend, Backend) and backend != "default":
        hint = did_you_mean(str(backend), BACKENDS) or " Choose one of them."
        raise ValueError(
            f"`backend` must be one of {', '.join(map(repr, BACKENDS))}. "
            f"Received: {backend!r}.{hint}"
        )
    if options is not None:
        raise ValueError(
            '`ascend` holds options for `backend="ascend"` alone. '
            f"Received: backend={getattr(backend, 'name', backend)!r}. "
            "Pass that, or leave the options out."
        )
    return backend if isinstance(backend, Backend) else Backend()


def uses_torch() -> bool:
    """Says whether Keras 3 runs on PyTorch, or will when it is imported. Keras is not imported."""
    try:
        if int(metadata.version("keras").split(".")[0]) < 3:
            return False
    except metadata.PackageNotFoundError:
        return False
    keras = sys.modules.get("keras")
    if keras is not None and hasattr(keras, "backend"):
        return str(keras.backend.backend()) == "torch"
    return (os.environ.get("KERAS_BACKEND") or _configured_backend()) == "torch"


def _configured_backend() -> str:
    """Returns the backend that Keras' own configuration file names, or an empty text."""
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        config = json.loads((folder / "keras.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(config.get("backend", "")) if isinstance(config, dict) else ""
