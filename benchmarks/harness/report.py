"""Tables in a terminal and in a page, a JSON file, and a picture."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

from harness.statistics import Spread

COLUMNS = ["what", "ours", "theirs", "ratio", "spread", "rounds", "of cpu time", "target", ""]


def report(benchmark: Any) -> None:
    """Prints the tables, and writes the files that the options ask for."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else 110)
    lines = claim_lines(benchmark)
    if lines:
        table = Table(title=f"{benchmark.name}: {command()}", title_justify="left")
        for column in COLUMNS:
            table.add_column(column, justify="left" if column in ("what", "") else "right")
        for line in lines:
            table.add_row(*line)
        console.print(table)
    for extra in benchmark.tables:
        table = Table(title=extra["title"], title_justify="left")
        for index, column in enumerate(extra["columns"]):
            table.add_column(column, justify="right" if index else "left")
        for row in extra["rows"]:
            table.add_row(*map(cell, row))
        console.print(table)
    for line in _facts(benchmark):
        console.print(line, highlight=False)
    options = benchmark.options
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(results(benchmark), indent=1) + "\n", "utf-8")
    if options.picture is not None and benchmark.claims:
        draw(benchmark, options.picture)
    if options.docs is not None:
        write_block(options.docs, benchmark.name, markdown(benchmark))


def results(benchmark: Any) -> Dict[str, Any]:
    """Returns all that is to be kept of a run."""
    claims = []
    for claim in benchmark.claims:
        ratio = claim.ratio(benchmark.measurements)
        reached = claim.is_reached(ratio)
        claims.append({**vars(claim), "ratio": ratio._asdict(), "reached": reached})
    return {
        "benchmark": benchmark.name,
        "command": command(),
        "quick": benchmark.quick,
        "machine": benchmark.machine,
        "claims": claims,
        "tables": benchmark.tables,
        "measurements": benchmark.measurements,
    }


def command() -> str:
    """Returns the command that was given, without the names of files and folders."""
    words: List[str] = []
    rest = iter(sys.argv[1:])
    for word in rest:
        if word in ("--output", "--picture", "--docs", "--measurements"):
            next(rest, None)
        else:
            words.append(Path(word).name)  # of a path what it ends in
    return shlex.join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *words])


def claim_lines(benchmark: Any) -> List[List[str]]:
    """Returns the cells of the table of claims."""
    lines = []
    for claim in benchmark.claims:
        ratio = claim.ratio(benchmark.measurements)
        reached = claim.is_reached(ratio)
        sign = "≥" if claim.is_speedup else "≤"
        lines.append(
            [
                f"{claim.what}: {claim.ours} / {claim.theirs}",
                _value(benchmark, claim, claim.ours),
                _value(benchmark, claim, claim.theirs),
                f"{ratio.median:.2f}",
                f"{ratio.low:.2f}..{ratio.high:.2f}",
                str(ratio.count),
                _processor_ratio(benchmark, claim),
                "" if claim.target is None else f"{sign} {claim.target:g}",
                {True: "reached", False: "missed", None: ""}[reached],
            ]
        )
    return lines


def markdown(benchmark: Any) -> str:
    """Returns the tables as they stand in a page."""
    parts = []
    lines = claim_lines(benchmark)
    if lines:
        parts.append(_markdown_table(COLUMNS, lines))
    for extra in benchmark.tables:
        rows = [list(map(cell, row)) for row in extra["rows"]]
        parts.append(f"**{extra['title']}**\n\n" + _markdown_table(extra["columns"], rows))
    parts.append("\n".join(f"{line}  " for line in _facts(benchmark)).rstrip())
    return "\n\n".join(parts)


def write_block(page: Path, name: str, text: str) -> None:
    """Puts a text between `<!-- name -->` and `<!-- /name -->` of a page."""
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    old = page.read_text("utf-8")
    if not pattern.search(old):
        sys.exit(f"`--docs` must name a page with the marks <!-- {name} --> and <!-- /{name} -->.")
    page.write_text(pattern.sub(lambda m: f"{m[1]}\n{text}\n\n{m[2]}", old), "utf-8")


def cell(value: Any) -> str:
    """Writes a figure in four digits, and anything else as it is."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: ""}[value]
    if isinstance(value, int):
        return f"{value:,}"
    return _number(value) if isinstance(value, float) else str(value)


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    marks = ["---" if index == 0 else "---:" for index in range(len(columns))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (columns, marks, *rows))


def draw(benchmark: Any, path: Path) -> None:
    """Draws the ratios with their spread, and the targets as marks."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    claims = benchmark.claims[::-1]
    ratios: List[Spread] = [claim.ratio(benchmark.measurements) for claim in claims]
    figure, axes = plt.subplots(figsize=(8, 1 + 0.45 * len(claims)), constrained_layout=True)
    places = range(len(claims))
    colours = ["#2a78b8" if claim.is_speedup else "#3b9c6d" for claim in claims]
    axes.barh(places, [ratio.median for ratio in ratios], color=colours, height=0.6)
    for place, claim, ratio in zip(places, claims, ratios):
        axes.plot([ratio.low, ratio.high], [place, place], color="black", linewidth=1.2)
        if claim.target is not None:
            axes.plot([claim.target] * 2, [place - 0.4, place + 0.4], color="#c23b22", linewidth=2)
    names = [
        f"{claim.what}, {'of' if not claim.is_speedup else 'over'} {claim.theirs}"
        for claim in claims
    ]
    axes.set_yticks(list(places), names, fontsize=8)
    axes.set_xlabel("ratio (blue: times faster; green: share of theirs); line: range; red: target")
    axes.axvline(1, color="grey", linewidth=0.8, linestyle=":")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(str(path), dpi=110)
    plt.close(figure)


def _processor_ratio(benchmark: Any, claim: Any) -> str:
    """The same ratio of seconds of processor, which other programs disturb less."""
    if claim.value != "seconds":
        return ""
    ratio = dataclasses.replace(claim, value="cpu_seconds").ratio(benchmark.measurements)
    return f"{ratio.median:.2f}"


def _value(benchmark: Any, claim: Any, name: str) -> str:
    values = [
        note[claim.value]
        for note in benchmark.measurements
        if note["case"] == claim.case and note["contestant"] == name and claim.value in note
    ]
    unit = {"seconds": " s", "cpu_seconds": " s", "peak_mb": " MB"}.get(claim.value, "")
    middle = Spread.of(values).median
    return f"{middle * 1e3:.1f} ms" if unit == " s" and middle < 0.1 else _number(middle) + unit


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _facts(benchmark: Any) -> List[str]:
    machine = benchmark.machine
    rates = machine.get("matrix_gflops") or {}
    lines = [
        f"{machine.get('date', '')[:10]}, {machine.get('processor')}, {machine.get('processors')} "
        f"processors, {machine.get('memory_gb')} GB; "
        f"{_load(benchmark)}",
        f"`{command()}`, commit {machine.get('commit')}",
    ]
    if rates:
        shown = ", ".join(f"{name} {rate:.0f}" for name, rate in rates.items())
        lines.append(f"matrix products, best: {shown} GFLOP/s")
    for name, versions in (machine.get("versions") or {}).items():
        if versions:
            listed = ", ".join(f"{package} {number}" for package, number in versions.items())
            lines.append(f"{name}: {listed}")
    return lines


def _load(benchmark: Any) -> str:
    counts: List[Optional[float]] = [note.get("running") for note in benchmark.measurements]
    known = [count for count in counts if count is not None]
    if not known:
        return "nothing measured"
    return f"other running processes before a measurement: median {Spread.of(known).median:g}"
