"""Help, version, presets, new, download and demo."""

from __future__ import annotations

import subprocess
import sys

import pytest

from albert_zoo._version import __version__
from albert_zoo.cli import demo as demo_module
from albert_zoo.cli import main
from albert_zoo.cli.finetune_settings import FinetuneSettings
from albert_zoo.models import AlbertBackbone
from albert_zoo.text import AlbertTokenizer
from albert_zoo.zoo import read_preset

COMMANDS = ["demo", "finetune", "evaluate", "predict", "presets", "new", "prepare", "download"]
COMMANDS += ["run-classifier"]
COMMANDS += ["convert", "inspect"]

HELP = """
import sys
from albert_zoo.cli import main
try:
    main({arguments!r})
except SystemExit as stop:
    assert not stop.code, stop.code
slow = {{"tensorflow", "keras", "jax", "torch", "numpy", "matplotlib"}} & set(sys.modules)
assert not slow, slow
"""


@pytest.mark.parametrize(
    "arguments", [["--help"], ["finetune", "--help"], ["run-classifier", "--help"]]
)
def test_help_loads_nothing_slow(arguments):
    code = HELP.format(arguments=arguments)
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 0, result.stderr
    assert "Usage: albert-zoo" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run, command):
    assert f"{command} " in run(command, "--help").stdout
    assert command in run("--help").stdout


def test_as_a_module():
    result = subprocess.run(
        [sys.executable, "-m", "albert_zoo.cli", "--version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert result.stdout == f"albert-zoo {__version__}\n"


def test_a_whole_process_prints_our_lines_only(samples, cola_run):
    arguments = ["evaluate", "--preset", cola_run / "preset", "--data", samples / "CoLA"]
    result = subprocess.run(
        [sys.executable, "-m", "albert_zoo.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert result.stderr == ""
    assert result.stdout.splitlines()[0].split() == ["cola", "dev"]


def test_main_exits():
    with pytest.raises(SystemExit) as stop:
        main(["presets", "no_such_preset"])
    assert stop.value.code == 2


# === presets ===
def test_presets(run):
    shown = run("presets").stdout
    assert "albert_base_v2" in shown
    assert "11.7 million" in shown
    shown = run("presets", "albert_base_v2").stdout
    assert "hidden_dim: 768" in shown
    assert "nothing yet" in shown


def test_presets_shows_a_folder(run, cola_run):
    assert "cola" in run("presets", cola_run / "preset").stdout


def test_unknown_preset(fails):
    assert "Did you mean 'albert_base_v2'" in fails("presets", "albert_bas_v2")


# === new ===
def test_new_with_a_vocabulary(run, tiny_vocabulary, tmp_path):
    vocabulary = tmp_path / "tiny.model"
    vocabulary.write_bytes(tiny_vocabulary)
    shown = run(
        *("new", tmp_path / "small", "--vocabulary", vocabulary, "--num-layers", "2"),
        *("--hidden-dim", "16", "--num-heads", "2", "--max-sequence-length", "32"),
    ).stdout
    assert "2 layers, hidden 16, 2 heads" in shown
    backbone = AlbertBackbone.from_preset(tmp_path / "small")
    assert backbone.vocabulary_size == 100
    assert read_preset(tmp_path / "small").preprocessor_config == {"sequence_length": 32}


def test_new_trains_a_vocabulary_on_several_files(run, reviews, tmp_path):
    texts = tmp_path / "texts.txt"
    texts.write_text("the zoo is old\nthe mat is new\n" * 5, encoding="utf-8")
    run(
        *("new", tmp_path / "small", "--train-vocabulary-on", texts, reviews),
        *("--num-layers", "1", "--hidden-dim", "16"),
    )
    tokenizer = AlbertTokenizer(read_preset(tmp_path / "small").vocabulary)
    assert tokenizer.unk_id not in tokenizer.encode("Z f")  # of one file each
    assert tokenizer.unk_id in tokenizer.encode("x")


def test_new_refuses(fails, reviews, tmp_path):
    line = fails("new", tmp_path / "x")
    assert "Exactly one of `--vocabulary` and `--train-vocabulary-on`" in line
    args = ("--train-vocabulary-on", reviews)
    assert "`--vocabulary-size`" in fails("new", tmp_path / "x", *args, "--vocabulary-size", "9000")
    assert "no such file" in fails("new", tmp_path / "x", "--vocabulary", tmp_path / "none.model")
    assert "hidden_dim" in fails("new", tmp_path / "x", *args, "--num-heads", "7")
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "mine.txt").write_text("mine")
    assert "`FOLDER` must be new or empty" in fails("new", tmp_path / "x", *args)


# === download ===
@pytest.fixture
def downloads(monkeypatch):
    """Stands in for the network; returns what was asked for."""
    from albert_zoo.glue import download

    asked = []

    def fake(name, destination, **_):
        asked.append((name, str(destination)))
        return destination / name

    monkeypatch.setattr(download, "download_task", fake)
    return asked


def test_download(run, downloads, tmp_path):
    run("download", "glue", "SST-2", "--output", tmp_path)
    assert downloads == [("sst2", str(tmp_path))]
    run("download", "glue", "all")
    assert len(downloads) == 11


def test_download_of_an_unknown_task(fails, downloads):
    assert "Did you mean 'mrpc'" in fails("download", "glue", "mrcp")


# === demo ===
def test_demo(run, monkeypatch, tmp_path):
    monkeypatch.setattr(demo_module, "ROWS", {"train_rows": 400, "dev_rows": 20, "test_rows": 5})
    monkeypatch.setitem(demo_module.TRAINING, "epochs", 1)
    folder = tmp_path / "demo"
    shown = run("demo", "--output", folder).stdout
    for words in ("Matthews correlation", "training.png", "albert-zoo predict", "Next:"):
        assert words in shown
    assert "/.demo." not in shown  # the name it had while it was filled
    assert {"data", "preset", "metrics.json"} <= {p.name for p in folder.iterdir()}
    assert "/.demo." not in (folder / "config.json").read_text()
    run("demo", "--output", folder, "--overwrite")
    assert "`--overwrite`" in run("demo", "--output", folder, code=2).stderr


def test_settings_as_json():
    from pathlib import Path

    options = FinetuneSettings(output=Path("runs/x"), preset="p").as_json()
    assert (options["output"], options["seed"], options["task"]) == ("runs/x", 0, None)
