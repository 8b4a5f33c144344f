"""Worker: a contestant in a process of its own, spoken to in lines of JSON."""

from __future__ import annotations

import functools
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, TextIO

Run = Callable[[Dict[str, Any]], Optional[Dict[str, Any]]]
Setup = Callable[[Dict[str, Any]], Run]

CONTESTANTS: Dict[str, Contestant] = {}


class Contestant:
    """What is needed to start a worker: a function, and the Python that runs it."""

    def __init__(self, name: str, setup: Setup, python: str, environment: Dict[str, str]):
        self.name, self.setup, self.python, self.environment = name, setup, python, environment


def contestant(name: str, python: str = "own", **environment: str) -> Callable[[Setup], Setup]:
    """Declares a contestant.

    Args:
        name: str, for tables.
        python: `"own"`, the Python of the script, or `"peers"`, that of the peers' environment.
        **environment: environment variables of its process, such as `KERAS_BACKEND`.

    Returns:
        A decorator for a function that gets the settings and returns `run(case)`. `run` is timed
        whole, unless it returns `seconds`; what else it returns is noted.
    """

    def declare(setup: Setup) -> Setup:
        CONTESTANTS[name] = Contestant(name, setup, python, environment)
        return setup

    return declare


class Worker:
    """Starts a contestant's process, and asks it for one measurement after another.

    Args:
        script: path of the script that declares the contestant.
        name: str, the contestant.
        python: path of the Python to run it.
        settings: dict that its function gets.
        environment: dict of environment variables.

    Raises:
        RuntimeError: the process ended, or the contestant raised an error.
    """

    def __init__(
        self,
        script: Path,
        name: str,
        python: str,
        settings: Dict[str, Any],
        environment: Optional[Dict[str, str]] = None,
    ):
        self.name = name
        variables = {
            **os.environ,
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "",
            "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "true",
            "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
            **(environment or {}),
        }
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 (read where it fails)
        self._started = time.perf_counter()
        self._process = subprocess.Popen(
            [python, str(script), "--worker", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=variables,
        )
        self._send(settings)
        self.set_up_in = self._receive()["seconds"]

    def measure(self, case: Dict[str, Any]) -> Dict[str, Any]:
        """Runs a case once in the process, and returns what was measured there.

        `seconds_from_start` is counted from the start of the process: of use for its first case.
        """
        self._send(case)
        return {**self._receive(), "seconds_from_start": time.perf_counter() - self._started}

    def close(self) -> None:
        """Ends the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def _send(self, message: Dict[str, Any]) -> None:
        stream = self._process.stdin
        if stream is None or stream.closed:
            raise RuntimeError(f"{self.name}: the worker is closed.")
        try:
            stream.write(json.dumps(message) + "\n")
            stream.flush()
        except BrokenPipeError:
            raise RuntimeError(f"{self.name}: the worker has ended.") from None

    def _receive(self) -> Dict[str, Any]:
        stream = self._process.stdout
        line = stream.readline() if stream is not None else ""
        if not line:
            code = self._process.wait()
            self._log.seek(0)
            log = self._log.read()[-4000:]
            raise RuntimeError(f"{self.name}: the worker ended with code {code}.\n{log}")
        answer = json.loads(line)
        if "error" in answer:
            self.close()
            raise RuntimeError(f"{self.name} failed:\n{answer['error']}")
        return answer


def serve(name: str) -> None:
    """Is the worker: reads settings, then cases, one a line, and answers each with a line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever libraries print must not mix with the answers
    lines = sys.stdin
    start = time.perf_counter()
    settings = json.loads(lines.readline())
    run = _answered(answers, lambda: CONTESTANTS[name].setup(settings))
    _write(answers, {"seconds": time.perf_counter() - start})
    for line in iter(lines.readline, ""):
        case = json.loads(line)
        gc.collect()
        wall, cpu = time.perf_counter(), _cpu_seconds()
        found = _answered(answers, functools.partial(run, case))
        measured = {
            "seconds": time.perf_counter() - wall,
            "cpu_seconds": _cpu_seconds() - cpu,
            "peak_mb": peak_mb(),
        }
        _write(answers, {**measured, **(found or {})})


def peak_mb() -> float:
    """Returns the largest resident size of this process so far, in MB of 10^6 bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _cpu_seconds() -> float:
    """Seconds of processors used by this process and by those of its children that have ended."""
    used: List[Any] = [
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _answered(answers: TextIO, call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception:
        _write(answers, {"error": traceback.format_exc(limit=-4)})
        sys.exit(1)


def _write(answers: TextIO, message: Dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()
