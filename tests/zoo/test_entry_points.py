"""Presets that other packages register."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from albert_zoo import AlbertBackbone, list_presets
from albert_zoo.errors import PresetNotFoundError
from albert_zoo.paths import preset_root
from albert_zoo.zoo import entry_points, find_preset, write_preset

pytestmark = pytest.mark.usefixtures("home")

TINY = {"description": "tiny", "parameter_count": 1}


@pytest.mark.backends
def test_a_registered_preset(register) -> None:
    models = register({"tiny": TINY, "tiny_too": TINY})
    presets = list_presets()
    assert {"tiny", "tiny_too", "albert_base_v2"} <= set(presets)
    assert presets["tiny"]["package"] == "friends"
    assert presets["tiny"]["config"]["hidden_dim"] == 16
    assert presets["albert_base_v2"]["package"] is None
    assert find_preset("tiny", need_weights=False) == models / "tiny"
    assert AlbertBackbone.from_preset("tiny", load_weights=False).hidden_dim == 16


def test_a_registered_preset_that_brings_its_weights(register, tiny_preset) -> None:
    models = register({})
    folder = write_preset(models / "tiny", tiny_preset())
    assert list_presets()["tiny"]["weights"]
    assert find_preset("tiny") == folder


def test_a_misspelled_name_is_compared_with_theirs(register) -> None:
    register({"gardening": TINY})
    with pytest.raises(PresetNotFoundError, match="Did you mean 'gardening'"):
        find_preset("gardning")


@pytest.mark.parametrize(
    "target, code",
    [
        ("{package}.models", ""),
        ("{package}:FOLDER", "import os; FOLDER = os.path.dirname(__file__) + '/models'"),
        ("{package}:PATH", "import pathlib; PATH = pathlib.Path(__file__).parent / 'models'"),
        (
            "{package}:find",
            "import os\ndef find():\n    return os.path.dirname(__file__) + '/models'",
        ),
        ("{package}:find", "def find():\n    from friends import models\n    return models"),
    ],
    ids=["package", "str", "Path", "function of str", "function of package"],
)
def test_what_an_entry_point_may_be(register, target, code) -> None:
    register({"tiny": TINY}, target, code)
    assert "tiny" in list_presets()


def test_a_module_stands_for_the_folder_it_is_in(register) -> None:
    models = register({"tiny": TINY}, "{package}.models.here")
    (models / "here.py").write_text("")
    assert "tiny" in list_presets()


# === Packages in disorder ===


@pytest.mark.parametrize(
    "target, code, words",
    [
        ("{package}.nothing", "", "No module named 'friends.nothing'"),
        ("{package}:nothing", "", "nothing"),
        ("{package}", "raise RuntimeError('out of order')", "out of order"),
        ("{package}:find", "def find():\n    return '/no/such/folder'", "no such folder"),
        ("{package}:number", "number = 3", "int"),
    ],
)
def test_a_broken_entry_point(register, caplog, target, code, words) -> None:
    register({"tiny": TINY}, target, code)
    presets = list_presets()
    assert "tiny" not in presets
    assert "albert_base_v2" in presets
    assert "Left out the entry point 'all' of friends: " in caplog.text
    assert words in caplog.text
    assert find_preset("albert_base_v2", need_weights=False).name == "albert_base_v2"


@pytest.mark.parametrize(
    "file, content, words",
    [
        ("config.json", "{", "not a JSON file"),
        ("config.json", '{"model_type": "albert"}', "must be a preset's of albert_zoo"),
        ("config.json", '{"registered_name": "albert_zoo>AlbertBackbone"}', "must be a preset's"),
        ("metadata.json", "[]", "must hold a JSON object"),
        ("metadata.json", '{"mirrors": {}}', "`mirrors` in .* must be a list"),
        ("metadata.json", '{"mirrors": ["x"]}', "must be objects with the keys"),
    ],
)
def test_a_broken_preset(register, caplog, file, content, words) -> None:
    models = register({"tiny": TINY, "tiny_too": TINY})
    (models / "tiny" / file).write_text(content)
    presets = list_presets()
    assert "tiny" not in presets
    assert "tiny_too" in presets
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.startswith("Left out the preset 'tiny' of friends: ")
    assert re.search(words, message)


FILE = {"name": "a.zip", "url": "https://example.org/a.zip"}
GOOD = {"source": "Friends", "format": "tf1", "archive": FILE}


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"source": ""}, "must have a `source`"),
        ({"format": "onnx"}, "must have a `format` of tf1, tf2, transformers"),
        ({"files": [FILE]}, "must have either `files` or an `archive`"),
        ({"archive": None}, "must list files with the keys"),
        ({"extra": 1}, "must be objects with the keys"),
        ({"folder": "../x"}, "must name a `folder` within the archive"),
        ({"archive": {**FILE, "name": "../a.zip"}}, "must be a path within its folder"),
        ({"archive": {**FILE, "url": "http://example.org/a.zip"}}, "must begin with https://"),
        ({"archive": {**FILE, "url": "https://["}}, "must begin with https://"),
        ({"archive": {**FILE, "sha256": "abc"}}, "must be 64 hexadecimal digits"),
        ({"archive": {**FILE, "size": "12"}}, "must be a number of bytes"),
    ],
)
def test_a_broken_mirror(register, caplog, changes, words) -> None:
    register({"tiny": {**TINY, "mirrors": [{**GOOD, **changes}]}, "tiny_too": {"mirrors": [GOOD]}})
    presets = list_presets()
    assert "tiny" not in presets
    assert "tiny_too" in presets
    assert words in caplog.text


# === The same name twice ===


def test_our_names_stay_ours(register, caplog) -> None:
    register({"albert_base_v2": TINY})
    assert list_presets()["albert_base_v2"]["config"]["hidden_dim"] == 768
    assert "friends registers a preset 'albert_base_v2', which is a name of albert_zoo" in (
        caplog.text
    )
    found = find_preset("albert_base_v2", need_weights=False)
    assert found == preset_root() / "albert_base_v2"


def test_two_packages_with_one_name(register, caplog) -> None:
    first = register({"tiny": TINY}, package="friends")
    register({"tiny": TINY}, package="others")
    assert find_preset("tiny", need_weights=False) == first / "tiny"
    assert "Two packages register a preset 'tiny': that of friends is taken" in caplog.text


# === Python 3.9 ===


class _Point:
    """An entry point of Python 3.9, which does not know its package."""

    name = "all"

    def __init__(self, folder: Path):
        self.value = "friends.models:FOLDER"
        self._folder = folder

    def load(self) -> Any:
        return str(self._folder)


def test_entry_points_as_a_dict(register, tmp_path, monkeypatch) -> None:
    models = register({"tiny": TINY})
    points = [_Point(models), _Point(models)]
    monkeypatch.setattr(metadata, "entry_points", lambda: {entry_points.GROUP: points})
    entry_points._load.cache_clear()
    try:
        presets = entry_points.presets_of_others()
    finally:
        entry_points._load.cache_clear()
    assert set(presets) == {"tiny"}
    assert presets["tiny"].package == "friends"
    monkeypatch.setattr(metadata, "entry_points", lambda: {})
    assert entry_points._entry_points() == []


def test_metadata_is_not_needed(register) -> None:
    models = register({"tiny": TINY})
    (models / "tiny" / "metadata.json").unlink()
    assert list_presets()["tiny"]["download_size"] is None
