"""`export`: what it writes, and what it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from albert_zoo import AlbertClassifier
from albert_zoo.keras_api import KERAS_GENERATION, keras

pytest.importorskip("onnxruntime")


@pytest.fixture
def fine_tuned(tmp_path, untrained):
    classifier = AlbertClassifier.from_preset(untrained, num_classes=2)
    classifier.save_to_preset(tmp_path / "preset", task={"glue": "cola"})
    return classifier, tmp_path / "preset"


def test_onnx_runs_without_keras(run, fails, fine_tuned, tmp_path):
    classifier, preset = fine_tuned
    shown = run("export", preset, tmp_path / "out").stdout
    assert "OnnxClassifier" in shown and "MB" in shown
    code = (
        "import sys; from albert_zoo.export import OnnxClassifier as C; c = C(sys.argv[1]); "
        "print(c.labels, *c.predict(['the cat sat'])[0]); "
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "out")],
        capture_output=True,
        text=True,
        cwd=str(Path(__file__).parents[2]),
    )
    assert done.returncode == 0, done.stderr
    labels, logits = done.stdout.rsplit("] ", 1)
    assert labels == "['0', '1'"
    expected = classifier.predict(["the cat sat"])[0]
    np.testing.assert_allclose(np.array(logits.split(), "float32"), expected, atol=1e-5)
    assert "is not empty" in fails("export", preset, tmp_path / "out")
    run("export", preset, tmp_path / "out", "--to", "onnx-int8", "--overwrite")


def test_keras_with_eight_bits(run, fails, fine_tuned, tmp_path):
    if KERAS_GENERATION != 3:
        pytest.skip("tf.keras 2.6 has no `quantize`")
    _, preset = fine_tuned
    run("export", preset, tmp_path / "small.keras", "--to", "keras-int8")
    keras.models.load_model(tmp_path / "small.keras")
    args = ("export", preset, tmp_path / "small.keras", "--to", "keras-int8")
    assert "small.keras exists" in fails(*args)
    assert "must end in .keras" in fails("export", preset, tmp_path / "x", "--to", "keras-int8")


def test_a_model_without_a_head_is_refused(fails, untrained, tmp_path):
    assert "must be a fine-tuned model" in fails("export", untrained, tmp_path / "out")
