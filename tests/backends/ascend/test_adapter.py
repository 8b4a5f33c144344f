"""From options to the adapter: every option, in old and new releases, and what may be missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import pytest

from albert_zoo import AscendOptions, AutoTune, Dump, Hccl, Profiling
from albert_zoo.backends.ascend.option_table import releases
from albert_zoo.errors import AscendError
from tests.backends.npu_recorder import Recorder, is_at_least

OLD, NEW = "r1.9.0", "master"

# === The stand-in is as the adapter ===


def test_defaults_of_the_stand_in() -> None:
    assert len(Recorder(NEW).global_options().as_dict()) == 34  # as a fresh adapter sends
    assert Recorder(OLD).global_options().precision_mode.value == "allow_fp32_to_fp16"
    assert Recorder(NEW).global_options().precision_mode.value is None


@pytest.mark.parametrize(("release", "error"), [(OLD, ValueError), (NEW, TypeError)])
def test_errors_of_the_stand_in(release: str, error: Any) -> None:
    options = Recorder(release).global_options()
    with pytest.raises(error):
        options.graph_run_mode = "1"
    with pytest.raises(ValueError, match="'2' not in optional list"):
        options.graph_run_mode = 2
    with pytest.raises(ValueError, match="has no option no_such_option"):
        options.no_such_option = 1
    with pytest.raises(ValueError, match="has no option steps"):
        options.dump_config.steps = 1
    options.dump_config.enable_dump = 1  # equal to True
    assert options.as_dict()["enable_dump"] == "1"


# === Every release ===


@pytest.mark.parametrize("release", releases())
def test_a_common_choice_in_every_release(release: str, tmp_path: Path) -> None:
    recorder = Recorder(release)
    device = AscendOptions(
        precision_mode="allow_mix_precision",
        mixlist="albert",
        fusion_switch="albert",
        dump=Dump(tmp_path, steps="0"),
        profiling=Profiling(tmp_path),
        auto_tune=True,
        hccl=Hccl(parallel=True),
    ).apply(recorder)
    has_old = not is_at_least(release, "r1.11.0")
    tuning = ("auto_tune_mode", "RL,GA") if has_old else ("aoe_config.aoe_mode", "2")
    assert tuning in recorder.assigned().items()
    assert [call[0] for call in recorder.calls[-2:]] == ["open", "as_default"]
    assert device.options["precision_mode"] == "allow_mix_precision"


# === Where releases differ ===


@pytest.mark.parametrize(
    ("release", "auto_tune", "expected"),
    [
        (NEW, True, {"aoe_config.aoe_mode": "2"}),
        (NEW, "operator", {"aoe_config.aoe_mode": "2"}),
        (NEW, "gradient", {"aoe_config.aoe_mode": "4"}),
        (OLD, True, {"auto_tune_mode": "RL,GA"}),
        (OLD, "operator", {"aoe_config.aoe_mode": "2"}),
        (OLD, "subgraph", {"aoe_config.aoe_mode": "1"}),
        ("r1.8.0", True, {"auto_tune_mode": "RL,GA"}),
        ("r1.8.0", "operator", {"auto_tune_mode": "RL,GA"}),
        (NEW, False, {}),
    ],
)
def test_auto_tune(release: str, auto_tune: Any, expected: Dict[str, str]) -> None:
    recorder = Recorder(release)
    AscendOptions(auto_tune=auto_tune).apply(recorder)
    assert recorder.assigned() == expected


def test_auto_tune_that_an_old_adapter_cannot_do(tmp_path: Path) -> None:
    with pytest.raises(AscendError, match="`auto_tune.mode` is not known .* came with r1.9.0"):
        AscendOptions(auto_tune="subgraph").apply(Recorder("r1.8.0"))
    with pytest.raises(AscendError, match="`auto_tune.work_path` is not known"):
        AscendOptions(auto_tune=AutoTune(work_path=tmp_path)).apply(Recorder("r1.8.0"))


@pytest.mark.parametrize(
    ("release", "value", "sent"),
    [
        (NEW, "true", "true"),
        ("r3.2.0", "true", "True"),
        ("r3.2.0", "auto", "Auto"),
        ("r1.10.0", "true", True),
        ("r1.11.0", "false", False),
    ],
)
def test_jit_compile_in_every_spelling(release: str, value: str, sent: Any) -> None:
    recorder = Recorder(release)
    AscendOptions(jit_compile=value).apply(recorder)
    assert recorder.assigned() == {"jit_compile": sent}
    assert recorder.assigned()["jit_compile"] is sent or isinstance(sent, str)


def test_errors_name_our_option() -> None:
    for release, match in ((OLD, "'allow_mix_precision_bf16' not in optional list"), (NEW, None)):
        recorder = Recorder(release)
        options = AscendOptions(precision_mode="allow_mix_precision_bf16")
        if match is None:
            options.apply(recorder)
            continue
        with pytest.raises(AscendError, match=f"`precision_mode` was refused .*{match}") as caught:
            options.apply(recorder)
        assert "\n" not in str(caught.value)
        assert recorder.calls == []
    with pytest.raises(AscendError, match="`enable_exception_dump` was refused"):
        AscendOptions(enable_exception_dump=2).apply(Recorder(OLD))
    with pytest.raises(AscendError, match="`jit_compile` was refused"):
        AscendOptions(jit_compile="auto").apply(Recorder("r1.10.0"))


def test_type_errors_of_the_adapter_name_our_option() -> None:
    recorder = Recorder(NEW)
    recorder.config.__dict__["oo_level"].default = 3  # an adapter of another mind
    recorder.config.__dict__["oo_level"].optional = [0, 1, 2, 3]
    with pytest.raises(AscendError, match="`oo_level` was refused .*Expected int, got str"):
        AscendOptions(oo_level="O1").apply(recorder)


# === Opening ===


def test_order_of_calls(tmp_path: Path) -> None:
    recorder = Recorder()
    AscendOptions(deterministic=1, dump=Dump(tmp_path / "dumps")).apply(recorder)
    kinds = [call[0] for call in recorder.calls]
    assert kinds == ["set"] * 4 + ["open", "as_default"]
    (opened,) = recorder.of_kind("open")
    assert opened[0]["deterministic"] == "1" and opened[0]["enable_dump"] == "1"
    assert (tmp_path / "dumps").is_dir()


def test_opened_once() -> None:
    recorder = Recorder()
    first = AscendOptions(deterministic=1).apply(recorder)
    assert AscendOptions(deterministic=1).apply(recorder) is first
    assert len(recorder.of_kind("open")) == len(recorder.of_kind("as_default")) == 1
    with pytest.raises(AscendError, match="`deterministic` must be what it was when the NPU was"):
        AscendOptions().apply(recorder)


def test_record_is_json() -> None:
    device = AscendOptions(precision_mode_v2="mixed_float16", hccl=Hccl(True)).apply(Recorder())
    record = json.loads(json.dumps(device.record()))
    assert record["set"] == {"precision_mode_v2": "mixed_float16", "hcom_parallel": True}
    assert record["resolved"]["precision_mode_v2"] == "mixed_float16"
    assert record["resolved"]["graph_run_mode"] == "1"  # a default that was not set
    assert (record["workers"], record["worker"], record["cluster"]) == (1, 0, "one NPU")
    assert record["device"].endswith("NPU:0")


def test_device_that_does_not_open() -> None:
    recorder = Recorder()
    recorder.open_error = "no such device"
    with pytest.raises(
        AscendError, match="could not be opened: Failed open npu device 0 : no such"
    ):
        AscendOptions().apply(recorder)
    recorder.open_error = ""
    AscendOptions().apply(recorder)  # a later try may work
