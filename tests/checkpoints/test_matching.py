"""match_arrays: the arrays are exactly the weights that are wanted, or nothing is read."""

from __future__ import annotations

from typing import Any, Dict

import numpy as np
import pytest

from albert_zoo.checkpoints import match_arrays
from albert_zoo.errors import ConversionError

WANTED = {"pooler/kernel": (2, 3), "pooler/bias": (3,), "scale": ()}


def arrays(**changes: Any) -> Dict[str, Any]:
    whole = {"scale": np.float32(2), "pooler/bias": np.ones(3), "pooler/kernel": np.ones((2, 3))}
    whole.update({name.replace("__", "/"): value for name, value in changes.items()})
    return {name: value for name, value in whole.items() if value is not None}


def message_of(given: Dict[str, Any], wanted: Any = WANTED) -> str:
    with pytest.raises(ConversionError) as caught:
        match_arrays(wanted, given, source="some.h5")
    return str(caught.value)


def test_returns_the_arrays_in_the_order_of_the_weights() -> None:
    given = arrays()
    matched = match_arrays(WANTED, given, source="some.h5")
    assert list(matched) == list(WANTED)
    for name, array in matched.items():
        np.testing.assert_array_equal(array, given[name])


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_takes_floats_of_any_width(dtype: str) -> None:
    matched = match_arrays({"bias": (3,)}, {"bias": np.ones(3, dtype)}, source="some.h5")
    assert matched["bias"].tolist() == [1, 1, 1]


def test_a_weight_without_an_array() -> None:
    message = message_of(arrays(pooler__bias=None))
    assert message.startswith("The weights in some.h5 do not fit the model: ")
    assert "weights that it does not set: pooler/bias." in message


def test_an_array_without_a_weight() -> None:
    assert "arrays that nothing reads: adam_m, cls" in message_of(arrays(cls=1.0, adam_m=1.0))


def test_another_shape() -> None:
    message = message_of(arrays(pooler__kernel=np.ones((3, 2))))
    assert "`pooler/kernel` has shape (3, 2), wanted (2, 3)" in message


def test_shapes_are_not_broadcast() -> None:
    assert "has shape (1,), wanted (3,)" in message_of(arrays(pooler__bias=np.ones(1)))
    assert "has shape (1, 3), wanted (3,)" in message_of(arrays(pooler__bias=np.ones((1, 3))))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers(value: float) -> None:
    bias = np.array([0.0, value, 0.0])
    assert "`pooler/bias` holds NaN, infinity" in message_of(arrays(pooler__bias=bias))


def test_every_fault_is_named_at_once() -> None:
    message = message_of(arrays(scale=None, other=1.0, pooler__bias=np.ones(4)))
    for part in ("not set: scale", "nothing reads: other", "`pooler/bias` has shape (4,)"):
        assert part in message
    assert message.endswith("Check that configuration and weights belong together.")


def test_many_faults_are_counted() -> None:
    wanted = {f"weight{number:02}": (1,) for number in range(30)}
    message = message_of({}, wanted)
    assert "weight09 and 20 more" in message
    assert "weight10" not in message
    given = {name: np.ones(2) for name in wanted}
    assert message_of(given, wanted).count("has shape") == 12


def test_nothing_wanted_and_nothing_given() -> None:
    assert match_arrays({}, {}, source="some.h5") == {}
