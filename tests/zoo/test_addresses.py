"""Models at addresses: Hugging Face's hub, Kaggle, archives; and archives on this machine."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Iterator

import numpy as np
import pytest

from albert_zoo import AlbertBackbone
from albert_zoo.downloads import offline_mode
from albert_zoo.errors import ConversionError, DataError, DownloadError, PresetNotFoundError
from albert_zoo.zoo import find_preset, read_preset
from albert_zoo.zoo.hubs.hub_access import hub_headers, hub_token
from albert_zoo.zoo.hubs.hub_address import HubAddress
from albert_zoo.zoo.hubs.hub_snapshot import _commit_of
from tests.fake_hub import FakeHub
from tests.flaky_server import FlakyServer
from tests.packed import tar_of, zip_of

ADDRESS = "hf://zoo/tiny"


@pytest.fixture(autouse=True)
def _ask_anew() -> None:
    """As a new process would."""
    _commit_of.cache_clear()


@pytest.fixture
def server(home: Path) -> Iterator[FlakyServer]:
    with FlakyServer() as running:
        yield running


def assert_tiny(folder: Path, tiny_preset: Any) -> None:
    """The folder holds the weights and the vocabulary of the tiny model."""
    found, wanted = read_preset(folder), tiny_preset()
    assert found.backbone_config["num_layers"] == wanted.backbone_config["num_layers"]
    assert set(found.backbone_arrays) == set(wanted.backbone_arrays)
    for name, array in wanted.backbone_arrays.items():
        np.testing.assert_array_equal(found.backbone_arrays[name], array)
    assert found.vocabulary == wanted.vocabulary


# === Hugging Face's hub ===

FORMATS = ("transformers", "keras-hub", "albert-zoo", "tf1")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_on_the_hub(hub: FakeHub, served, tiny_preset, format) -> None:
    rest = {"pytorch_model.bin": b"pickle", "tf_model.h5": b"h5", "README.md": b"card"}
    commit = hub.push("zoo/tiny", {**served(format), **rest})
    folder = find_preset(ADDRESS)
    assert_tiny(folder, tiny_preset)
    assert folder.name == commit
    for name in rest:
        assert hub.asked_for(name) == 0
    asked = len(hub.requests)
    _commit_of.cache_clear()
    assert find_preset(ADDRESS) == folder
    assert [path for path, _ in hub.requests[asked:]] == [hub.question("zoo/tiny")]


@pytest.mark.backends
def test_a_backbone_from_the_hub(hub, served, tiny_preset) -> None:
    hub.push("zoo/tiny", served("transformers"))
    backbone = AlbertBackbone.from_preset(ADDRESS)
    for name, array in tiny_preset().backbone_arrays.items():
        np.testing.assert_array_equal(backbone.get_named_arrays()[name], array)


def test_a_revision_stays_itself(hub, served) -> None:
    """A branch that moves on is followed; a commit is another folder, and asked for once."""
    files = served("transformers")
    first = hub.push("zoo/tiny", files)
    old = find_preset(ADDRESS)
    second = hub.push("zoo/tiny", {**files, "tokenizer_config.json": b"{}"})
    assert find_preset(ADDRESS) == old  # one process sees one commit
    _commit_of.cache_clear()
    assert find_preset(ADDRESS).name == second
    asked = len(hub.requests)
    assert find_preset(f"{ADDRESS}@{first}") == old
    assert len(hub.requests) == asked


@pytest.mark.parametrize("revision", ["v1.0", "refs/pr/1"])
def test_a_named_revision(hub, served, revision) -> None:
    commit = hub.push("zoo/tiny", served("transformers"), revision)
    assert find_preset(f"{ADDRESS}@{revision}").name == commit


def test_a_folder_of_a_repository(hub, served, tiny_preset) -> None:
    parts = {"hf": served("transformers"), "tf": served("tf1")}
    hub.push("zoo/all", {f"{k}/{n}": c for k, files in parts.items() for n, c in files.items()})
    assert_tiny(find_preset("hf://zoo/all/hf"), tiny_preset)
    assert_tiny(find_preset("hf://zoo/all/tf"), tiny_preset)
    with pytest.raises(ConversionError, match="hf://zoo/all: must hold config.json .* Name the"):
        find_preset("hf://zoo/all")


def test_without_weights_the_hub_gives_what_is_small(hub, served) -> None:
    hub.push("zoo/tiny", served("albert-zoo"))
    folder = find_preset(ADDRESS, need_weights=False)
    assert read_preset(folder).vocabulary is not None
    assert hub.asked_for(".h5") == 0
    assert find_preset(ADDRESS) == folder
    assert hub.asked_for("model.weights.h5") == 1


def test_a_preset_without_weights_on_the_hub(hub, served) -> None:
    hub.push("zoo/tiny", {k: v for k, v in served("albert-zoo").items() if ".h5" not in k})
    with pytest.raises(PresetNotFoundError, match="hf://zoo/tiny: the preset has no model.weights"):
        find_preset(ADDRESS)


@pytest.mark.parametrize(
    "names, words",
    [
        (["pytorch_model.bin"], "Found: pytorch_model.bin, pickle files, which are never loaded"),
        (["model.safetensors.index.json"], "several files.*max_shard_size"),
        (["flax_model.msgpack"], "Found: config.json, flax_model.msgpack"),
    ],
)
def test_weights_that_are_not_read(hub, served, names, words) -> None:
    config = {"config.json": served("transformers")["config.json"]}
    hub.push("zoo/tiny", {**config, **dict.fromkeys(names, b"x")})
    with pytest.raises(ConversionError, match=f"must hold model.safetensors, in one file.*{words}"):
        find_preset(ADDRESS)
    assert hub.asked_for(names[0]) == 0


def test_a_file_that_is_not_what_the_hub_says(hub, served) -> None:
    commit = hub.push("zoo/tiny", served("transformers"))
    path = f"zoo/tiny/resolve/{commit}/model.safetensors"
    hub.files[path] = hub.files[path][:-1] + b"?"
    with pytest.raises(DownloadError, match="its sha256 is not the published one"):
        find_preset(ADDRESS)


def test_names_that_lead_out_of_the_folder(hub, home, served) -> None:
    commit = hub.push("zoo/tiny", {**served("transformers"), "../../spiece.model": b"x"})
    find_preset(ADDRESS)
    listed = json.loads((home / "addresses" / "hf" / "zoo--tiny" / f"{commit}.json").read_text())
    assert not [name for name in listed["files"] if ".." in name]


def test_offline_the_hub_is_not_asked(hub, served, tiny_preset) -> None:
    hub.push("zoo/tiny", served("transformers"))
    with offline_mode(), pytest.raises(DownloadError) as caught:
        find_preset(ADDRESS)
    assert "hf://zoo/tiny was not fetched before" in str(caught.value)
    assert "`albert-zoo download preset hf://zoo/tiny`" in str(caught.value)
    assert hub.requests == []
    folder = find_preset(ADDRESS)
    _commit_of.cache_clear()
    asked = len(hub.requests)
    with offline_mode():
        assert find_preset(ADDRESS) == folder
        assert_tiny(folder, tiny_preset)
    assert len(hub.requests) == asked


def test_a_hub_that_is_down(hub, served, caplog) -> None:
    hub.push("zoo/tiny", served("transformers"))
    folder = find_preset(ADDRESS)
    _commit_of.cache_clear()
    hub.faults[hub.question("zoo/tiny")] = [{"status": 503}] * 3
    caplog.set_level("INFO", logger="albert_zoo")
    assert find_preset(ADDRESS) == folder
    assert f"using its commit {folder.name[:7]}" in caplog.text


def test_a_hub_that_is_busy_for_a_moment(hub, served) -> None:
    hub.push("zoo/tiny", served("transformers"))
    hub.faults[hub.question("zoo/tiny")] = [{"status": 429}, {"status": 503}]
    find_preset(ADDRESS)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_no_such_repository(hub, status) -> None:
    hub.faults[hub.question("zoo/tiny")] = [{"status": status}]
    with pytest.raises(DownloadError, match=f"answered {status} .*`HF_TOKEN` must hold a token"):
        find_preset(ADDRESS)


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"{}", b'{"sha": "../..", "siblings": []}'])
def test_a_server_that_is_no_hub(hub, answer) -> None:
    hub.files[hub.question("zoo/tiny")] = answer
    with pytest.raises(DownloadError, match="Could not ask"):
        find_preset(ADDRESS)


# The token


def test_the_token_stays_with_the_hub(hub, server, served, tiny_preset, monkeypatch) -> None:
    """Large files are on other hosts, to which the hub sends on."""
    monkeypatch.setenv("HF_TOKEN", "secret\n")
    commit = hub.push("zoo/tiny", served("transformers"))
    path = f"zoo/tiny/resolve/{commit}/model.safetensors"
    server.files["blob"] = hub.files.pop(path)
    hub.redirects[path] = f"{server.url}blob"
    assert_tiny(find_preset(ADDRESS), tiny_preset)
    assert {headers.get("Authorization") for headers in hub.headers} == {"Bearer secret"}
    assert [headers.get("Authorization") for headers in server.headers] == [None]
    assert hub_headers("https://storage.googleapis.com/albert_models/a.tar.gz") == {}


def test_where_the_token_is_from(tmp_path, monkeypatch) -> None:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert hub_token() is None
    (tmp_path / "token").write_text("from_file\n")
    assert hub_token() == "from_file"
    monkeypatch.setenv("HF_TOKEN", "from_variable")
    assert hub_token() == "from_variable"


# Addresses


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("hf://a/b", HubAddress("a/b")),
        ("hf://a/b/", HubAddress("a/b")),
        ("hf://a-1/b.c_d@v2", HubAddress("a-1/b.c_d", "v2")),
        ("hf://a/b@v2/in/here", HubAddress("a/b", "v2", "in/here")),
        ("hf://a/b@refs/pr/7/in", HubAddress("a/b", "refs/pr/7", "in")),
    ],
)
def test_an_address_taken_apart(text, wanted) -> None:
    assert HubAddress.parse(text) == wanted
    assert HubAddress.parse(str(wanted)) == wanted


@pytest.mark.parametrize(
    "address, words",
    [
        ("hf://tiny", "must be of the form hf://owner/name"),
        ("hf://../tiny", "must be of the form hf://owner/name"),
        ("hf://a/..", "must be of the form hf://owner/name"),
        ("hf://a/b/../c", "must be of the form hf://owner/name"),
        ("kaggle://keras/albert", "must be of the form kaggle://owner/model/framework/variation"),
        ("kaggle://a/b/../c", "must be of the form kaggle://"),
        ("ftp://example.org/a.zip", "must begin with https://, hf:// or kaggle://"),
        ("http://example.org/a.zip", "must be encrypted"),
        ("https://example.org/model.h5", "must be of an archive: .tar.gz, .tgz, .zip"),
        ("https://huggingface.co/albert/albert-base-v2", "Write hf://albert/albert-base-v2."),
        ("https://huggingface.co/a/b/tree/main", "Write hf://a/b."),
    ],
)
def test_an_address_of_another_form(home, address, words) -> None:
    with pytest.raises(PresetNotFoundError) as caught:
        find_preset(address)
    assert words in str(caught.value)
    assert repr(address) in str(caught.value)


def test_another_number_of_heads_than_the_registrys_is_said(hub, served, register, caplog) -> None:
    """The published weights of a repository that a preset names; see albert_xlarge_v2."""
    files = served("transformers")
    values = {**json.loads(files["config.json"]), "num_attention_heads": 4}
    hub.push("zoo/tiny", {**files, "config.json": json.dumps(values).encode()})
    url = "https://huggingface.co/zoo/tiny/resolve/main/config.json"
    entries = [{"name": "config.json", "url": url}]
    mirror = {"source": "Hugging Face", "format": "transformers", "files": entries}
    register({"tiny": {"mirrors": [mirror]}})
    assert read_preset(find_preset(ADDRESS)).backbone_config["num_heads"] == 4
    assert "hf://zoo/tiny says 4 attention heads and is taken at its word" in caplog.text


# === Kaggle ===

KAGGLE = "kaggle://keras/albert/keras/tiny_en"


@pytest.fixture
def kaggle(server: FlakyServer, served, monkeypatch, tmp_path) -> FlakyServer:
    monkeypatch.setenv("KAGGLE_API_ENDPOINT", server.url)
    monkeypatch.setenv("KAGGLE_CONFIG_DIR", str(tmp_path))
    content = tar_of(served("keras-hub"))
    for version in (2, 10):
        server.files[f"api/v1/models/keras/albert/keras/tiny_en/{version}/download"] = content
    latest = {"slug": "tiny_en", "versionNumber": 10}
    server.files["api/v1/models/keras/albert/keras/tiny_en/get"] = json.dumps(latest).encode()
    return server


def test_a_version_on_kaggle(kaggle, home, tiny_preset) -> None:
    folder = find_preset(f"{KAGGLE}/2")
    assert_tiny(folder, tiny_preset)
    assert folder == home.joinpath("addresses", "kaggle", "keras", "albert", "keras", "tiny_en/2")
    assert find_preset(f"{KAGGLE}/2") == folder
    assert len(kaggle.requests) == 1
    assert "Authorization" not in kaggle.headers[0]


def test_the_latest_version_on_kaggle(kaggle) -> None:
    assert find_preset(KAGGLE).name == "10"


def test_offline_the_latest_version_is_the_latest_here(kaggle) -> None:
    with offline_mode(), pytest.raises(DownloadError, match="is not asked while"):
        find_preset(KAGGLE)
    find_preset(f"{KAGGLE}/2")
    with offline_mode():
        assert find_preset(KAGGLE).name == "2"
    find_preset(f"{KAGGLE}/10")
    with offline_mode():
        assert find_preset(KAGGLE).name == "10"


def test_an_account_on_kaggle(kaggle, tmp_path, monkeypatch) -> None:
    (tmp_path / "kaggle.json").write_text('{"username": "me", "key": "secret"}')
    find_preset(f"{KAGGLE}/2")
    wanted = "Basic " + base64.b64encode(b"me:secret").decode()
    assert kaggle.headers[0]["Authorization"] == wanted
    monkeypatch.setenv("KAGGLE_USERNAME", "you")
    monkeypatch.setenv("KAGGLE_KEY", "hidden")
    find_preset(KAGGLE)
    wanted = "Basic " + base64.b64encode(b"you:hidden").decode()
    assert {headers["Authorization"] for headers in kaggle.headers[1:]} == {wanted}


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("path", ["get", "10/download"])
def test_kaggle_wants_an_account(kaggle, path, status) -> None:
    kaggle.faults[f"api/v1/models/keras/albert/keras/tiny_en/{path}"] = [{"status": status}]
    with pytest.raises(DownloadError, match="`KAGGLE_USERNAME` and `KAGGLE_KEY`"):
        find_preset(KAGGLE)


# === Archives on the web ===


@pytest.mark.parametrize("inside", ["", "albert_tiny", "data/albert_tiny"])
@pytest.mark.parametrize("suffix", [".tar.gz", ".tgz", ".zip"])
def test_an_archive(server, served, tiny_preset, suffix, inside) -> None:
    packed = zip_of if suffix == ".zip" else tar_of
    server.files[f"models/tiny{suffix}"] = packed(served("transformers"), inside)
    folder = find_preset(f"{server.url}models/tiny{suffix}")
    assert_tiny(folder, tiny_preset)
    assert find_preset(f"{server.url}models/tiny{suffix}") == folder
    assert len(server.requests) == 1
    with offline_mode():
        assert find_preset(f"{server.url}models/tiny{suffix}") == folder


def test_an_archive_with_a_question(server, served, tiny_preset) -> None:
    server.files["a.zip?version=1"] = zip_of(served("transformers"))
    server.files["a.zip?version=2"] = zip_of(served("keras-hub"))
    first = find_preset(f"{server.url}a.zip?version=1")
    second = find_preset(f"{server.url}a.zip?version=2")
    assert read_preset(first).format == "transformers"
    assert read_preset(second).format == "keras-hub"


def test_offline_an_archive_is_not_fetched(server) -> None:
    with offline_mode(), pytest.raises(DownloadError) as caught:
        find_preset(f"{server.url}a.zip")
    assert "a.zip by other means and put it there" in str(caught.value)
    assert server.requests == []


def test_a_missing_archive(server) -> None:
    with pytest.raises(DownloadError, match="the server answered 404"):
        find_preset(f"{server.url}a.zip")


def test_an_archive_that_is_none_is_fetched_anew(server, served, tiny_preset) -> None:
    server.files["a.zip"] = b"<html>"
    with pytest.raises(DataError, match="not a sound zip or tar archive"):
        find_preset(f"{server.url}a.zip")
    server.files["a.zip"] = zip_of(served("transformers"))
    assert_tiny(find_preset(f"{server.url}a.zip"), tiny_preset)


# === Archives on this machine ===


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def archive(content: bytes, name: str = "model.zip") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return archive


@pytest.mark.parametrize("format", FORMATS)
def test_a_local_archive(home, write, served, tiny_preset, format) -> None:
    archive = write(tar_of(served(format), "albert_tiny"), "model.tar.gz")
    with offline_mode():
        folder = find_preset(archive)
        assert_tiny(folder, tiny_preset)
        assert find_preset(str(archive)) == folder


def test_a_local_archive_that_changed(home, write, served) -> None:
    first = find_preset(write(zip_of(served("transformers"))))
    second = find_preset(write(zip_of(served("keras-hub"))))
    assert (read_preset(first).format, read_preset(second).format) == ("transformers", "keras-hub")


def test_what_mac_os_adds_is_passed_over(home, write, served, tiny_preset) -> None:
    junk = {f"__MACOSX/._{name}": b"\0" for name in ("model.ckpt.index", "x")}
    model = {f"tiny/{name}": content for name, content in served("transformers").items()}
    assert_tiny(find_preset(write(zip_of({**junk, **model}))), tiny_preset)


def test_several_models_in_an_archive(home, write, served) -> None:
    files = {f"{k}/{n}": c for k in ("one", "two") for n, c in served("transformers").items()}
    with pytest.raises(ConversionError, match="must hold one model. Found: one, two"):
        find_preset(write(zip_of(files)))


def test_no_model_in_an_archive(home, write) -> None:
    with pytest.raises(ConversionError, match="must hold a model.*Found: a, a/readme.txt"):
        find_preset(write(zip_of({"a/readme.txt": b"x"})))


def test_an_archive_that_leads_out(home, write, tmp_path) -> None:
    with pytest.raises(DataError, match="leads out of the folder"):
        find_preset(write(zip_of({"../../../../outside": b"x"})))
    assert not list(tmp_path.rglob("outside"))


def test_an_archive_bomb(home, write, served, monkeypatch) -> None:
    """A file of zeros, a thousandth as large when packed."""
    monkeypatch.setattr("albert_zoo.zoo.archives.LARGEST", 1 << 20)
    archive = write(zip_of({**served("transformers"), "zeros": bytes(1 << 21)}))
    assert archive.stat().st_size < 1 << 20
    with pytest.raises(DataError, match="holds more than the allowed 1048576 bytes"):
        find_preset(archive)
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_a_missing_local_archive() -> None:
    with pytest.raises(PresetNotFoundError, match="Received: 'model.zip'. There is no such file."):
        find_preset("model.zip")


def test_a_folder_that_may_be_on_the_hub() -> None:
    with pytest.raises(PresetNotFoundError, match="on Hugging Face's hub it is hf://zoo/tiny"):
        find_preset("zoo/tiny")


def test_the_prefix_of_a_checkpoint(served, tiny_preset, tmp_path) -> None:
    for name, content in served("tf1").items():
        (tmp_path / name).write_bytes(content)
    for name in ("model.ckpt-best", "model.ckpt-best.index"):
        assert find_preset(tmp_path / name) == tmp_path / name
        assert_tiny(find_preset(str(tmp_path / name)), tiny_preset)
    with pytest.raises(PresetNotFoundError):
        find_preset(tmp_path / "model.ckpt-worst")
