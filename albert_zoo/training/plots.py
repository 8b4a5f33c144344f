"""The picture of a training run."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

BLUE, ORANGE, GREEN, GREY = "#0072b2", "#d55e00", "#009e73", "#999999"
_LINES = (BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9")


def plot_training(
    path: Any,
    title: str,
    step_losses: Sequence[float],
    learning_rates: Any,
    epochs: Sequence[Dict[str, Any]],
    main_metric: Optional[str] = None,
    best_epoch: Optional[int] = None,
) -> Path:
    """Draws loss, learning rate and development scores over the steps of a run.

    Args:
        path: path of the PNG file to write.
        title: str.
        step_losses: loss of each step.
        learning_rates: `(steps, rates)`, two arrays of the same length.
        epochs: of each `epoch` its number, last `step` and `scores`; see `RunLog.epochs`.
        main_metric: str, the score that chooses the best epoch; drawn boldest.
        best_epoch: int, from 1; marked.

    Returns:
        `pathlib.Path` of the file.
    """
    has_scores = any(epoch["scores"] for epoch in epochs)
    heights = [3, 1.4, 3] if has_scores else [3, 1.4]
    figure = Figure(figsize=(8, 1.25 * sum(heights)), layout="constrained")
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
    figure.suptitle(title, fontsize=13)
    _draw_loss(axes[0], step_losses, epochs)
    _draw_learning_rate(axes[1], *learning_rates)
    if has_scores:
        _draw_scores(axes[2], epochs, main_metric, best_epoch)
    for axis in axes:
        axis.grid(alpha=0.25)
        axis.spines[["top", "right"]].set_visible(False)
        for epoch in epochs[:-1]:
            axis.axvline(epoch["step"], color=GREY, linewidth=0.6, linestyle=":", zorder=0)
    axes[-1].set_xlabel("training step (dotted: end of an epoch)")
    axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[-1].set_xlim(0, max(1, len(step_losses)) * 1.02)
    path = Path(path)
    figure.savefig(path, dpi=120)
    return path


def smoothed(values: Sequence[float], window: int) -> np.ndarray:
    """Returns the mean of each value and its neighbours, fewer of them at the ends.

    Example:

    >>> smoothed([0.0, 3.0, 0.0, 0.0], window=3).tolist()
    [1.5, 1.0, 1.0, 0.0]
    """
    half = window // 2
    array = np.asarray(values, "float64")
    sums, counts = (
        np.concatenate([[0.0], np.cumsum(part)])
        for part in (np.nan_to_num(array), np.isfinite(array))  # steps that were skipped have none
    )
    index = np.arange(len(values))
    first, last = np.maximum(index - half, 0), np.minimum(index + half + 1, len(values))
    return np.asarray((sums[last] - sums[first]) / np.maximum(counts[last] - counts[first], 1))


def _draw_loss(axis: Any, losses: Sequence[float], epochs: Sequence[Dict[str, Any]]) -> None:
    steps = np.arange(1, len(losses) + 1)
    window = max(1, len(losses) // 30)
    marker = "o" if len(losses) == 1 else None
    if window > 1:
        axis.plot(steps, losses, color=BLUE, alpha=0.25, linewidth=0.8, label="each batch")
    label = f"training, mean of {window // 2 * 2 + 1} batches" if window > 1 else "training"
    axis.plot(
        steps, smoothed(losses, window), color=BLUE, linewidth=1.8, marker=marker, label=label
    )
    dev = [
        (epoch["step"], epoch["scores"]["loss"]) for epoch in epochs if "loss" in epoch["scores"]
    ]
    if dev:
        axis.plot(*zip(*dev), color=ORANGE, marker="o", linewidth=1.2, label="development set")
    axis.set_ylabel("loss")
    high = float(np.max([np.nanpercentile(losses, 99.5) * 1.1, *(value for _, value in dev)]))
    axis.set_ylim(0, high * 1.05 or 1)  # one stray batch should not flatten the rest
    _legend(axis)


def _draw_learning_rate(axis: Any, steps: np.ndarray, rates: np.ndarray) -> None:
    axis.plot(steps, rates, color=GREEN, linewidth=1.8, marker="o" if len(steps) == 1 else None)
    axis.set_ylabel("learning rate")
    axis.set_ylim(0, float(np.max(rates)) * 1.1 or 1)
    axis.ticklabel_format(axis="y", style="sci", scilimits=(0, 0))


def _draw_scores(
    axis: Any, epochs: Sequence[Dict[str, Any]], main: Optional[str], best: Optional[int]
) -> None:
    names: List[str] = [name for name in epochs[-1]["scores"] if not name.endswith("loss")]
    steps = [epoch["step"] for epoch in epochs]
    for name, color in zip(names, _LINES * len(names)):
        values = [epoch["scores"][name] for epoch in epochs]
        width = 2.2 if name == main else 1.2
        label = _title(name)
        axis.plot(steps, values, color=color, marker="o", linewidth=width, label=label)
    chosen = next((epoch for epoch in epochs if epoch["epoch"] == best), None)
    if chosen is not None and main is not None and main in chosen["scores"]:
        value = chosen["scores"][main]
        axis.plot(
            [chosen["step"]],
            [value],
            marker="*",
            markersize=17,
            color=_LINES[names.index(main)],
            markeredgecolor="black",
            linestyle="none",
            label=f"best: epoch {best}, {_title(main)} {value:.4f}",
        )
    axis.set_ylabel("score on the development set")
    low, high = axis.get_ylim()
    spare = max(0.0, 0.1 - (high - low)) / 2 + 0.05 * (high - low)
    axis.set_ylim(low - spare, high + spare)  # equal scores should look equal
    _legend(axis)


def _legend(axis: Any) -> None:
    axis.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, borderaxespad=0.2)


def _title(score: str) -> str:
    words = {"f1": "F1", "matthews": "Matthews", "pearson": "Pearson", "spearman": "Spearman"}
    return " ".join(words.get(word, word) for word in score.split("_"))
