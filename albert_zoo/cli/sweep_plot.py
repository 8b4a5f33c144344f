"""The picture of a sweep: every run as a dot."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict

from matplotlib.figure import Figure

from albert_zoo.cli.sweep_run import rate_text

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#999999"

_WIDTH = 0.28  # of half a median's line, in places of the axis


def plot_sweep(path: Any, summary: Dict[str, Any]) -> Path:
    """Draws the score of each run over its learning rate, with the medians.

    Args:
        path: path of the PNG file to write.
        summary: dict of `task`, `main_metric`, `settings` and `runs`.

    Returns:
        `pathlib.Path` of the file.
    """
    settings = sorted(summary["settings"], key=lambda setting: setting["learning_rate"])
    best = summary["settings"][0]["learning_rate"]
    metric = str(summary["main_metric"]).replace("_", " ")
    figure = Figure(figsize=(max(6.0, 2.2 + 1.3 * len(settings)), 4.8), layout="constrained")
    axis = figure.subplots()
    labelled = set()

    def once(label: str) -> str:
        new = label not in labelled
        labelled.add(label)
        return label if new else "_nolegend_"

    for place, setting in enumerate(settings):
        rate = setting["learning_rate"]
        runs = [run for run in summary["runs"] if run["learning_rate"] == rate]
        runs.sort(key=lambda run: run["seed"])
        axis.plot(
            [place, place],
            [setting["lowest"], setting["best"]],
            color=GREY,
            zorder=1,
            label=once("lowest to best"),
        )
        for number, run in enumerate(runs):
            aside = 0.0 if len(runs) == 1 else 0.3 * (number / (len(runs) - 1) - 0.5)
            failed = run["learned_nothing"]
            axis.plot(
                [place + aside],
                [run["score"]],
                marker="x" if failed else "o",
                markersize=8,
                linestyle="none",
                color=ORANGE if failed else BLUE,
                alpha=0.85,
                zorder=2,
                label=once("a run that learned nothing" if failed else "a run (one seed)"),
            )
        axis.plot(
            [place - _WIDTH, place + _WIDTH],
            [setting["median"]] * 2,
            color="black",
            linewidth=3 if rate == best else 1.8,
            zorder=3,
            label=once("median"),
        )
        axis.annotate(
            f"{setting['median']:.3f}",
            (place + _WIDTH, setting["median"]),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontweight="bold" if rate == best else "normal",
        )
    names = [rate_text(setting["learning_rate"]) for setting in settings]
    axis.set_xticks(range(len(settings)), names)
    for tick, setting in zip(axis.get_xticklabels(), settings):
        if setting["learning_rate"] == best and len(settings) > 1:
            tick.set_fontweight("bold")
    axis.set_xlim(-0.6, len(settings) - 0.2)
    axis.set_xlabel("learning rate" + (" (bold: best median)" if len(settings) > 1 else ""))
    axis.set_ylabel(f"{metric} on the development set")
    runs_in_all = len(summary["runs"])
    figure.suptitle(f"{summary['task']}: {runs_in_all} runs", fontsize=13)
    axis.grid(axis="y", alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.2)
    path = Path(path)
    figure.savefig(path, dpi=120)
    return path
