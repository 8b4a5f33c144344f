"""The README's commands run, and what it names is there."""

from __future__ import annotations

import configparser
import csv
import re
import shlex
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional

import pytest
import typer.main

import albert_zoo
from albert_zoo.cli import app, main
from albert_zoo.glue import TASKS
from albert_zoo.glue.samples import write_samples
from tests.keras_generations import keras_3_only

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
NOT_RUN = re.compile(r"<!-- not run in tests: (.+) -->")


class Block(NamedTuple):
    """A fenced block of code."""

    line: int  # of the fence
    language: str
    code: str
    reason: Optional[str]  # why it is not run


def _blocks() -> Iterator[Block]:
    lines = README.splitlines()
    start: Optional[int] = None
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            continue
        if start is None:
            start = number
            continue
        reason = NOT_RUN.fullmatch(lines[start - 1].strip())
        code = "\n".join(lines[start + 1 : number])
        language = lines[start][3:].strip()
        yield Block(start + 1, language, code, reason.group(1) if reason else None)
        start = None


BLOCKS = list(_blocks())


def _commands(block: Block) -> List[List[str]]:
    joined = block.code.replace("\\\n", " ")
    words = (shlex.split(line, comments=True) for line in joined.splitlines())
    return [command for command in words if command]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the reader has it: GLUE's files, and two tables."""
    write_samples(tmp_path / "glue", ["mrpc"], train_rows=64, dev_rows=16, test_rows=8)
    words = {1: ("broke", "bad", "sad"), 3: ("works", "is old", "is there"), 5: ("shines",)}
    subjects = ("The lamp", "My new hat", "This film", "The long road", "Her red house")
    rows = [
        (f"{subject} {word}, {end}", stars)
        for subject in subjects
        for stars, verbs in words.items()
        for word in verbs
        for end in ("I say.", "and it cost $9.50!")
    ]
    for name, part in (("reviews.csv", rows), ("more_reviews.csv", rows[::5])):
        with open(tmp_path / name, "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["review", "stars"])
            writer.writerows(part)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALBERT_ZOO_HOME", str(tmp_path / "home"))
    return tmp_path


def _run(command: List[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(command[1:])
    assert stop.value.code in (0, None), " ".join(command)


@pytest.mark.slow
@keras_3_only(".keras files")
def test_every_block_runs(workspace: Path, capsys: pytest.CaptureFixture) -> None:
    """From the first to the last: later blocks use what earlier ones made."""
    for block in BLOCKS:
        if block.reason is not None:
            continue
        where = f"README.md:{block.line}"
        print(f"\n{where}")  # the last one that a failure shows
        if block.language == "python":
            exec(compile(block.code, where, "exec"), {"__name__": "readme"})
        for command in _commands(block) if block.language == "bash" else ():
            if command[0] == "albert-zoo":
                _run(command)
    for path in (
        "runs/reviews/preset/task.json",
        "runs/reviews/metrics.json",
        "runs/reviews/config.json",
        "runs/reviews/training.png",
        "predictions.tsv",
        "runs/mrpc/submission/MRPC.tsv",
        "runs/mrpc/MRPC.tsv",
        "runs/reviews_task/task.weights.h5",
        "classifier.keras",
    ):
        assert (workspace / path).is_file(), path
    rows = (workspace / "predictions.tsv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + 14
    printed = capsys.readouterr().out
    assert "Prediction(label=" in printed
    assert "'f1': " in printed


# === Without running ===


def test_blocks_are_in_known_languages() -> None:
    assert len(BLOCKS) >= 6
    assert {block.language for block in BLOCKS} == {"bash", "python"}


def test_commands_are_known() -> None:
    """What the test above leaves out exists: targets of make, extras of pip, and commands."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    extras = set(settings["options.extras_require"])
    for command in (words for b in BLOCKS if b.language == "bash" for words in _commands(b)):
        if command[0] == "make":
            assert set(command[1:]) <= targets
        elif command[0] == "pip":
            assert command[1] == "install"
        else:
            assert command[0] == "albert-zoo", command
    for extra in re.findall(r"'\.\[([a-z,]+)\]'", README):
        assert set(extra.split(",")) <= extras
    assert {"demo", "test"} <= targets


def test_the_table_of_commands_is_whole() -> None:
    listed = re.findall(r"^\| `albert-zoo ([a-z-]+)", README, flags=re.MULTILINE)
    assert sorted(listed) == sorted(typer.main.get_command(app).commands)


def test_options_in_the_text_exist() -> None:
    commands = typer.main.get_command(app).commands.values()
    known = {
        name
        for command in commands
        for part in (command, *getattr(command, "commands", {}).values())
        for parameter in part.params
        for name in [*parameter.opts, *parameter.secondary_opts]
    }
    written = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", re.sub(r"<!--.*?-->", "", README)))
    assert written - known <= {"--help", "--debug", "--offline"}


def test_names_in_the_text_exist() -> None:
    for name in re.findall(r"albert_zoo\.([A-Za-z]\w*)", README):
        assert name in albert_zoo.__all__ or (ROOT / "albert_zoo" / name).is_dir(), name
    for path in re.findall(r"`((?:albert_zoo|examples|tests)/[\w/.]*)`", README):
        assert (ROOT / path).exists(), path
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).is_file(), target
    headings = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)
    anchors = {heading.lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors
    for preset in set(re.findall(r"albert_[a-z]+_v2", README)):
        assert preset in albert_zoo.list_presets(), preset
    for task in TASKS:
        assert re.search(rf"\b{task}\b", README), task
