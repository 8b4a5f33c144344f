"""What the figures were measured on."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence

PACKAGES = (
    "tensorflow",
    "tensorflow-text",
    "keras",
    "keras-hub",
    "torch",
    "transformers",
    "tokenizers",
    "sentencepiece",
    "numpy",
    "onnxruntime",
)

_RATE = """
import sys, time
rows, inner, columns = 2048, 768, 3072
if sys.argv[1] == "torch":
    import torch
    a, b = torch.randn(rows, inner), torch.randn(inner, columns)
    multiply = lambda: torch.mm(a, b)
else:
    import tensorflow as tf
    a, b = tf.random.normal((rows, inner)), tf.random.normal((inner, columns))
    multiply = tf.function(lambda: tf.reduce_sum(tf.matmul(a, b)[:1]))
for _ in range(3):
    multiply()
best, end = float("inf"), time.perf_counter() + float(sys.argv[2])
while time.perf_counter() < end:
    start = time.perf_counter()
    multiply()
    best = min(best, time.perf_counter() - start)
print(2 * rows * inner * columns / best / 1e9)
"""


def matrix_rate(
    pythons: List[str], seconds: float = 3.0, libraries: Sequence[str] = ("torch", "tensorflow")
) -> Dict[str, float]:
    """Measures how fast this machine multiplies matrices of ALBERT-base's shapes.

    The best of many products [2048, 768] x [768, 3072], float32, all processors, in a process of
    its own: other programs that run meanwhile can only lower it.

    Args:
        pythons: paths of Pythons; each library is measured in the first that has it.
        seconds: float. How long to try each library.
        libraries: `"torch"` (oneMKL) and `"tensorflow"`.

    Returns:
        dict of library to GFLOP/s, for those that are there.
    """
    rates: Dict[str, float] = {}
    for library in libraries:
        for python in pythons:
            rate = _rate(python, library, seconds)
            if rate is not None:
                rates[library] = rate
                break
    return rates


def _rate(python: str, library: str, seconds: float) -> Optional[float]:
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [python, "-c", _RATE, library, str(seconds)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def describe(peers: Optional[str]) -> Dict[str, Any]:
    """Returns the machine, its load, and the versions of what is compared."""
    pythons = {"own": sys.executable, **({"peers": peers} if peers else {})}
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat("T", "seconds"),
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory_gb": round(_memory() / 1e9, 1),
        "system": platform.platform(),
        "load": list(os.getloadavg()),
        "commit": _commit(),
        "versions": {name: _versions(python) for name, python in pythons.items()},
    }


def wait_for_quiet(limit: float, patience: float = 60.0) -> float:
    """Waits until no more than `limit` processes want to run, at most `patience` seconds.

    Returns:
        float. Processes that were running, beside this one, when it was last looked.
    """
    end = time.monotonic() + patience
    while _running() > limit and time.monotonic() < end:
        time.sleep(1)
    return _running()


def _running() -> float:
    try:
        return int(Path("/proc/loadavg").read_text().split()[3].split("/")[0]) - 1
    except (OSError, ValueError):
        return os.getloadavg()[0]


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return 0


def _commit() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=str(Path(__file__).parent),
    )
    return done.stdout.strip()


def _versions(python: str) -> Dict[str, str]:
    code = (
        "import importlib.metadata as m, json, platform\n"
        "found = {'python': platform.python_version()}\n"
        f"for name in {PACKAGES!r}:\n"
        "    try: found[name] = m.version(name)\n"
        "    except m.PackageNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run([python, "-c", code], stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else {}
