"""What is said where the adapter, its compiled part, CANN or TensorFlow is missing."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Callable, Dict

import pytest

from albert_zoo import AscendOptions
from albert_zoo.backends.ascend import adapter_import
from albert_zoo.backends.ascend.cluster import Cluster
from albert_zoo.errors import AscendError
from tests.backends.npu_recorder import Recorder

ONE = Cluster(1, 0, 0, "one NPU")


def _import_fails(monkeypatch: pytest.MonkeyPatch, errors: Dict[str, Exception]) -> None:
    monkeypatch.setattr(adapter_import, "version_of", lambda *names: "2.6.5")

    def fail(name: str) -> ModuleType:
        if name in errors:
            raise errors[name]
        return ModuleType(name)

    monkeypatch.setattr(adapter_import.importlib, "import_module", fail)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ModuleNotFoundError("No module named 'npu_device'", name="npu_device"),
            r"The module npu_device is not installed. It comes with .*gitcode.com/cann/tensorflow",
        ),
        (
            ImportError(
                "cannot import name '_npu_device_backends' from partially initialized module "
                "'npu_device' (most likely due to a circular import) (/x/npu_device/__init__.py)"
            ),
            "The compiled part of npu_device, _npu_device_backends, is missing.*gitcode.com",
        ),
        (
            ImportError("libge_runner.so: cannot open shared object file: No such file"),
            "npu_device cannot load libge_runner.so .*source <CANN>/set_env.sh",
        ),
        (
            OSError("/x/npu_device/_npu_ops.so: undefined symbol: _ZN"),
            "npu_device cannot load /x/npu_device/_npu_ops.so",
        ),
        (AttributeError("module has no attribute 'experimental'"), "cannot be imported: Attribute"),
    ],
)
def test_adapter_missing(monkeypatch: pytest.MonkeyPatch, error: Exception, message: str) -> None:
    _import_fails(monkeypatch, {"npu_device": error})
    with pytest.raises(AscendError, match=message) as caught:
        AscendOptions().apply()
    assert "\n" not in str(caught.value)


def test_hccl_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = ModuleNotFoundError("No module named 'hccl'", name="hccl")
    _import_fails(monkeypatch, {"hccl.manage.api": missing})
    adapter_import.import_adapter(ONE)
    with pytest.raises(AscendError, match="CANN's module hccl, which several NPUs need"):
        adapter_import.import_adapter(Cluster(2, 0, 0, "rank table"))


@pytest.mark.parametrize(
    ("version", "received"), [("2.21.0", "TensorFlow 2.21.0"), (None, "no TensorFlow")]
)
def test_other_tensorflow(monkeypatch: pytest.MonkeyPatch, version: Any, received: str) -> None:
    monkeypatch.setattr(adapter_import, "version_of", lambda *names: version)
    monkeypatch.setitem(sys.modules, "npu_device", ModuleType("npu_device"))
    match = f"needs TensorFlow 2.6.5 on Python 3.9. Received: {received}.*KERAS_BACKEND=torch"
    with pytest.raises(AscendError, match=match):
        AscendOptions().apply()


def test_installed_adapter_is_imported(installed: Callable[..., Recorder]) -> None:
    recorder = installed()
    assert AscendOptions().apply().npu_device is recorder


def test_options_are_checked_before_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    _import_fails(monkeypatch, {"npu_device": AssertionError("imported")})
    with pytest.raises(AscendError, match="`fusion_switch` must name a file"):
        AscendOptions(fusion_switch="nowhere").apply()
    monkeypatch.setenv("RANK_SIZE", "2")
    with pytest.raises(AscendError, match="RANK_TABLE_FILE must name"):
        AscendOptions().apply()
