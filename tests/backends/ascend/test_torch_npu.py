"""The other road: Keras 3 on PyTorch with torch_npu, as far as a CPU allows."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Dict, List

import pytest

from albert_zoo import AscendOptions, AutoTune, Dump, Hccl, OverflowDump, Profiling
from albert_zoo.backends.ascend import TorchNpuBackend, torch_npu_backend
from albert_zoo.backends.ascend.torch_npu_options import profiler_of
from albert_zoo.errors import AscendError

ROOT = Path(__file__).resolve().parents[3]

# === Options ===


@pytest.mark.parametrize(
    ("options", "policy", "auto_scale_loss"),
    [
        ({}, None, True),
        ({"precision_mode": "allow_mix_precision"}, "mixed_float16", True),
        ({"precision_mode_v2": "mixed_float16", "loss_scale": "off"}, "mixed_float16", False),
        ({"precision_mode_v2": "mixed_bfloat16"}, "mixed_bfloat16", True),
        ({"precision_mode": "must_keep_origin_dtype"}, None, True),
    ],
)
def test_precision(options: Dict[str, Any], policy: Any, auto_scale_loss: bool) -> None:
    backend = TorchNpuBackend(AscendOptions(**options))
    assert (backend.dtype_policy, backend.auto_scale_loss) == (policy, auto_scale_loss)
    assert (backend.jit_compile, backend.fixed_shapes) == (False, False)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"mixlist": "albert", "precision_mode": "allow_mix_precision"}, "mixlist"),
        ({"fusion_switch": "albert"}, "fusion_switch"),
        ({"dump": Dump("d"), "auto_tune": True}, "auto_tune, dump"),
        ({"overflow_dump": OverflowDump("d")}, "overflow_dump"),
        ({"auto_tune": AutoTune("operator")}, "auto_tune"),
        ({"hccl": Hccl(True), "extra": {"aicore_num": "1|2"}}, "hccl, extra"),
        ({"recompute": "auto", "jit_compile": "true"}, "jit_compile, recompute"),
        ({"profiling": Profiling("p", aicpu=False, hccl=True)}, "profiling.aicpu, profiling.hccl"),
    ],
)
def test_what_has_no_counterpart_is_named(options: Dict[str, Any], names: str) -> None:
    match = f"has no counterpart in torch_npu: .* Received: {names}. Leave"
    with pytest.raises(AscendError, match=match) as caught:
        TorchNpuBackend(AscendOptions(**options))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"precision_mode": "force_fp32"}, "`precision_mode` has no counterpart of 'force_fp32'"),
        ({"precision_mode_v2": "fp16"}, "`precision_mode_v2` has no counterpart of 'fp16'"),
        ({"loss_scale": 128}, "`loss_scale` has no counterpart of a fixed number"),
        ({"loss_scale": "dynamic"}, "`loss_scale` of 'dynamic' needs mixed float16"),
    ],
)
def test_values_without_counterpart(options: Dict[str, Any], message: str) -> None:
    with pytest.raises(AscendError, match=message):
        TorchNpuBackend(AscendOptions(**options))


def _profiler(calls: List[Any]) -> Any:
    def note(name: str) -> Any:
        return lambda *args, **kwargs: calls.append((name, args, kwargs)) or (name, args, kwargs)

    return SimpleNamespace(
        _ExperimentalConfig=note("config"),
        profile=note("profile"),
        tensorboard_trace_handler=note("handler"),
        AiCMetrics=SimpleNamespace(Memory="memory", PipeUtilization="pipe"),
        ProfilerLevel=SimpleNamespace(Level0=0, Level1=1),
        ProfilerActivity=SimpleNamespace(CPU="cpu", NPU="npu"),
    )


def test_profiling_in_torch_npus_words() -> None:
    calls: List[Any] = []
    profiler_of(Profiling("out", aic_metrics="Memory", task_trace="l0"), _profiler(calls))
    assert calls[0] == ("config", (), {"aic_metrics": "memory", "profiler_level": 0})
    assert calls[1] == ("handler", ("out",), {})
    assert calls[2][2]["activities"] == ["cpu", "npu"]
    with pytest.raises(AscendError, match="`profiling` holds a value that this torch_npu does not"):
        profiler_of(Profiling("out", aic_metrics="L2Cache"), _profiler([]))


# === The device ===


@pytest.fixture
def torch_npu(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Stands for torch and torch_npu on a machine with two NPUs, before Keras is imported."""
    seen = SimpleNamespace(count=2, device=None, deterministic=None)
    torch, npu = ModuleType("torch"), ModuleType("torch_npu")
    torch.npu = SimpleNamespace(  # type: ignore[attr-defined]
        is_available=lambda: seen.count > 0,
        device_count=lambda: seen.count,
        set_device=lambda device: setattr(seen, "device", device),
    )
    torch.use_deterministic_algorithms = (  # type: ignore[attr-defined]
        lambda on: setattr(seen, "deterministic", on)
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch_npu", npu)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.delenv("KERAS_TORCH_DEVICE", raising=False)
    return seen


def test_the_device_is_chosen_before_keras(
    torch_npu: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASCEND_DEVICE_ID", "1")
    monkeypatch.setenv("KERAS_TORCH_DEVICE", "npu:1")
    backend = TorchNpuBackend(AscendOptions(deterministic=1))
    backend.prepare()
    backend.prepare()
    assert (torch_npu.device, torch_npu.deterministic) == ("npu:1", True)
    assert os.environ["KERAS_TORCH_DEVICE"] == "npu:1"
    record = json.loads(json.dumps(backend.record()))
    assert (record["road"], record["device"], record["deterministic"]) == ("torch_npu", "npu:1", 1)


def test_weights_must_lie_on_it(torch_npu: SimpleNamespace) -> None:
    def model_on(device: str) -> Any:
        return SimpleNamespace(weights=[SimpleNamespace(value=SimpleNamespace(device=device))])

    backend = TorchNpuBackend()
    backend.prepare()
    backend.start(model_on("npu:0"))
    with pytest.raises(AscendError, match="must lie on npu:0. Received: cpu. Make it after"):
        backend.start(model_on("cpu"))
    os.environ.pop("KERAS_TORCH_DEVICE")


def test_keras_that_is_there_already(
    torch_npu: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keras", ModuleType("keras"))
    with pytest.raises(AscendError, match="KERAS_TORCH_DEVICE must be 'npu:0'.*none, and Keras is"):
        TorchNpuBackend().prepare()
    monkeypatch.setenv("KERAS_TORCH_DEVICE", "cuda")
    with pytest.raises(AscendError, match="Received: 'cuda'. Run `export KERAS_TORCH_DEVICE=npu:0"):
        TorchNpuBackend().prepare()
    monkeypatch.setenv("KERAS_TORCH_DEVICE", "npu:0")
    TorchNpuBackend().prepare()


def test_no_such_npu(torch_npu: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASCEND_DEVICE_ID", "2")
    with pytest.raises(AscendError, match="must be one of the NPUs .* Received: 2, and it sees 2"):
        TorchNpuBackend().prepare()
    torch_npu.count = 0
    with pytest.raises(AscendError, match="and it sees 0"):
        TorchNpuBackend().prepare()
    assert "KERAS_TORCH_DEVICE" not in os.environ


def test_one_npu_only(torch_npu: SimpleNamespace, rank_table: Any) -> None:
    rank_table(0)
    with pytest.raises(AscendError, match="trains on one NPU with PyTorch. Received: 2 of them"):
        TorchNpuBackend().prepare()


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            ModuleNotFoundError("No module named 'torch_npu'", name="torch_npu"),
            "torch and torch_npu must be installed .*No module named 'torch_npu'",
        ),
        (
            RuntimeError("Failed to load the backend extension: torch_npu"),
            "torch_npu cannot load libhccl.so, one of CANN's libraries",
        ),
    ],
)
def test_missing(
    torch_npu: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    if isinstance(error, RuntimeError):
        error.__cause__ = ImportError("libhccl.so: cannot open shared object file")

    def fail(name: str) -> Any:
        raise error

    monkeypatch.setattr(torch_npu_backend.importlib, "import_module", fail)
    with pytest.raises(AscendError, match=message) as caught:
        TorchNpuBackend().prepare()
    assert "\n" not in str(caught.value)


def test_profiler_needs_the_device() -> None:
    with (
        pytest.raises(AscendError, match="must be opened first"),
        TorchNpuBackend(AscendOptions(profiling=Profiling("p"))).scope(),
    ):
        pass


# === A run, with PyTorch's CPU for the NPU ===

RUN = """
import json, os, sys
from types import ModuleType, SimpleNamespace
import torch
from albert_zoo import AscendOptions, Profiling
from albert_zoo.backends import get_backend
from albert_zoo.backends.ascend import torch_npu_backend

steps = []

class Profile:
    def __init__(self, **arguments): steps.append(sorted(arguments))
    def __enter__(self): steps.append("begin"); return self
    def __exit__(self, *error): steps.append("end")
    def step(self): steps.append("step")

torch_npu = ModuleType("torch_npu")
torch_npu.profiler = SimpleNamespace(
    profile=Profile, tensorboard_trace_handler=str,
    _ExperimentalConfig=lambda **arguments: arguments,
    AiCMetrics=SimpleNamespace(PipeUtilization=1), ProfilerLevel=SimpleNamespace(Level1=1),
    ProfilerActivity=SimpleNamespace(CPU=0, NPU=1))
sys.modules["torch_npu"] = torch_npu
torch.npu = SimpleNamespace(is_available=lambda: True, device_count=lambda: 1, set_device=str)
torch_npu_backend.device_name = lambda number: "cpu"

backend = get_backend("ascend", AscendOptions(
    precision_mode_v2="mixed_bfloat16", deterministic=1, profiling=Profiling(sys.argv[1])))
backend.prepare()
assert "keras" not in sys.modules
import keras
import numpy as np
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, dtype=backend.dtype_policy)])
model.compile(backend.wrap_optimizer(keras.optimizers.SGD(0.1)), "mse",
              jit_compile=backend.jit_compile, auto_scale_loss=backend.auto_scale_loss)
backend.start(model)
step = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: backend.step())
with backend.scope():
    history = model.fit(np.ones((8, 4), "float32"), np.ones((8, 3), "float32"), batch_size=4,
                        epochs=3, verbose=0, callbacks=[step])
print(json.dumps([os.environ["KERAS_TORCH_DEVICE"], keras.backend.backend(), steps,
                  history.history["loss"], torch.are_deterministic_algorithms_enabled(),
                  model.layers[0].compute_dtype, backend.record()]))
"""


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
def test_a_run(tmp_path: Path) -> None:
    environment = {**os.environ, "KERAS_BACKEND": "torch", "KERAS_HOME": str(tmp_path)}
    environment.pop("KERAS_TORCH_DEVICE", None)
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "profile")],
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    device, keras_backend, steps, losses, deterministic, dtype, record = json.loads(
        done.stdout.splitlines()[-1]
    )
    assert (device, keras_backend, deterministic, dtype) == ("cpu", "torch", True, "bfloat16")
    assert steps[0] == ["activities", "experimental_config", "on_trace_ready"]
    assert steps[1:] == ["begin", *["step"] * 6, "end"]
    assert losses[-1] < losses[0]
    assert (tmp_path / "profile").is_dir()
    assert record["dtype_policy"] == "mixed_bfloat16"
