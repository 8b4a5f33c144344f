"""The tables that `albert-zoo finetune` prints before and after a run."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from albert_zoo.cli.console import facts


def print_plan(console: Console, plan: Dict[str, str]) -> None:
    """Prints what will be done, one line a topic."""
    table = facts()
    for name, value in plan.items():
        table.add_row(name, Text(value))
    console.print(table)
    console.print()


def geometry(backbone: Any, parameters: int) -> str:
    """Words the size of a model."""
    return (
        f"{backbone.num_layers} layers, hidden {backbone.hidden_dim}, "
        f"{backbone.num_heads} heads, {in_millions(parameters)} parameters"
    )


def in_millions(count: Optional[int]) -> str:
    """Words a large number.

    Example:

    >>> in_millions(11683584), in_millions(57984), in_millions(None)
    ('11.7 million', '57,984', '-')
    """
    if count is None:
        return "-"
    return f"{count / 1e6:.1f} million" if count >= 1e6 else f"{count:,}"


def number_of(count: int, one: str, many: str = "") -> str:
    """Words a count.

    Example:

    >>> number_of(1, "row"), number_of(3668, "row")
    ('1 row', '3,668 rows')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def print_epochs(
    console: Console, epochs: Sequence[Dict[str, Any]], kept: int, why: str
) -> None:
    """Prints the scores of every epoch, the one whose weights were kept marked."""
    names = list(epochs[-1]["scores"])
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold cyan")
    for name in ["epoch", "training loss", *(_heading(name) for name in names)]:
        table.add_column(name, justify="right")
    table.add_column("")
    for epoch in epochs:
        chosen = epoch["epoch"] == kept
        cells = [str(epoch["epoch"]), f"{epoch['loss']:.4f}"]
        cells += [f"{epoch['scores'][name]:.4f}" for name in names]
        table.add_row(*cells, why if chosen else "", style="bold green" if chosen else "")
    console.print()
    console.print(table)
    console.print()


def print_files(console: Console, folder: Any, files: Dict[str, str]) -> None:
    """Prints where everything lies."""
    console.print(Text(f"{folder}/", style="bold"))
    table = facts()
    for name, meaning in files.items():
        table.add_row("  " + name, Text(meaning))
    console.print(table)


def print_next(console: Console, commands: Sequence[str]) -> None:
    """Prints commands to try."""
    console.print()
    console.print(Text("Next:", style="bold"))
    for command in commands:
        console.print(Text("  " + command, style="green"), soft_wrap=True)


def _heading(name: str) -> str:
    return "dev loss" if name == "loss" else name.replace("_", " ").replace("loss", "dev loss")
