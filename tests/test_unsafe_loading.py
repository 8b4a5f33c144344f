"""Nothing in the package runs what a file holds."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator

import pytest

import albert_zoo
from tests.keras_generations import keras_3_only

PACKAGE = Path(albert_zoo.__file__).parent
ROOT = PACKAGE.parent
SOURCES = sorted(
    path
    for name in ("albert_zoo", "examples", "benchmarks")
    for path in (ROOT / name).rglob("*.py")
)

MODULES = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}
CALLS = {
    *("eval", "exec", "compile", "torch.load", "os.system", "os.popen", "tempfile.mktemp"),
    *("yaml.load", "yaml.unsafe_load", "yaml.full_load", "shutil.unpack_archive"),
    *("keras.config.enable_unsafe_deserialization", "enable_unsafe_deserialization"),
    *("subprocess.getoutput", "subprocess.getstatusoutput"),
}
METHODS = {"extractall", "extract"}  # of archives, which only `safe_extract` unpacks


def findings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            if ast.unparse(node.func) in CALLS:
                yield ast.unparse(node.func)
            if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                yield f".{node.func.attr}"
            for keyword in node.keywords:
                is_true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                if keyword.arg in ("allow_pickle", "shell") and is_true:
                    yield f"{keyword.arg}=True"
                if keyword.arg == "safe_mode" and not is_true:
                    yield "safe_mode=False"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.name)
def test_no_file_is_run(path: Path) -> None:
    assert not list(findings(ast.parse(path.read_text(encoding="utf-8"))))


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from pickle import loads",
        "eval(text)",
        "torch.load(path)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(line, shell=True)",
        "keras.saving.load_model(path, safe_mode=False)",
        "keras.config.enable_unsafe_deserialization()",
        "tarfile.open(path).extractall(folder)",
        "shutil.unpack_archive(path, folder)",
        "yaml.load(file)",
        "tempfile.mktemp()",
    ],
)
def test_the_check_finds(code: str) -> None:
    assert list(findings(ast.parse(code)))


@keras_3_only("safe mode")
def test_code_in_a_model_is_refused(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(ValueError, match="safe_mode|unsafe|Lambda|lambda"):
        keras.saving.load_model(tmp_path / "model.keras")


def test_arrays_with_objects_are_refused(tmp_path: Path) -> None:
    """A dataset of references or of Python objects is no weight."""
    import h5py

    from albert_zoo.checkpoints.hdf5 import read_hdf5
    from albert_zoo.errors import ConversionError

    path = tmp_path / "model.weights.h5"
    (tmp_path / "secret").write_bytes(b"secret!!")
    with h5py.File(path, "w") as file:
        file.create_dataset("a", (2,), "f4", external=[(str(tmp_path / "secret"), 0, 8)])
    with pytest.raises(ConversionError, match="another file"):
        read_hdf5(path)
    with h5py.File(path, "w") as file:
        layout = h5py.VirtualLayout((2,), "f4")
        layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5"), "a", (2,), "f4")
        file.create_virtual_dataset("a", layout)
    with pytest.raises(ConversionError, match="another file"):
        read_hdf5(path)
    with h5py.File(path, "w") as file:
        file["a"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "a")
    assert list(read_hdf5(path)) == []  # a link is no array
