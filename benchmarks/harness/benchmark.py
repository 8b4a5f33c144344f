"""Benchmark: measures cases in rounds, and reports."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence

from harness.claim import Claim
from harness.machine import describe, matrix_rate, wait_for_quiet
from harness.worker import CONTESTANTS, Worker, serve

HERE = Path(__file__).resolve().parents[1]
SHARED = HERE.parents[1] / "shared"


class Benchmark:
    """A run of one script.

    Args:
        name: str, of the script.
        script: path of the script.
        options: what the command line said.

    Attributes:
        measurements: list of dict, one a measurement: `benchmark`, `case`, `contestant`, `round`,
            `seconds`, `cpu_seconds`, `peak_mb`, `running` (other processes that wanted to run just
            before), and what the contestant returned.
        claims: list of `Claim`.
        tables: further tables, as `add_table` got them.
        quick: bool. Whether `--quick` was given.
    """

    def __init__(self, name: str, script: Path, options: argparse.Namespace):
        self.name, self.script, self.options = name, script, options
        self.quick: bool = options.quick
        self.peers: Optional[str] = _python_of(options.peers)
        self.measurements: List[Dict[str, Any]] = []
        self.claims: List[Claim] = []
        self.tables: List[Dict[str, Any]] = []
        self.machine: Dict[str, Any] = {}

    @classmethod
    def main(
        cls,
        file: str,
        description: Optional[str],
        measure: Callable[[Benchmark], None],
        add_options: Optional[Callable[[argparse.ArgumentParser], None]] = None,
    ) -> None:
        """Is the script's command line: a worker if it was started as one, else the benchmark.

        Args:
            file: the script's `__file__`.
            description: the script's docstring.
            measure: function of the `Benchmark`, which measures and claims.
            add_options: function that adds the script's own options to a parser.
        """
        script = Path(file).resolve()
        parser = _parser(description, script.stem)
        if add_options is not None:
            add_options(parser)
        options = parser.parse_args()
        if options.worker:
            serve(options.worker)
            return
        from harness.report import report  # rich and matplotlib are not needed in a worker

        benchmark = cls(script.stem, script, options)
        pythons = [python for python in (sys.executable, benchmark.peers) if python]
        benchmark.machine = describe(benchmark.peers)
        if not options.no_matrix_rate:
            benchmark.machine["matrix_gflops"] = matrix_rate(pythons, 1 if options.quick else 3)
        measure(benchmark)
        report(benchmark)

    @property
    def settings(self) -> Dict[str, Any]:
        """What every contestant's function gets: paths, and `quick`."""
        return {
            "data": str(self.options.data),
            "vocabulary": str(self.options.vocabulary),
            "root": str(HERE.parent),
            "quick": self.quick,
        }

    def available(self, names: Sequence[str]) -> List[str]:
        """Leaves out the contestants of the peers' environment where there is none."""
        return [name for name in names if CONTESTANTS[name].python != "peers" or self.peers]

    def measure(
        self,
        case: str,
        contestants: Sequence[str],
        arguments: Optional[Dict[str, Any]] = None,
        rounds: int = 5,
        warm_up: int = 1,
        fresh: bool = False,
        settings: Optional[Dict[str, Any]] = None,
    ) -> List[Dict[str, Any]]:
        """Measures a case: every contestant once a round, the order turned round each time.

        Args:
            case: str, its name.
            contestants: names; those of a missing peers' environment are left out.
            arguments: dict that `run` gets, beside `case` and `round`.
            rounds: int. Pairs to measure.
            warm_up: int. Calls before, which are noted with round -1 and enter no ratio.
            fresh: bool. Whether every measurement gets a new process; `seconds_from_start` then
                counts from its start, with all imports.
            settings: dict that is added to what the contestants' functions get.

        Returns:
            list of the measurements.
        """
        names = self.available(contestants)
        workers: Dict[str, Worker] = {}
        noted: List[Dict[str, Any]] = []

        def call(name: str, number: int) -> None:
            running = wait_for_quiet(self.options.others, self.options.patience)
            if fresh or name not in workers:
                workers[name] = self._start(name, settings or {})
            found = workers[name].measure({"case": case, "round": number, **(arguments or {})})
            if fresh:
                workers.pop(name).close()
            note = {
                "benchmark": self.name,
                "case": case,
                "contestant": name,
                "round": number,
                "running": running,
                **found,
            }
            noted.append(note)
            self._note(note)

        try:
            for _ in range(0 if fresh else warm_up):
                for name in names:
                    call(name, -1)
            for number in range(rounds):
                for name in names if number % 2 == 0 else names[::-1]:
                    call(name, number)
        finally:
            for worker in workers.values():
                worker.close()
        return noted

    def claim(self, claim: Claim) -> None:
        """Adds a line to the table, if both contestants were measured."""
        met = {note["contestant"] for note in self.measurements if note["case"] == claim.case}
        if {claim.ours, claim.theirs} <= met:
            self.claims.append(claim)

    def add_table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Adds a table of figures that are no ratios of pairs."""
        self.tables.append(
            {"title": title, "columns": list(columns), "rows": [list(row) for row in rows]}
        )

    def _start(self, name: str, settings: Dict[str, Any]) -> Worker:
        declared = CONTESTANTS[name]
        python = self.peers if declared.python == "peers" else sys.executable
        return Worker(
            self.script,
            name,
            str(python),
            {**self.settings, **settings},
            declared.environment,
        )

    def _note(self, note: Dict[str, Any]) -> None:
        path = self.options.measurements
        if path is not None:
            with open(path, "a", encoding="utf-8") as lines:
                lines.write(json.dumps(note) + "\n")
        number = "warm-up" if note["round"] < 0 else f"round {note['round'] + 1}"
        print(
            f"{note['case']}: {note['contestant']}, {number}: {note['seconds']:.4g} s",
            file=sys.stderr,
            flush=True,
        )
        if note["round"] >= 0:
            self.measurements.append(note)


def _python_of(environment: Optional[Path]) -> Optional[str]:
    if environment is None:
        return None
    for path in (environment, environment / "bin" / "python"):
        if path.is_file() and os.access(path, os.X_OK):
            return str(path)
    sys.exit(f"`--peers` must be a virtual environment. Received: {environment}, without a Python.")


def _parser(description: Optional[str], name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="fewer rows and rounds, under three minutes")
    add("--peers", type=Path, help="virtual environment of benchmarks/requirements.txt")
    add("--data", type=Path, default=SHARED / "data" / "glue", help="folder of GLUE's tasks")
    add(
        "--vocabulary",
        type=Path,
        default=SHARED / "data" / "albert" / "30k-clean.model",
        help="ALBERT's SentencePiece model",
    )
    add("--output", type=Path, help=f"JSON file of the results, such as results/{name}.json")
    add("--picture", type=Path, help="PNG or SVG file of the ratios")
    add("--docs", type=Path, help="page whose block of this benchmark is written anew")
    add("--measurements", type=Path, help="file to which every measurement is added, a line each")
    add("--others", type=float, default=0, help="wait while more processes than these are running")
    add("--patience", type=float, default=0, help="seconds to wait for that at the most")
    add("--no-matrix-rate", action="store_true", help=argparse.SUPPRESS)
    add("--worker", help=argparse.SUPPRESS)
    return parser
