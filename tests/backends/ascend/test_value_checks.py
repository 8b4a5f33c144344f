"""Values as a command line gives them."""

from __future__ import annotations

from typing import Any

import pytest

from albert_zoo import AscendOptions
from albert_zoo.backends.ascend.value_checks import value_from_text
from albert_zoo.errors import AscendError


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("external_weight", "true", True),
        ("external_weight", "0", False),
        ("topo_sorting_mode", "1", 1),
        ("ac_parallel_enable", "1", "1"),
        ("experimental.resource_config_path", "a.json", "a.json"),
    ],
)
def test_text_becomes_a_value(path: str, text: str, value: Any) -> None:
    found = value_from_text(path, text)
    assert found == value and type(found) is type(value)
    AscendOptions(extra={path: found})


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("external_weight", "maybe", "`external_weight` must be True or False. Received: 'maybe'"),
        ("topo_sorting_mode", "one", "`topo_sorting_mode` must be a whole number"),
        ("topo_sortin_mode", "1", "Did you mean 'topo_sorting_mode'"),
    ],
)
def test_refused(path: str, text: str, message: str) -> None:
    with pytest.raises(AscendError, match=message):
        value_from_text(path, text)
