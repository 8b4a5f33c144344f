"""The backend that does nothing, and which backend a name stands for."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from albert_zoo import AscendOptions
from albert_zoo.backends import Backend, choice, get_backend
from albert_zoo.backends.ascend import AscendBackend, TorchNpuBackend


def test_default_backend_changes_nothing() -> None:
    backend = get_backend()
    backend.prepare()
    optimizer = object()
    assert backend.wrap_optimizer(optimizer, "mixed_float16") is optimizer
    backend.start(None)
    with backend.scope():
        backend.step()
    rows, batch_size = backend.shard(3, 8)
    assert (rows.tolist(), str(rows.dtype), batch_size) == ([0, 1, 2], "int64", 8)
    assert (backend.workers, backend.worker, backend.is_chief) == (1, 0, True)
    assert (backend.dtype_policy, backend.jit_compile, backend.fixed_shapes) == (None, None, False)
    assert backend.record() == {"name": "default"}


def test_names(monkeypatch: pytest.MonkeyPatch) -> None:
    options = AscendOptions(deterministic=1)
    monkeypatch.setattr(choice, "uses_torch", lambda: False)
    ascend = get_backend("ascend", options)
    assert isinstance(ascend, AscendBackend) and ascend.options is options
    assert get_backend(ascend) is ascend
    monkeypatch.setattr(choice, "uses_torch", lambda: True)
    assert isinstance(get_backend("ascend"), TorchNpuBackend)


def test_refused() -> None:
    with pytest.raises(ValueError, match="`backend` must be one of .*Did you mean 'ascend'"):
        get_backend("asend")
    with pytest.raises(ValueError, match="`backend` must be one of .* Received: None"):
        get_backend(None)
    with pytest.raises(ValueError, match='`ascend` holds options for `backend="ascend"` alone'):
        get_backend("default", AscendOptions())
    with pytest.raises(ValueError, match="`ascend` holds options"):
        get_backend(Backend(), AscendOptions())


# === Which Keras backend is in use ===


@pytest.fixture
def keras_3_not_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(choice.metadata, "version", lambda name: "3.15.0")
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "keras.json"


@pytest.mark.parametrize(("name", "expected"), [("torch", True), ("jax", False), ("", False)])
def test_torch_by_variable(
    keras_3_not_loaded: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: bool
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", name)
    assert choice.uses_torch() is expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [('{"backend": "torch"}', True), ('{"backend": "jax"}', False), ("{", False), ("[]", False)],
)
def test_torch_by_file(keras_3_not_loaded: Path, config: str, expected: bool) -> None:
    assert choice.uses_torch() is False
    keras_3_not_loaded.write_text(config, encoding="utf-8")
    assert choice.uses_torch() is expected


@pytest.mark.parametrize("name", ["torch", "tensorflow"])
def test_loaded_keras_counts_most(
    keras_3_not_loaded: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    loaded: Any = SimpleNamespace(backend=SimpleNamespace(backend=lambda: name))
    monkeypatch.setitem(sys.modules, "keras", loaded)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    assert choice.uses_torch() is (name == "torch")


def test_keras_2_knows_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setattr(choice.metadata, "version", lambda name: "2.6.0")
    assert choice.uses_torch() is False
