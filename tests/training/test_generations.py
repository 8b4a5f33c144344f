"""A preset that one generation of Keras wrote predicts the same under the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, Iterator

import numpy as np
import pytest

from albert_zoo import AlbertClassifier, AlbertPreprocessor, AlbertTokenizer, Task
from albert_zoo.keras_api import KERAS_GENERATION, keras
from tests.model_checks import tiny_backbone

ROOT = Path(__file__).resolve().parents[2]
OTHER_GENERATION = 5 - KERAS_GENERATION
PAIRS = [
    ("The cat sat on the mat.", "A dog ran to the old house."),
    ("In 2019, sales rose to 9,000 units.", "no"),
    ("She said \"no\" (and he said 'yes').", "the film is good " * 20),
]

# Run by the other interpreter: applies one preset, writes another of its own.
SCRIPT = """
import json, sys
from albert_zoo import Task
from tests.training.test_generations import PAIRS, logits_of, new_task

read, written, vocabulary = sys.argv[1:]
with open(vocabulary, "rb") as file:
    task = new_task(file.read(), seed=7)
task.save_to_preset(written)
read = Task.from_preset(read)
print(json.dumps({
    "labels of the preset read": [p.label for p in read.predict(PAIRS)],
    "logits of the preset read": logits_of(read),
    "labels of the preset written": [p.label for p in task.predict(PAIRS)],
    "logits of the preset written": logits_of(task),
}))
"""


def new_task(vocabulary: bytes, seed: int) -> Task:
    """A task whose classifier has random weights, biases included."""
    preprocessor = AlbertPreprocessor(AlbertTokenizer(vocabulary), sequence_length=48)
    backbone = tiny_backbone(num_groups=2, num_inner_repetitions=2)
    classifier = AlbertClassifier(backbone, num_classes=2, preprocessor=preprocessor)
    random = np.random.default_rng(seed)
    weights = classifier.get_named_arrays()
    classifier.set_named_arrays(
        {name: random.normal(scale=0.3, size=array.shape) for name, array in weights.items()}
    )
    return Task("mrpc", classifier)


def logits_of(task: Task) -> Any:
    return task.classifier.predict(PAIRS, verbose=0).tolist()


def _candidates() -> Iterator[str]:
    if "ALBERT_ZOO_OTHER_PYTHON" in os.environ:
        yield os.environ["ALBERT_ZOO_OTHER_PYTHON"]
        return
    for folder in (".venv39", ".venv"):  # as `make` names them
        yield str(ROOT / folder / "bin" / "python")
    pattern = "3.9*" if OTHER_GENERATION == 2 else "3.1[1-3]*"
    yield from map(str, sorted(Path.home().glob(f".pyenv/versions/{pattern}/bin/python")))


def _run(python: str, *arguments: Any) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "KERAS_BACKEND": "tensorflow"}
    return subprocess.run(
        [python, "-c", *map(str, arguments)], env=environment, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def other_python() -> str:
    """An interpreter that has the other generation of Keras."""
    code = (
        "import sentencepiece; from albert_zoo.keras_api import KERAS_GENERATION as generation; "
        "print(generation)"
    )
    for python in _candidates():
        if Path(python).is_file() and python != sys.executable:
            done = _run(python, code)
            if done.returncode == 0 and done.stdout.split()[-1:] == [str(OTHER_GENERATION)]:
                return python
    pytest.skip(
        f"needs an interpreter with Keras {OTHER_GENERATION}; ALBERT_ZOO_OTHER_PYTHON may name it"
    )


@pytest.fixture(scope="module")
def both(
    other_python: str, tiny_vocabulary: bytes, tmp_path_factory: pytest.TempPathFactory
) -> Dict[str, Any]:
    """What the other generation said, our own task, and the folder of its preset."""
    folder = tmp_path_factory.mktemp("generations")
    (folder / "vocabulary.spm").write_bytes(tiny_vocabulary)
    ours = new_task(tiny_vocabulary, seed=3)
    ours.save_to_preset(folder / "ours")
    done = _run(other_python, SCRIPT, folder / "ours", folder / "theirs", folder / "vocabulary.spm")
    assert done.returncode == 0, done.stderr
    return {"folder": folder, "ours": ours, "said": json.loads(done.stdout.splitlines()[-1])}


def test_ours_reads_the_same_there(both: Dict[str, Any]) -> None:
    labels = [prediction.label for prediction in both["ours"].predict(PAIRS)]
    assert both["said"]["labels of the preset read"] == labels
    difference = np.subtract(both["said"]["logits of the preset read"], logits_of(both["ours"]))
    assert np.abs(difference).max() < 1e-5


def test_theirs_reads_the_same_here(both: Dict[str, Any]) -> None:
    theirs = Task.from_preset(both["folder"] / "theirs")
    labels = [prediction.label for prediction in theirs.predict(PAIRS)]
    assert both["said"]["labels of the preset written"] == labels
    difference = np.subtract(both["said"]["logits of the preset written"], logits_of(theirs))
    assert np.abs(difference).max() < 1e-5


def test_the_folders_hold_the_same_files(both: Dict[str, Any]) -> None:
    files = [
        {path.relative_to(both["folder"] / name) for path in (both["folder"] / name).rglob("*")}
        for name in ("ours", "theirs")
    ]
    assert files[0] == files[1]
    metadata = [
        json.loads((both["folder"] / name / "metadata.json").read_text("utf-8"))["keras_version"]
        for name in ("ours", "theirs")
    ]
    assert metadata[0] == keras.__version__
    assert metadata[1].startswith(str(OTHER_GENERATION))


def test_random_weights_tell_the_presets_apart(both: Dict[str, Any]) -> None:
    """Else the tests above could pass on a model that ignores its weights."""
    said = both["said"]
    difference = np.subtract(
        said["logits of the preset read"], said["logits of the preset written"]
    )
    assert np.abs(difference).max() > 0.01
