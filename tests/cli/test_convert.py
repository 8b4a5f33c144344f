"""`albert-zoo convert` and `albert-zoo inspect`."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from albert_zoo.models import AlbertClassifier
from albert_zoo.zoo import read_preset, write_preset


@pytest.fixture
def with_heads(untrained, tmp_path):
    """A folder of ours with both pre-training heads."""
    from albert_zoo.checkpoints.weight_shapes import weight_shapes

    preset = read_preset(untrained)
    shapes = weight_shapes(preset.backbone_config, ["mlm", "sop"])
    preset.pretraining_arrays = {
        name: np.ones(shape, "float32")
        for name, shape in shapes.items()
        if name.startswith(("mlm/", "sop/"))
    }
    return write_preset(tmp_path / "with_heads", preset)


def test_there_and_back(run, untrained, tmp_path):
    source = untrained
    for number, to in enumerate(["tf1", "transformers", "keras-hub", "tf2", "albert-zoo"]):
        folder = tmp_path / str(number)
        shown = run("convert", source, folder, "--to", to).stdout
        assert "2 layers, hidden 16, 2 heads" in shown
        assert "100 pieces, not the published one" in shown
        assert f"{to}, " in shown
        for path in folder.iterdir():
            assert path.name in shown
        source = folder
    before, after = read_preset(untrained), read_preset(source)
    for name, array in (before.backbone_arrays or {}).items():
        np.testing.assert_array_equal((after.backbone_arrays or {})[name], array)


def test_a_fine_tuned_preset(run, cola_run, tmp_path):
    preset = cola_run / "preset"
    shown = run("convert", preset, tmp_path / "hf", "--to", "transformers").stdout
    assert "head (2 classes: 0, 1)" in shown
    assert "transformers.AutoModelForSequenceClassification.from_pretrained(" in shown
    assert "transformers.AutoTokenizer.from_pretrained(" in shown
    shown = run("convert", tmp_path / "hf", tmp_path / "back", "--to", "albert-zoo").stdout
    assert "albert-zoo predict --preset" in shown
    texts = ["the cat sat", "a mat is"]
    one, other = (AlbertClassifier.from_preset(p) for p in (preset, tmp_path / "back"))
    np.testing.assert_array_equal(one.predict(texts, verbose=0), other.predict(texts, verbose=0))
    said = run("predict", "--preset", tmp_path / "back", "--text", "the cat sat").stdout
    assert said == run("predict", "--preset", preset, "--text", "the cat sat").stdout


def test_heads_are_kept_or_dropped_by_option(run, fails, with_heads, tmp_path):
    args = ("convert", with_heads, tmp_path / "x", "--to", "keras-hub")
    line = fails(*args)
    assert "no place for these heads together: mlm (masked words), sop (order of" in line
    assert "Pass `--heads 'mlm'` or `--heads 'none'`" in line
    assert not (tmp_path / "x").exists()
    shown = run(*args, "--heads", "mlm").stdout
    assert "mlm (masked words); left out: sop" in shown
    assert "MaskedLM" in shown
    assert "`--overwrite`" in fails(*args, "--heads", "none")
    run(*args, "--heads", "none", "--overwrite")
    assert read_preset(tmp_path / "x").heads == ()


def test_convert_refuses(fails, untrained, tmp_path):
    args = ("convert", untrained, tmp_path / "x", "--to")
    assert "`--to` must be one of tf1" in fails(*args, "hf")
    assert "Did you mean 'keras-hub'" in fails(*args, "kerashub")
    assert "`--heads` must be of mlm, sop, head, or none" in fails(*args, "tf1", "--heads", "nsp")
    assert "nowhere" in fails("convert", tmp_path / "nowhere", tmp_path / "x", "--to", "tf1")
    assert "`DESTINATION` must not be, or hold, the source" in fails(
        "convert", untrained, untrained, "--to", "tf1", "--overwrite"
    )
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("dear")
    line = fails("convert", untrained, tmp_path / "letters", "--to", "tf1")
    assert "`DESTINATION` must be new or empty" in line
    assert [path.name for path in tmp_path.iterdir()] == ["letters"]


def test_a_configuration_from_elsewhere(run, fails, untrained, tmp_path):
    run("convert", untrained, tmp_path / "a", "--to", "tf1")
    (tmp_path / "a" / "albert_config.json").rename(tmp_path / "config.json")
    args = ("convert", tmp_path / "a", tmp_path / "b", "--to", "transformers")
    assert "must hold albert_config.json" in fails(*args)
    run(*args, "--config", tmp_path / "config.json")
    shown = run("inspect", tmp_path / "a", "--config", tmp_path / "config.json").stdout
    assert "2 layers, hidden 16, 2 heads" in shown


# === inspect ===


def test_inspect(run, with_heads):
    shown = run("inspect", with_heads).stdout
    for words in (
        "albert-zoo, ours",
        "2 layers, hidden 16, 2 heads",
        "mlm (masked words), sop (order of sentences)",
        "2 layers, 2 heads, gelu in its tanh form: no weight's shape can confirm it",
        "encoder/group_0/inner_0/query/kernel",
        "16 x 32",
        "pretraining.weights.h5",
        "sha256",
    ):
        assert words in shown
    assert "16 x 32" not in run("inspect", with_heads, "--no-tensors").stdout


def test_inspect_shows_the_names_in_the_file(run, untrained, tmp_path):
    run("convert", untrained, tmp_path / "hf", "--to", "transformers")
    shown = run("inspect", tmp_path / "hf" / "model.safetensors").stdout
    assert "encoder.albert_layer_groups.0.albert_layers.0.ffn.weight" in shown


def test_inspect_warns_of_xlarge(run):
    shown = run("inspect", "albert_xlarge_v2", "--no-tensors").stderr
    assert "32" in shown and "16" in shown
    assert "loads without an error" in shown


def test_inspect_says_each_thing_once(run, untrained, tmp_path):
    run("convert", untrained, tmp_path / "hf", "--to", "transformers")
    path = tmp_path / "hf" / "config.json"
    path.write_text(path.read_text().replace("gelu_new", "gelu"))
    shown = run("inspect", tmp_path / "hf", "--no-tensors")
    assert (shown.stdout + shown.stderr).count('hidden_act "gelu"') == 1


def test_a_damaged_file_is_one_line(fails, with_heads, tmp_path):
    for name in ("config.json", "model.weights.h5", "pretraining.weights.h5"):
        whole = (with_heads / name).read_bytes()
        (with_heads / name).write_bytes(whole[:100])
        for args in (["inspect"], ["convert", "--to", "transformers"]):
            folders = [with_heads] if args == ["inspect"] else [with_heads, tmp_path / "x"]
            line = fails(*args, *folders)
            assert f"{name}: not a" in line
            assert line.endswith("Restore the file.")
        (with_heads / name).write_bytes(whole)


def test_an_unknown_folder(fails, tmp_path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "albert"}))
    line = fails("inspect", tmp_path)
    assert "Found: config.json, pytorch_model.bin. Accepted: " in line


def test_a_whole_process_prints_our_lines_only(untrained, tmp_path):
    arguments = ["convert", untrained, tmp_path / "tf1", "--to", "tf1"]
    result = subprocess.run(
        [sys.executable, "-m", "albert_zoo.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert result.stderr == ""
    assert result.stdout.splitlines()[0].split()[0] == "from"
