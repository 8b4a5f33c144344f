"""From the start of a process to its first finished training step, against other libraries.

```
python benchmarks/first_step.py --peers .venv-peers
```

Every measurement is a new process: imports, an ALBERT-base with random weights, 16 rows of MRPC
from texts on, one step. See `trainers.py`. `help` is `albert-zoo --help`, and `import` is
`import albert_zoo`, each in a new process too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import Benchmark, Claim, Spread, contestant  # noqa: E402

from benchmarks.trainers import BATCH, rows_of, trainer  # noqa: E402


def run_of(library: str, settings: Dict[str, Any]) -> Any:
    """Returns what makes a library's first step."""

    def run(case: Dict[str, Any]) -> None:
        columns, labels = rows_of(settings, "mrpc", BATCH)
        trainer(library, settings).fit(columns, labels)

    return run


@contestant("albert_zoo", KERAS_BACKEND="tensorflow")
def albert_zoo(settings: Dict[str, Any]) -> Any:
    """Ours."""
    return run_of("albert_zoo", settings)


@contestant("keras_hub", python="peers", KERAS_BACKEND="tensorflow")
def keras_hub(settings: Dict[str, Any]) -> Any:
    """KerasHub at 128 tokens."""
    return run_of("keras_hub", settings)


@contestant("transformers", python="peers")
def transformers(settings: Dict[str, Any]) -> Any:
    """transformers, eager, with dynamic padding."""
    return run_of("transformers", settings)


def seconds_of(root: str, *arguments: str, times: int = 5) -> Spread:
    """Returns how long a Python process takes from start to end."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=root, stdout=subprocess.DEVNULL)
        found.append(time.perf_counter() - start)
    return Spread.of(found)


def measure(benchmark: Benchmark) -> None:
    """Measures and claims."""
    names = ["albert_zoo", "keras_hub", "transformers"]
    rounds = benchmark.options.rounds or (1 if benchmark.quick else 5)
    benchmark.measure("first step", names, rounds=rounds, fresh=True)
    for peer, target in (("transformers", 1.0), ("keras_hub", None)):
        what, value = "process start to first step", "seconds_from_start"
        benchmark.claim(Claim(what, "first step", "albert_zoo", peer, target, value))
    root = benchmark.settings["root"]
    rows = []
    for name, target, arguments in (
        ("albert-zoo --help", "< 1", ("-m", "albert_zoo.cli", "--help")),
        ("import albert_zoo", "", ("-c", "import albert_zoo")),
        ("import albert_zoo.Task", "", ("-c", "from albert_zoo import Task")),
    ):
        spread = seconds_of(root, *arguments)
        rows.append([name, f"{spread.median:.2f}", f"{spread.low:.2f} - {spread.high:.2f}", target])
    benchmark.add_table("Seconds of a whole process", ["process", "median", "range", "goal"], rows)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds this script's options."""
    parser.add_argument("--rounds", type=int, help="processes of each library")


if __name__ == "__main__":
    Benchmark.main(__file__, __doc__, measure, add_options)
