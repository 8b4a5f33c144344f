"""`albert-zoo finetune`, stopped by signals and started again, in processes of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, List

import pytest

from albert_zoo.cli.new_preset import write_new
from albert_zoo.glue.samples import write_samples
from albert_zoo.keras_api import KERAS_GENERATION, backend_name

pytestmark = pytest.mark.skipif(
    KERAS_GENERATION != 3 or backend_name() != "tensorflow" or sys.platform == "win32",
    reason="once is enough, and signals are POSIX's",
)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def command(tmp_path: Path, tiny_vocabulary: bytes) -> List[str]:
    """A run that takes far longer than it is let run."""
    geometry = {"num_layers": 2, "hidden_dim": 16, "num_heads": 2, "embedding_dim": 8}
    more = {"intermediate_dim": 32, "max_sequence_length": 64, "seed": 0, "overwrite": False}
    write_new(tmp_path / "untrained", tiny_vocabulary, **geometry, **more)
    write_samples(tmp_path / "glue", ["cola"], train_rows=400, dev_rows=16, test_rows=8)
    options = {
        "task": "cola", "data": tmp_path / "glue" / "CoLA", "preset": tmp_path / "untrained",
        "epochs": 200, "batch-size": 4, "learning-rate": 1e-3, "output": tmp_path / "run",
    }  # fmt: skip
    given = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    return [sys.executable, "-m", "albert_zoo.cli", "finetune", *given]


def start(command: List[str], *more: str) -> Any:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*command, *more],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: Any, condition: Any) -> None:
    while not condition():
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)


def test_signals_say_how_to_go_on(command: List[str], tmp_path: Path) -> None:
    snapshots = tmp_path / "run.unfinished" / "snapshots"
    with start(command) as first:
        wait_for(first, lambda: list(snapshots.glob("step-*.npz")))
        with start(command, "--resume") as second:
            _, errors = second.communicate()
        assert second.returncode == 2
        assert f"Process {first.pid} on" in errors and "at work there" in errors
        first.send_signal(signal.SIGTERM)
        _, errors = first.communicate()
    assert first.returncode == 143, errors
    assert "stopped: after step" in errors and "The same again with `--resume` goes on." in errors
    assert "Traceback" not in errors

    stopped_at = max(snapshots.glob("step-*.npz")).name
    with start(command, "--resume") as process:
        wait_for(process, lambda: max(snapshots.glob("step-*.npz")).name > stopped_at)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate()
    assert process.returncode == 130, errors
    assert f"goes on from step {int(stopped_at[5:13])} of 20000" in errors
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "glue", "run.unfinished", "untrained",
    ]  # fmt: skip

    # === Other settings, and to the end ===
    with start([*command, "--learning-rate", "2e-3"], "--resume") as process:
        _, errors = process.communicate()
    assert process.returncode == 2 and "learning_rate was 0.001, is 0.002" in errors
    assert "pass `--allow-changed`" in errors
    with start([*command, "--epochs", "1", "--allow-changed"], "--resume") as process:
        out, errors = process.communicate()
    assert process.returncode == 0, errors
    assert not (tmp_path / "run.unfinished").exists()
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["steps"] >= int(stopped_at[5:13])
    with start(command, "--resume") as process:
        out, _ = process.communicate()
    assert process.returncode == 0 and "is complete" in out
