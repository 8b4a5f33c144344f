"""The public names: `albert_zoo.<name>`, and what each room offers."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path
from typing import List, Tuple

import pytest

import albert_zoo

PACKAGE = Path(albert_zoo.__file__).parent
ROOMS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _re_exports(body: List[ast.stmt]) -> List[Tuple[str, str]]:
    """`(module, name)` of every `from module import name as name`."""
    return [
        (str(node.module), alias.name)
        for node in body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    ]


@pytest.mark.parametrize("name", albert_zoo.__all__)
def test_name_resolves_and_is_documented(name: str) -> None:
    value = getattr(albert_zoo, name)
    if name == "__version__":
        assert isinstance(value, str)
    else:
        assert value.__name__ == name
        assert inspect.getdoc(value)


def test_the_three_lists_agree() -> None:
    """Type checkers read the block under TYPE_CHECKING, Python the table, readers `__all__`."""
    body = _tree(PACKAGE / "__init__.py").body
    (block,) = (n for n in body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")
    for_types = [(module.split(".")[1], name) for module, name in _re_exports(block.body)]
    at_run_time = [(room, name) for room, names in albert_zoo._ROOMS.items() for name in names]
    assert sorted(for_types) == sorted(at_run_time)
    assert sorted([*(name for _, name in for_types), "__version__"]) == albert_zoo.__all__
    assert len(set(albert_zoo.__all__)) == len(albert_zoo.__all__)


def test_dir_shows_every_name() -> None:
    assert set(albert_zoo.__all__) <= set(dir(albert_zoo))


def test_unknown_name() -> None:
    with pytest.raises(AttributeError, match="module 'albert_zoo' has no attribute 'Albert'"):
        _ = albert_zoo.Albert


@pytest.mark.parametrize("room", [room for room in ROOMS if room != "cli"])
def test_room_lists_what_it_re_exports(room: str) -> None:
    body = _tree(PACKAGE / room / "__init__.py").body
    module = importlib.import_module(f"albert_zoo.{room}")
    assert sorted(name for _, name in _re_exports(body)) == sorted(module.__all__)
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert not name.startswith("_")


def test_public_names_come_from_the_lists_of_their_rooms() -> None:
    for room, names in albert_zoo._ROOMS.items():
        assert set(names) <= set(importlib.import_module(f"albert_zoo.{room}").__all__), room
