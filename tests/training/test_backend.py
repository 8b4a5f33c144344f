"""What a `Task` asks of its backend, in which order, and that it does as it is told."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np
import pytest

from albert_zoo import Task
from albert_zoo.backends import AscendOptions, Backend
from albert_zoo.keras_api import keras
from albert_zoo.models import AlbertClassifier
from tests.keras_generations import keras_3_only

pytestmark = pytest.mark.backends


class RecordingBackend(Backend):
    """Does nothing, and notes what it is asked."""

    name = "recording"

    def __init__(self, **traits: Any):
        self.calls: List[Any] = []
        self.__dict__.update(traits)

    def prepare(self) -> None:
        self.calls.append("prepare")

    def wrap_optimizer(self, optimizer: Any, dtype_policy: Any = None) -> Any:
        self.calls.append(("wrap_optimizer", dtype_policy))
        return optimizer

    def start(self, model: Any) -> None:
        self.calls.append(("start", model.optimizer is not None))

    def step(self) -> None:
        self.calls.append("step")

    def shard(self, num_rows: int, batch_size: int) -> Tuple[np.ndarray, int]:
        self.calls.append(("shard", num_rows, batch_size))
        return super().shard(num_rows, batch_size)

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:  # type: ignore[override]
        self.calls.append("enter")
        yield
        self.calls.append("leave")


class SecondOfTwo(RecordingBackend):
    """The second of two processes; its rows are every other one."""

    workers, worker = 2, 1  # type: ignore[assignment]

    def shard(self, num_rows: int, batch_size: int) -> Tuple[np.ndarray, int]:
        return np.arange(1, num_rows, 2), batch_size // 2


def trained(data: Path, preset: Path, **arguments: Any) -> Task:
    keras.utils.set_random_seed(0)
    task = Task("cola", preset, **arguments)
    task.compile(learning_rate=1e-3)
    task.fit(data, epochs=1, batch_size=16, verbose=0)
    return task


def same_weights(one: Task, other: Task, tolerance: float = 0.0) -> bool:
    arrays = other.classifier.get_named_arrays()
    return all(
        np.abs(array - arrays[name]).max() <= tolerance
        for name, array in one.classifier.get_named_arrays().items()
    )


# === The order ===
def test_the_backend_is_asked_in_order(glue: Dict[str, Path], tiny_preset: Path) -> None:
    backend = RecordingBackend()
    task = Task("cola", tiny_preset, backend=backend)
    assert backend.calls == ["prepare"]
    task.compile(learning_rate=1e-3)
    task.fit(glue["cola"], epochs=1, batch_size=16, verbose=0)
    asked = [("shard", 48, 16), ("wrap_optimizer", "float32"), ("start", True)]
    assert backend.calls == ["prepare", *asked, "enter", "step", "step", "step", "leave"]
    backend.calls.clear()
    task.evaluate(glue["cola"])
    task.predict(["no"])
    assert backend.calls == ["enter", "leave"] * 2


def test_prepare_comes_before_the_model(
    tiny_preset: Path, glue: Dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    backend = RecordingBackend()
    made = AlbertClassifier.from_preset

    def note(*args: Any, **kwargs: Any) -> Any:
        backend.calls.append("model")
        return made(*args, **kwargs)

    monkeypatch.setattr(AlbertClassifier, "from_preset", note)
    task = Task("cola", tiny_preset, backend=backend)
    task.save_to_preset(tmp_path / "cola")
    assert backend.calls == ["prepare", "model"]
    backend.calls.clear()
    Task.from_preset(tmp_path / "cola", backend=backend)
    assert backend.calls == ["prepare", "model"]


def test_a_backend_that_does_nothing_changes_nothing(
    glue: Dict[str, Path], tiny_preset: Path
) -> None:
    with_backend = trained(glue["cola"], tiny_preset, backend=RecordingBackend())
    assert same_weights(with_backend, trained(glue["cola"], tiny_preset))


# === What it asks for ===
def test_fixed_shapes(glue: Dict[str, Path], tiny_preset: Path) -> None:
    backend = RecordingBackend(fixed_shapes=True)
    task = Task("cola", tiny_preset, backend=backend)
    shapes = set()

    def noting(method: Any) -> Any:
        def note(dataset: Any, *args: Any, **kwargs: Any) -> Any:
            shapes.update(tuple(inputs["token_ids"].shape) for inputs, _ in dataset)
            return method(dataset, *args, **kwargs)

        return note

    for name in ("fit", "predict"):
        setattr(task.classifier, name, noting(getattr(task.classifier, name)))
    task.compile(learning_rate=1e-3)
    arguments = {"epochs": 1, "batch_size": 13, "verbose": 0, "validation_batch_size": 13}
    task.fit(glue["cola"], **arguments)
    assert shapes == {(13, task.classifier.preprocessor.sequence_length)}
    scores = task.evaluate(glue["cola"])
    task.backend = Backend()
    assert task.evaluate(glue["cola"]) == pytest.approx(scores, abs=1e-5)


def test_fixed_shapes_train_as_others_do(glue: Dict[str, Path], tiny_preset: Path) -> None:
    fixed = trained(glue["cola"], tiny_preset, backend=RecordingBackend(fixed_shapes=True))
    assert same_weights(fixed, trained(glue["cola"], tiny_preset), tolerance=1e-5)


def test_only_the_chief_writes(glue: Dict[str, Path], tiny_preset: Path, tmp_path: Path) -> None:
    task = trained(glue["cola"], tiny_preset, backend=SecondOfTwo())
    assert task.classifier.optimizer.iterations == 3  # 24 rows by 8
    task.save_to_preset(tmp_path / "preset")
    task.submission(glue["cola"], tmp_path / "submission")
    assert list(tmp_path.iterdir()) == []


def test_processes_share_rows_and_not_datasets(tiny_preset: Path) -> None:
    import tensorflow as tf

    task = Task("cola", tiny_preset, backend=SecondOfTwo())
    inputs = task.classifier.preprocessor(["no", "yes"])
    dataset = tf.data.Dataset.from_tensor_slices((inputs, [0, 1])).batch(2)
    with pytest.raises(ValueError, match="several processes"):
        task.fit(dataset, epochs=1, verbose=0)


def test_the_dtype_is_the_backends(tiny_preset: Path) -> None:
    backend = RecordingBackend(dtype_policy="mixed_bfloat16")
    task = Task("cola", tiny_preset, backend=backend)
    assert task.classifier.dtype_policy.name == "mixed_bfloat16"
    float32 = AlbertClassifier.from_preset(tiny_preset, num_classes=2)
    with pytest.raises(ValueError, match="mixed_bfloat16. Received: float32"):
        Task("cola", float32, backend=backend)


@keras_3_only("`jit_compile`")
def test_jit_compile_is_the_backends(glue: Dict[str, Path], tiny_preset: Path) -> None:
    task = Task("cola", tiny_preset, backend=RecordingBackend(jit_compile=False))
    task.compile(jit_compile=True)
    with pytest.raises(ValueError, match="`jit_compile` must not be True"):
        task.fit(glue["cola"], epochs=1, verbose=0)
    task.compile()
    task.fit(glue["cola"], epochs=1, batch_size=16, max_steps=1, verbose=0)
    assert task.classifier.jit_compile is False


def test_options_need_their_backend(tiny_preset: Path) -> None:
    with pytest.raises(ValueError, match='`backend="ascend"` alone'):
        Task("cola", tiny_preset, ascend=AscendOptions())
