"""`--backend ascend` and the options that go with it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import pytest

import albert_zoo.backends
from albert_zoo.backends import (
    AscendOptions,
    AutoTune,
    Backend,
    Dump,
    Hccl,
    OverflowDump,
    Profiling,
)
from albert_zoo.cli import finetune
from albert_zoo.cli.ascend_options import NAMES, BackendName, take_ascend_options
from tests.cli.conftest import FAST
from tests.keras_generations import keras_3_only


def taken(**given):
    return take_ascend_options({**dict.fromkeys(NAMES), "backend": BackendName.ascend, **given})


# === Meaning ===
@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ({}, {}),
        (
            {"precision_mode": "allow_mix_precision", "mixlist": "albert", "loss_scale": "1024"},
            {"precision_mode": "allow_mix_precision", "mixlist": "albert", "loss_scale": 1024.0},
        ),
        ({"loss_scale": "off"}, {"loss_scale": "off"}),
        ({"deterministic": True}, {"deterministic": True}),
        ({"dump": "d", "dump_steps": "0|3-5"}, {"dump": Dump("d", steps="0|3-5")}),
        ({"overflow_dump": "o"}, {"overflow_dump": OverflowDump("o")}),
        ({"profiling": "p"}, {"profiling": Profiling("p")}),
        ({"auto_tune": "subgraph"}, {"auto_tune": "subgraph"}),
        ({"auto_tune": "auto"}, {"auto_tune": True}),
        ({"npu_option": ["external_weight=true"]}, {"extra": {"external_weight": True}}),
        ({"npu_option": ["op_compiler_cache_mode=force"]}, {"op_compiler_cache_mode": "force"}),
        (
            {"npu_option": ["hcom_parallel=true", "is_tailing_optimization=false"]},
            {"hccl": Hccl(parallel=True, tailing_optimization=False)},
        ),
        (
            {
                "dump": "d",
                "npu_option": ["dump_config.dump_data=stats", "dump_config.dump_layer=a b"],
            },
            {"dump": Dump("d", data="stats", layers=["a", "b"])},
        ),
        (
            {"auto_tune": "operator", "npu_option": ["aoe_config.work_path=w"]},
            {"auto_tune": AutoTune("operator", work_path="w")},
        ),
        (
            {"auto_tune": "auto", "npu_option": ["aoe_config.aoe_config_file=c.json"]},
            {"auto_tune": AutoTune(config_file="c.json")},
        ),
    ],
)
def test_each_option_has_its_counterpart(given, arguments):
    assert taken(**given) == AscendOptions(**arguments)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"dump_steps": "3"}, "`dump_steps` needs a folder"),
        ({"npu_option": ["deterministic"]}, "must be a path and a value"),
        ({"npu_option": ["deterministic=1"], "deterministic": True}, "must be given once"),
        ({"npu_option": ["external_wait=1"]}, "external_weight"),
        ({"npu_option": ["dump_config.dump_data=stats"]}, "`dump` must be given for this"),
        ({"npu_option": ["dump_config.enable_dump=true"]}, "Pass a folder with `dump`"),
        ({"npu_option": ["dump_config.dump_path=d"]}, "with `dump` or `overflow_dump`"),
        (
            {"dump": "d", "dump_steps": "3", "npu_option": ["dump_config.dump_step=4"]},
            "`dump_steps` must be given once",
        ),
        ({"dump": "a", "overflow_dump": "b"}, "exclude each other"),
        ({"mixlist": "albert"}, "mixed precision alone"),
    ],
)
def test_what_is_wrong_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        taken(**given)


# === The command ===
def test_the_help_has_a_panel(run):
    shown = run("finetune", "--help", env={"COLUMNS": "120"}).stdout
    panel = shown[shown.index("Huawei's Ascend NPUs") :].split("─ Output")[0]
    for name in NAMES:
        assert f"--{name.replace('_', '-')} " in panel


def arguments(samples, untrained, output):
    return [
        *("finetune", "--task", "cola", "--data", samples / "CoLA", "--preset", untrained),
        *("--output", output, *FAST),
    ]


def test_options_need_the_backend(fails, samples, untrained, tmp_path):
    given = arguments(samples, untrained, tmp_path / "run")
    line = fails(*given, "--precision-mode", "allow_mix_precision")
    assert "`--precision-mode` is for Ascend's NPUs" in line
    assert "`--backend ascend`" in line
    line = fails(*given, "--backend", "ascend", "--dump", "d", "--dump-steps", "3-1")
    assert "`--dump-steps` must be step numbers" in line


@keras_3_only("the adapter is for tf.keras 2.6")
def test_without_the_adapter_it_says_what_is_missing(fails, samples, untrained, tmp_path):
    line = fails(*arguments(samples, untrained, tmp_path / "run"), "--backend", "ascend")
    assert "needs TensorFlow 2.6.5" in line
    assert not (tmp_path / "run").exists()


class Ascend(Backend):
    """Stands for the NPU: Keras' own device."""

    name = "ascend"
    fixed_shapes = True

    def __init__(self, name, options, chief=True):
        assert name == "ascend"
        self.options, self.chief, self.calls = options, chief, []

    is_chief = property(lambda self: self.chief)

    def prepare(self):
        self.calls.append("prepare")

    def step(self):
        self.calls.append("step")

    def record(self):
        return {"name": "ascend", "set": self.options.as_dict()}


@pytest.fixture
def backends(monkeypatch):
    """Puts the stand-in in the place of the NPU; returns those that were made."""
    made = []

    def get_backend(name="default", options=None):
        if name != "ascend":
            return real(name, options)
        made.append(Ascend(name, options, chief=not made))
        return made[-1]

    real = albert_zoo.backends.get_backend
    monkeypatch.setattr("albert_zoo.backends.get_backend", get_backend)
    return made


def test_a_run_records_what_was_set(run, samples, untrained, tmp_path, backends, monkeypatch):
    switched = []  # and not on: it would hold for the tests after this one
    monkeypatch.setattr(
        "albert_zoo.cli.finetune_run.make_deterministic", lambda: switched.append(True)
    )
    given = arguments(samples, untrained, tmp_path / "run")
    shown = run(*given, "--backend", "ascend", "--deterministic", "--max-steps", "2").stdout
    assert "Ascend NPU" in shown
    assert "deterministic=1" in shown
    assert switched == [True]
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["options"]["backend"] == "ascend"
    assert config["options"]["ascend"] == config["backend"]["set"] == {"deterministic": 1}
    assert backends[0].calls[0] == "prepare"
    assert backends[0].calls.count("step") == 2

    # Another process of the same run trains, and leaves writing to the first one.
    other = arguments(samples, untrained, tmp_path / "other")
    assert run(*other, "--backend", "ascend", "--max-steps", "1").stdout == ""
    assert backends[1].calls.count("step") == 1
    assert not (tmp_path / "other").exists()


def test_other_runs_record_the_default(cola_run):
    config = json.loads((cola_run / "config.json").read_text())
    assert config["backend"] == {"name": "default"}
    assert config["options"]["ascend"] is None


# === Keras 3 on PyTorch, whose CPU stands for the NPU ===
SCRIPT = """
import os, sys
from types import ModuleType, SimpleNamespace
import torch
from albert_zoo.backends.ascend import torch_npu_backend
from albert_zoo.cli import console, main

sys.modules["torch_npu"] = ModuleType("torch_npu")
torch.npu = SimpleNamespace(is_available=lambda: True, device_count=lambda: 4, set_device=str)
torch_npu_backend.device_name = lambda number: ["cpu", None][number]
load_keras = console.load_keras

def noting(debug):
    print("told of", os.environ.get("KERAS_TORCH_DEVICE"), "keras" in sys.modules)
    load_keras(debug)

console.load_keras = noting
main(sys.argv[1:])
"""


@keras_3_only("PyTorch")
@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
def test_a_run_on_pytorch(samples, untrained, tmp_path):
    given = arguments(samples, untrained, tmp_path / "run")
    given += ["--backend", "ascend", "--precision-mode-v2", "mixed_bfloat16", "--max-steps", "2"]
    environment = {**os.environ, "KERAS_BACKEND": "torch", "ASCEND_DEVICE_ID": "0"}
    environment.pop("KERAS_TORCH_DEVICE", None)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *map(str, given)],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == "told of cpu False"
    config = json.loads((tmp_path / "run" / "config.json").read_text())
    assert config["backend"]["road"] == "torch_npu"
    assert config["versions"]["backend"] == "torch"
    assert "mixed_bfloat16" in done.stdout


def test_the_options_of_the_panel_are_those_of_the_command():
    parameters = finetune.finetune.__annotations__
    assert set(NAMES) <= set(parameters)
