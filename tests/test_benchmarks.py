"""The benchmark of large models runs, and a model is in memory once while it is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Dict, List

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.slow
def test_a_model_is_loaded_once(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "large_models.py"), "--size", "base"]
    command += ["--format", "transformers", "--folder", str(tmp_path)]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
    )
    ratios: Dict[str, List[float]] = {"build": [], "write": [], "load": []}
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) == 6 and words[1] in ratios:
            ratios[words[1]].append(float(words[-1]))
    assert [len(found) for found in ratios.values()] == [1, 1, 1]
    assert max(ratios["load"]) < 1.5, done.stdout
    assert not list(tmp_path.iterdir())
