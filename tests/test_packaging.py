"""What gets installed: every package, the presets' data, and nothing else."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Dict, List

import pytest

import albert_zoo

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ("albert_zoo", "presets", "examples", "tests")


@pytest.fixture(scope="module")
def settings() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg", encoding="utf-8")
    return parser


def _lines(text: str) -> List[str]:
    return [line.strip() for line in text.strip().splitlines()]


# === setup.cfg ===


def test_every_package_is_listed(settings: configparser.ConfigParser) -> None:
    """By name: `find:` would install presets, tests and examples as packages of their own."""
    on_disk = ["albert_zoo.presets"]
    for path in (ROOT / "albert_zoo").rglob("__init__.py"):
        on_disk.append(".".join(path.parent.relative_to(ROOT).parts))
    assert _lines(settings["options"]["packages"]) == sorted(on_disk)


def test_folders_without_init_hold_no_modules() -> None:
    folders = {path.parent for path in (ROOT / "albert_zoo").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_version_stands_in_one_place(settings: configparser.ConfigParser) -> None:
    assert settings["metadata"]["version"] == "attr: albert_zoo._version.__version__"
    version = re.escape(albert_zoo.__version__)
    files = [path for name in ("albert_zoo", "examples") for path in (ROOT / name).rglob("*.py")]
    files += [ROOT / "setup.cfg", ROOT / "pyproject.toml", ROOT / "Makefile"]
    pattern = re.compile(rf"(?<![\w.=<>~!]){version}(?![\w.])")
    found = [path for path in files if pattern.search(path.read_text(encoding="utf-8"))]
    assert found == [ROOT / "albert_zoo" / "_version.py"]
    assert re.search(rf"^## \[({version}|Unreleased)\]", _changelog(), flags=re.MULTILINE)


def _changelog() -> str:
    return (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# === The wheel ===


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Builds the wheel from a copy of the source tree."""
    pytest.importorskip("build", reason="needs `build`, of the extra `dev`")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for path in ROOT.iterdir():
        if path.is_file():
            shutil.copy(path, source)
    for name in SOURCE:
        ignored = shutil.ignore_patterns("__pycache__", "golden", "*.npz")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    done = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)],
        cwd=source,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds what the wheel installs."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as file:
        file.extractall(folder)
    return folder


def _files(folder: Path, pattern: str) -> Dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob(pattern)
        if path.is_file()
    }


def test_the_wheel_holds_the_package(installed: Path) -> None:
    assert _files(installed / "albert_zoo", "*.py") == {
        **_files(ROOT / "albert_zoo", "*.py"),
        "presets/__init__.py": (ROOT / "presets" / "__init__.py").read_bytes(),
    }
    assert (installed / "albert_zoo" / "py.typed").is_file()


def test_the_wheel_holds_the_presets(installed: Path) -> None:
    wanted: Dict[str, bytes] = {}
    for pattern in ("*.json", "*.h5", "*.md", "*.spm"):
        wanted.update(_files(ROOT / "presets", pattern))
    assert len(wanted) >= 4 * 4
    held = _files(installed / "albert_zoo" / "presets", "*")
    held.pop("__init__.py")
    assert held == wanted


def test_the_wheel_holds_the_files_for_ascend(installed: Path) -> None:
    folder = Path("albert_zoo", "backends", "ascend", "data")
    assert _files(installed / folder, "*") == _files(ROOT / folder, "*") != {}


def test_the_wheel_holds_nothing_else(installed: Path) -> None:
    version = albert_zoo.__version__
    top = sorted(path.name for path in installed.iterdir())
    assert top == ["albert_zoo", f"albert_zoo-{version}.dist-info"]
    metadata = (installed / top[1] / "METADATA").read_text(encoding="utf-8")
    assert f"\nVersion: {version}\n" in metadata
    assert (installed / top[1] / "licenses" / "LICENSE").is_file()
    commands = (installed / top[1] / "entry_points.txt").read_text(encoding="utf-8")
    assert "albert-zoo = albert_zoo.cli:main" in commands


def test_the_installed_package_finds_its_presets(installed: Path, tmp_path: Path) -> None:
    code = (
        "import albert_zoo; print(albert_zoo.__file__); "
        "print(*[name for name, data in albert_zoo.list_presets().items() if data['config']]); "
        "classifier = albert_zoo.AlbertClassifier.from_preset('albert_tiny_en', num_classes=2); "
        "print(classifier.predict(['It broke after a week.']).shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(installed), "ALBERT_ZOO_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    file, presets, shape = done.stdout.splitlines()
    assert file.startswith(str(installed))
    assert presets.split() == sorted(albert_zoo.list_presets())
    assert shape == "(1, 2)"
