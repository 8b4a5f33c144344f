"""Two hundred and more bad inputs: one line that says what is wrong, exit code 2, nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from inspect import signature
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest
from typer.testing import CliRunner

from albert_zoo.cli import app
from tests.reliability.bad_inputs import model_cases, place_cases, record_cases, table_cases
from tests.reliability.bad_inputs.case import BadInput, Good

ROOT = Path(__file__).resolve().parents[3]
CASES: List[BadInput] = [
    case
    for module in (table_cases, record_cases, model_cases, place_cases)
    for case in module.cases()
]
SECONDS = 120  # for one input; a busy machine is no fault of it
MOST_MEMORY = 2 << 20  # kilobytes

# Click 8.2 keeps the two streams apart by itself, the versions for Python 3.9 when told so.
_APART = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}


def ids(case: BadInput) -> str:
    return case.name


def test_there_are_200() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 200


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Ends a test that hangs."""

    def late(*_: Any) -> None:
        raise AssertionError(f"took more than {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def files_below(folder: Path) -> Dict[str, Tuple[int, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def check_message(case: BadInput, code: int, stdout: str, stderr: str) -> None:
    said = stdout + stderr
    assert "Traceback" not in said
    assert code == 2, said
    errors = [line for line in said.splitlines() if line.startswith("error: ")]
    assert errors, said
    if "validate" not in said and not stdout.rstrip().endswith("before you train."):
        assert len(errors) == 1, said
    for word in case.words:
        assert any(word in line for line in errors), f"{word!r} is missing in {errors}"
    # Words of Python's own, with which nobody can mend a file.
    for word in (
        "object has no attribute",
        "unsupported operand",
        "NoneType",
        "unexpected keyword",
    ):
        assert not any(word in line for line in errors), errors


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_a_bad_input_is_refused(case: BadInput, good: Good, tmp_path: Path) -> None:
    arguments = [str(argument) for argument in case.make(tmp_path, good)]
    before = files_below(tmp_path)
    result = CliRunner(**_APART).invoke(app, arguments)
    check_message(case, result.exit_code, result.stdout, result.stderr)
    assert files_below(tmp_path) == before
    assert not (tmp_path / "run").exists()


# What `wait4` tells of a process counts the memory of the one that started it too.
_MEASURED = """
import atexit, pathlib, re, sys
def tell(path=sys.argv.pop(1)):
    status = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path(path).write_text(re.search(r"VmHWM:\\s+(\\d+)", status).group(1))
atexit.register(tell)
import albert_zoo.cli
albert_zoo.cli.main()
"""


def run_alone(arguments: List[Any], folder: Path) -> Tuple[int, str, str, int]:
    """Runs a command in a process; returns exit code, both streams and kilobytes of memory."""
    peak = folder / ".peak"
    command = [sys.executable, "-c", _MEASURED, str(peak), *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ALBERT_ZOO_HOME": str(folder / "home")}
    out, err = folder / ".out", folder / ".err"
    with open(out, "w") as stdout, open(err, "w") as stderr:
        code = subprocess.run(command, stdout=stdout, stderr=stderr, env=environment).returncode
    return code, out.read_text(), err.read_text(), int(peak.read_text())


# A dozen, in processes of their own, whose memory can be seen.
ALONE = (  # few of them need TensorFlow, which takes seconds to load
    *("records-huge-length", "weights-tf1-flipped-index", "weights-preset-sparse"),
    *("config-preset-too-deep", "config-preset-too-wide", "config-transformers-size-huge"),
    *("config-keras_hub-size-huge", "config-keras_hub-size-infinite", "folder-loop"),
    *("archive-stated-size", "archive-members", "archive-flipped-gzip", "name-long"),
)


@pytest.mark.parametrize("case", [c for c in CASES if c.name in ALONE], ids=ids)
def test_a_process_of_its_own(case: BadInput, good: Good, tmp_path: Path) -> None:
    started = time.monotonic()
    code, out, err, memory = run_alone(case.make(tmp_path, good), tmp_path)
    check_message(case, code, out, err)
    assert memory < MOST_MEMORY
    assert time.monotonic() - started < SECONDS
    assert not (tmp_path / "run").exists()


def test_all_of_them_are_there() -> None:
    assert set(ALONE) <= {case.name for case in CASES}


def test_a_long_line_takes_little_memory(good: Good, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.name == "table-long-line")
    path = case.make(tmp_path, good)[2]
    arguments = ["validate", path, "--text", "text", "--label", "label"]
    code, out, err, memory = run_alone(arguments, tmp_path)
    assert code == 2, out + err
    assert f"{path}:2: not valid CSV: field larger than" in out
    assert "Traceback" not in out + err
    assert memory < MOST_MEMORY
