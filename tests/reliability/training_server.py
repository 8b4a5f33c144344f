"""TrainingServer: starts runs in processes of their own, and kills them when it is told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

import numpy as np

ROOT = Path(__file__).resolve().parents[2]


class TrainingServer:
    """A process that has imported Keras, from which each run is forked.

    Args:
        log: path of the file that gets what runs write to standard error.
    """

    def __init__(self, log: Path):
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "KERAS_BACKEND": "tensorflow",
            "CUDA_VISIBLE_DEVICES": "",
        }
        self.log = log
        self._errors = open(log, "wb")  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.reliability.training_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            cwd=ROOT,
            text=True,
        )
        self._expect("ready")

    def run(
        self, run: Dict[str, Any], when: Optional[Callable[[str], Optional[float]]] = None
    ) -> bool:
        """Trains one run.

        Args:
            run: dict, what `training_child.train` takes.
            when: function of each line that the run prints, which returns the seconds after which
                to kill it, or `None` to let it go on.

        Returns:
            bool. Whether it was killed.
        """
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(run) + "\n")
        self.process.stdin.flush()
        pid = 0
        while True:
            line = self._line()
            if line.startswith("end "):
                killed, status = map(int, line.split()[1:])
                assert killed in (0, signal.SIGKILL) and status == 0, self.log.read_text()
                return bool(killed)
            if line.startswith("pid "):
                pid = int(line.split()[1])
            seconds = None if when is None else when(line)
            if seconds is not None and pid:
                time.sleep(seconds)
                os.kill(pid, signal.SIGKILL)
                when = None

    def close(self) -> None:
        """Ends the process."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self._errors.close()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log.read_text()
        return line.strip()

    def _expect(self, wanted: str) -> None:
        while self._line() != wanted:
            pass


def result_of(path: Path) -> Tuple[Dict[str, Any], Dict[str, bytes]]:
    """Reads what a run ended with: its scores, and its weights as bytes."""
    with np.load(path, allow_pickle=False) as arrays:
        scores = json.loads(str(arrays["scores"]))
        return scores, {name: arrays[name].tobytes() for name in arrays if name != "scores"}


def moments(count: int, seed: int) -> List[Dict[str, Any]]:
    """Chooses moments at random: a step and a while after it, within a save, or at the start.

    Returns:
        list of dict: `die_at_write`, or `step` (of the process, from 0, the start) and `seconds`.
    """
    random = np.random.default_rng(seed)
    chosen: List[Dict[str, Any]] = []
    for number in range(count):
        if number % 2:
            chosen.append({"die_at_write": int(random.integers(1, 900))})
        else:
            step = int(random.integers(0, 12)) if number % 4 else 1 + int(random.integers(0, 12))
            chosen.append({"step": step, "seconds": float(random.uniform(0, 0.05))})
    return chosen


def kill_at(moment: Dict[str, Any]) -> Callable[[str], Optional[float]]:
    """Makes of a moment what `TrainingServer.run` takes as `when`."""
    if "step" not in moment:
        return lambda line: None
    wanted = f"step {moment['step']} " if moment["step"] else "pid "
    return lambda line: moment["seconds"] if line.startswith(wanted) else None
