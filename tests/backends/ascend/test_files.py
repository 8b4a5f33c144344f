"""Files and folders that options name: mixlists, fusion switches, and the rest."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict

import pytest

from albert_zoo import AscendOptions, AutoTune, Dump, OverflowDump, Profiling
from albert_zoo.backends.ascend import fusion_switch, mixlist
from albert_zoo.backends.ascend.fusion_switch import LINES, read_fusion_switch
from albert_zoo.backends.ascend.mixlist import read_mixlist
from albert_zoo.backends.ascend.option_table import DATA
from albert_zoo.errors import AscendError

# What Huawei's ALBERT keeps in float32 (Ascend/ModelZoo-TensorFlow, configs/ops_info.json).
TYPES = """
Add AddN ApplyAdamD ArgMaxD ConfusionSoftmaxGrad ConfusionTransposeD DivNoNan Equal Gather L2Loss
LabelGotoEx LabelSet LabelSwitchByIndex LayerNorm LayerNormBetaGammaBackpropV2 LayerNormXBackpropV2
Less LogSoftmaxGrad LogSoftmaxV2 Minimum Mul Muls Neg Pack Pow RealDiv Recv ReduceMeanD ReduceSumD
ScatterAdd SoftmaxV2 Square StridedSliceD StridedSliceGrad TanhGrad UnsortedSegmentSum
"""
BLACK_LIST = TYPES.split()

# === Ours ===


def test_our_mixlist_is_the_ports() -> None:
    assert read_mixlist(mixlist.OURS) == {"black-list": {"to-add": BLACK_LIST}}


def test_every_rule_of_ours_has_a_reason() -> None:
    reasons: Dict[str, Dict[str, str]] = json.loads((DATA / "reasons.json").read_text("utf-8"))
    rules = read_fusion_switch(fusion_switch.OURS)
    assert list(rules) == ["GraphFusion"] and set(rules["GraphFusion"].values()) == {"off"}
    assert list(reasons["mixlist"]) == BLACK_LIST
    assert list(reasons["fusion_switch"]) == list(rules["GraphFusion"])
    for why in [*reasons["mixlist"].values(), *reasons["fusion_switch"].values()]:
        assert len(why.split()) >= 6 and why.endswith(".")
    everything = [*reasons["mixlist"].values(), *reasons["fusion_switch"].values()]
    assert len(set(everything)) == len(everything)


# === Mixlists ===


def _write(path: Path, content: Any) -> Path:
    text = content if isinstance(content, str) else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", r"list.json:1: `mixlist` must be a JSON file without comments"),
        ('{\n "black-list": { // no\n}}', r"list.json:2: `mixlist` must be a JSON file"),
        ([], "must hold a JSON object. Received: list"),
        ({}, "must name an operator type. Received: none"),
        ({"black-list": {"to-add": []}}, "must name an operator type"),
        ({"blacklist": {}}, "Received: 'blacklist'. Did you mean 'black-list'"),
        ({"black-list": ["Mul"]}, "must hold an object under 'black-list'"),
        ({"black-list": {"add": ["Mul"]}}, "must hold 'to-add' and 'to-remove' alone"),
        ({"black-list": {"to-add": "Mul"}}, "must hold a list of operator types"),
        ({"black-list": {"to-add": ["Mul", 1]}}, "must hold a list of operator types"),
        ({"black-list": {"to-add": ["Mul", "Mul"]}}, "each operator type once .* 'Mul' twice"),
        ({"black-list": {"to-add": ["Mul"]}, "white-list": {"to-add": ["Mul"]}}, "both lists"),
        ({"white-list": {"to-add": ["Mul"], "to-remove": ["Mul"]}}, "from the white list"),
        ('{"black-list": {}, "black-list": {}}', "each name once. Received: 'black-list' twice"),
    ],
)
def test_mixlist_refused(tmp_path: Path, content: Any, message: str) -> None:
    options = AscendOptions(
        precision_mode_v2="mixed_float16", mixlist=_write(tmp_path / "list.json", content)
    )
    with pytest.raises(AscendError, match=message) as caught:
        options.check_files()
    assert "\n" not in str(caught.value)


def test_mixlist_with_everything(tmp_path: Path) -> None:
    content = {
        "black-list": {"to-remove": ["Xlog1py"], "to-add": ["MatMul", "Cast"]},
        "white-list": {"to-remove": ["Conv2D"], "to-add": ["Bias"]},
    }
    assert read_mixlist(_write(tmp_path / "ops_info.json", content)) == content


# === Fusion switches ===


def test_fusion_switch_forms(tmp_path: Path) -> None:
    sections = {"GraphFusion": {"ALL": "off", "SoftmaxFusionPass": "on"}, "UBFusion": {"A": "on"}}
    path = _write(tmp_path / "fusion_switch.cfg", {"Switch": sections})
    assert read_fusion_switch(path) == sections
    path = _write(path, "SoftmaxFusionPass:off\n\n DreluFusionPass : on \n")
    assert read_fusion_switch(path) == {
        LINES: {"SoftmaxFusionPass": "off", "DreluFusionPass": "on"}
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"Switch": ', "f.cfg:1: `fusion_switch` must be a JSON file"),
        ({"GraphFusion": {}}, r"must hold {\"Switch\": .* Received: 'GraphFusion'"),
        ({"Switch": []}, 'must hold {"Switch"'),
        ({"Switch": {}, "More": 1}, 'must hold {"Switch"'),
        ({"Switch": {"Graphfusion": {"A": "off"}}}, "Did you mean 'GraphFusion'"),
        ({"Switch": {"GraphFusion": ["A"]}}, "must hold the objects"),
        ({"Switch": {"GraphFusion": {"A": False}}}, "'on' or 'off'. Received: 'A': False"),
        ({"Switch": {"GraphFusion": {"A b": "off"}}}, "letters, digits and '_'"),
        ({"Switch": {"GraphFusion": {}}}, "must name a fusion rule"),
        ("", "must name a fusion rule"),
        ("A:off\nB\n", "f.cfg:2: .* lines of the form Rule:off. Received: 'B'"),
        ("A:off\nB:maybe\n", "f.cfg:2: .* 'on' or 'off'"),
        ("A:off\nA:on\n", "f.cfg:2: .* Received: 'A' again"),
    ],
)
def test_fusion_switch_refused(tmp_path: Path, content: Any, message: str) -> None:
    options = AscendOptions(fusion_switch=_write(tmp_path / "f.cfg", content))
    with pytest.raises(AscendError, match=message) as caught:
        options.check_files()
    assert "\n" not in str(caught.value)


def test_fusion_switch_name(tmp_path: Path) -> None:
    path = _write(tmp_path / "fusion switch.cfg", "A:off")
    with pytest.raises(AscendError, match="letters, digits, '_', '-' and '.' alone.*Rename"):
        AscendOptions(fusion_switch=path).check_files()


# === The rest ===


def test_missing_folders_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(AscendError, match="`op_debug_config` must name a file. .*does not exist"):
        AscendOptions(op_debug_config=tmp_path / "no.cfg").check_files()
    with pytest.raises(AscendError, match="`customize_dtypes` must name a file. .*is a folder"):
        AscendOptions(customize_dtypes=tmp_path).check_files()
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(AscendError, match="`customize_dtypes` must name a text file"):
        AscendOptions(customize_dtypes=tmp_path / "binary").check_files()
    with pytest.raises(AscendError, match="`experimental.resource_config_path` must name a file"):
        AscendOptions(extra={"experimental.resource_config_path": "no"}).check_files()


def test_config_of_the_tuner(tmp_path: Path) -> None:
    path = _write(tmp_path / "aoe.json", {"tune_ops_type": ["MatMulV2"]})
    AscendOptions(auto_tune=AutoTune("operator", config_file=path)).check_files()
    with pytest.raises(AscendError, match="`auto_tune.config_file` must be a JSON file"):
        AscendOptions(auto_tune=AutoTune(config_file=_write(path, "{]"))).check_files()


def test_precision_by_operator(tmp_path: Path) -> None:
    path = _write(tmp_path / "op.ini", "[ByOpType]\nSoftmaxV2=high_precision\n")
    AscendOptions(op_precision_mode=path).check_files()
    with pytest.raises(AscendError, match=r"sections \[ByOpType\].* Received: ByType"):
        AscendOptions(op_precision_mode=_write(path, "[ByType]\na=b\n")).check_files()
    with pytest.raises(AscendError, match="must name an .ini file") as caught:
        AscendOptions(op_precision_mode=_write(path, "SoftmaxV2=high_precision\n")).check_files()
    assert "\n" not in str(caught.value)


def test_folders_are_made(tmp_path: Path) -> None:
    options = AscendOptions(
        dump=Dump(tmp_path / "a" / "dumps"),
        profiling=Profiling(tmp_path / "b"),
        debug_dir=tmp_path / "c",
        op_compiler_cache_dir=tmp_path / "d",
        graph_compiler_cache_dir=tmp_path / "e",
        auto_tune=AutoTune(work_path=tmp_path / "f"),
    )
    options.check_files()
    assert list(tmp_path.iterdir()) == []
    options.check_files(make_folders=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == list("abcdef")
    assert (tmp_path / "a" / "dumps").is_dir()


@pytest.mark.parametrize("make", [False, True])
def test_folder_that_is_a_file(tmp_path: Path, make: bool) -> None:
    _write(tmp_path / "file", "x")
    with pytest.raises(AscendError, match="`overflow_dump.path` must be a folder that can be wri"):
        AscendOptions(overflow_dump=OverflowDump(tmp_path / "file" / "x")).check_files(make)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(AscendError, match="cannot be written to"):
        AscendOptions(profiling=Profiling(tmp_path / "x")).check_files()
