"""The picture of a pre-training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, List

import pytest
from matplotlib.figure import Figure

from albert_zoo.pretraining import plot_pretraining


def write_log(path: Path, steps: List[int]) -> Path:
    lines = [
        {"step": s, "tokens": 1_000_000 * s, "train_mlm_loss": 9.0 - s, "train_mlm_accuracy": 0.1,
         "train_sop_accuracy": 0.5, **({"held_out_mlm_loss": 8.0 - s} if s % 2 == 0 else {})}
        for s in steps
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def test_runs_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: List[Any] = []
    save = Figure.savefig
    monkeypatch.setattr(
        Figure, "savefig", lambda self, *a, **k: figures.append(self) or save(self, *a, **k)
    )
    first = write_log(tmp_path / "first.jsonl", [1, 2, 3, 2, 3])  # two steps were made again
    second = write_log(tmp_path / "second.jsonl", [1, 2])
    path = plot_pretraining(tmp_path / "both.png", [first, second], "both")
    assert path.read_bytes().startswith(b"\x89PNG")
    loss = figures[0].axes[0]
    train, held_out, end = (line.get_xydata().tolist() for line in loss.lines)
    assert train == [[1, 8], [2, 7], [3, 6], [4, 8], [5, 7]]
    assert held_out == [[2, 6], [5, 6]]
    assert end[0][0] == 3
    assert "million tokens" in figures[0].axes[-1].get_xlabel()
