"""Soak: a long run, undisturbed, beside the same run under random kills.

    python -m tests.reliability.soak --minutes 60 --kills 10

Checkpoints are written every sixtieth of the time and the development set is scored every
thirtieth, which for an hour is every minute and every two. Prints what was measured, and fails if

- the memory of the undisturbed run grew by more than 5 % after its first quarter,
- the two runs do not end with the same scores and weights, bit by bit,
- a file is left over that is no checkpoint.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Dict, List, Tuple

import numpy as np

from tests.reliability.training_server import TrainingServer, result_of

LARGEST_GROWTH = 0.05
_CALIBRATION = {"epochs": 1, "steps_per_epoch": 400, "learning_rate": 1e-3}
_EXPECTED = re.compile(r"(step|best)-\d{8}\.npz")


class Watched:
    """A run's memory over time, and when to kill it.

    Args:
        kills: times to kill at, in seconds from now.
    """

    def __init__(self, kills: List[float]):
        self.start = time.monotonic()
        self.kills = sorted(kills)
        self.memory: List[Tuple[float, int]] = []
        """Seconds and bytes after each step."""
        self.steps = 0

    def __call__(self, line: str) -> Any:
        """Takes a line of the run; returns 0 if it is to be killed now."""
        now = time.monotonic() - self.start
        if line.startswith("step "):
            self.steps += 1
            self.memory.append((now, int(line.split()[2])))
        if self.kills and now >= self.kills[0]:
            self.kills.pop(0)
            return 0.0
        return None


def growth_of(memory: List[Tuple[float, int]]) -> Tuple[float, float, float]:
    """Returns memory after the first quarter and at the end, in MB, and its growth."""
    end = memory[-1][0]
    used = np.array([bytes_ for _, bytes_ in memory]) / 1e6
    times = np.array([seconds for seconds, _ in memory]) / end
    early = float(np.median(used[(times >= 0.25) & (times < 0.35)]))
    late = float(np.median(used[times >= 0.9]))
    return early, late, late / early - 1


def train_under_kills(
    server: TrainingServer, run: Dict[str, Any], watched: Watched
) -> Tuple[int, int]:
    """Starts a run until it comes to its end; returns kills, and steps made again."""
    killed = 0
    while server.run(run, watched):
        killed += 1
    return killed, watched.steps


def main() -> int:
    """Runs the two, prints the figures, and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    seconds = 60 * arguments.minutes
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    servers = [TrainingServer(folder / f"errors{i}.txt") for i in range(2)]

    # === How many steps that is, with both cores at work ===
    watches = [Watched([]) for _ in servers]
    threads = []
    for number, (server, watch) in enumerate(zip(servers, watches)):
        run = {**_CALIBRATION, "folder": str(folder / f"c{number}")}
        run["result"] = str(folder / f"c{number}.npz")
        threads.append(threading.Thread(target=server.run, args=(run, watch)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    times = [moment for moment, _ in watches[0].memory]
    rate = (len(times) - 101) / (times[-1] - times[100])
    steps_per_epoch = max(10, int(rate * seconds / 30))
    run = {
        "steps_per_epoch": steps_per_epoch,
        "epochs": 30,
        "minutes": arguments.minutes / 60,
        "rows": 2000,
        "learning_rate": 1e-3,
    }
    print(f"{rate:.0f} steps/s; 30 epochs of {steps_per_epoch} steps", flush=True)

    # === Both at once ===
    generator = random.Random(arguments.seed)
    kills = [generator.uniform(0.02, 0.98) * seconds for _ in range(arguments.kills)]
    calm, disturbed = Watched([]), Watched(kills)
    whole = {**run, "folder": str(folder / "whole"), "result": str(folder / "whole.npz")}
    killed_run = {**run, "folder": str(folder / "killed"), "result": str(folder / "killed.npz")}
    thread = threading.Thread(target=servers[0].run, args=(whole, calm))
    thread.start()
    killed, steps = train_under_kills(servers[1], killed_run, disturbed)
    thread.join()
    for server in servers:
        server.close()

    early, late, growth = growth_of(calm.memory)
    one, other = result_of(folder / "whole.npz"), result_of(folder / "killed.npz")
    left = [
        str(path.relative_to(folder))
        for name in ("whole", "killed")
        for path in (folder / name).rglob("*")
        if path.is_file() and not _EXPECTED.fullmatch(path.name)
    ]
    checkpoints = sum(1 for _ in (folder / "killed").rglob("step-*.npz"))
    scores = one[0]["history"]
    print(f"undisturbed: {calm.memory[-1][0] / 60:.1f} min, {calm.steps} steps")
    print(f"killed {killed} times: {steps - calm.steps} of {steps} steps were made again")
    print(f"memory after a quarter {early:.0f} MB, at the end {late:.0f} MB: {growth:+.1%}")
    print(f"checkpoints kept: {checkpoints}; files left over: {len(left)} {left or ''}")
    name = next(name for name in scores if name.startswith("val_"))
    print(f"final {name} {scores[name][-1]:.6f} and {other[0]['history'][name][-1]:.6f}")
    print(f"scores equal: {one[0] == other[0]}; weights equal bit by bit: {one[1] == other[1]}")
    shutil.rmtree(folder)
    failed = growth > LARGEST_GROWTH or one != other or left or killed < arguments.kills
    print("FAILED" if failed else "passed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
