"""Runs that can be interrupted: snapshots of their state, and who may write into their folder."""

from albert_zoo.runs.output_lock import OutputLock as OutputLock
from albert_zoo.runs.snapshot import Snapshot as Snapshot
from albert_zoo.runs.snapshot_store import SnapshotStore as SnapshotStore
from albert_zoo.runs.snapshot_writer import SnapshotWriter as SnapshotWriter
from albert_zoo.runs.stop_signals import StopSignals as StopSignals

__all__ = [
    "OutputLock",
    "Snapshot",
    "SnapshotStore",
    "SnapshotWriter",
    "StopSignals",
]
