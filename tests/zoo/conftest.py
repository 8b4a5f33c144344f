"""A tiny model as a preset, with every kind of head; a package that registers presets; a hub."""

from __future__ import annotations

import functools
import json
import sys
import zlib
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Mapping, Tuple

import numpy as np
import pytest

from albert_zoo.checkpoints.config import from_albert_zoo
from albert_zoo.checkpoints.weight_shapes import weight_shapes
from albert_zoo.zoo import PresetFolder, convert, write_preset
from tests.fake_hub import FakeHub
from tests.model_checks import TINY_GEOMETRY
from tests.packed import files_below

LABELS = ["no", "yes", "maybe"]


def _random(name: str, shape: Tuple[int, ...]) -> np.ndarray:
    generator = np.random.default_rng(zlib.crc32(name.encode()))
    return generator.normal(size=shape).astype("float32")


@pytest.fixture(scope="session")
def tiny_preset(tiny_vocabulary: bytes) -> Callable[..., PresetFolder]:
    """Function of the heads to have: a preset of random weights, its task with three labels."""
    config = from_albert_zoo(TINY_GEOMETRY)
    columns: Dict[str, Any] = {"text": "review", "label": "stars", "labels": LABELS}

    def build(*heads: str) -> PresetFolder:
        shapes = weight_shapes(config, heads, len(LABELS))
        arrays = {name: _random(name, shape) for name, shape in shapes.items()}
        starting = {
            head: {name: array for name, array in arrays.items() if name.startswith(head)}
            for head in ("mlm/", "sop/", "head/")
        }
        has_task = "head" in heads
        return PresetFolder(
            backbone_config=dict(config),
            backbone_arrays={
                k: v for k, v in arrays.items() if not k.startswith(("mlm/", "sop/", "head/"))
            },
            task_config={"num_classes": 3, "dropout": 0.25, "task": {"columns": columns}}
            if has_task
            else None,
            task_arrays=starting["head/"] or None,
            pretraining_arrays={**starting["mlm/"], **starting["sop/"]} or None,
            tokenizer_config={"lowercase": True},
            preprocessor_config={"sequence_length": 32},
            vocabulary=tiny_vocabulary,
            metadata={"description": "tiny"},
        )

    return build


# === Presets that are fetched ===


@pytest.fixture(scope="session")
def served(
    tiny_preset: Callable[..., PresetFolder], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Dict[str, bytes]]:
    """Function of a format: the tiny model with its pre-training heads, as files."""
    folder = tmp_path_factory.mktemp("served")
    source = write_preset(folder / "source", tiny_preset("mlm", "sop"))

    @functools.cache
    def files(to: str) -> Dict[str, bytes]:
        heads = "mlm" if to in ("tf2", "keras-hub") else None
        return files_below(convert(source, folder / to, to=to, heads=heads))

    return files


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder; and no waiting before anything is asked for again."""
    folder = tmp_path / "home"
    monkeypatch.setenv("ALBERT_ZOO_HOME", str(folder))
    monkeypatch.setattr("albert_zoo.zoo.hubs.web_api.BACKOFF", 0.0)
    monkeypatch.setattr("albert_zoo.zoo.remote_file.BACKOFF", 0.0)
    return folder


@pytest.fixture
def hub(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    """Hugging Face's hub, on this machine."""
    with FakeHub() as running:
        monkeypatch.setenv("HF_ENDPOINT", running.endpoint)
        yield running


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Function that installs a package of presets; returns the folder they are in.

    Its arguments: the presets, name to the content of `metadata.json`; what the entry point says;
    the package's code; its name.
    """

    def install(
        presets: Mapping[str, Mapping[str, Any]],
        target: str = "{package}.models",
        code: str = "",
        package: str = "friends",
    ) -> Path:
        site = tmp_path / f"site_{package}"
        models = site / package / "models"
        models.mkdir(parents=True)
        for path in (site / package, models):
            (path / "__init__.py").write_text(code)
        for name, metadata in presets.items():
            (models / name).mkdir()
            for file, class_name, values in (
                ("config.json", "AlbertBackbone", from_albert_zoo(TINY_GEOMETRY)),
                ("tokenizer.json", "AlbertTokenizer", {"lowercase": True}),
                ("preprocessor.json", "AlbertPreprocessor", {"sequence_length": 32}),
            ):
                content = {"registered_name": f"albert_zoo>{class_name}", "config": values}
                (models / name / file).write_text(json.dumps(content))
            (models / name / "metadata.json").write_text(json.dumps(metadata))
        info = site / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        entry = f"all = {target.format(package=package)}"
        (info / "entry_points.txt").write_text(f"[albert_zoo.presets]\n{entry}\n")
        for name in [name for name in sys.modules if name.split(".")[0] == package]:
            del sys.modules[name]  # of an earlier test
        monkeypatch.syspath_prepend(str(site))
        return models

    return install
