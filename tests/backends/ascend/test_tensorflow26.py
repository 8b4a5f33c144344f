"""Training under TensorFlow 2.6 with the adapter's stand-in, whose device is the CPU."""

from __future__ import annotations

import threading
from importlib import metadata
from types import SimpleNamespace
from typing import Any, Callable, Dict, List

import numpy as np
import pytest

from albert_zoo import AscendOptions, Dump
from albert_zoo.backends import Backend
from albert_zoo.backends.ascend import AscendBackend
from albert_zoo.backends.ascend.optimizer_hooks import with_dense_gradients
from tests.backends.npu_recorder import Recorder


def _tensorflow() -> str:
    for name in ("tensorflow", "tensorflow-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return ""


pytestmark = [
    pytest.mark.skipif(not _tensorflow().startswith("2.6."), reason="needs TensorFlow 2.6"),
    pytest.mark.filterwarnings("ignore"),  # what TensorFlow 2.6 and its time are full of
]

ROWS = 32


def _data() -> Any:
    generator = np.random.default_rng(0)
    tokens = generator.integers(0, 20, (ROWS, 6)).astype("int32")
    return tokens, (tokens.sum(axis=1) % 2).astype("int32")


def _model(seed: int = 0) -> Any:
    import tensorflow as tf

    tf.random.set_seed(seed)
    initializer = tf.keras.initializers.RandomNormal(seed=seed)
    return tf.keras.Sequential(
        [
            tf.keras.layers.Embedding(20, 8, embeddings_initializer=initializer, input_length=6),
            tf.keras.layers.GlobalAveragePooling1D(),
            tf.keras.layers.Dense(2, kernel_initializer=initializer),
        ]
    )


def _fit(backend: Backend, optimizer: Any, model: Any = None, **arguments: Any) -> Any:
    import tensorflow as tf

    backend.prepare()
    model = _model() if model is None else model
    tokens, labels = _data()
    rows, batch_size = backend.shard(ROWS, 8)
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(backend.wrap_optimizer(optimizer, "float32"), loss, **arguments)
    backend.start(model)
    with backend.scope():
        model.fit(
            tokens[rows], labels[rows], batch_size=batch_size, epochs=2, shuffle=False, verbose=0
        )
    return model


def _adam(**arguments: Any) -> Any:
    import tensorflow as tf

    return tf.keras.optimizers.Adam(0.01, **arguments)


def _same(first: Any, second: Any, tolerance: float = 0.0) -> None:
    for a, b in zip(first.get_weights(), second.get_weights()):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


@pytest.mark.parametrize("release", ["r1.9.0", "master"])
def test_a_run_equals_one_without_the_hook(
    installed: Callable[..., Recorder], release: str, tmp_path: Any
) -> None:
    recorder = installed(release)
    options = AscendOptions(
        precision_mode="must_keep_origin_dtype", dump=Dump(tmp_path / "dumps", steps="0")
    )
    trained = _fit(AscendBackend(options), _adam())
    _same(trained, _fit(Backend(), _adam()))
    kinds = [call[0] for call in recorder.calls]
    assert kinds == ["set"] * 5 + ["open", "as_default"]


@pytest.mark.parametrize("scale", ["dynamic", 1024])
def test_loss_scaling_changes_nothing_in_float32(
    installed: Callable[..., Recorder], scale: Any
) -> None:
    recorder = installed()
    trained = _fit(AscendBackend(AscendOptions(loss_scale=scale)), _adam(global_clipnorm=0.01))
    _same(trained, _fit(Backend(), _adam(global_clipnorm=0.01)), tolerance=1e-6)
    assert len(recorder.of_kind("loss_scale")) == 1


def _clipping_early() -> Any:
    """An optimizer that clips in `_transform_unaggregated_gradients`, as ours do."""
    import tensorflow as tf

    class Clipping(tf.keras.optimizers.SGD):
        def _transform_unaggregated_gradients(self, grads_and_vars: Any) -> Any:
            grads, variables = zip(*grads_and_vars)
            clipped, _ = tf.clip_by_global_norm(list(grads), 0.001)
            return list(zip(clipped, variables))

    return Clipping(1.0)


@pytest.mark.parametrize("saturates", [False, True])
def test_gradients_are_clipped_once_with_loss_scaling(
    installed: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch, saturates: bool
) -> None:
    import tensorflow as tf

    class Saturating(tf.keras.mixed_precision.LossScaleOptimizer):
        """Applies gradients as the adapter does on NPUs that saturate."""

        def apply_gradients(self, grads_and_vars: Any, name: Any = None) -> Any:
            pairs = list(grads_and_vars)
            variables = SimpleNamespace(value=[variable for _, variable in pairs])
            return self._apply_gradients([grad for grad, _ in pairs], variables, name)

    recorder = installed()
    if saturates:
        recorder.train.optimizer.NpuLossScaleOptimizer = Saturating
    trained = _fit(AscendBackend(AscendOptions(loss_scale=1024)), _clipping_early())
    _same(trained, _fit(Backend(), _clipping_early()), tolerance=1e-6)


# === Two NPUs ===


class Meeting:
    """Averages what two threads bring, as two NPUs do."""

    def __init__(self) -> None:
        self._barrier = threading.Barrier(2, timeout=60)
        self._brought: Dict[int, List[Any]] = {}
        self.seen: List[List[str]] = []

    def reduce(self, worker: int, values: List[Any]) -> List[Any]:
        self.seen.append([type(value).__name__ for value in values])
        self._brought[worker] = [value.numpy() for value in values]
        self._barrier.wait()
        mean = [(a + b) / 2 for a, b in zip(self._brought[0], self._brought[1])]
        self._barrier.wait()
        return mean


@pytest.mark.parametrize("scale", ["off", "dynamic"])
def test_two_npus_train_as_one(rank_table: Callable[[int], None], scale: str) -> None:
    import tensorflow as tf

    def optimizer() -> Any:
        return tf.keras.optimizers.SGD(0.5, global_clipnorm=0.1)

    meeting, models, errors = Meeting(), [_model(), _model(seed=0)], []
    backends = []
    for worker in (0, 1):
        rank_table(worker)
        recorder = Recorder()
        recorder.reduce = lambda values, worker=worker: meeting.reduce(worker, values)  # type: ignore[misc]
        backends.append(AscendBackend(AscendOptions(loss_scale=scale), recorder))
        backends[-1].prepare()
        models[worker].build((None, 6))

    def train(worker: int) -> None:
        try:
            # Eagerly: a graph's own threads must not wait for each other.
            _fit(backends[worker], optimizer(), models[worker], run_eagerly=True)
        except BaseException as error:
            errors.append(error)
            meeting._barrier.abort()

    threads = [threading.Thread(target=train, args=(worker,)) for worker in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    _same(models[0], models[1])
    # The rows of a step are the same ones, in another order. tf.keras clips the rows of a sparse
    # gradient one by one, so that one process needs dense gradients as well.
    alone = _fit(_InTurn(), with_dense_gradients(optimizer()))
    _same(models[0], alone, tolerance=1e-6)
    with pytest.raises(AssertionError):
        _same(models[0], _model(), tolerance=1e-3)
    assert {name for names in meeting.seen for name in names} == {"EagerTensor"}


class _InTurn(Backend):
    """One process that takes, in each step, the rows that the two take together."""

    def shard(self, num_rows: int, batch_size: int) -> Any:
        halves = np.arange(num_rows).reshape(-1, 2).T
        steps = halves.reshape(2, -1, batch_size // 2).transpose(1, 0, 2)
        return steps.reshape(-1), batch_size
