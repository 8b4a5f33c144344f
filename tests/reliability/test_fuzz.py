"""The fuzz targets: every input that once showed a fault, and a moment of blind mutations each."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any, Iterator, List, Tuple

import pytest

FUZZ = Path(__file__).resolve().parents[2] / "fuzz"
CASES = Path(__file__).parent / "fuzz_cases"
INPUTS, SECONDS = 60, 4  # for each target, whichever comes first


@pytest.fixture(scope="module")
def harness() -> Iterator[Any]:
    sys.path.insert(0, str(FUZZ))
    import harness as module

    yield module
    sys.path.remove(str(FUZZ))


def names() -> List[str]:
    """Every file of the folder that is a target."""
    return sorted(path.stem for path in FUZZ.glob("*.py") if "def check(" in path.read_text())


def cases() -> List[Tuple[str, Path]]:
    """Every input that was kept."""
    return [(path.parent.name, path) for path in sorted(CASES.glob("*/*"))]


@pytest.mark.parametrize("name", names())
def test_a_target_finds_nothing_in_a_moment(harness: Any, name: str) -> None:
    assert harness.run_blind(harness.load(name), SECONDS, most=INPUTS) > 0


@pytest.mark.parametrize(("name", "path"), cases(), ids=lambda one: getattr(one, "name", one))
def test_what_was_found_stays_mended(harness: Any, tmp_path: Path, name: str, path: Path) -> None:
    target = harness.load(name)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    target.check(path.read_bytes(), tmp_path)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert (after - before) / 1024 < harness.MOST_MEMORY


def test_all_targets_are_run(harness: Any) -> None:
    assert sorted(harness.TARGETS) == names()


def test_a_fault_is_seen(harness: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    target = harness.load("safetensors_file")

    def broken(path: Path) -> None:
        raise KeyError("dtype")

    monkeypatch.setattr("albert_zoo.checkpoints.safetensors.read_safetensors", broken)
    with pytest.raises(KeyError):
        harness.run_blind(target, SECONDS, most=3)


def test_a_message_without_the_file_is_a_fault(harness: Any) -> None:
    from albert_zoo.errors import DataError

    def vague() -> None:
        raise DataError("something is wrong.")

    with pytest.raises(harness.FaultError, match="does not name data.csv"):
        harness.refused(vague, "data.csv")
