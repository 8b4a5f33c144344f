"""Soak: a long run, undisturbed, beside the same run under random kills.

    python -m tests.reliability.soak --minutes 60 --kills 10

Both make 25 steps a second, or as many as the machine can, so that it depends on the time alone how
many there are. Checkpoints are written every sixtieth of the time and the development set is scored
every thirtieth, which for an hour is every minute and every two. Prints what was measured, and
fails if

- after its first quarter the undisturbed run takes 5 % more memory, or holds more files open,
- the two runs do not end with the same scores, losses and weights, bit by bit,
- a file is left over that is no checkpoint.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np

from tests.reliability.training_server import TrainingServer, result_of

LARGEST_GROWTH = 0.05
EPOCHS = 30
PACE = 25.0  # steps a second
_EXPECTED = re.compile(r"(step|best)-\d{8}\.npz")


class Watched:
    """A run's memory and open files over time, and when to kill it.

    Args:
        kills: steps of the run after which to kill it.
    """

    def __init__(self, kills: List[int]):
        self.start = time.monotonic()
        self.kills = sorted(kills)
        self.killed_at: List[int] = []
        """Steps of the run, those that it goes back included."""
        self.measured: List[Tuple[float, int, int]] = []
        """Seconds, bytes and open files after each step."""

    def __call__(self, line: str) -> Any:
        """Takes a line of the run; returns 0 if it is to be killed now."""
        words = line.split()
        if words[0] != "step":
            return None
        step, used, files = map(int, words[2:])
        self.measured.append((time.monotonic() - self.start, used, files))
        if self.kills and step >= self.kills[0]:
            self.kills.pop(0)
            self.killed_at.append(step)
            return 0.0
        return None

    def growth(self) -> Dict[str, Tuple[float, float]]:
        """Returns memory in MB and open files, each after the first quarter and at the end."""
        times, used, files = np.array(self.measured).T
        early = (times >= 0.25 * times[-1]) & (times < 0.35 * times[-1])
        late = times >= 0.9 * times[-1]
        return {
            "MB of memory": (
                float(np.median(used[early]) / 1e6),
                float(np.median(used[late]) / 1e6),
            ),
            "open files": (float(np.median(files[early])), float(np.median(files[late]))),
        }


def train(server: TrainingServer, run: Dict[str, Any], watched: Watched) -> Watched:
    """Starts a run until it comes to its end."""
    while server.run(run, watched):
        last = watched.measured[-1][0] / 60
        print(f"{last:6.1f} min: killed after step {watched.killed_at[-1]}", flush=True)
    return watched


def main() -> int:
    """Runs the two, prints the figures, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    steps = max(10, int(PACE * 60 * arguments.minutes / EPOCHS))
    generator = random.Random(arguments.seed)
    kills = [round(generator.uniform(0.02, 0.98) * steps * EPOCHS) for _ in range(arguments.kills)]
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    print(f"{EPOCHS} epochs of {steps} steps, twice, in {folder}", flush=True)
    run = {
        "steps_per_epoch": steps,
        "epochs": EPOCHS,
        "minutes": arguments.minutes / 60,
        "rows": 2000,
        "learning_rate": 1e-3,
        "pace": PACE,
    }
    servers = [TrainingServer(folder / f"errors{i}.txt") for i in range(2)]
    with ThreadPoolExecutor(2) as pool:
        waiting = []
        for server, name, at in zip(servers, ("whole", "killed"), ([], kills)):
            one = {**run, "folder": str(folder / name), "result": str(folder / f"{name}.npz")}
            waiting.append(pool.submit(train, server, one, Watched(at)))
        calm, disturbed = [each.result() for each in waiting]
    for server in servers:
        server.close()

    minutes, total = calm.measured[-1][0] / 60, len(calm.measured)
    again = len(disturbed.measured) - total
    print(f"undisturbed: {minutes:.1f} min, {total} steps, {total / minutes / 60:.1f} a second")
    print(f"killed {len(disturbed.killed_at)} times: {again} steps were made again")
    failed = len(disturbed.killed_at) < arguments.kills
    for name, (early, late) in calm.growth().items():
        print(f"{name} after a quarter {early:.0f}, at the end {late:.0f}: {late / early - 1:+.1%}")
        failed |= late / early - 1 > LARGEST_GROWTH
    left = [
        str(path.relative_to(folder))
        for name in ("whole", "killed")
        for path in (folder / name).rglob("*")
        if path.is_file() and not _EXPECTED.fullmatch(path.name)
    ]
    checkpoints = sum(1 for _ in (folder / "killed").rglob("step-*.npz"))
    print(f"checkpoints kept: {checkpoints}; files left over: {len(left)} {left or ''}")
    one, other = result_of(folder / "whole.npz"), result_of(folder / "killed.npz")
    scores, others = one[0]["history"], other[0]["history"]
    name = next(name for name in scores if name.startswith("val_"))
    print(f"final {name} {scores[name][-1]:.6f} and {others[name][-1]:.6f}")
    print(f"scores equal: {one[0] == other[0]}; weights equal bit by bit: {one[1] == other[1]}")
    failed |= one != other or bool(left)
    shutil.rmtree(folder)
    print("FAILED" if failed else "passed")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
