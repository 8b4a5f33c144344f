"""Named presets: their weights are fetched from one mirror or the next, and kept as a preset."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Dict, Iterator, List

import numpy as np
import pytest

from albert_zoo import AlbertBackbone, list_presets
from albert_zoo.downloads import locked, offline_mode
from albert_zoo.errors import DownloadError, PresetNotFoundError
from albert_zoo.paths import preset_root
from albert_zoo.zoo import find_preset, read_preset, write_preset
from albert_zoo.zoo.preset_io import WEIGHTS
from tests.flaky_server import FlakyServer
from tests.packed import files_below, tar_of

NAMES = ("config.json", "spiece.model", "model.safetensors")


@pytest.fixture
def server(home: Path) -> Iterator[FlakyServer]:
    with FlakyServer() as running:
        yield running


def hugging_face(server: FlakyServer, files: Dict[str, bytes], **changes: Any) -> Dict[str, Any]:
    """A mirror of three files; serves them."""
    entries = []
    for name in NAMES:
        server.files[f"hf/{name}"] = files[name]
        entries.append({"name": name, "url": f"{server.url}hf/{name}"})
    entries[2]["sha256"] = hashlib.sha256(files[NAMES[2]]).hexdigest()
    entries[2]["size"] = len(files[NAMES[2]])
    return {"source": "Hugging Face", "format": "transformers", "files": entries, **changes}


def google(server: FlakyServer, files: Dict[str, bytes], **changes: Any) -> Dict[str, Any]:
    """A mirror of one archive; serves it."""
    server.files["google/tiny.tar.gz"] = tar_of(files, "albert_tiny")
    archive = {"name": "tiny.tar.gz", "url": f"{server.url}google/tiny.tar.gz"}
    return {"source": "Google", "format": "tf1", "archive": archive, **changes}


def with_config(files: Dict[str, bytes], name: str, **changes: Any) -> Dict[str, bytes]:
    """The files with other values in a configuration."""
    values = {**json.loads(files[name]), **changes}
    return {**files, name: json.dumps(values).encode()}


def metadata(*mirrors: Dict[str, Any], **more: Any) -> Dict[str, Any]:
    return {"description": "tiny", "licence": "Apache-2.0", "mirrors": list(mirrors), **more}


def assert_tiny(folder: Path, tiny_preset: Any, num_heads: int = 2) -> None:
    """The folder is the preset as it was made, to the bit."""
    found, wanted = read_preset(folder), tiny_preset("mlm", "sop")
    assert found.format == "albert-zoo"
    assert found.backbone_config == {**wanted.backbone_config, "num_heads": num_heads}
    for part in ("backbone_arrays", "pretraining_arrays"):
        arrays = getattr(wanted, part)
        assert set(getattr(found, part)) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(getattr(found, part)[name], array)
    assert found.vocabulary == wanted.vocabulary
    assert found.preprocessor_config == {"sequence_length": 32}


# === From a mirror ===


@pytest.mark.backends
def test_the_weights_are_fetched_once(server, home, register, served, tiny_preset) -> None:
    register({"tiny": metadata(hugging_face(server, served("transformers")))})
    assert not list_presets()["tiny"]["weights"]
    assert list_presets()["tiny"]["package"] == "friends"
    backbone = AlbertBackbone.from_preset("tiny")
    for name, array in tiny_preset().backbone_arrays.items():
        np.testing.assert_array_equal(backbone.get_named_arrays()[name], array)
    folder = home / "presets" / "tiny"
    assert_tiny(folder, tiny_preset)
    assert list_presets()["tiny"]["weights"]
    asked = len(server.requests)
    assert asked == 3
    assert find_preset("tiny") == folder
    assert AlbertBackbone.from_preset("tiny").count_params() == backbone.count_params()
    assert len(server.requests) == asked


def test_what_is_kept(server, home, register, served) -> None:
    files = served("transformers")
    register({"tiny": metadata(hugging_face(server, files), notes=["mind the gap"])})
    kept = json.loads((find_preset("tiny") / "metadata.json").read_text())
    origin = kept["downloaded_from"]
    assert (kept["licence"], kept["notes"]) == ("Apache-2.0", ["mind the gap"])
    assert (origin["source"], origin["format"]) == ("Hugging Face", "transformers")
    assert origin["urls"] == [f"{server.url}hf/{name}" for name in NAMES]
    assert origin["files"][NAMES[2]] == {
        "bytes": len(files[NAMES[2]]),
        "sha256": hashlib.sha256(files[NAMES[2]]).hexdigest(),
    }
    assert set(origin["files"]) == set(NAMES)
    # Of the download only the checksums of first uses remain.
    left = files_below(home / "downloads")
    assert set(left) == {f"tiny/hugging-face/{name}.sha256" for name in NAMES[:2]}


def test_an_archive(server, home, register, served, tiny_preset) -> None:
    register({"tiny": metadata(google(server, served("tf1")))})
    assert_tiny(find_preset("tiny"), tiny_preset)
    assert set(files_below(home / "downloads")) == {"tiny/google/tiny.tar.gz.sha256"}


def test_one_folder_of_an_archive(server, register, served, tiny_preset) -> None:
    mirror = google(server, served("tf1"), folder="albert_tiny")
    other = {f"other/{name}": content for name, content in served("tf1").items()}
    ours = {f"albert_tiny/{name}": content for name, content in served("tf1").items()}
    server.files["google/tiny.tar.gz"] = tar_of({**other, **ours})
    register({"tiny": metadata(mirror)})
    assert_tiny(find_preset("tiny"), tiny_preset)


def test_without_weights_nothing_is_fetched(server, register, served) -> None:
    models = register({"tiny": metadata(hugging_face(server, served("transformers")))})
    assert find_preset("tiny", need_weights=False) == models / "tiny"
    AlbertBackbone.from_preset("tiny", load_weights=False)
    assert server.requests == []


@pytest.mark.parametrize(
    "fault",
    [{"status": 503}, {"cut": 1000}, {"wait": 0.3}, {"pause": 0.3}],
    ids=["busy", "cut", "slow", "slow in between"],
)
def test_an_unsteady_server(server, register, served, tiny_preset, fault) -> None:
    register({"tiny": metadata(hugging_face(server, served("transformers")))})
    server.faults["hf/model.safetensors"] = [fault]
    assert_tiny(find_preset("tiny"), tiny_preset)


def test_a_redirect(server, register, served, tiny_preset) -> None:
    register({"tiny": metadata(hugging_face(server, served("transformers")))})
    server.files["cdn/blob"] = server.files.pop("hf/model.safetensors")
    server.redirects["hf/model.safetensors"] = f"{server.url}cdn/blob"
    assert_tiny(find_preset("tiny"), tiny_preset)


def test_a_cut_download_goes_on_in_the_next_call(server, home, register, served) -> None:
    register({"tiny": metadata(hugging_face(server, served("transformers")))})
    server.faults["hf/model.safetensors"] = [{"cut": 8192}, *([{"status": 503}] * 3)]
    with pytest.raises(DownloadError):
        find_preset("tiny")
    find_preset("tiny")
    ranges = [wanted for path, wanted in server.requests if path.endswith("safetensors")]
    assert ranges[-1] == "bytes=8192-"


# === The next mirror ===


def test_a_missing_file(server, register, served, tiny_preset, caplog) -> None:
    mirrors = [hugging_face(server, served("transformers")), google(server, served("tf1"))]
    register({"tiny": metadata(*mirrors)})
    del server.files["hf/model.safetensors"]
    assert_tiny(find_preset("tiny"), tiny_preset)
    said = caplog.text
    assert f"Hugging Face: {server.url}hf/model.safetensors: the server answered 404" in said
    assert "; trying Google." in said


def test_a_server_that_is_not_there(server, register, served, tiny_preset) -> None:
    first = hugging_face(server, served("transformers"))
    for entry in first["files"]:
        entry["url"] = entry["url"].replace(server.url, "http://127.0.0.1:9/")
    register({"tiny": metadata(first, google(server, served("tf1")))})
    assert_tiny(find_preset("tiny"), tiny_preset)


def test_a_wrong_checksum(server, register, served, tiny_preset, caplog) -> None:
    mirrors = [hugging_face(server, served("transformers")), google(server, served("tf1"))]
    register({"tiny": metadata(*mirrors)})
    content = server.files["hf/model.safetensors"]
    server.files["hf/model.safetensors"] = content[:-1] + bytes([content[-1] ^ 1])
    assert_tiny(find_preset("tiny"), tiny_preset)
    assert "its sha256 is not the published one" in caplog.text


@pytest.mark.parametrize(
    "changes",
    [{"num_hidden_layers": 3}, {"layer_norm_eps": 1e-5}, {"type_vocab_size": 3}],
)
def test_another_shape(server, register, served, tiny_preset, changes) -> None:
    """The number of layers shows in no weight: all share one block."""
    files = with_config(served("transformers"), "config.json", **changes)
    register({"tiny": metadata(hugging_face(server, files), google(server, served("tf1")))})
    assert_tiny(find_preset("tiny"), tiny_preset)


def test_another_shape_and_no_other_mirror(server, register, served) -> None:
    files = with_config(served("transformers"), "config.json", num_hidden_layers=3)
    register({"tiny": metadata(hugging_face(server, files))})
    words = "Hugging Face: its configuration says num_layers=3, where the preset has 2"
    with pytest.raises(DownloadError, match=words):
        find_preset("tiny")


def test_no_vocabulary(server, home, register, served) -> None:
    files = {k: v for k, v in served("tf1").items() if not k.endswith((".model", ".vocab"))}
    register({"tiny": metadata(google(server, files))})
    with pytest.raises(DownloadError, match="Google: it brings no vocabulary"):
        find_preset("tiny")
    assert files_below(home) == {}


@pytest.mark.parametrize(
    "content",
    [b"<html>sign in first</html>", tar_of({"../../outside": b"x"}), tar_of({"readme.txt": b"x"})],
    ids=["a page", "a way out", "no model"],
)
def test_an_archive_that_is_no_use(server, home, register, served, tiny_preset, content) -> None:
    register({"tiny": metadata(google(server, served("tf1")))})
    good, server.files["google/tiny.tar.gz"] = server.files["google/tiny.tar.gz"], content
    with pytest.raises(DownloadError, match="Google: "):
        find_preset("tiny")
    assert not (home.parent / "outside").exists()
    assert files_below(home) == {}  # and no checksum that would keep the right file out
    server.files["google/tiny.tar.gz"] = good
    assert_tiny(find_preset("tiny"), tiny_preset)


def test_a_file_that_changes_is_refused(server, home, register, served) -> None:
    register({"tiny": metadata(hugging_face(server, served("transformers")))})
    folder = find_preset("tiny")
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    folder.rmdir()
    server.files["hf/spiece.model"] = b"another"
    with pytest.raises(DownloadError, match="its sha256 is not .*, as at its first use"):
        find_preset("tiny")


# === Nothing helps ===


def test_all_mirrors_fail(server, home, register, served) -> None:
    mirrors = [hugging_face(server, served("transformers")), google(server, served("tf1"))]
    register({"tiny": metadata(*mirrors)})
    server.files.clear()
    with pytest.raises(DownloadError) as caught:
        find_preset("tiny")
    message = str(caught.value)
    assert message.startswith("The weights of 'tiny' could not be fetched. Hugging Face: ")
    assert "answered 404" in message
    assert f"Google: {server.url}google/tiny.tar.gz" in message
    by_hand = " and ".join(f"{server.url}hf/{name}" for name in NAMES)
    place = home / "downloads" / "tiny" / "hugging-face"
    assert f"By hand: get {by_hand} and put them into {place}, then try again" in message
    assert message.count("Try again later") == 1
    assert "`load_weights=False`" in message


def test_offline(server, home, register, served) -> None:
    register({"tiny": metadata(hugging_face(server, served("transformers")))})
    with offline_mode(), pytest.raises(DownloadError) as caught:
        find_preset("tiny")
    message = str(caught.value)
    assert "`ALBERT_ZOO_OFFLINE` or `--offline` is set" in message
    assert "`albert-zoo download preset tiny` fetches them ahead of time" in message
    assert f"put them into {home / 'downloads' / 'tiny' / 'hugging-face'}" in message
    assert server.requests == []
    folder = find_preset("tiny")
    with offline_mode():
        assert find_preset("tiny") == folder


def test_files_that_were_put_there_by_hand(server, home, register, served, tiny_preset) -> None:
    register({"tiny": metadata(hugging_face(server, served("transformers")))})
    place = home / "downloads" / "tiny" / "hugging-face"
    place.mkdir(parents=True)
    for name in NAMES:
        (place / name).write_bytes(served("transformers")[name])
    with offline_mode():
        assert_tiny(find_preset("tiny"), tiny_preset)
    assert server.requests == []


def test_an_archive_that_was_put_there_by_hand(server, home, register, served, tiny_preset) -> None:
    register({"tiny": metadata(google(server, served("tf1")))})
    place = home / "downloads" / "tiny" / "google"
    place.mkdir(parents=True)
    (place / "tiny.tar.gz").write_bytes(server.files["google/tiny.tar.gz"])
    with offline_mode():
        assert_tiny(find_preset("tiny"), tiny_preset)


def test_a_folder_in_the_way_is_left_alone(server, home, register, served) -> None:
    register({"tiny": metadata(hugging_face(server, served("transformers")))})
    folder = home / "presets" / "tiny"
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("mine")
    with pytest.raises(DownloadError, match="Complete it, or delete it"):
        find_preset("tiny")
    assert (folder / "mine.txt").read_text() == "mine"


def test_no_mirrors(home, register) -> None:
    register({"tiny": {"description": "tiny"}})
    with pytest.raises(PresetNotFoundError, match="nothing says where they are"):
        find_preset("tiny")


# === Attention heads, which no shape tells ===


def test_the_registrys_number_of_heads_counts(
    server, register, served, tiny_preset, caplog
) -> None:
    files = with_config(served("transformers"), "config.json", num_attention_heads=4)
    register({"tiny": metadata(hugging_face(server, files))})
    assert_tiny(find_preset("tiny"), tiny_preset)
    assert "Hugging Face says 4 attention heads, the registry 2; 2 are used" in caplog.text
    assert "`albert-zoo presets tiny` says why" in caplog.text


def test_the_makers_own_number_of_heads_counts(
    server, register, served, tiny_preset, caplog
) -> None:
    files = with_config(served("tf1"), "albert_config.json", num_attention_heads=4)
    register({"tiny": metadata(google(server, files, own_num_heads=True))})
    assert_tiny(find_preset("tiny"), tiny_preset, num_heads=4)
    assert "Google says 4 attention heads, the registry 2; 4 are used" in caplog.text


# === Several processes ===

FIND = "import sys; from albert_zoo.zoo import find_preset; print(find_preset(sys.argv[1]))"


def test_two_processes_fetch_once(server, home, register, served, monkeypatch) -> None:
    models = register({"tiny": metadata(hugging_face(server, served("transformers")))})
    server.faults["hf/config.json"] = [{"wait": 3}]  # the second process starts meanwhile
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{root}:{models.parents[1]}")
    processes: List[subprocess.Popen] = [
        subprocess.Popen([sys.executable, "-c", FIND, "tiny"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in processes:
        found, _ = process.communicate(timeout=120)
        assert found.strip() == str(home / "presets" / "tiny")
    assert len(server.requests) == 3
    assert not list((home / "presets").glob("*.lock"))


def test_one_waits_for_the_other(server, home, register, served, tiny_preset) -> None:
    """And finds then what the other has made, without asking anybody."""
    register({"tiny": metadata(hugging_face(server, served("transformers")))})
    folder = home / "presets" / "tiny"
    found: List[Path] = []
    waiting = threading.Thread(target=lambda: found.append(find_preset("tiny")), daemon=True)
    with locked(folder):
        waiting.start()
        waiting.join(0.5)
        assert (waiting.is_alive(), server.requests) == (True, [])
        write_preset(folder, tiny_preset())
    waiting.join(60)
    assert (found, server.requests) == ([folder], [])


# === Our own presets ===


def downloaded_presets() -> List[str]:
    """The names of our own presets whose weights do not come with the package."""
    own = {name: data for name, data in list_presets().items() if not data["package"]}
    return sorted(name for name in own if not (preset_root() / name / WEIGHTS).is_file())


@pytest.mark.parametrize("name", downloaded_presets())
def test_the_hub_that_the_environment_names_is_asked(name, hub, monkeypatch) -> None:
    """And no other host: what has another address fails here at once."""
    monkeypatch.setenv("HF_TOKEN", "secret")
    with pytest.raises(DownloadError) as caught:
        find_preset(name)
    size, version = name.split("_")[1:]
    (path, _), *_ = hub.requests
    assert path.startswith(f"albert/albert-{size}-{version}/resolve/")
    assert hub.headers[0]["Authorization"] == "Bearer secret"
    assert f"{hub.endpoint}/{path}: the server answered 404" in str(caught.value)
    assert "storage.googleapis.com" in str(caught.value)
