"""When the network may not be used."""

from __future__ import annotations

import os

import pytest

from albert_zoo.downloads import is_offline, offline_mode


@pytest.mark.parametrize("value", ["1", "true", "YES", " on "])
def test_offline(monkeypatch, value):
    monkeypatch.setenv("ALBERT_ZOO_OFFLINE", value)
    assert is_offline()


@pytest.mark.parametrize("value", ["", "0", "false", "no", "off"])
def test_online(monkeypatch, value):
    monkeypatch.setenv("ALBERT_ZOO_OFFLINE", value)
    assert not is_offline()


@pytest.mark.parametrize("before", [None, "0", "1"])
def test_block(monkeypatch, before):
    if before is not None:
        monkeypatch.setenv("ALBERT_ZOO_OFFLINE", before)
    with pytest.raises(RuntimeError), offline_mode():
        assert is_offline()
        raise RuntimeError
    assert os.environ.get("ALBERT_ZOO_OFFLINE") == before
    with offline_mode(False):
        assert os.environ.get("ALBERT_ZOO_OFFLINE") == before
