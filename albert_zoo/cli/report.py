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
        f"{number_of(backbone.num_layers, 'layer')}, hidden {backbone.hidden_dim}, "
        f"{number_of(backbone.num_heads, 'head')}, {in_millions(parameters)} parameters"
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


def in_megabytes(count: Optional[int]) -> str:
    """Words a number of bytes.

    Example:

    >>> in_megabytes(893000710), in_megabytes(47400684), in_megabytes(2400), in_megabytes(None)
    ('893 MB', '47 MB', '2 kB', '-')
    """
    if count is None:
        return "-"
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"


def duration(seconds: float) -> str:
    """Words a length of time.

    Example:

    >>> duration(3.25), duration(64), duration(7384)
    ('3.2 s', '1 min 4 s', '2 h 3 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def number_of(count: int, one: str, many: str = "") -> str:
    """Words a count.

    Example:

    >>> number_of(1, "row"), number_of(3668, "row")
    ('1 row', '3,668 rows')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def print_epochs(console: Console, epochs: Sequence[Dict[str, Any]], kept: int, mark: str) -> None:
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
        table.add_row(*cells, mark if chosen else "", style="bold green" if chosen else "")
    console.print()
    console.print(table)
    console.print()


def print_results(
    console: Console, folder: Any, metrics: Dict[str, Any], dev_sets: Sequence[str]
) -> None:
    """Prints the scores of every epoch, and where everything lies.

    Args:
        console: `rich.console.Console`.
        folder: path of the run's folder.
        metrics: what `metrics.json` holds.
        dev_sets: names of the development sets.
    """
    is_best = metrics["kept_epoch"] == metrics["best_epoch"]
    mark = "<- best, saved" if is_best else "<- saved"
    print_epochs(console, metrics["epochs"], metrics["kept_epoch"], mark)
    speed = f"{metrics['examples_per_second']:,.0f} examples/s"
    console.print(f"Took {duration(metrics['seconds'])}; {speed} in training.")
    console.print(_guard_line(metrics.get("guard")))
    console.print()
    files = {"preset/": "the model, with its vocabulary and labels"}
    files.update({f"predictions_{name}.tsv": "what it says of each row" for name in dev_sets})
    files["training.png"] = "loss, learning rate and scores over the run"
    files["metrics.json"] = "every score"
    files["config.json"] = "every setting and version"
    files["logs/"] = f"for TensorBoard: tensorboard --logdir {folder}/logs"
    console.print(Text(f"{folder}/", style="bold"))
    table = facts()
    for name, meaning in files.items():
        table.add_row("  " + name, Text(meaning))
    console.print(table)


def _guard_line(guard: Optional[Dict[str, Any]]) -> Text:
    if guard is None:
        return Text("Guard: off.", style="yellow")
    counts: Dict[str, int] = {}
    for entry in guard["interventions"]:
        counts[entry["kind"]] = counts.get(entry["kind"], 0) + 1
    if not counts:
        return Text("Guard: nothing to report.")
    found = ", ".join(f"{kind} {count}x" for kind, count in counts.items())
    return Text(f"Guard: {found}; metrics.json has the details.", style="bold yellow")


def print_next(console: Console, commands: Sequence[str]) -> None:
    """Prints commands to try."""
    console.print()
    console.print(Text("Next:", style="bold"))
    for command in commands:
        console.print(Text("  " + command, style="green"), soft_wrap=True)


def _heading(name: str) -> str:
    return "dev loss" if name == "loss" else name.replace("_", " ").replace("loss", "dev loss")
