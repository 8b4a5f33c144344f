"""LazyArrays: names, shapes and types without reading; one array at a time."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any, Callable, Dict, List

import numpy as np
import pytest

from albert_zoo.checkpoints import (
    Checkpoint,
    LazyArray,
    LazyArrays,
    match_arrays,
    read_checkpoint,
    write_checkpoint,
)
from albert_zoo.checkpoints.finish import finish
from albert_zoo.checkpoints.lazy_array import new_array, row_blocks
from albert_zoo.checkpoints.weight_shapes import weight_shapes
from albert_zoo.errors import ConversionError

FORMATS = ("tf1", "tf2", "transformers", "keras-hub")


def counted(reads: List[str], **shapes: Any) -> LazyArrays:
    def lazy(name: str, shape: Any) -> LazyArray:
        def read() -> np.ndarray:
            reads.append(name)
            return np.full(shape, len(name), "float32")

        return LazyArray(shape, "float32", read)

    return LazyArrays({name: lazy(name, shape) for name, shape in shapes.items()})


def test_what_is_known_is_not_read() -> None:
    reads: List[str] = []
    arrays = counted(reads, a=(2,), bb=(3, 4))
    assert list(arrays) == ["a", "bb"]
    assert len(arrays) == 2
    assert "a" in arrays
    assert "c" not in arrays
    assert arrays.shapes == {"a": (2,), "bb": (3, 4)}
    assert arrays.dtypes == {"a": "float32", "bb": "float32"}
    assert "bb" in repr(arrays)
    joined = LazyArrays.of(arrays, {"bb": np.zeros(1, "float16")})
    assert joined.dtypes == {"a": "float32", "bb": "float16"}
    assert list(arrays.starting("b", "x")) == ["bb"]
    match_arrays({"bb": (3, 4), "a": (2,)}, arrays, "memory")
    assert reads == []
    assert arrays["a"].tolist() == [1, 1]
    assert arrays["a"].tolist() == [1, 1]
    assert reads == ["a", "a"]


def test_an_array_that_is_there_is_handed_out() -> None:
    array = np.ones(2)
    assert LazyArrays({"a": array})["a"] is array
    assert not LazyArray.of(array).is_new


def test_another_shape_than_announced() -> None:
    arrays = LazyArrays({"a": LazyArray((2,), "float32", lambda: np.zeros(3, "float32"))})
    with pytest.raises(ConversionError, match=r"`a` must have the shape \(2,\).*\(3,\)"):
        arrays["a"]


@pytest.mark.parametrize("shape", [(3, 5), (1, 7), (600000, 2), (2, 600000), (0, 3)])
def test_a_matrix_is_turned_by_rows(shape: Any) -> None:
    whole = np.arange(shape[0] * shape[1], dtype="float32").reshape(shape)
    lazy = LazyArray(shape, "float32", lambda: whole, lambda start, stop: whole[start:stop])
    turned = lazy.turned()
    assert turned.shape == shape[::-1]
    np.testing.assert_array_equal(turned.read(), whole.T)
    assert turned.read().flags.c_contiguous
    np.testing.assert_array_equal(turned.turned().read(), whole)
    assert [n for start, stop in row_blocks(shape) for n in range(start, stop)] == list(
        range(shape[0])
    )


def test_new_arrays_lie_where_backends_take_them() -> None:
    for shape in ((), (0,), (3,), (5, 7), (1000, 1000)):
        for zeros in (True, False):
            array = new_array(shape, "float32", zeros=zeros)
            assert array.shape == shape
            assert array.size == 0 or array.ctypes.data % 64 == 0
            assert not (zeros and array.any())
            array[...] = 1


# === Through the formats ===


@pytest.mark.parametrize("format", FORMATS)
def test_reading_a_checkpoint_reads_no_weight(tmp_path: Path, whole: Any, format: str) -> None:
    """The data can be gone; only who asks for an array notices."""
    folder = write_checkpoint(tmp_path / "a", format, whole("small").with_heads())
    checkpoint = read_checkpoint(folder)
    assert dict(checkpoint.arrays.shapes) == weight_shapes(checkpoint.config)  # type: ignore[attr-defined]
    for path in folder.iterdir():
        if path.suffix in (".safetensors", ".h5") or ".data-" in path.name:
            path.write_bytes(b"")
    assert checkpoint.with_heads().heads == ()
    with pytest.raises(ConversionError, match="Restore the file"):
        checkpoint.arrays["embeddings/token_embeddings"]


def with_nan(checkpoint: Checkpoint) -> Dict[str, np.ndarray]:
    bad = np.full(64, np.nan, "float32")
    return dict(checkpoint.arrays, **{"pooler/bias": bad})


@pytest.mark.parametrize("format", FORMATS)
def test_nan_is_named_when_it_is_read(
    tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    start = whole("small").with_heads()
    with monkeypatch.context() as patch:
        patch.setattr("albert_zoo.checkpoints.matching._is_finite", lambda array: True)
        folder = write_checkpoint(
            tmp_path / "a", format, Checkpoint(format, start.config, with_nan(start))
        )
    arrays = read_checkpoint(folder).arrays
    assert np.isfinite(arrays["pooler/kernel"]).all()
    with pytest.raises(ConversionError, match="`pooler/bias` holds NaN"):
        arrays["pooler/bias"]


@pytest.fixture(scope="module")
def large() -> Checkpoint:
    """23 MB of weights, the largest array 4 MB."""
    config = dict(
        vocabulary_size=8192,
        num_layers=2,
        num_heads=4,
        embedding_dim=128,
        hidden_dim=512,
        intermediate_dim=2048,
        num_groups=2,
        num_inner_repetitions=1,
        dropout=0.0,
        attention_dropout=0.0,
        max_sequence_length=64,
        num_segments=2,
        layer_norm_epsilon=1e-12,
        initializer_range=0.02,
    )
    random = np.random.default_rng(0)
    arrays = {k: random.normal(size=v).astype("float32") for k, v in weight_shapes(config).items()}
    return finish("tf1", config, arrays, "memory")


def peak_of(action: Callable[[], Any]) -> int:
    """The most memory that Python and NumPy held at once, in bytes."""
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("source, target", [("transformers", "keras-hub"), ("keras-hub", "tf1")])
def test_a_conversion_holds_one_array_at_a_time(
    tmp_path: Path, large: Checkpoint, source: str, target: str
) -> None:
    folder = write_checkpoint(tmp_path / "a", source, large)
    read_checkpoint(folder)  # whatever is imported late

    def convert() -> None:
        write_checkpoint(tmp_path / "b", target, read_checkpoint(folder))

    sizes = [4 * int(np.prod(shape)) for shape in weight_shapes(large.config).values()]
    assert max(sizes) == 4 * 2**20 < sum(sizes) / 5
    assert peak_of(convert) < 2.5 * max(sizes) + 2**20
