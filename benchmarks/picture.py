"""Draws the ratios of several benchmarks' result files in one picture.

python benchmarks/picture.py runs/bench/*.json --picture docs/performance.png
"""

import argparse
import json
from pathlib import Path

import matplotlib


def claims_of(paths):
    """Returns a name, ratio, target and direction of every claim with a target or a peer's name."""
    found = []
    for path in paths:
        for claim in json.loads(path.read_text("utf-8"))["claims"]:
            share = "" if claim["is_speedup"] else "share of "
            name = f"{claim['what']}: {claim['ours']}, {share or 'over '}{claim['theirs']}"
            ratio = claim["ratio"]
            found.append((name, ratio, claim["target"], claim["is_speedup"]))
    return found


def draw(claims, path):
    """Draws them, on a scale of logarithms."""
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    claims = claims[::-1]
    figure, axes = plt.subplots(figsize=(9, 0.8 + 0.32 * len(claims)), constrained_layout=True)
    for place, (_, ratio, target, is_speedup) in enumerate(claims):
        colour = "#2a78b8" if is_speedup else "#3b9c6d"
        bar = {"color": colour, "linewidth": 7, "solid_capstyle": "butt"}  # no longer than it is
        axes.plot([1, ratio["median"]], [place, place], **bar)
        axes.plot([ratio["low"], ratio["high"]], [place, place], color="black", linewidth=1.2)
        if target is not None:
            axes.plot([target, target], [place - 0.4, place + 0.4], color="#c23b22", linewidth=2)
    axes.set_yticks(range(len(claims)), [name for name, *_ in claims], fontsize=7)
    axes.margins(y=0.02)
    axes.set_xscale("log")
    marks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10]
    axes.set_xticks(marks, [f"{mark:g}" for mark in marks])
    axes.axvline(1, color="grey", linewidth=0.8)
    axes.set_xlabel("blue: times faster; green: share of theirs; line: range; red: goal")
    figure.savefig(str(path), dpi=90)


def main():
    """Runs the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", nargs="+", type=Path, help="JSON files that --output wrote")
    parser.add_argument("--picture", type=Path, required=True, help="PNG file")
    options = parser.parse_args()
    draw(claims_of(options.results), options.picture)


if __name__ == "__main__":
    main()
