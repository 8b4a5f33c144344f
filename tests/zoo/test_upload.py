"""Presets that are uploaded to Hugging Face's hub, and read from there."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import albert_zoo
from albert_zoo.downloads import offline_mode
from albert_zoo.errors import ConversionError, PresetNotFoundError, UploadError
from albert_zoo.zoo import convert, find_preset, read_preset, upload_preset, write_preset
from albert_zoo.zoo.hubs.hub_snapshot import _commit_of
from tests.fake_hub import FakeHub
from tests.packed import files_below

# huggingface_hub 2.4 says this of its own upload without hf_xet.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")

ADDRESS = "hf://me/tiny"


@pytest.fixture
def uploads(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> FakeHub:
    """The hub, with a token that may write there."""
    pytest.importorskip("huggingface_hub", reason="needs the extra `hub`")
    constants = importlib.import_module("huggingface_hub.constants")
    monkeypatch.setenv("HF_TOKEN", "secret")
    # The protocol of hf_xet is no HTTP that a test could serve; the hub takes uploads without.
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_PROGRESS_BARS", True)
    # Both were read from HF_ENDPOINT when the package was imported.
    monkeypatch.setattr(constants, "ENDPOINT", hub.endpoint)
    template = f"{hub.endpoint}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    for module in (constants, importlib.import_module("huggingface_hub.file_download")):
        monkeypatch.setattr(module, "HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
    _commit_of.cache_clear()
    return hub


@pytest.fixture
def preset(tiny_preset: Any, tmp_path: Path) -> Path:
    return write_preset(tmp_path / "preset", tiny_preset("mlm", "sop", "head"))


def test_what_arrives_is_what_was_there(uploads, preset) -> None:
    assert upload_preset(ADDRESS, preset) == ADDRESS
    arrived = dict(uploads.repositories["me/tiny"])
    card = arrived.pop("README.md").decode()
    assert uploads.cards == [card]  # the hub has a look at its header
    assert arrived == files_below(preset)
    assert 'albert_zoo.Task.from_preset("hf://me/tiny")' in card
    assert "| labels | no, yes, maybe |" in card
    assert len([path for path in uploads.posted if "/commit/" in path]) == 1


def test_the_way_back(uploads, preset, tiny_preset) -> None:
    folder = find_preset(upload_preset(ADDRESS, preset))
    back = files_below(folder)
    assert {name: content for name, content in back.items() if name[-7:] != ".sha256"} == (
        files_below(preset)
    )
    task = albert_zoo.Task.from_preset(ADDRESS)
    assert task.data.labels == ("no", "yes", "maybe")


def test_an_earlier_upload_is_replaced(uploads, preset, tiny_preset) -> None:
    upload_preset(ADDRESS, preset)
    write_preset(preset, tiny_preset(), overwrite=True)
    upload_preset(ADDRESS, preset)
    _commit_of.cache_clear()
    assert read_preset(find_preset(ADDRESS)).metadata == {"description": "tiny"}


def test_a_card_of_the_authors_own(uploads, preset) -> None:
    (preset / "README.md").write_text("mine")
    upload_preset(ADDRESS, preset)
    assert uploads.repositories["me/tiny"]["README.md"] == b"mine"
    (preset / "README.md").unlink()
    upload_preset(ADDRESS, preset)
    assert uploads.repositories["me/tiny"]["README.md"] == b"mine"


def test_other_files_stay_here(uploads, preset) -> None:
    (preset / ".env").write_text("password")
    (preset / "notes.txt").write_text("private")
    upload_preset(ADDRESS, preset)
    assert {".env", "notes.txt"}.isdisjoint(uploads.repositories["me/tiny"])
    assert not (preset / "README.md").exists()


# === Refusals ===


def test_no_leave_to_write(uploads, preset, monkeypatch) -> None:
    with pytest.raises(UploadError, match="Could not upload .* `token` or `HF_TOKEN` holds"):
        upload_preset(ADDRESS, preset, token="wrong")
    assert uploads.repositories == {}
    monkeypatch.setenv("HF_TOKEN", "wrong")
    upload_preset(ADDRESS, preset, token="secret")


def test_a_hub_that_is_not_there(uploads, preset, monkeypatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UploadError, match="Could not upload"):
        upload_preset(ADDRESS, preset)


def test_offline(uploads, preset) -> None:
    with offline_mode(), pytest.raises(UploadError, match="Nothing is uploaded while"):
        upload_preset(ADDRESS, preset)
    assert uploads.posted == []


@pytest.mark.parametrize("uri", ["me/tiny", "https://huggingface.co/me/tiny", "hf://tiny"])
def test_no_address(uploads, preset, uri) -> None:
    with pytest.raises(PresetNotFoundError, match="hf://owner/name"):
        upload_preset(uri, preset)


@pytest.mark.parametrize("uri", ["hf://me/tiny@main2", "hf://me/tiny/folder"])
def test_more_than_a_repository(uploads, preset, uri) -> None:
    with pytest.raises(UploadError, match="must name a repository alone"):
        upload_preset(uri, preset)


def test_a_folder_that_is_no_preset_of_ours(uploads, preset, tmp_path) -> None:
    other = convert(preset, tmp_path / "other", to="transformers", heads="head")
    with pytest.raises(ConversionError, match="must be a preset of albert_zoo.*transformers"):
        upload_preset(ADDRESS, other)
    (preset / "model.weights.h5").unlink()
    with pytest.raises(ConversionError, match="must hold model.weights.h5"):
        upload_preset(ADDRESS, preset)
    assert uploads.posted == []


def test_weights_that_do_not_fit(uploads, preset) -> None:
    config = (preset / "config.json").read_text()
    (preset / "config.json").write_text(config.replace('"hidden_dim": 16', '"hidden_dim": 18'))
    with pytest.raises(ConversionError):
        upload_preset(ADDRESS, preset)
    assert uploads.posted == []


def test_without_the_extra(preset, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"Install `albert-zoo\[hub\]`"):
        upload_preset(ADDRESS, preset)


def test_nothing_else_needs_the_extra() -> None:
    code = "import sys, albert_zoo.zoo; assert 'huggingface_hub' not in sys.modules"
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, timeout=120)
