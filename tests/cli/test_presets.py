"""`albert-zoo presets`, `albert-zoo download preset` and `--offline`."""

from __future__ import annotations

import os

import pytest

from albert_zoo import list_presets
from albert_zoo.zoo.hubs.hub_snapshot import _commit_of
from tests.fake_hub import FakeHub
from tests.packed import files_below

ADDRESS = "hf://zoo/untrained"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    monkeypatch.setenv("ALBERT_ZOO_HOME", str(folder))
    _commit_of.cache_clear()
    return folder


@pytest.fixture
def hub(untrained, monkeypatch):
    with FakeHub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.endpoint)
        running.push("zoo/untrained", files_below(untrained))
        yield running


# === The table ===


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_fits(run, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = run("presets").stdout.splitlines()
    assert max(map(len, lines)) <= columns
    rows = {line.split()[0]: line for line in lines if line.startswith("albert_")}
    assert list(rows) == list(list_presets())
    row = rows["albert_xlarge_v2"].split()
    assert row[1:7] == ["24", "2048", "32", "58.7", "million", "236"]
    assert "on first use" in rows["albert_xlarge_v2"]
    assert ("trained longer" in rows["albert_xlarge_v2"]) == (columns == 120)


def test_weights_that_are_here(run, untrained, home):
    folder = home / "presets" / "albert_base_v2"
    for name, content in files_below(untrained).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    rows = run("presets").stdout.splitlines()
    (row,) = [row for row in rows if row.startswith("albert_base_v2")]
    assert " here" in row
    shown = run("presets", "albert_base_v2").stdout
    assert str(folder) in shown.replace("\n" + " " * 16, "")


# === One preset ===


def test_all_that_is_known(run):
    shown = run("presets", "albert_base_v1").stdout
    for words in (
        "fetched on first use",
        "Apache-2.0",
        "https://arxiv.org/abs/1909.11942",
        "dev: average 80.1, SQuAD 1.1 89.3/82.3 F1/EM",
        "source:",
        "computes the tanh form",
        "dropout: 0.1",
        "1. Hugging Face (transformers, 47 MB)",
        "2. Google (tf1)",
    ):
        assert words in " ".join(shown.split()) or words in shown
    for preset in ("albert/albert-base-v1/resolve/", "albert_models/albert_base_v1.tar.gz"):
        assert preset in shown  # an address stays in one piece


def test_why_xlarge_has_its_number_of_heads(run):
    shown = " ".join(run("presets", "albert_xlarge_v2").stdout.split())
    assert "num_heads: 32" in shown
    assert "The number changes no weight's shape" in shown
    assert shown.index("1. Google (tf1)") < shown.index("2. Hugging Face")


def test_an_alias(run):
    shown = run("presets", "albert_large_en_uncased").stdout
    assert "also called" in shown
    assert "albert_large_v2" in shown


def test_a_folder_has_no_mirrors(run, untrained):
    shown = run("presets", untrained).stdout
    assert "nothing yet" in shown
    assert "fetched from" not in shown


def test_an_address(run, hub):
    shown = run("presets", ADDRESS).stdout
    assert "hidden_dim: 16" in shown
    assert hub.asked_for(".h5") == 0


def test_close_names_of_an_unknown_one(fails):
    assert "Did you mean 'albert_xlarge_v2'" in fails("presets", "albert_xlarg_v2")


# === download preset ===


def test_weights_ahead_of_time(run, fails, hub, untrained, home):
    assert "`albert-zoo download preset hf://zoo/untrained`" in fails(
        *("download", "preset", ADDRESS, "--offline")
    )
    shown = run("download", "preset", ADDRESS).stdout
    assert shown.startswith("ready: ")
    _commit_of.cache_clear()
    asked = len(hub.requests)
    again = run("download", "preset", ADDRESS, "--offline")
    assert again.stdout == shown
    assert len(hub.requests) == asked


def test_a_named_preset_that_cannot_be_fetched(fails):
    line = fails("download", "preset", "albert_base_v2", "--offline")
    assert "are not on this machine" in line
    assert "`albert-zoo download preset albert_base_v2` fetches them ahead of time" in line
    assert "By hand: get " in line


# === --offline ===


@pytest.mark.parametrize("before", [True, False])
def test_offline_at_any_place(fails, hub, before):
    args = ["--offline", "presets", ADDRESS] if before else ["presets", ADDRESS, "--offline"]
    assert "was not fetched before" in fails(*args)
    assert hub.requests == []
    assert "ALBERT_ZOO_OFFLINE" not in os.environ


def test_offline_is_in_the_help(run):
    assert "--offline" in run("--help").stdout
