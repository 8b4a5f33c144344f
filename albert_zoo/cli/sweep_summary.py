"""What a sweep found: statistics, a table, a picture."""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any, Dict, List, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from albert_zoo.atomic import new_file
from albert_zoo.cli.console import facts
from albert_zoo.cli.sweep_result import SweepResult
from albert_zoo.cli.sweep_run import rate_text

SUMMARY = "summary.json"
PICTURE = "summary.png"


def summary_of(results: Sequence[SweepResult]) -> Dict[str, Any]:
    """Compares the learning rates.

    Args:
        results: list of `SweepResult`.

    Returns:
        dict of `main_metric`; `settings`, a dict for each learning rate, the best median first;
        `runs` and `failed`, dicts of single runs.
    """
    scored = [result for result in results if result.score is not None]
    settings = []
    for rate in sorted({result.learning_rate for result in scored}, key=float):  # type: ignore[arg-type]
        those = [result for result in scored if result.learning_rate == rate]
        scores = [float(result.score or 0.0) for result in those]
        best = max(those, key=lambda result: float(result.score or 0.0))
        settings.append(
            {
                "learning_rate": rate,
                "runs": len(those),
                "median": statistics.median(scores),
                "best": max(scores),
                "best_seed": best.run.seed,
                "lowest": min(scores),
                "spread": max(scores) - min(scores),
                "standard_deviation": statistics.stdev(scores) if len(scores) > 1 else 0.0,
                "learned_nothing": sum(result.learned_nothing for result in those),
            }
        )
    settings.sort(key=lambda setting: -float(setting["median"] or 0.0))
    metric = scored[0].metrics["main_metric"] if scored else None  # type: ignore[index]
    task = scored[0].metrics["task"] if scored else None  # type: ignore[index]
    return {
        "task": task,
        "main_metric": metric,
        "settings": settings,
        "runs": [
            {
                "folder": result.run.name,
                "learning_rate": result.learning_rate,
                "seed": result.run.seed,
                "score": result.score,
                "scores": result.metrics["final"],  # type: ignore[index]
                "learned_nothing": result.learned_nothing,
            }
            for result in scored
        ],
        "failed": [
            {"folder": result.run.name, "error": result.error}
            for result in results
            if result.score is None
        ],
    }


def write_summary(folder: Path, summary: Dict[str, Any]) -> None:
    """Writes summary.json and summary.png."""
    from albert_zoo.cli.sweep_plot import plot_sweep

    with new_file(folder / SUMMARY) as unfinished:
        unfinished.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    plot_sweep(folder / PICTURE, summary)


def print_summary(console: Console, folder: Path, summary: Dict[str, Any]) -> None:
    """Prints a table of learning rates, the best median first, and what to make of it."""
    console.print()
    settings: List[Dict[str, Any]] = summary["settings"]
    if settings:
        console.print(_table(settings, summary["main_metric"]))
        console.print()
        console.print(_advice(settings), soft_wrap=True)
    for failed in summary["failed"]:
        line = f"failed: {failed['folder']}: {failed['error']}"
        console.print(Text(line, style="bold red"), soft_wrap=True)
    if summary["failed"]:
        console.print("The same command tries again what failed.")
    if not settings:
        return
    console.print()
    console.print(Text(f"{folder}/", style="bold"))
    table = facts()
    best = next(
        run["folder"] + "/"
        for run in summary["runs"]
        if (run["learning_rate"], run["seed"])
        == (settings[0]["learning_rate"], settings[0]["best_seed"])
    )
    table.add_row("  " + best, "the best run of the best learning rate; its model is in preset/")
    table.add_row("  " + PICTURE, "every run as a dot")
    table.add_row("  " + SUMMARY, "these numbers, and the scores of each run")
    console.print(table)


def _table(settings: List[Dict[str, Any]], metric: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="bold cyan")
    headings = ("learning rate", "runs", f"median {metric}", "lowest", "best", "spread")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    for place, setting in enumerate(settings):
        marks = ["<- best median"] if place == 0 and len(settings) > 1 else []
        if setting["learned_nothing"]:
            marks.append(f"{setting['learned_nothing']} learned nothing")
        table.add_row(
            rate_text(setting["learning_rate"]),
            str(setting["runs"]),
            f"{setting['median']:.4f}",
            f"{setting['lowest']:.4f}",
            f"{setting['best']:.4f} (seed {setting['best_seed']})",
            f"{setting['spread']:.4f}",
            ", ".join(marks),
            style="bold green" if place == 0 else "",
        )
    return table


def _advice(settings: List[Dict[str, Any]]) -> str:
    first = settings[0]
    told = (
        f"Report the median: {first['median']:.4f} over {first['runs']} seeds (from "
        f"{first['lowest']:.4f} to {first['best']:.4f}). The best run alone flatters."
    )
    if len(settings) > 1:
        gap = first["median"] - settings[1]["median"]
        widest = max(first["spread"], settings[1]["spread"])
        if gap < widest:
            told += (
                f" The two best learning rates differ by {gap:.4f}, less than their runs do among "
                f"themselves ({widest:.4f}): more seeds are needed to tell them apart."
            )
    return told
