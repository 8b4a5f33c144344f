"""The package can be read by Python 3.9, which Ascend's TensorFlow 2.6 needs."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from pathlib import Path
from typing import Iterator, List, Optional

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted((ROOT / "albert_zoo").rglob("*.py")) + [ROOT / "presets" / "__init__.py"]
OLDEST = (3, 9)

TYPES = {"str", "int", "float", "bool", "bytes", "list", "dict", "tuple", "set", "type", "object"}
NEWER_ARGUMENTS = {
    "zip": {"strict"},
    "dataclass": {"slots", "kw_only", "match_args"},
    "dataclasses.dataclass": {"slots", "kw_only", "match_args"},
}
NEWER_NAMES = {
    "typing": {"Concatenate", "LiteralString", "Never", "NotRequired", "ParamSpec", "Required",
               "Self", "TypeAlias", "TypeGuard", "Unpack", "assert_never", "override"},
    "itertools": {"batched", "pairwise"},
    "datetime": {"UTC"},
    "enum": {"StrEnum"},
    "contextlib": {"aclosing", "chdir"},
}  # fmt: skip
NEWER_MODULES = {"tomllib", "wsgiref.types"}


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.returns is not None:
            yield node.returns


def _is_type(node: ast.AST) -> bool:
    """Says whether an expression looks like a type: `None`, `str`, `Path`, `Dict[str, int]`."""
    if isinstance(node, ast.Subscript):
        return _is_type(node.value)
    if isinstance(node, ast.Name):
        return node.id in TYPES or (node.id[0].isupper() and not node.id.isupper())
    return isinstance(node, ast.Constant) and node.value is None


def _unions(node: ast.AST) -> Iterator[ast.BinOp]:
    for child in ast.walk(node):
        if isinstance(child, ast.BinOp) and isinstance(child.op, ast.BitOr):
            yield child


def faults(source: str, evaluates_annotations: bool = False) -> List[str]:
    """Says what Python 3.9 could not run, as far as the source shows it.

    Args:
        source: str.
        evaluates_annotations: bool. Whether annotations are used when the program runs.
    """
    tree = ast.parse(source, feature_version=OLDEST)
    is_lazy = any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )
    found = []
    noted = [union for note in _annotations(tree) for union in _unions(note)]
    if not is_lazy or evaluates_annotations:
        found += [f"line {union.lineno}: a union with | in an annotation" for union in noted]
    found += [
        f"line {union.lineno}: a union with | at run time"
        for union in _unions(tree)
        if union not in noted and (_is_type(union.left) or _is_type(union.right))
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            newer = NEWER_ARGUMENTS.get(ast.unparse(node.func), set())
            names = {str(keyword.arg) for keyword in node.keywords}
            found += [f"line {node.lineno}: argument {name}" for name in sorted(newer & names)]
        elif isinstance(node, ast.ImportFrom):
            newer = NEWER_NAMES.get(str(node.module), set())
            names = {alias.name for alias in node.names}
            found += [f"line {node.lineno}: {node.module}.{n}" for n in sorted(newer & names)]
        elif isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
            found += [f"line {node.lineno}: {name}" for name in sorted(NEWER_MODULES & names)]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_source(path: Path) -> None:
    # Typer reads the annotations of commands.
    is_command = path.parent.name == "cli"
    assert faults(path.read_text(encoding="utf-8"), evaluates_annotations=is_command) == []


@pytest.mark.parametrize(
    "source",
    [
        "def f(x: int | None): pass",
        "x: list[int] | None = None",
        "Text = str | None",
        "isinstance(x, int | float)",
        "list(zip(a, b, strict=True))",
        "@dataclass(slots=True)\nclass A: pass",
        "from itertools import pairwise",
        "import tomllib",
    ],
)
def test_faults_are_found(source: str) -> None:
    assert len(faults(source)) == 1


def test_match_is_found() -> None:
    with pytest.raises(SyntaxError):
        faults("match x:\n    case 1: pass")


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations\ndef f(x: int | None): pass",
        "FLAGS = re.MULTILINE | re.DOTALL",
        "names = {*a} | {1}",
        "mask = (x > 0) | (y > 0)",
    ],
)
def test_what_is_allowed_is_no_fault(source: str) -> None:
    assert faults(source) == []


# === With the real interpreter, where there is one ===


def _python39() -> Optional[str]:
    candidates = [shutil.which("python3.9")]
    candidates += sorted(map(str, Path.home().glob(".pyenv/versions/3.9*/bin/python3.9")))
    for candidate in filter(None, candidates):
        asked = subprocess.run(
            [candidate, "-c", "import sys; print(sys.version_info[:2])"],
            capture_output=True,
            text=True,
        )
        if asked.returncode == 0 and asked.stdout.strip() == str(OLDEST):
            return candidate
    return None


@pytest.fixture(scope="module")
def python39() -> str:
    found = _python39()
    if found is None:
        pytest.skip("needs python3.9, which is not installed")
    return found


def test_every_file_compiles(python39: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [python39, "-m", "compileall", "-q", "-f", str(ROOT / "albert_zoo")],
        env={**os.environ, "PYTHONPYCACHEPREFIX": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list(tmp_path.rglob("*.cpython-39.pyc"))) == len(FILES) - 1


def test_what_needs_no_other_package_runs(python39: str, tmp_path: Path) -> None:
    code = (
        "import albert_zoo, albert_zoo.errors, albert_zoo.paths; "
        "print(albert_zoo.paths.preset_root().name)"
    )
    done = subprocess.run(
        [python39, "-c", code],
        env={"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "presets\n"), done.stderr
