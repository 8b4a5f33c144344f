"""Nothing in the package runs what a file holds."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Iterator

import pytest

import albert_zoo

PACKAGE = Path(albert_zoo.__file__).parent

MODULES = {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve", "cloudpickle"}
CALLS = {"eval", "exec", "torch.load", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load"}
ALLOWED = {
    ("cli/annotations.py", "eval"): "of the package's own annotations, under Python 3.9",
}


def findings(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            if ast.unparse(node.func) in CALLS:
                yield ast.unparse(node.func)
            for keyword in node.keywords:
                is_true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                if keyword.arg in ("allow_pickle", "shell") and is_true:
                    yield f"{keyword.arg}=True"
                if keyword.arg == "safe_mode" and not is_true:
                    yield "safe_mode=False"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.name)
def test_no_file_is_run(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    found = {
        one
        for one in findings(ast.parse(path.read_text(encoding="utf-8")))
        if (name, one) not in ALLOWED
    }
    assert not found


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
    ],
)
def test_the_check_finds(code: str) -> None:
    assert list(findings(ast.parse(code)))
