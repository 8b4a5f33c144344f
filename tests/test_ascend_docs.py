"""docs/ascend.md and its translation: what they name exists, and both name the same."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import List, Set

import pytest
import typer

from albert_zoo.backends import AscendOptions
from albert_zoo.backends.ascend.option_table import adapter_options
from albert_zoo.cli import app

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGES = ("ascend.md", "ascend.zh.md")


def read(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def rows(page: str, columns: int) -> List[List[str]]:
    """Cells of the table with so many columns, without its head."""
    lines = [line.strip("|").split("|") for line in read(page).splitlines() if line[:1] == "|"]
    return [cells for cells in lines if len(cells) == columns][2:]


def names(cell: str) -> Set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def options_of(command: str) -> Set[str]:
    parameters = typer.main.get_command(app).commands[command].params
    return {name for parameter in parameters for name in parameter.opts}


@pytest.mark.parametrize("page", PAGES)
def test_the_table_names_what_exists(page: str) -> None:
    table = rows(page, columns=4)
    assert len(table) == 12
    flags, options, arguments, adapters = (
        set().union(*(names(row[column]) for row in table)) for column in range(4)
    )
    assert flags <= options_of("run-classifier")
    assert options <= options_of("finetune")
    assert arguments <= {field.name for field in dataclasses.fields(AscendOptions)}
    assert adapters - {"NpuLossScaleOptimizer"} <= set(adapter_options())


def test_every_option_of_the_panel_is_in_the_table() -> None:
    from albert_zoo.cli.ascend_options import NAMES

    shown = set().union(*(names(row[1]) for row in rows("ascend.md", columns=4)))
    # `--deterministic` counts on every device, and an NPU takes it as an option of its own.
    assert shown == {f"--{name.replace('_', '-')}" for name in NAMES} | {"--deterministic"}


def test_the_translation_says_the_same() -> None:
    english, chinese = map(read, PAGES)
    assert "](ascend.zh.md)" in english
    assert "](ascend.md)" in chinese
    for columns in (2, 4):
        tables = [[list(map(names, row)) for row in rows(page, columns)] for page in PAGES]
        if columns == 4:
            assert tables[0] == tables[1]
        assert len(tables[0]) == len(tables[1])
    for text in (english, chinese):
        steps = re.findall(r"^(\d+)\. ", text, flags=re.MULTILINE)
        assert steps == [str(number) for number in range(1, 11)]
    assert english.count("\n## ") == chinese.count("\n## ")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#h][^)]*)\)", read(page)):
        assert (DOCS / target).exists(), target
