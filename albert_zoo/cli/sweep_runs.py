"""SweepRuns: the runs of a sweep, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any, Dict, Sequence

from albert_zoo.atomic import new_file
from albert_zoo.cli.sweep_result import SweepResult
from albert_zoo.cli.sweep_run import SweepRun
from albert_zoo.errors import OutputExistsError

PLAN = "sweep.json"


class SweepRuns:
    """Makes runs, and reads what came of them.

    Args:
        folder: path of the sweep's folder.
        arguments: options of `finetune`, the same for all runs.
        offline: bool. Whether they must not use the network.
    """

    def __init__(self, folder: Path, arguments: Sequence[str], offline: bool = False):
        self.folder = folder
        self.arguments = list(arguments)
        self.offline = offline
        self._errors: Dict[SweepRun, str] = {}

    def begin(self) -> None:
        """Writes down what the sweep is of.

        Raises:
            OutputExistsError: the folder holds something else.
        """
        plan = self.folder / PLAN
        if plan.is_file():
            before = json.loads(plan.read_text(encoding="utf-8")).get("arguments")
            if before != self.arguments:
                raise OutputExistsError(
                    f"`output` holds a sweep with other options. Received: {self.folder}, made "
                    f"with {' '.join(before or [])}. Choose another folder."
                )
            return
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise OutputExistsError(
                f"`output` must be a new or empty folder, or a sweep's. Received: {self.folder}. "
                "Choose another one."
            )
        with new_file(plan) as unfinished:
            unfinished.write_text(json.dumps({"arguments": self.arguments}, indent=2) + "\n")

    def is_done(self, run: SweepRun) -> bool:
        """Says whether a run is there, whole."""
        return (self.folder / run.name / "metrics.json").is_file()

    def execute(self, runs: Sequence[SweepRun], jobs: int, screen: Any) -> None:
        """Makes runs, and prints a line for each as it ends."""
        with ThreadPoolExecutor(max_workers=jobs) as pool:
            waiting = {pool.submit(self._run, run): run for run in runs}
            try:
                for number, done in enumerate(as_completed(waiting), start=1):
                    run, seconds = waiting[done], done.result()
                    screen.print(f"{number}/{len(runs)}  {self._line(run, seconds)}")
            except KeyboardInterrupt:
                for future in waiting:
                    future.cancel()
                raise

    def result(self, run: SweepRun) -> SweepResult:
        """Reads what came of a run."""
        folder = self.folder / run.name
        if not self.is_done(run):
            return SweepResult(run, error=self._errors.get(run, "it was not made"))
        metrics, config = (
            json.loads((folder / name).read_text(encoding="utf-8"))
            for name in ("metrics.json", "config.json")
        )
        error = "" if metrics.get("main_metric") else "there are no rows to score on"
        return SweepResult(run, metrics, config, error)

    def log(self, run: SweepRun) -> Path:
        """Returns the file that holds what a run printed."""
        return self.folder / f"{run.name}.log"

    def _run(self, run: SweepRun) -> float:
        start = time.perf_counter()
        command = [sys.executable, "-m", "albert_zoo.cli", "finetune", *self.arguments]
        command += [*run.options(), "--output", str(self.folder / run.name), "--resume"]
        environment = {**os.environ, "MPLBACKEND": "Agg"}
        if self.offline:
            environment["ALBERT_ZOO_OFFLINE"] = "1"
        with open(self.log(run), "w", encoding="utf-8") as log:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        if done.returncode:
            self._errors[run] = self._last_error(run, done.returncode)
        return time.perf_counter() - start

    def _last_error(self, run: SweepRun, code: int) -> str:
        lines = self.log(run).read_text(encoding="utf-8", errors="replace").splitlines()
        said = [line for line in lines if line.startswith(("error: ", "bug: ", "stopped: "))]
        return said[-1] if said else f"it ended with exit code {code}"

    def _line(self, run: SweepRun, seconds: float) -> str:
        from albert_zoo.cli.report import duration

        result = self.result(run)
        rate = "" if run.learning_rate is None else f"learning rate {run.learning_rate}, "
        what = f"failed: {result.error} (all of it: {self.log(run)})"
        if result.score is not None:
            metric = result.metrics["main_metric"]  # type: ignore[index]
            what = f"{metric} {result.score:.4f}"
            what += ", learned nothing" if result.learned_nothing else ""
        return f"{rate}seed {run.seed}: {what} ({duration(seconds)})"
