"""Importing Huawei's `npu_device`, and saying what it lacks."""

from __future__ import annotations

import importlib
import re
from importlib import metadata
from typing import Any, Optional

from albert_zoo.backends.ascend.cluster import Cluster
from albert_zoo.errors import AscendError

SOURCE = (
    "It comes with Ascend's TF Adapter, as npu_device-2.6.5-*.whl from "
    "https://gitcode.com/cann/tensorflow/tags, and is not on PyPI."
)
TENSORFLOW = "2.6"
"""The TensorFlow that released adapters run on (2.6.5, on Python 3.7 to 3.9)."""


def import_adapter(cluster: Cluster) -> Any:
    """Imports `npu_device`, or says what is missing.

    Args:
        cluster: `Cluster`; several NPUs need CANN's module `hccl` as well.

    Raises:
        AscendError: TensorFlow, the adapter, its compiled part, or a CANN library is missing.
    """
    version = version_of("tensorflow", "tensorflow-cpu")
    if version is None or not version.startswith(TENSORFLOW + "."):
        raise AscendError(
            f"Ascend's TF Adapter needs TensorFlow {TENSORFLOW}.5 on Python 3.9. Received: "
            f"{'no TensorFlow' if version is None else f'TensorFlow {version}'}. Install that, or "
            "set KERAS_BACKEND=torch to train with Keras 3 and torch_npu."
        )
    try:
        npu_device = importlib.import_module("npu_device")
        if cluster.workers > 1:
            importlib.import_module("hccl.manage.api")
    except Exception as error:  # TensorFlow's loader raises errors of its own
        raise AscendError(_what_is_missing(error)) from None
    return npu_device


def _what_is_missing(error: Exception) -> str:
    library = re.search(r"[\w./-]+\.so[\w.]*", str(error))
    name = getattr(error, "name", None) or ""
    if isinstance(error, ModuleNotFoundError) and name == "npu_device":
        return f"The module npu_device is not installed. {SOURCE}"
    if isinstance(error, ModuleNotFoundError) and name.split(".")[0] == "hccl":
        return (
            "CANN's module hccl, which several NPUs need, is not installed. "
            "Install CANN and run `source <CANN>/set_env.sh`."
        )
    if "_npu_device_backends" in str(error) and library is None:
        return (
            "The compiled part of npu_device, _npu_device_backends, is missing: these are its "
            f"Python files alone. {SOURCE}"
        )
    if library is not None:
        return (
            f"npu_device cannot load {library.group()} ({one_line(error)}) It needs CANN's "
            "libraries: install CANN and run `source <CANN>/set_env.sh`."
        )
    return f"npu_device cannot be imported: {type(error).__name__}: {one_line(error)} {SOURCE}"


def version_of(*distributions: str) -> Optional[str]:
    """Returns the version of the first of these packages that is installed, or `None`."""
    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def one_line(error: BaseException) -> str:
    """Returns an error's message as a sentence on one line."""
    text = " ".join(str(error).split())
    return text if text.endswith(".") else text + "."
