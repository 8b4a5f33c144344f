"""Snapshot files, the store, the writer, the lock and the signals; none of them needs a model."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest

from albert_zoo.errors import CheckpointError, RunInUseError
from albert_zoo.runs import OutputLock, Snapshot, SnapshotStore, SnapshotWriter, StopSignals
from albert_zoo.runs.output_lock import DEAD
from albert_zoo.runs.snapshot_file import read_snapshot, write_snapshot

ARRAYS = {
    "weights/a": np.arange(6, dtype="float32").reshape(2, 3),
    "optimizer/0": np.array(7),
    "random/dropout_0": np.array([1, 2**32 - 1], "uint32"),
    "empty": np.zeros((0, 4), "float16"),
}


def snapshot(step: int, best: Any = None) -> Snapshot:
    arrays = {"x": np.full(100, float(step))}
    return Snapshot(step, arrays, {"batch": step}, best, None if best is None else arrays)


def names(folder: Path) -> List[str]:
    return sorted(path.name for path in folder.iterdir())


# === Files ===
def test_a_file_holds_what_was_written(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "x.npz", ARRAYS, {"step": 3, "losses": [0.1, float("nan")]})
    arrays, progress = read_snapshot(tmp_path / "x.npz")
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype and arrays[name].shape == array.shape
        assert arrays[name].tobytes() == array.tobytes()
    assert progress["step"] == 3 and progress["losses"][0] == 0.1
    with np.load(tmp_path / "x.npz", allow_pickle=False) as plain:  # as NumPy reads it
        assert np.array_equal(plain["weights/a"], ARRAYS["weights/a"])
    assert names(tmp_path) == ["x.npz"]


def test_every_damage_is_found(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    write_snapshot(path, ARRAYS, {})
    whole = path.read_bytes()
    for size in [0, 1, len(whole) // 2, len(whole) - 83, len(whole) - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(CheckpointError, match="x.npz: damaged"):
            read_snapshot(path)
    for place in np.random.default_rng(0).integers(0, len(whole), 50):
        changed = bytearray(whole)
        changed[place] ^= 1 << int(place % 8)
        path.write_bytes(changed)
        with pytest.raises(CheckpointError, match="x.npz: damaged"):
            read_snapshot(path)


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="[Oo]bject"):
        write_snapshot(tmp_path / "x.npz", {"x": np.array([{}])}, {})
    assert names(tmp_path) == []


# === The store ===
def test_the_last_and_the_best_are_kept(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "s", keep=2)
    assert store.newest() is None
    for step, best in ((1, 0), (2, 0), (3, 1), (4, 1)):
        store.write(snapshot(step, best))
        (tmp_path / "s" / "mine.txt").write_text("no file of a snapshot")
    kept = ["best-00000001.npz", "mine.txt", "step-00000003.npz", "step-00000004.npz"]
    assert names(tmp_path / "s") == kept
    again = SnapshotStore(tmp_path / "s", keep=2)
    found = again.newest()
    assert found is not None and (found.step, found.best_epoch) == (4, 1)
    assert found.best_arrays is not None and found.best_arrays["x"][0] == 3  # written once
    (tmp_path / "s" / ".step-00000005.npz.123.part").write_bytes(b"unfinished")
    again.write(snapshot(5, 2))
    assert names(tmp_path / "s") == [
        "best-00000001.npz", "best-00000002.npz", "mine.txt",
        "step-00000004.npz", "step-00000005.npz",
    ]  # fmt: skip


@pytest.mark.parametrize("damaged", ["step-00000003.npz", "best-00000001.npz"])
def test_the_one_before_a_damaged_one_is_taken(
    tmp_path: Path, damaged: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = SnapshotStore(tmp_path, keep=3)
    for step, best in ((1, 0), (2, 0), (3, 1)):
        store.write(snapshot(step, best))
    content = (tmp_path / damaged).read_bytes()
    (tmp_path / damaged).write_bytes(content[:100])
    found = store.newest()
    assert found is not None and (found.step, found.best_epoch) == (2, 0)
    assert f"{damaged}: damaged" in caplog.text and "one before it is taken" in caplog.text
    # What is damaged pushes no whole one out.
    for step in (3, 4):
        store.write(snapshot(step, 0))
    assert [path.name[-5] for path in store.files()] == ["2", "3", "4"]


def test_a_run_that_begins_anew(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "s")
    for step in (7, 8):
        store.write(snapshot(step, 3))
    store.clear()
    assert store.newest() is None
    store.write(snapshot(1, 3))
    assert names(tmp_path / "s") == ["best-00000003.npz", "step-00000001.npz"]
    assert store.newest().best_arrays["x"][0] == 1  # type: ignore[union-attr, index]


def test_nothing_but_damaged_ones(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    store.write(snapshot(1))
    store.files()[0].write_bytes(b"")
    with pytest.raises(CheckpointError, match="No checkpoint in .* Delete the folder"):
        store.newest()


# === The writer ===
class Disk:
    """A store on a disk that is full for a number of writes."""

    def __init__(self, failures: int, error: Any = None):
        self.failures = failures
        self.error = error or OSError(errno.ENOSPC, "No space left on device", "/disk/x.npz")
        self.written: List[int] = []

    def write(self, each: Snapshot) -> None:
        if self.failures:
            self.failures -= 1
            raise self.error
        self.written.append(each.step)


def test_a_full_disk_is_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    disk = Disk(failures=3)
    writer = SnapshotWriter(disk, first_wait=0.01)
    writer.submit(snapshot(1))
    writer.flush()
    assert disk.written == [1] and writer.written_step == 1 and not writer.is_busy
    assert caplog.text.count("step 1 cannot be written: /disk/x.npz: no space left") == 1
    assert "can be written again" in caplog.text
    writer.close()


def test_the_newest_state_is_what_waits() -> None:
    disk = Disk(failures=1)
    writer = SnapshotWriter(disk, first_wait=0.2)
    for step in (1, 2, 3):
        writer.submit(snapshot(step))
        time.sleep(0.02)
    writer.flush()
    assert disk.written == [3]
    writer.close()


def test_a_disk_that_stays_full_stops_the_run() -> None:
    disk = Disk(failures=0)
    writer = SnapshotWriter(disk, patience=0.1, first_wait=0.01)
    writer.submit(snapshot(1))
    writer.flush()
    disk.failures = 10**6
    writer.submit(snapshot(2))
    message = "cannot be written: /disk/x.npz: no space left on device. The last good one .* step 1"
    with pytest.raises(CheckpointError, match=message):
        writer.flush()
    with pytest.raises(CheckpointError, match=message):
        writer.check()
    writer.close()


def test_who_stops_does_not_wait_for_ever() -> None:
    writer = SnapshotWriter(Disk(failures=10**6), first_wait=0.01)
    writer.submit(snapshot(1))
    with pytest.raises(CheckpointError, match="There is none"):
        writer.flush(patience=0.05)
    writer.close()


def test_our_own_mistakes_are_not_hidden() -> None:
    writer = SnapshotWriter(Disk(failures=1, error=KeyError("mistake")))
    writer.submit(snapshot(1))
    with pytest.raises(KeyError, match="mistake"):
        writer.flush()
    writer.close()


def test_a_folder_that_is_gone_does_not_come_back(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path / "s")
    store.write(snapshot(1))
    (tmp_path / "s").rename(tmp_path / "moved")
    with pytest.raises(FileNotFoundError, match="the folder is gone"):
        store.write(snapshot(2))
    assert names(tmp_path) == ["moved"]
    (tmp_path / "moved").rename(tmp_path / "s")
    assert store.newest().step == 1  # type: ignore[union-attr]


LIMITED = """
import resource, signal, sys
import numpy as np
from albert_zoo.runs import Snapshot, SnapshotStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
store = SnapshotStore(sys.argv[1])
store.write(Snapshot(1, {"x": np.ones(1000)}, {}))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    store.write(Snapshot(2, {"x": np.ones(100_000)}, {}))
except OSError as error:
    print(type(error).__name__, error.errno)
print(store.newest().step)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of POSIX")
def test_a_write_that_the_system_cuts_off_leaves_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "s")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout.splitlines()[-2:] == [f"OSError {errno.EFBIG}", "1"], done.stderr
    assert names(tmp_path / "s") == ["step-00000001.npz"]


# === The lock ===
def test_a_second_run_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "run"
    with OutputLock(folder):
        message = rf"Process {os.getpid()} on .* at work there \(.*run.lock\)"
        with pytest.raises(RunInUseError, match=message):
            OutputLock(folder).acquire()
        with OutputLock(tmp_path / "runs" / "other"):
            pass
    assert names(tmp_path / "runs") == []
    with OutputLock(folder):
        pass


HOLD = """
import sys, time
from albert_zoo.runs import OutputLock
OutputLock(sys.argv[1]).acquire()
print("in", flush=True)
time.sleep(600)
"""


def test_a_killed_run_blocks_nobody(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", HOLD, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        while process.stdout.readline() != b"in\n":
            assert process.poll() is None
        with pytest.raises(RunInUseError, match=f"Process {process.pid} on"):
            OutputLock(tmp_path / "run").acquire()
        process.kill()
        process.wait()
        with OutputLock(tmp_path / "run"):
            assert json.loads((tmp_path / "run.lock").read_text())["pid"] == os.getpid()


def test_a_run_on_another_host_gives_signs_of_life(tmp_path: Path) -> None:
    mark = tmp_path / "run.lock"
    mark.write_text(json.dumps({"pid": 1, "host": "elsewhere"}))
    with pytest.raises(RunInUseError, match="Process 1 on elsewhere"):
        OutputLock(tmp_path / "run").acquire()
    old = time.time() - DEAD - 1
    os.utime(mark, (old, old))
    with OutputLock(tmp_path / "run"):
        pass


def test_without_locks_of_the_system_the_process_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("albert_zoo.runs.output_lock.take_lock", lambda *_, **__: None)
    with OutputLock(tmp_path / "run"):
        with pytest.raises(RunInUseError, match="at work there"):
            OutputLock(tmp_path / "run").acquire()
        owner = json.loads((tmp_path / "run.lock").read_text())
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    (tmp_path / "run.lock").write_text(json.dumps({**owner, "pid": process.pid}))
    with OutputLock(tmp_path / "run"):
        pass


# === Signals ===
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_waits_the_second_does_not(number: int) -> None:
    before = signal.getsignal(number)
    seen: List[int] = []
    signal.signal(number, lambda *_: seen.append(1))
    try:
        with StopSignals() as signals:
            assert signals.received is None
            os.kill(os.getpid(), number)
            assert signals.received == number and not seen
            os.kill(os.getpid(), number)
            assert seen == [1]
        os.kill(os.getpid(), number)
        assert seen == [1, 1]
    finally:
        signal.signal(number, before)


def test_other_threads_get_no_signals() -> None:
    faults: List[BaseException] = []

    def work() -> None:
        try:
            with StopSignals() as signals:
                assert signals.received is None
        except BaseException as error:
            faults.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert not faults


@pytest.fixture(autouse=True)
def notes(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "albert_zoo")
