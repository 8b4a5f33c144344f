"""Every example is short, uses public names only, and runs on generated data."""

from __future__ import annotations

import ast
import importlib
import re
import runpy
import sys
from pathlib import Path
from typing import List

import pytest

from albert_zoo.glue import TASKS, get_task, recipe_for, submission_name
from albert_zoo.glue.samples import write_samples

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SCRIPTS = sorted(path.name for path in EXAMPLES.glob("*.py"))
WITH_TRAINING = [name for name in TASKS if name != "ax"]


@pytest.fixture(scope="module")
def glue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few rows of every task."""
    folder = tmp_path_factory.mktemp("examples") / "glue"
    write_samples(folder, train_rows=12, dev_rows=8, test_rows=4)
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    """Returns a function that runs an example as from a shell and gives the lines it prints."""

    def run_example(name: str, *arguments: str) -> List[str]:
        monkeypatch.chdir(tmp_path)
        common = ["--preset", "albert_tiny_en", "--epochs", "1", "--output", "out"]
        monkeypatch.setattr(sys, "argv", [name, *common, *arguments])
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        return capsys.readouterr().out.splitlines()

    return run_example


# === They run ===


@pytest.mark.parametrize("name", WITH_TRAINING)
def test_task_runs(name: str, glue: Path, run, tmp_path: Path) -> None:
    task = get_task(name)
    lines = run(name, "--data", str(glue))
    scores = ast.literal_eval(next(line for line in lines if line.startswith("{")))
    assert set(task.metrics) <= set(scores)
    assert ("mismatched_accuracy" in scores) == (name == "mnli")
    tests = [split for split in task.split_files if split.startswith("test")]
    files = [tmp_path / "out" / submission_name(name, split) for split in tests]
    assert lines[-1 - len(files) :] == ["out/preset", *(f"out/{file.name}" for file in files)]
    for file in files:
        assert file.read_text(encoding="utf-8").startswith("index\tprediction\n0\t")
    assert (tmp_path / "out" / "preset" / "task.json").is_file()


def test_a_task_without_a_test_file_runs(glue: Path, run, tmp_path: Path) -> None:
    folder = tmp_path / "RTE"
    folder.mkdir()
    for name in ("train.tsv", "dev.tsv"):
        (folder / name).write_bytes((glue / "RTE" / name).read_bytes())
    assert run("rte", "--data", str(folder))[-1] == "out/preset"


def test_ax_runs(glue: Path, run, tmp_path: Path) -> None:
    lines = run("ax", "--data", str(glue))
    assert lines[-2:] == ["out/preset", "out/AX.tsv"]
    rows = (tmp_path / "out" / "AX.tsv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 4
    assert rows[1].split("\t")[1] in get_task("mnli").labels


def test_user_data_runs(run, tmp_path: Path) -> None:
    rows = [f'"the {animal} is {word}, I say",{stars}' for animal in ("cat", "dog", "house")
            for word, stars in (("good", 5), ("bad", 1), ("old", 3))]  # fmt: skip
    (tmp_path / "reviews.csv").write_text("\n".join(["review,stars", *rows]), encoding="utf-8")
    lines = run("user_data", "--data", "reviews.csv")
    assert lines[-2] == "out"
    assert re.fullmatch(r"[135] with probability [01]\.\d\d", lines[-1])


def test_plain_fit_runs(run, tmp_path: Path) -> None:
    lines = run("plain_fit")
    assert re.fullmatch(r"\[\[.*\n \[.*\]\]", "\n".join(lines[-2:]))
    assert (tmp_path / "out" / "task.weights.h5").is_file()


# === They read well ===


def test_every_task_has_an_example() -> None:
    assert sorted(f"{name}.py" for name in [*TASKS, "user_data", "plain_fit"]) == SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS)
def test_is_under_40_lines(script: str) -> None:
    assert len((EXAMPLES / script).read_text(encoding="utf-8").splitlines()) < 40


@pytest.mark.parametrize("script", SCRIPTS)
def test_docstring_shows_the_command(script: str) -> None:
    docstring = ast.get_docstring(ast.parse((EXAMPLES / script).read_text(encoding="utf-8")))
    assert f"\n    python examples/{script} --" in str(docstring)


@pytest.mark.parametrize("name", WITH_TRAINING)
def test_docstring_names_the_recipe(name: str) -> None:
    text = " ".join((EXAMPLES / f"{name}.py").read_text(encoding="utf-8").split())
    recipe = recipe_for(name, "base")
    rate, batch = re.search(r"learning rate (\S+), batches of (\d+)", text).groups()
    assert (float(rate), int(batch)) == (recipe.learning_rate, recipe.batch_size)
    assert f"{recipe.epochs} epochs" in text
    assert (f"{recipe.sequence_length} tokens" in text) == (recipe.sequence_length != 128)


@pytest.mark.skipif(sys.version_info < (3, 10), reason="needs `sys.stdlib_module_names`")
@pytest.mark.parametrize("script", SCRIPTS)
def test_uses_public_names_only(script: str) -> None:
    tree = ast.parse((EXAMPLES / script).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in (alias.name for alias in node.names):
                allowed = name in ("albert_zoo", "keras", "numpy")
                assert allowed or name in sys.stdlib_module_names, name
        elif isinstance(node, ast.ImportFrom):
            module = str(node.module)
            if module.split(".")[0] in sys.stdlib_module_names:
                continue
            assert module.startswith("albert_zoo"), module
            public = importlib.import_module(module).__all__
            assert {alias.name for alias in node.names} <= set(public), module
        elif isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_"), node.attr
            if isinstance(node.value, ast.Name) and node.value.id == "albert_zoo":
                assert node.attr in importlib.import_module("albert_zoo").__all__
