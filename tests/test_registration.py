"""Keras finds our classes, whichever of the two packages is imported first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo import AdamW, AlbertClassifier, MatthewsCorrelation, WarmupLinearDecay
from albert_zoo.keras_api import keras
from tests.keras_generations import keras_3_only
from tests.model_checks import tiny_backbone, tiny_inputs

ROOT = Path(__file__).resolve().parents[1]


def in_new_process(code: str, *arguments: Any) -> Any:
    """Runs code in a fresh interpreter and returns what it prints, a JSON value."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A compiled and trained model in a `.keras` file, and its outputs."""
    folder = tmp_path_factory.mktemp("registration")
    keras.utils.set_random_seed(0)
    classifier = AlbertClassifier(tiny_backbone(), num_classes=2)
    classifier.compile(
        optimizer=AdamW(WarmupLinearDecay(1e-3, total_steps=4, warmup_steps=1)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=[MatthewsCorrelation()],
    )
    classifier.fit(tiny_inputs(rows=4), np.array([0, 1, 0, 1]), verbose=0)
    classifier.save(folder / "model.keras")
    np.save(folder / "outputs.npy", classifier.predict(tiny_inputs(), verbose=0))
    return folder


LOAD = """
import json, sys
import numpy as np
from tests.keras_generations import keras_3_only
from tests.model_checks import tiny_inputs
model = keras.saving.load_model(sys.argv[1] + "/model.keras")
outputs = model.predict(tiny_inputs(), verbose=0)
difference = float(np.abs(outputs - np.load(sys.argv[1] + "/outputs.npy")).max())
names = [type(model).__name__, type(model.optimizer).__name__]
print(json.dumps({"difference": difference, "names": names}))
"""


@keras_3_only(".keras files")
@pytest.mark.parametrize(
    "imports", ["import albert_zoo, keras", "import keras, albert_zoo"], ids=["ours", "keras"]
)
def test_load_model_finds_our_classes(saved: Path, imports: str) -> None:
    # `tests.model_checks` imports albert_zoo.models, so it must come after the proof.
    proof = (
        "assert keras.saving.get_registered_object('albert_zoo>AlbertClassifier') is not None\n"
        "assert keras.saving.get_registered_object('albert_zoo>AdamW') is not None\n"
    )
    loaded = in_new_process(f"{imports}\n{proof}{LOAD}", saved)
    assert loaded["names"] == ["AlbertClassifier", "AdamW"]
    assert loaded["difference"] < 1e-6


def test_import_alone_loads_nothing_slow() -> None:
    code = "import albert_zoo, json, sys; print(json.dumps(sorted(sys.modules)))"
    slow = {"keras", "tensorflow", "jax", "torch", "numpy", "h5py", "sentencepiece", "matplotlib"}
    assert slow & set(in_new_process(code)) == set()


def test_help_does_not_load_keras() -> None:
    code = (
        "import albert_zoo.cli, json, sys\n"
        "try:\n    albert_zoo.cli.main(['--help'])\n"
        "except SystemExit as stop:\n    assert stop.code == 0\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    assert {"keras", "tensorflow", "jax", "torch"} & set(in_new_process(code)) == set()


@keras_3_only("registration as soon as Keras is imported")
def test_the_hook_leaves_when_keras_is_there() -> None:
    code = (
        "import albert_zoo, keras, json, sys\n"
        "left = [type(finder).__name__ for finder in sys.meta_path]\n"
        "print(json.dumps(['_KerasFinder' in left, 'albert_zoo.models' in sys.modules]))"
    )
    assert in_new_process(code) == [False, True]
