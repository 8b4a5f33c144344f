"""The table of the adapter's options."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from albert_zoo import Dump, Hccl, OverflowDump
from albert_zoo.backends.ascend.option_table import DATA, adapter_options, paths_of, releases
from albert_zoo.backends.ascend.options import AscendOptions

OPTIONS = adapter_options()
TYPED = {field.name for field in fields(AscendOptions)} - {"loss_scale", "extra"}


def test_every_option_of_training_has_an_argument() -> None:
    set_by_us = {name.split(".")[0] for option in OPTIONS.values() for name in option.ours}
    assert set_by_us == TYPED


@pytest.mark.parametrize(
    ("group", "kind"), [("dump", Dump), ("overflow_dump", OverflowDump), ("hccl", Hccl)]
)
def test_every_argument_of_a_group_is_in_the_table(group: str, kind: Any) -> None:
    ours = {name for option in OPTIONS.values() for name in option.ours}
    names = {name.split(".")[1] for name in ours if name.startswith(group + ".")}
    assert names == {field.name for field in fields(kind)}


@pytest.mark.parametrize("path", OPTIONS)
def test_row(path: str) -> None:
    option = OPTIONS[path]
    assert option.type in ("bool", "int", "str", "file", "folder")
    assert option.meaning.endswith(".") and not option.meaning.endswith("..")
    order = list(releases())
    starts = [order.index(entry["from"]) for entry in option.timeline]
    assert starts == sorted(set(starts))
    for entry in option.timeline:
        allowed = entry.get("allowed")
        if allowed is not None and entry["default"] is not None:
            assert entry["default"] in allowed
    if option.removed is not None:
        assert option.replacement in [*OPTIONS, *TYPED]


def test_releases_differ_where_the_adapters_do() -> None:
    assert OPTIONS["auto_tune_mode"].at("r1.10.0") is not None
    assert OPTIONS["auto_tune_mode"].at("r1.11.0") is None
    assert OPTIONS["auto_tune_mode"].removed == "r1.11.0"
    assert OPTIONS["deterministic"].at("r1.9.0") is None
    jit = OPTIONS["jit_compile"]
    assert (jit.at("r1.11.0") or {})["allowed"] == [True, False]
    assert jit.at("r1.12.0") is None
    assert (jit.at("r3.2.0") or {})["allowed"] == ["True", "False", "Auto"]
    assert (jit.at("r1.13.0") or {})["allowed"] == ["true", "false", "auto"]
    assert paths_of("auto_tune") == ["aoe_config.aoe_mode"]


def test_the_table_is_that_of_the_facts(shared: Path) -> None:
    facts = json.loads((shared / "facts" / "npu_options.json").read_text(encoding="utf-8"))
    assert [fact["path"] for fact in facts] == list(OPTIONS)
    for fact in facts:
        option = OPTIONS[fact["path"]]
        assert option.since == fact["since"].split()[0].replace("hicann-", "")
        assert (option.removed is not None) == ("removed" in fact)
        assert bool(option.ours) == (fact["albert"] != "no"), fact["path"]
        if option.removed is None:
            now = option.at("master")
            assert now is not None
            assert (now["default"], now.get("allowed")) == (fact["default"], fact["allowed"])
            assert now.get("deprecated", False) == fact["deprecated"]


def test_files_and_reasons_lie_beside_it() -> None:
    names = {path.name for path in DATA.iterdir()}
    assert names == {
        "README.md",
        "fusion_switch.json",
        "mixlist.json",
        "option_table.json",
        "reasons.json",
    }
