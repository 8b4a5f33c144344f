"""The harness of the benchmarks: workers, pairs, claims, reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"

SCRIPT = """
import os
from harness import Benchmark, Claim, contestant


@contestant("ours")
def ours(settings):
    print("this line must not be taken for an answer")
    facts = {"process": os.getpid(), "cpu_seconds": 2.0}
    return lambda case: {"seconds": case["base"] * (case["round"] + 1), **facts}


@contestant("theirs", COLOUR="blue")
def theirs(settings):
    assert os.environ["COLOUR"] == "blue"
    return lambda case: {"seconds": 3 * case["base"] * (case["round"] + 1), "cpu_seconds": 5.0}


@contestant("absent", python="peers")
def absent(settings):
    raise AssertionError("there is no such environment")


@contestant("failing")
def failing(settings):
    def run(case):
        raise ValueError("no such file: rows.tsv")
    return run


def measure(benchmark):
    names = ["ours", "theirs", "absent"]
    if os.environ.get("FAIL"):
        names.append("failing")
    benchmark.measure("case", names, {"base": 2.0}, rounds=3, fresh=bool(os.environ.get("FRESH")))
    benchmark.claim(Claim("some rows", "case", "ours", "theirs", 2.5))
    benchmark.claim(Claim("some rows, as a share", "case", "ours", "theirs", 0.2, is_speedup=False))
    benchmark.claim(Claim("never measured", "case", "ours", "absent", 2.0))
    benchmark.add_table("sizes", ["what", "MB"], [["model", 12.345]])


if __name__ == "__main__":
    Benchmark.main(__file__, "A test.", measure)
"""


def run_script(tmp_path, *options, **environment):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script), "--no-matrix-rate", *options],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(BENCHMARKS), **environment},
    )


def test_pairs_are_measured_compared_and_written(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- script -->\nold\n<!-- /script -->\nafter\n", encoding="utf-8")
    files = {name: tmp_path / f"out.{name}" for name in ("json", "png", "jsonl")}
    done = run_script(
        tmp_path,
        *("--output", str(files["json"]), "--picture", str(files["png"])),
        *("--measurements", str(files["jsonl"]), "--docs", str(page)),
    )
    assert done.returncode == 0, done.stderr
    assert "2.50" in done.stdout  # of processor time
    assert "reached" in done.stdout and "missed" in done.stdout and "12.35" in done.stdout

    found = json.loads(files["json"].read_text())
    faster, share = found["claims"]
    assert faster["ratio"] == {"median": 3.0, "low": 3.0, "high": 3.0, "count": 3}
    assert faster["reached"] and not share["reached"]
    order = [(note["round"], note["contestant"]) for note in found["measurements"]]
    assert order[:4] == [(0, "ours"), (0, "theirs"), (1, "theirs"), (1, "ours")]
    one_process = {note["process"] for note in found["measurements"] if "process" in note}
    assert len(one_process) == 1
    lines = files["jsonl"].read_text().splitlines()
    assert len(lines) == 2 * (3 + 1)  # the warm-up is noted and not counted
    assert files["png"].read_bytes()[1:4] == b"PNG"
    text = page.read_text(encoding="utf-8")
    assert "| 3.00 |" in text and "old" not in text and text.endswith("after\n")
    assert str(tmp_path) not in text


def test_fresh_processes(tmp_path):
    done = run_script(tmp_path, "--output", str(tmp_path / "out.json"), FRESH="1")
    assert done.returncode == 0, done.stderr
    notes = json.loads((tmp_path / "out.json").read_text())["measurements"]
    assert len({note["process"] for note in notes if "process" in note}) == 3
    assert all(note["seconds_from_start"] > 0 for note in notes)


def test_an_error_in_a_worker_is_shown(tmp_path):
    done = run_script(tmp_path, FAIL="1")
    assert done.returncode != 0
    assert "failing failed" in done.stderr and "no such file: rows.tsv" in done.stderr


def test_the_machine_is_measured(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from harness.machine import describe, matrix_rate

    assert describe(None)["versions"]["own"]["numpy"]
    assert matrix_rate([sys.executable], 0.1, ["tensorflow"])["tensorflow"] > 0.1


def test_growth_exponent(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    from harness import growth_exponent, paired_ratio

    assert growth_exponent([(10, 1.0), (100, 100.0)]) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="never measured"):
        paired_ratio([], "case", "a", "b")
