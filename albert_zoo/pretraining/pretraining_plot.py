"""The picture of a pre-training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Sequence

from matplotlib.figure import Figure

from albert_zoo.training.plots import BLUE, GREY, ORANGE

_PANELS = (
    ("mlm_loss", "loss of hidden words"),
    ("mlm_accuracy", "hidden words guessed"),
    ("sop_accuracy", "orders guessed"),
)


def plot_pretraining(path: Any, logs: Sequence[Any], title: str = "") -> Path:
    """Draws the losses and scores of a pre-training over the tokens that it saw.

    Args:
        path: path of the PNG file to write.
        logs: paths of the `log.jsonl` of one run, or of several that each went on from the one
            before.
        title: str.

    Returns:
        `pathlib.Path` of the file.
    """
    lines: List[Dict[str, Any]] = []
    ends: List[int] = []
    for log in logs:
        before = ends[-1] if ends else 0
        new = [{**line, "tokens": before + line["tokens"]} for line in _read(Path(log))]
        lines += new
        ends.append(new[-1]["tokens"] if new else before)
    figure = Figure(figsize=(8, 7.5), layout="constrained")
    axes = figure.subplots(len(_PANELS), 1, sharex=True)
    figure.suptitle(title, fontsize=13)
    for axis, (name, label) in zip(axes, _PANELS):
        for kind, words, color, marker in (
            ("train", "training", BLUE, None),
            ("held_out", "held-out text", ORANGE, "o"),
        ):
            key = f"{kind}_{name}"
            points = [(line["tokens"] / 1e6, line[key]) for line in lines if key in line]
            if points:
                few = "o" if len(points) == 1 else marker
                axis.plot(*zip(*points), color=color, marker=few, markersize=4, label=words)
        for end in ends[:-1]:
            axis.axvline(end / 1e6, color=GREY, linewidth=0.8, linestyle=":", zorder=0)
        axis.set_ylabel(label)
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].legend(frameon=False)
    several = " (dotted: the next run went on from here)" if len(ends) > 1 else ""
    axes[-1].set_xlabel(f"million tokens{several}")
    path = Path(path)
    figure.savefig(path, dpi=120)
    return path


def _read(path: Path) -> List[Dict[str, Any]]:
    """Reads a log without the steps that were made again after an interruption."""
    lines: List[Dict[str, Any]] = []
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        while lines and lines[-1]["step"] >= line["step"]:
            lines.pop()
        lines.append(line)
    return lines
