"""Runs that are killed at random moments end as if they had not been."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

from albert_zoo.keras_api import KERAS_GENERATION, backend_name
from tests.reliability.training_server import TrainingServer, kill_at, moments, result_of

pytestmark = pytest.mark.skipif(
    KERAS_GENERATION != 3 or backend_name() != "tensorflow" or not hasattr(os, "fork"),
    reason="compares bit by bit on TensorFlow, and forks",
)
STEPS = 28  # of a whole run: 4 epochs of 7
KILLS = int(os.environ.get("ALBERT_ZOO_KILLS", "0"))
"""Of each kind of run; 0 for five in all. `make test-kills` makes them 20."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrainingServer]:
    found = TrainingServer(tmp_path_factory.mktemp("server") / "errors.txt")
    yield found
    found.close()


def kill_and_compare(
    server: TrainingServer, folder: Path, kills: int, seed: int, **options: Any
) -> Dict[str, Any]:
    """Trains a run as a whole, then kills one `kills` times; a run that ends too soon is repeated.

    Returns:
        dict of the number of runs that ended, and of kills within a save.
    """
    run = {"steps": 2, **options}
    server.run({**run, "folder": str(folder / "whole"), "result": str(folder / "whole.npz")})
    whole = result_of(folder / "whole.npz")
    assert len(whole[0]["losses"]) == STEPS and whole[0]["epochs"] == [0, 1, 2, 3]
    ended = in_save = 0
    number = 0
    for moment in [*moments(kills, seed), None]:
        while True:
            one = {"folder": str(folder / f"run{number}"), "result": str(folder / "run.npz")}
            if moment is None:
                killed = server.run({**run, **one})
            else:
                one["die_at_write"] = moment.get("die_at_write")
                killed = server.run({**run, **one}, kill_at(moment))
            if killed:
                in_save += "die_at_write" in (moment or {})
                break
            assert result_of(folder / "run.npz") == whole
            ended, number = ended + 1, number + 1
            assert ended <= kills + 1
            if moment is None:
                break
    left = [path.name for path in (folder / "run0").rglob("*") if path.suffix == ".part"]
    assert left == []
    return {"kills": kills, "in_save": in_save, "ended": ended}


@pytest.mark.parametrize("kills, pool_batches", [(KILLS or 3, 1), (KILLS or 2, 50)])
def test_random_moments(
    server: TrainingServer,
    tmp_path: Path,
    kills: int,
    pool_batches: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = kill_and_compare(server, tmp_path, kills, seed=pool_batches, pool_batches=pool_batches)
    assert found["in_save"] >= 1 and found["ended"] >= 1
    with capsys.disabled():
        print(
            f"\n{kills} of {kills} kills ({found['in_save']} of them within a save), "
            f"{found['ended']} runs that ended as the undisturbed one, bit by bit; "
            f"pool_batches={pool_batches}"
        )
