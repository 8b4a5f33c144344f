"""The tables that `albert-zoo validate` prints."""

from __future__ import annotations

from typing import Any, Dict, List

from rich.console import Console
from rich.table import Table
from rich.text import Text

from albert_zoo.cli.console import say
from albert_zoo.cli.report import number_of

_TITLES = {
    "empty_texts": "empty texts",
    "duplicate_rows": "duplicate rows",
    "contradicting_rows": "... with another label",
    "duplicate_ids": "duplicate ids",
    "shared_with_train": "rows shared with train",
    "unknown_pieces": "unknown pieces",
}
_MOST_CLASSES = 12


def print_validation(console: Console, found: Any) -> None:
    """Prints facts and problems.

    Args:
        console: `rich.console.Console`.
        found: `Validation`.
    """
    if found.sets:
        console.print(_facts(found.sets))
        console.print()
    for problem in found.problems:
        style = "bold red" if problem.level == "error" else "yellow"
        console.print(
            Text(f"{problem.level}: ", style=style).append(
                Text(f"{problem.where}: {problem.message}", style="default")
            ),
            soft_wrap=True,
        )
    errors, warnings = found.count("error"), found.count("warning")
    counts = f"{number_of(errors, 'error')}, {number_of(warnings, 'warning')}"
    if errors:
        say("not usable", f"{counts}. Mend the errors before you train.", "bold red", stderr=False)
    else:
        say("usable", f"{counts}.", "bold green" if not warnings else "yellow", stderr=False)


def _facts(sets: Dict[str, Dict[str, Any]]) -> Table:
    """One column a set, one line a fact."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold")
    table.add_column("", style="bold cyan", no_wrap=True)
    for name in sets:
        table.add_column(name, justify="right", overflow="fold")
    columns = [_lines(one) for one in sets.values()]
    titles: List[str] = []
    for column in columns:
        titles += [title for title in column if title not in titles]
    for title in titles:
        table.add_row(title, *(column.get(title, "-") for column in columns))
    return table


def _lines(one: Dict[str, Any]) -> Dict[str, str]:
    lines = {"rows": f"{one['rows']:,}"}
    for name, value in one["facts"].items():
        if name == "classes":
            shown = list(value.items())[:_MOST_CLASSES]
            for label, count in shown:
                lines[f"label {label}"] = f"{count:,} ({count / max(1, one['rows']):.0%})"
            if len(value) > _MOST_CLASSES:
                lines["further labels"] = str(len(value) - _MOST_CLASSES)
        elif name == "scores":
            lines.update({f"{part} score": f"{number:g}" for part, number in value.items()})
        elif name == "tokens":
            lines.update({f"tokens, {part}": f"{number:g}" for part, number in value.items()})
        elif name == "truncated":
            lines["rows that will be cut"] = f"{value['rows']:,} ({value['share']:.1%})"
        elif name == "unknown_pieces":
            lines[_TITLES[name]] = f"{value:.2%}"
        else:
            lines[_TITLES.get(name, name)] = f"{value:,}"
    return lines
