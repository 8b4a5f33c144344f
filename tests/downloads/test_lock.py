"""The lock that the operating system holds."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from albert_zoo.downloads import locked


def test_one_at_a_time(tmp_path):
    seen = []

    def work() -> None:
        for _ in range(20):
            with locked(tmp_path / "file.bin"):
                seen.append("in")
                seen.append("out")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["in", "out"] * 80
    assert os.listdir(tmp_path) == []


def test_a_killed_process_blocks_nobody(tmp_path):
    target = tmp_path / "file.bin"
    code = (
        "import sys, time; from albert_zoo.downloads import locked\n"
        "with locked(sys.argv[1]): print('in', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code, str(target)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout.readline() == b"in\n"
        process.kill()
    with locked(target):
        assert os.listdir(tmp_path) == ["file.bin.lock"]
    assert os.listdir(tmp_path) == []
