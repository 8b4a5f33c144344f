"""The backend on the adapter: what training asks of it, without TensorFlow."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, Callable, List, Tuple

import numpy as np
import pytest

from albert_zoo import AscendOptions
from albert_zoo.backends.ascend import AscendBackend
from albert_zoo.errors import AscendError
from tests.backends.npu_recorder import Recorder


def _prepared(recorder: Recorder, **options: Any) -> AscendBackend:
    backend = AscendBackend(AscendOptions(**options), recorder)
    backend.prepare()
    return backend


def _optimizer(applied: List[Any], **attributes: Any) -> Any:
    def apply_gradients(grads_and_vars: Any, *args: Any, **kwargs: Any) -> None:
        applied.append(list(grads_and_vars))

    return SimpleNamespace(apply_gradients=apply_gradients, **attributes)


def test_prepared_once() -> None:
    recorder = Recorder()
    backend = _prepared(recorder, deterministic=1)
    backend.prepare()
    assert [call[0] for call in recorder.calls] == ["set", "open", "as_default"]
    assert (backend.workers, backend.worker, backend.is_chief) == (1, 0, True)
    assert (backend.jit_compile, backend.fixed_shapes, backend.dtype_policy) == (False, True, None)


def test_two_tasks_of_a_process_share_the_device() -> None:
    recorder = Recorder()
    first, second = _prepared(recorder), _prepared(recorder)
    assert first.device is second.device
    assert len(recorder.of_kind("as_default")) == 1


def test_not_prepared() -> None:
    with pytest.raises(AscendError, match=r"must be opened first. .* Call `prepare\(\)`"):
        AscendBackend().shard(10, 2)


def test_timeouts_are_checked(
    rank_table: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    rank_table(0)
    monkeypatch.setenv("HCCL_EXEC_TIMEOUT", "1800")
    with pytest.raises(AscendError, match="`stream_sync_timeout` must exceed"):
        _prepared(Recorder(), stream_sync_timeout=1000)


# === One NPU ===


def test_one_npu_takes_everything_as_it_is() -> None:
    recorder = Recorder()
    backend = _prepared(recorder)
    optimizer = _optimizer([])
    assert backend.wrap_optimizer(optimizer, "float32") is optimizer
    backend.start(SimpleNamespace(weights=[SimpleNamespace(name="w")]))
    rows, batch_size = backend.shard(5, 2)
    assert (rows.tolist(), batch_size) == ([0, 1, 2, 3, 4], 2)
    assert recorder.of_kind("broadcast") == recorder.of_kind("all_reduce") == []


@pytest.mark.parametrize(
    ("options", "policy", "arguments"),
    [
        ({"precision_mode": "allow_mix_precision"}, "float32", {"dynamic": True}),
        ({}, "mixed_float16", {"dynamic": True}),
        ({"loss_scale": 128}, None, {"dynamic": False, "initial_scale": 128.0}),
    ],
)
def test_loss_scaling(options: Any, policy: Any, arguments: Any) -> None:
    recorder = Recorder()
    backend = _prepared(recorder, **options)
    wrapped = backend.wrap_optimizer(_optimizer([]), policy)
    assert recorder.of_kind("loss_scale") == [(arguments,)]
    assert wrapped.inner_optimizer is not None
    assert backend.record()["loss_scale"] == arguments


def test_keras_loss_scaling_is_replaced() -> None:
    recorder = Recorder()
    inner = _optimizer([])
    given = _optimizer(
        [], inner_optimizer=inner, dynamic=True, initial_scale=8.0, dynamic_growth_steps=5
    )
    wrapped = _prepared(recorder, loss_scale="off").wrap_optimizer(given)
    assert wrapped.inner_optimizer is inner
    assert recorder.of_kind("loss_scale") == [
        ({"dynamic": True, "initial_scale": 8.0, "dynamic_growth_steps": 5},)
    ]


def test_inference_does_not_train() -> None:
    backend = _prepared(Recorder(), graph_run_mode=0)
    with pytest.raises(AscendError, match="`graph_run_mode` must be 1 for training"):
        backend.wrap_optimizer(_optimizer([]))


def test_recompute() -> None:
    recorder = Recorder()
    backend = _prepared(recorder, recompute="auto")
    assert recorder.of_kind("set") == []
    with backend.scope():
        pass
    assert recorder.of_kind("run_context") == [("auto",)]
    assert backend.record()["recompute"] == "auto"


def test_recompute_on_an_old_adapter() -> None:
    backend = _prepared(Recorder("r1.9.0"), recompute="auto")
    with pytest.raises(AscendError, match="`recompute` needs an adapter of r1.10.0"):
        backend.scope()


# === Several NPUs ===


@pytest.mark.parametrize("worker", [0, 1])
def test_two_npus(rank_table: Callable[[int], None], worker: int) -> None:
    rank_table(worker)
    recorder = Recorder()
    backend = _prepared(recorder)
    assert (backend.workers, backend.worker, backend.is_chief) == (2, worker, worker == 0)

    applied: List[List[Tuple[Any, Any]]] = []
    recorder.reduce = lambda grads: [grad * 10 for grad in grads]
    backend.wrap_optimizer(_optimizer(applied)).apply_gradients([(1, "a"), (2, "b")])
    assert applied == [[(10, "a"), (20, "b")]]

    backend.start(SimpleNamespace(weights=[SimpleNamespace(name=n) for n in ("kernel", "bias")]))
    assert recorder.of_kind("broadcast") == [(["kernel", "bias"], 0)]
    record = json.loads(json.dumps(backend.record()))
    assert (record["workers"], record["worker"], record["cluster"]) == (2, worker, "rank table")


def test_all_reduce_is_around_loss_scaling(rank_table: Callable[[int], None]) -> None:
    rank_table(0)
    recorder = Recorder()
    _prepared(recorder, loss_scale="dynamic").wrap_optimizer(_optimizer([])).apply_gradients(
        [(1, "a")]
    )
    assert [call[0] for call in recorder.calls[-2:]] == ["loss_scale", "all_reduce"]


@pytest.mark.parametrize(("rows", "each"), [(10, 5), (11, 6), (1, 1)])
def test_shards(rank_table: Callable[[int], None], rows: int, each: int) -> None:
    parts = []
    for worker in (0, 1):
        rank_table(worker)
        part, batch_size = _prepared(Recorder()).shard(rows, 8)
        assert (len(part), batch_size) == (each, 4)
        parts.append(part)
    assert sorted(set(np.concatenate(parts))) == list(range(rows))


def test_batch_that_does_not_divide(rank_table: Callable[[int], None]) -> None:
    rank_table(0)
    backend = _prepared(Recorder())
    match = "`batch_size` must be a multiple of the 2 NPUs .* Received: 7. Take 6"
    with pytest.raises(AscendError, match=match):
        backend.shard(10, 7)
