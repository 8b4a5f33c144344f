"""Every preset that has a name, and how names become folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest

from albert_zoo import AlbertBackbone, AlbertClassifier, AlbertPreprocessor, list_presets
from albert_zoo.checkpoints.config import from_google, from_transformers
from albert_zoo.checkpoints.hdf5 import write_hdf5
from albert_zoo.downloads import offline_mode
from albert_zoo.errors import DownloadError, PresetNotFoundError
from albert_zoo.paths import preset_root
from albert_zoo.zoo import find_preset, read_preset
from albert_zoo.zoo.known_presets import ALIASES, known_preset
from tests.model_checks import TINY_GEOMETRY, tiny_backbone

# An empty cache folder, so that no test depends on what the user keeps in theirs.
pytestmark = [pytest.mark.backends, pytest.mark.usefixtures("home")]

NAMES = sorted(name for name, preset in list_presets().items() if preset["package"] is None)
LARGEST_TO_BUILD = 20_000_000  # parameters


def parameter_count(config: Dict[str, Any]) -> int:
    """The number of weights of a backbone, by its shape alone."""
    embedding, hidden = config["embedding_dim"], config["hidden_dim"]
    inner = config["intermediate_dim"]
    rows = config["vocabulary_size"] + config["max_sequence_length"] + config["num_segments"]
    embeddings = rows * embedding + 2 * embedding
    projection = 0 if embedding == hidden else embedding * hidden + hidden
    attention = 4 * (hidden * hidden + hidden)
    feed_forward = 2 * hidden * inner + inner + hidden
    block = attention + feed_forward + 2 * 2 * hidden
    blocks = config["num_groups"] * config["num_inner_repetitions"]
    return embeddings + projection + blocks * block + hidden * hidden + hidden


def put_into_cache(home: Path, name: str) -> Path:
    """Puts the configuration of a named preset with some weights where the user would."""
    folder = home / "presets" / name
    folder.mkdir(parents=True)
    for path in (preset_root() / name).glob("*.json"):
        (folder / path.name).write_bytes(path.read_bytes())
    write_hdf5(folder / "model.weights.h5", {"pooler/bias": np.zeros(3, "float32")})
    return folder


# === Every preset ===


@pytest.mark.parametrize("name", NAMES)
def test_files(name: str) -> None:
    folder = find_preset(name, need_weights=False)
    assert folder == preset_root() / name
    for file, class_name in (
        ("config.json", "AlbertBackbone"),
        ("preprocessor.json", "AlbertPreprocessor"),
        ("tokenizer.json", "AlbertTokenizer"),
    ):
        value = json.loads((folder / file).read_text(encoding="utf-8"))
        assert value["class_name"] == class_name
        assert value["registered_name"] == f"albert_zoo>{class_name}"
    preset = read_preset(folder)
    assert set(preset.backbone_config) <= set(tiny_backbone().get_config())
    assert preset.tokenizer_config["lowercase"] in (True, False)
    assert preset.preprocessor_config["sequence_length"] >= 3
    assert (
        preset.preprocessor_config["sequence_length"]
        <= preset.backbone_config["max_sequence_length"]
    )
    for key in ("description", "licence", "parameter_count"):
        assert preset.metadata[key]


@pytest.mark.parametrize("name", NAMES)
def test_parameter_count_is_the_models(name: str) -> None:
    metadata = list_presets()[name]
    assert metadata["parameter_count"] == parameter_count(metadata["config"])
    if metadata["parameter_count"] <= LARGEST_TO_BUILD:
        backbone = AlbertBackbone.from_preset(name, load_weights=False)
        assert backbone.count_params() == metadata["parameter_count"]


@pytest.mark.parametrize("name", NAMES)
def test_a_small_model_is_built_from_every_configuration(name: str) -> None:
    """Each argument is one that the backbone takes; sizes alone are changed."""
    small = {**TINY_GEOMETRY, "num_layers": 2}
    backbone = AlbertBackbone.from_preset(name, load_weights=False, **small)
    wanted = {**list_presets()[name]["config"], **small}
    config = backbone.get_config()
    assert {key: config[key] for key in wanted} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_where_the_weights_are_from(name: str) -> None:
    preset = known_preset(name)
    assert preset is not None
    if list_presets()[name]["weights"]:
        pytest.skip(f"the weights of {name} come with the package")
    size, version = name.split("_")[1:]
    mirrors = {mirror.source: mirror for mirror in preset.mirrors}
    files = {file.name: file for file in mirrors["Hugging Face"].files}
    assert set(files) == {"config.json", "spiece.model", "model.safetensors"}
    for file_name, file in files.items():
        assert file.url.startswith(f"https://huggingface.co/albert/albert-{size}-{version}/resolve")
        assert "/resolve/main/" not in file.url, "a branch moves on"
        assert file.url.endswith(f"/{file_name}")
    weights = files["model.safetensors"]
    # Of xxlarge v1 no page shows the checksum; its address is of a commit.
    assert weights.sha256 or "/resolve/5eaef1f4d134bf7499ce037a5c2f2a54d8e56a33/" in weights.url
    assert weights.approximate_size == pytest.approx(4 * preset.metadata["parameter_count"], 0.02)
    (archive,) = mirrors["Google"].files
    assert archive.url == f"https://storage.googleapis.com/albert_models/{name}.tar.gz"
    assert ("TensorFlow Model Garden" in mirrors) == (version == "v2")
    published = preset.metadata["published_scores"]
    assert published["source"].startswith("https://github.com/google-research/albert/")
    assert {"average", "SQuAD 1.1", "SQuAD 2.0", "MNLI", "SST-2", "RACE"} <= set(published["dev"])


@pytest.mark.parametrize("name", ["albert_xlarge_v1", "albert_xlarge_v2"])
def test_the_heads_of_xlarge_are_googles_to_say(name: str) -> None:
    preset = known_preset(name)
    assert preset is not None
    assert preset.mirrors[0].source == "Google"
    assert all(m.own_num_heads == (m.source != "Hugging Face") for m in preset.mirrors)
    assert preset.metadata["notes"][0].startswith(f"{preset.config['num_heads']} heads")


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith("_v2")])
def test_the_configurations_of_others(name: str, shared: Path) -> None:
    """Ours are Google's and Hugging Face's, but for the number of heads of xlarge."""
    size = name.split("_")[1]
    folder = shared / "data" / "albert" / "configs"
    ours = list_presets()[name]["config"]
    google = json.loads((folder / f"tf1_{name}_albert_config.json").read_text())
    assert from_google(google) == ours
    hugging_face = json.loads((folder / f"hf_albert-{size}-v2_config.json").read_text())
    num_heads = 16 if size == "xlarge" else ours["num_heads"]
    assert from_transformers(hugging_face)[0] == {**ours, "num_heads": num_heads}


@pytest.mark.parametrize("groups, inner, embedding", [(1, 1, 8), (2, 3, 8), (1, 1, 16)])
def test_the_formula_for_parameters(groups: int, inner: int, embedding: int) -> None:
    backbone = tiny_backbone(
        num_groups=groups, num_inner_repetitions=inner, embedding_dim=embedding
    )
    assert parameter_count(backbone.get_config()) == backbone.count_params()


def test_a_preprocessor_is_made_from_a_named_preset(home: Path, tiny_vocabulary: bytes) -> None:
    folder = put_into_cache(home, "albert_base_v2")
    (folder / "assets" / "tokenizer").mkdir(parents=True)
    (folder / "assets" / "tokenizer" / "vocabulary.spm").write_bytes(tiny_vocabulary)
    classifier = AlbertClassifier.from_preset(
        "albert_base_v2",
        num_classes=2,
        load_weights=False,
        **{**TINY_GEOMETRY, "max_sequence_length": 128},
    )
    assert isinstance(classifier.preprocessor, AlbertPreprocessor)
    assert classifier.preprocessor.sequence_length == 128
    assert classifier.preprocessor.tokenizer.vocabulary_size == 100


def test_every_folder_is_listed() -> None:
    folders = sorted(path.name for path in preset_root().iterdir() if path.is_dir())
    assert [name for name in folders if not name.startswith("_")] == NAMES


# === Names ===


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_keras_hubs_names(alias: str) -> None:
    assert find_preset(alias, need_weights=False).name == ALIASES[alias]
    assert ALIASES[alias] in NAMES


@pytest.mark.parametrize(
    "name, hint",
    [
        ("albert_bas_v2", "Did you mean 'albert_base_v2'"),
        ("albert-large-v2", "Did you mean 'albert_large_v2'"),
        ("ALBERT_XLARGE_V2", "'albert_xlarge_v2'"),
    ],
)
def test_unknown_name_lists_close_ones(name: str, hint: str) -> None:
    with pytest.raises(PresetNotFoundError) as caught:
        find_preset(name)
    message = str(caught.value)
    assert f"Received: {name!r}." in message
    assert hint in message
    assert message.endswith("`albert-zoo presets` lists the names.")


def test_unknown_name_without_a_close_one() -> None:
    with pytest.raises(PresetNotFoundError) as caught:
        find_preset("0000")
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize("preset", ["..", "../presets", ".", ""])
def test_a_name_does_not_leave_the_folder_of_presets(preset: str, tmp_path: Path) -> None:
    with pytest.raises(PresetNotFoundError):
        find_preset(preset)


# === Weights ===


@pytest.mark.parametrize("name", NAMES)
def test_missing_weights_say_what_to_do(name: str, home: Path) -> None:
    if list_presets()[name]["weights"]:
        pytest.skip(f"the weights of {name} come with the package")
    with offline_mode(), pytest.raises(DownloadError) as caught:
        find_preset(name)
    message = str(caught.value)
    assert f"The weights of {name!r} are not on this machine" in message
    preset = known_preset(name)
    assert preset is not None
    for file in preset.mirrors[0].files:
        assert file.url.replace("https://huggingface.co", "http://127.0.0.1:9") in message
    assert str(home / "downloads" / name / preset.mirrors[0].slug) in message
    assert "`load_weights=False`" in message


def test_an_alias_without_weights_is_called_by_our_name() -> None:
    with offline_mode(), pytest.raises(DownloadError, match="The weights of 'albert_base_v2' are"):
        AlbertBackbone.from_preset("albert_base_en_uncased")


def test_the_cache_folder_is_found(home: Path) -> None:
    assert not list_presets()["albert_base_v2"]["weights"]
    folder = put_into_cache(home, "albert_base_v2")
    assert find_preset("albert_base_v2") == folder
    assert find_preset("albert_base_en_uncased") == folder
    assert list_presets()["albert_base_v2"]["weights"]
    assert not list_presets()["albert_large_v2"]["weights"]


def test_a_preset_of_the_users_own_in_the_cache_folder(home: Path) -> None:
    folder = tiny_backbone().save_to_preset(home / "presets" / "mine")
    assert find_preset("mine") == folder
    assert AlbertBackbone.from_preset("mine").count_params() == tiny_backbone().count_params()


# === Folders ===


def test_a_folder_goes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    tiny_backbone().save_to_preset("albert_base_v2")
    assert find_preset("albert_base_v2") == Path("albert_base_v2")


def test_a_folder_without_weights(tmp_path: Path) -> None:
    folder = tiny_backbone().save_to_preset(tmp_path / "preset")
    (folder / "model.weights.h5").unlink()
    with pytest.raises(PresetNotFoundError, match="preset: the preset has no model.weights.h5"):
        find_preset(folder)
    assert find_preset(folder, need_weights=False) == folder
    assert AlbertBackbone.from_preset(folder, load_weights=False).count_params() > 0
