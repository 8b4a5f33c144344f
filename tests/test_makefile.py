"""`make test` runs the suite of Python 3.9 where there is one, and says so where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="needs make")


def script(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def make(tmp_path: Path) -> Any:
    """Runs `make test-python39` where no Python is found but pyenv's, in `tmp_path / "pyenv"`."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("make", "sh", "touch"):
        (tools / name).symlink_to(str(shutil.which(name)))
    venv = tmp_path / "venv"
    script(venv / "bin" / "python", 'echo "tests: $*"')
    (venv / "installed").touch()  # newer than setup.cfg: nothing is installed

    def run() -> subprocess.CompletedProcess:
        environment = {**os.environ, "PATH": str(tools), "PYENV_ROOT": str(tmp_path / "pyenv")}
        for name in ("PYTHON39", "MAKEFLAGS", "MAKELEVEL"):
            environment.pop(name, None)
        command = ["make", "--no-print-directory", "test-python39", f"VENV39={venv}"]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    return run


def test_without_a_python39_it_says_so(make: Any) -> None:
    done = make()
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Not run: the tests on TensorFlow 2.6.5. They need a Python 3.9")


def test_pyenvs_python39_is_found(make: Any, tmp_path: Path) -> None:
    script(tmp_path / "pyenv" / "versions" / "3.9.18" / "bin" / "python3.9", "exit 0")
    done = make()
    assert done.returncode == 0, done.stderr
    assert "\ntests: -m pytest" in done.stdout
    for room in ("models", "training", "backends", "pretraining", "cli", "test_ascend_scripts.py"):
        assert f" tests/{room}" in done.stdout


def test_a_python39_that_does_not_run_is_passed_over(make: Any, tmp_path: Path) -> None:
    script(tmp_path / "pyenv" / "versions" / "3.9.18" / "bin" / "python3.9", "exit 1")
    assert make().stdout.startswith("Not run: ")
