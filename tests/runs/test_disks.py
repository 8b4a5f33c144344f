"""Checkpoints on a real disk that is full, or becomes read-only, while a run writes them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A mount of its own in a namespace of its own: no rights are needed, and nothing is left of it.
INSIDE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-ec"]
MOUNT = 'mount -t tmpfs -o size=1m tmpfs "$1"; cd "$1"; shift; exec "$@"'


def can_mount() -> bool:
    if shutil.which("unshare") is None or not sys.platform.startswith("linux"):
        return False
    command = [*INSIDE, "mount -t tmpfs tmpfs /mnt", "sh"]
    return subprocess.run(command, capture_output=True).returncode == 0


CHILD = """
import logging, os, subprocess, sys
import numpy as np
from albert_zoo.errors import CheckpointError
from albert_zoo.runs import Snapshot, SnapshotStore, SnapshotWriter

logging.basicConfig(stream=sys.stdout, format="%(message)s", level="WARNING")
os.mkdir("run")
store = SnapshotStore("run/snapshots")

def fill():
    with open("filler", "wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)) == 4096:
                pass
        except OSError:
            pass

def free():
    os.unlink("filler")

def remount(how):
    subprocess.run(["mount", "-o", "remount," + how, os.getcwd()], check=True)

def submit(writer, step):
    writer.submit(Snapshot(step, {"x": np.full(20_000, step, "float32")}, {}))

def state():
    left = sorted(name for name in os.listdir("run/snapshots") if not name.startswith("step-"))
    print("newest", store.newest().step, "left", left)

def stays(name, break_it, mend_it, step):
    try:
        with SnapshotWriter(store, patience=0.3, first_wait=0.05) as writer:
            submit(writer, step)
            writer.flush()
            break_it()
            submit(writer, step + 1)
    except CheckpointError as error:
        print(name, error)
    state()
    mend_it()

writer = SnapshotWriter(store, first_wait=0.05)
submit(writer, 1)
writer.flush()
fill()
submit(writer, 2)
while writer._failure is None:
    pass
submit(writer, 3)
state()
free()
writer.flush()
writer.close()
state()
stays("full:", fill, free, 4)
stays("read-only:", lambda: remount("ro"), lambda: remount("rw"), 6)
submit(again := SnapshotWriter(store), 8)
again.flush()
state()
"""


@pytest.mark.skipif(not can_mount(), reason="may not mount a disk of its own")
def test_a_full_and_a_read_only_disk(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    (tmp_path / "disk").mkdir()
    done = subprocess.run(
        [*INSIDE, MOUNT, "sh", str(tmp_path / "disk"), sys.executable, "-c", CHILD],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    full, read_only = ".npz: no space left on device.", ".npz: read-only file system."
    again = "Training goes on, and it is tried again."

    def of(words: str) -> str:
        return next(line for line in done.stdout.splitlines() if words in line)

    # What waited is written when there is room again: the newest, as the one before is outdated.
    assert full in of("step 2 cannot be written") and again in of("step 2 cannot be written")
    assert [line for line in done.stdout.splitlines() if line.startswith("newest")] == [
        "newest 1 left []", "newest 3 left []",
        "newest 4 left []", "newest 6 left []", "newest 8 left []",
    ]  # fmt: skip
    assert "Checkpoints can be written again." in done.stdout
    # It stays so: the run is told, and what was written stays usable.
    for kind, words, step in (("full", full, 4), ("read-only", read_only, 6)):
        message = of(f"{kind}: Checkpoints cannot be written")
        assert words in message and f"The last good one is that of step {step}." in message
    assert not any((tmp_path / "disk").iterdir())
