"""RunRecord: all that a run's result depends on."""

from __future__ import annotations

import importlib
import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import numpy as np
import sentencepiece

from albert_zoo._version import __version__
from albert_zoo.keras_api import backend_name, keras
from albert_zoo.training.fingerprints import folder_fingerprint, rows_fingerprint

DECISIVE = ("configuration", "data", "preset")
"""The parts of a record in which a run and its repetition must be equal."""

_GIT_SECONDS = 10.0


@dataclass(frozen=True)
class RunRecord:
    """What a run depends on, as plain JSON values.

    Args:
        configuration: dict of what the run was told, and what became of it.
        data: dict of the name of a set, such as `"train"`, to `rows` and `sha256`, or to `None`
            for a set that cannot be read twice.
        preset: dict of `path` and `files`, the latter with the size and SHA-256 of each; `None`
            for a model that no preset was read for.
        versions: dict of package to version.
        machine: dict of the system, the processor and the number of its cores.
        git: dict of `commit`, `branch` and `changed_files` (int) of the folder that the run was
            started in; `None` outside a repository.

    Example:

    >>> record = RunRecord.take({"seed": 0, "batch_size": 8}, data={})
    >>> other = RunRecord.take({"seed": 1, "batch_size": 8}, data={})
    >>> other.differences(record)
    ['configuration: seed was 0, is 1']
    """

    configuration: Dict[str, Any]
    data: Dict[str, Any]
    preset: Optional[Dict[str, Any]]
    versions: Dict[str, Any]
    machine: Dict[str, Any]
    git: Optional[Dict[str, Any]]

    @classmethod
    def take(
        cls, configuration: Mapping[str, Any], data: Mapping[str, Any], preset: Any = None
    ) -> RunRecord:
        """Records a run that is about to begin.

        Args:
            configuration: dict of JSON values; other values are recorded as text.
            data: dict of name to `Examples`, `EncodedExamples` or a dataset.
            preset: path of the preset's folder or file.
        """
        return cls(
            configuration=_as_json(dict(configuration)),
            data={name: rows_fingerprint(part) for name, part in data.items()},
            preset=None if preset is None else preset_record(preset),
            versions=versions(),
            machine=machine(),
            git=git_state(),
        )

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> RunRecord:
        """Makes a record of what `as_json` returned; a part that is missing is empty."""
        return cls(
            configuration=dict(content.get("configuration") or {}),
            data=dict(content.get("data") or {}),
            preset=content.get("preset"),
            versions=dict(content.get("versions") or {}),
            machine=dict(content.get("machine") or {}),
            git=content.get("git"),
        )

    def as_json(self) -> Dict[str, Any]:
        """Returns the record as a dict of JSON values."""
        return asdict(self)

    def differences(self, earlier: RunRecord, parts: Sequence[str] = DECISIVE) -> List[str]:
        """Names what is not as it was.

        Args:
            earlier: `RunRecord` of the run before.
            parts: names of the attributes to compare.

        Returns:
            list of str, each such as `"configuration: batch_size was 16, is 32"`.
        """
        found: List[str] = []
        for part in parts:
            before, now = (_flat(record._compared(part)) for record in (earlier, self))
            for name in [*before, *(name for name in now if name not in before)]:
                if before.get(name) != now.get(name):
                    change = f"was {_short(before.get(name))}, is {_short(now.get(name))}"
                    found.append(f"{part}: {name} {change}")
        return found

    def _compared(self, part: str) -> Any:
        value = getattr(self, part)
        # A preset that was moved is the same one.
        return value["files"] if part == "preset" and value is not None else value


def versions() -> Dict[str, Any]:
    """Returns the versions that a result depends on."""
    found = {
        "albert_zoo": __version__,
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": backend_name(),
    }
    for name in dict.fromkeys(("tensorflow", backend_name())):  # the first batches the data
        found[name] = importlib.import_module(name).__version__
    found["numpy"], found["sentencepiece"] = np.__version__, sentencepiece.__version__
    return {**found, "platform": platform.platform()}


def machine() -> Dict[str, Any]:
    """Returns what the run's sums may depend on: the processor, and the threads that share them."""
    return {
        "architecture": platform.machine(),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
    }


def preset_record(preset: Any) -> Dict[str, Any]:
    """Returns where a preset lies and the checksums of its files.

    Args:
        preset: path of a folder, a file, or the prefix of a TensorFlow checkpoint.
    """
    path = Path(preset)
    if path.exists():
        return {"path": str(path), "files": folder_fingerprint(path)}
    beside = sorted(path.parent.glob(path.name + ".*"))
    return {
        "path": str(path),
        "files": {name: each for file in beside for name, each in folder_fingerprint(file).items()},
    }


def git_state(folder: Any = None) -> Optional[Dict[str, Any]]:
    """Returns the commit, the branch and the number of changed files of a repository.

    Args:
        folder: path within it. `None` for the current folder.

    Returns:
        dict, or `None` where there is no repository or no git.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    changed = _git(folder, "status", "--porcelain")
    if commit is None or changed is None:
        return None
    return {
        "commit": commit,
        "branch": _git(folder, "rev-parse", "--abbrev-ref", "HEAD"),
        "changed_files": len(changed.splitlines()),
    }


def _git(folder: Any, *arguments: str) -> Optional[str]:
    command = ["git", *([] if folder is None else ["-C", str(folder)]), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_GIT_SECONDS, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            names = [
                line.split(":", 1)[1].strip() for line in file if line.startswith("model name")
            ]
    except OSError:
        names = []
    return names[0] if names else platform.processor()


def _as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _flat(value: Any, prefix: str = "") -> Dict[str, Any]:
    """Returns a nested dict with its innermost values under names such as `"train sha256"`."""
    if not isinstance(value, dict):
        return {prefix or "": value} if value is not None else {}
    flat: Dict[str, Any] = {}
    for name, inner in value.items():
        flat.update(_flat(inner, f"{prefix} {name}".strip()))
    return flat


def _short(value: Any) -> str:
    text = "not there" if value is None else str(value)
    return text if len(text) <= 40 else text[:12] + " ..."
