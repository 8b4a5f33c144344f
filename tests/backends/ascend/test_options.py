"""AscendOptions: what is checked before a device is touched."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

import pytest

from albert_zoo import AscendOptions, AutoTune, Dump, Hccl, OverflowDump, Profiling
from albert_zoo.errors import AlbertZooError, AscendError

MIXED = {"precision_mode": "allow_mix_precision"}

WRONG: List[Tuple[Dict[str, Any], str]] = [
    # values
    (
        {"precision_mode": "allow_mixed_precision"},
        r"`precision_mode` .*Did you mean 'allow_mix_pre",
    ),
    ({"precision_mode": 16}, "`precision_mode` must be one of .* Received: 16"),
    ({"precision_mode_v2": "mixed_fp16"}, "`precision_mode_v2` must be one of"),
    ({"deterministic": 2}, "`deterministic` must be one of 0, 1"),
    ({"deterministic": "1"}, "`deterministic` must be one of 0, 1"),
    ({"overflow_flag": True}, "`overflow_flag` must be one of 0, 1. Received: True"),
    ({"loss_scale": 0}, "`loss_scale` must be 'auto'"),
    ({"loss_scale": True}, "`loss_scale` must be 'auto'"),
    ({"loss_scale": float("nan")}, "`loss_scale` must be 'auto'"),
    ({"loss_scale": "on"}, "`loss_scale` must be 'auto'"),
    ({"mixlist": 5, **MIXED}, "`mixlist` must be a path"),
    ({"mixlist": "", **MIXED}, "`mixlist` must be a path"),
    ({"enable_scope_fusion_passes": []}, "`enable_scope_fusion_passes` must be a list of names"),
    ({"enable_scope_fusion_passes": "a,,b"}, "`enable_scope_fusion_passes` must be a list"),
    ({"jit_compile": True}, "`jit_compile` must be one of 'true', 'false', 'auto'"),
    ({"op_compiler_cache_mode": "on"}, "`op_compiler_cache_mode` must be one of"),
    ({"oo_constant_folding": 1}, "`oo_constant_folding` must be one of True, False. Received: 1"),
    ({"optimization_switch": 3}, "`optimization_switch` must be a text"),
    ({"input_fusion_size": 33554433}, "`input_fusion_size` must be a whole number from 0 to 335"),
    ({"stream_sync_timeout": -2}, "`stream_sync_timeout` must be a whole number of -1 or above"),
    ({"graph_exec_timeout": 1.5}, "`graph_exec_timeout` must be a whole number"),
    ({"event_sync_timeout": True}, "`event_sync_timeout` must be a whole number"),
    ({"static_memory_policy": 5}, "`static_memory_policy` must be one of"),
    ({"recompute": "always"}, "`recompute` must be one of 'auto', 'manual'"),
    ({"auto_tune": "operators"}, "`auto_tune` must be one of .*Did you mean 'operator'"),
    ({"dump": "dumps"}, r'`dump` must be a Dump. Received: \'dumps\'. Write Dump\("folder"\)'),
    ({"hccl": True}, r"`hccl` must be a Hccl. .* Write Hccl\(\)"),
    ({"profiling": True}, "`profiling` must be a Profiling"),
    # what excludes what
    ({**MIXED, "precision_mode_v2": "origin"}, "`precision_mode` and `precision_mode_v2` exclude"),
    ({"precision_mode": "force_fp16"}, "`precision_mode` must be one for training"),
    ({"dump": Dump("a"), "overflow_dump": OverflowDump("b")}, "`dump` and `overflow_dump` exclude"),
    ({"mixlist": "albert"}, "`mixlist` counts under mixed precision alone. Received: no precision"),
    ({"mixlist": "albert", "precision_mode": "force_fp32"}, "Received: 'force_fp32'"),
    (
        {"customize_dtypes": "f", "precision_mode_v2": "origin"},
        "`customize_dtypes` counts for noth",
    ),
    ({"loss_scale": 128, "precision_mode_v2": "mixed_bfloat16"}, "`loss_scale` is for float16"),
    # extra
    ({"extra": {"deterministc": 1}}, "`extra` must name options .*Did you mean 'deterministic'"),
    ({"extra": {"dump_step": "1"}}, "Did you mean 'dump_config.dump_step'"),
    ({"extra": {"deterministic": 1}}, "`extra` must hold .*Use `deterministic`"),
    ({"extra": {"auto_tune_mode": "RL,GA"}}, "Use `auto_tune`"),
    ({"extra": {"experimental.graph_parallel_config.config_path": "x"}}, "gone since r2.1.0"),
    ({"extra": {"ac_parallel_enable": 1}}, "`ac_parallel_enable` must be one of '0', '1'"),
    ({"extra": {"external_weight": 1}}, "`external_weight` must be one of True, False"),
    ({"extra": {"shape_generalization_mode": "FULL"}}, 'counts with `jit_compile="true"` alone'),
    ({"extra": {"optypelist_for_implmode": "Mul"}}, "says which operators `op_select_implmode`"),
]


@pytest.mark.parametrize(
    ("arguments", "message"), WRONG, ids=[f"{n}-{next(iter(a))}" for n, (a, _) in enumerate(WRONG)]
)
def test_refused(arguments: Dict[str, Any], message: str) -> None:
    with pytest.raises(AscendError, match=message) as caught:
        AscendOptions(**arguments)
    assert "\n" not in str(caught.value)
    assert "Received" in str(caught.value) or "counts for nothing" in str(caught.value)


GROUPS: List[Tuple[Any, Dict[str, Any], str]] = [
    (Dump, {"path": None}, "`dump.path` must be a path"),
    (Dump, {"mode": "both"}, "`dump.mode` must be one of 'input', 'output', 'all'"),
    (Dump, {"data": "csv"}, "`dump.data` must be one of 'tensor', 'stats'"),
    (Dump, {"steps": "0|3-"}, r"`dump.steps` must be .* which has the part '3-'"),
    (Dump, {"steps": "0,3"}, "has the part '0,3'"),
    (Dump, {"steps": ""}, "has the part ''"),
    (Dump, {"steps": "5-3"}, "the range '5-3', which does not rise"),
    (Dump, {"steps": [1]}, "neither a text nor a number"),
    (Dump, {"layers": "a b"}, "`dump.layers` must be a list"),
    (Dump, {"layers": ["a b"]}, "`dump.layers` must be a list"),
    (Dump, {"layers": []}, "`dump.layers` must be a list"),
    (OverflowDump, {"mode": "aicore"}, "`overflow_dump.mode` must be one of .*Did you mean"),
    (Profiling, {"aic_metrics": "Pipe"}, "`profiling.aic_metrics` must be one of"),
    (Profiling, {"training_trace": False}, "`profiling.task_trace` needs `training_trace`"),
    (Profiling, {"task_trace": "l2"}, "`profiling.task_trace` must be one of True, False, 'l0'"),
    (Profiling, {"storage_limit": 199}, "`profiling.storage_limit` must be .* from 200 to 42949"),
    (Profiling, {"aicpu": "on"}, "`profiling.aicpu` must be one of True, False"),
    (Profiling, {"fp_point": None}, "`profiling.fp_point` must be an operator's name"),
    (Profiling, {"others": {"aicpu": "on"}}, "`profiling.others` must hold keys that have no arg"),
    (Profiling, {"others": {"l2": True}}, "`profiling.others` must hold texts"),
    (Profiling, {"path": "a\nb"}, "`profiling.output` must hold no line ends"),
    (AutoTune, {"mode": "2"}, "`auto_tune` must be one of 'subgraph', 'operator', 'gradient'"),
    (AutoTune, {"work_path": 1}, "`auto_tune.work_path` must be a path"),
    (Hccl, {"parallel": 1}, "`hccl.parallel` must be one of True, False"),
    (Hccl, {"multi_mode": 1}, "`hccl.multi_mode` must be a text"),
]


@pytest.mark.parametrize(("kind", "arguments", "message"), GROUPS)
def test_group_refused(kind: Any, arguments: Dict[str, Any], message: str) -> None:
    arguments = dict(arguments)
    first = [arguments.pop("path", "folder")] if kind in (Dump, OverflowDump, Profiling) else []
    with pytest.raises(AscendError, match=message) as caught:
        kind(*first, **arguments)
    assert "\n" not in str(caught.value)


def test_errors_are_of_the_package_and_value_errors() -> None:
    assert issubclass(AscendError, AlbertZooError) and issubclass(AscendError, ValueError)


def test_inference_may_be_in_float16() -> None:
    assert AscendOptions(precision_mode="force_fp16", graph_run_mode=0).settings()[0].value == 0


def test_frozen_and_equal_by_value() -> None:
    options = AscendOptions(dump=Dump("a", steps=3))
    assert options == AscendOptions(dump=Dump("a", steps=3))
    with pytest.raises(dataclasses.FrozenInstanceError):
        options.dump = None  # type: ignore[misc]


def test_nothing_slow_is_imported() -> None:
    code = (
        "import sys, albert_zoo; albert_zoo.AscendOptions(precision_mode='origin' and None);"
        "from albert_zoo.backends import get_backend; get_backend('default');"
        "print([m for m in ('tensorflow', 'torch', 'keras', 'npu_device', 'torch_npu')"
        " if m in sys.modules])"
    )
    root = str(Path(__file__).resolve().parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout == "[]\n"


# === What they become ===


def test_settings_of_everything_a_user_writes(tmp_path: Path) -> None:
    options = AscendOptions(
        precision_mode="allow_mix_precision",
        mixlist="albert",
        fusion_switch=tmp_path / "fusion.json",
        enable_scope_fusion_passes=["A", "B"],
        deterministic=True,
        dump=Dump(tmp_path / "dumps", steps=10, data="stats", layers=["x/y", "z"]),
        auto_tune=AutoTune("gradient", work_path="aoe"),
        hccl=Hccl(tailing_optimization=True),
        extra={"external_weight": True},
    )
    found = options.as_dict()
    assert Path(found.pop("modify_mixlist")).is_file()
    assert found == {
        "precision_mode": "allow_mix_precision",
        "fusion_switch_file": str(tmp_path / "fusion.json"),
        "enable_scope_fusion_passes": "A,B",
        "deterministic": 1,
        "dump_config.enable_dump": True,
        "dump_config.dump_path": str(tmp_path / "dumps"),
        "dump_config.dump_step": "10",
        "dump_config.dump_mode": "all",
        "dump_config.dump_data": "stats",
        "dump_config.dump_layer": "x/y z",
        "aoe_config.aoe_mode": "4",
        "aoe_config.work_path": str(Path.cwd() / "aoe"),
        "is_tailing_optimization": True,
        "external_weight": True,
    }
    json.dumps(options.as_dict())


def test_profiling_options_are_json(tmp_path: Path) -> None:
    profiling = Profiling(tmp_path, task_trace="l0", storage_limit=200, others={"l2": "on"})
    assert json.loads(profiling.options()) == {
        "output": str(tmp_path),
        "training_trace": "on",
        "task_trace": "l0",
        "aicpu": "on",
        "aic_metrics": "PipeUtilization",
        "fp_point": "",
        "bp_point": "",
        "storage_limit": "200MB",
        "l2": "on",
    }
    off = Profiling("p", training_trace=False, task_trace=False, hccl=False, msproftx=True)
    loaded = json.loads(off.options())
    assert [loaded[k] for k in ("training_trace", "task_trace", "hccl", "msproftx")] == [
        "off", "off", "off", "on"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "policy", "scale"),
    [
        ({}, None, None),
        ({}, "float32", None),
        ({}, "mixed_float16", "dynamic"),
        (MIXED, None, "dynamic"),
        ({"precision_mode_v2": "mixed_float16"}, None, "dynamic"),
        ({"precision_mode": "allow_mix_precision_fp16"}, None, "dynamic"),
        ({"precision_mode": "allow_mix_precision_bf16"}, None, None),
        ({"precision_mode": "allow_fp32_to_fp16"}, None, None),
        ({**MIXED, "loss_scale": "off"}, "mixed_float16", None),
        ({"loss_scale": "dynamic"}, None, "dynamic"),
        ({"loss_scale": 1024}, None, 1024.0),
    ],
)
def test_loss_scale(arguments: Dict[str, Any], policy: Any, scale: Any) -> None:
    assert AscendOptions(**arguments).loss_scale_for(policy) == scale


# === Description ===


def test_description_is_a_table(capsys: pytest.CaptureFixture, tmp_path: Path) -> None:
    options = AscendOptions(
        **MIXED, mixlist="albert", dump=Dump(tmp_path / "new"), recompute="auto"
    )
    assert options.describe() is None
    lines = capsys.readouterr().out.splitlines()
    columns = [line.split() for line in lines]
    assert columns[0] == ["option", "in", "npu_device", "since", "value"]
    assert columns[1] == ["precision_mode"] * 2 + ["r1.5.0", "(2021-07)", "allow_mix_precision"]
    assert columns[2][:2] == ["mixlist", "modify_mixlist"]
    assert len({line.index("r1.5.0") for line in lines[1:6]}) == 1
    assert lines[-2:] == ["loss scale: dynamic", "recompute: auto, in npu_run_context"]
    assert not (tmp_path / "new").exists()


def test_description_of_nothing(capsys: pytest.CaptureFixture) -> None:
    AscendOptions().describe()
    assert capsys.readouterr().out.startswith("Nothing is set: the adapter keeps its own values.")


def test_description_finds_missing_files() -> None:
    with pytest.raises(AscendError, match="`fusion_switch` must name a file. Received: .*nowhere"):
        AscendOptions(fusion_switch="nowhere.cfg").describe()
