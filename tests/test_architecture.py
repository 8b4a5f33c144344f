"""The floors of the house: who may import whom, read from the source and from CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Set, Tuple

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "albert_zoo"

# The same picture stands in CONTRIBUTING.md.
FLOORS = """\
7  cli  examples
6  pretraining
5  export  training
4  models
3  data  zoo
2  layers  backends  glue  runs
1  text  tables  checkpoints  keras_api  keras2  downloads
0  errors  paths  atomic  _version  registration
"""

LEVELS: Dict[str, int] = {
    room: int(level) for level, *rooms in map(str.split, FLOORS.splitlines()) for room in rooms
}

# Packages that not every installation or backend has, or that take seconds to load: they are
# imported in the functions that use them. All others are imported at the top.
LATE = {"tensorflow", "tensorflow_text", "pandas", "jax", "torch", "huggingface_hub"}
LATE |= {"onnx", "onnxruntime"}
LATE |= {"google"}  # protobuf, which comes with TensorFlow
LATE |= {"npu_device", "hccl", "torch_npu"}  # Ascend's, where there is an NPU
LATE_AT_TOP = {
    ("keras2/__init__.py", "tensorflow"): "it stands for Keras 3 where tf.keras is the only Keras",
    ("keras2/ops.py", "tensorflow"): "it stands for `keras.ops` there",
    ("keras2/model.py", "tensorflow"): "it stands for `keras.Model` there",
    ("keras2/optimizer.py", "tensorflow"): "it stands for `keras.optimizers.Optimizer` there",
}
# Where TensorFlow may be named at all; elsewhere models must run on JAX and PyTorch.
TENSORFLOW = {"text", "data", "checkpoints", "backends", "cli", "keras2", "export"}
TENSORFLOW_FILES = {
    "layers/backend_graphs.py": "gradients of one's own and shared traces",
    "training/dense_clipping.py": "sparse gradients, tf.distribute and Adam in one operation",
}

# Files with more than one public class, and why.
SEVERAL_CLASSES = {
    "errors.py": "each is a line, and they are read together",
    "glue/grammar.py": "the words and clauses of one small grammar",
    "pretraining/ngram_masking.py": "MaskedRows is what NgramMasking returns",
    "pretraining/segment_pairs.py": "SegmentPair is what SegmentPairs yields",
    "text/preprocessor.py": "PackedIds is what AlbertPreprocessor.pack returns",
    "training/metrics.py": "three variants of one thing",
    "training/callbacks.py": "five small callbacks of one class, Task",
    "training/task_data.py": "two forms of one interface: GLUE's table and the user's",
    "cli/finetune_options.py": "three lists of choices among the types of options",
    "cli/run_classifier_flags.py": "two lists of choices among the types of flags",
    "cli/prepare.py": "two lists of choices for the options of the command",
}
LONGEST = 300  # lines


class Import(NamedTuple):
    """One import of one module."""

    file: str  # relative to the package
    line: int
    module: str  # "albert_zoo.text.tokenizer", "numpy"
    is_late: bool  # inside a function
    for_types: bool  # under TYPE_CHECKING


def _source_files() -> List[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


def _module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES: Dict[str, str] = {
    _module_of(path): path.relative_to(PACKAGE).as_posix() for path in _source_files()
}


def _imports_of(path: Path, file: str) -> Iterator[Import]:
    package = (
        _module_of(path) if path.name == "__init__.py" else _module_of(path).rpartition(".")[0]
    )

    def visit(node: ast.AST, is_late: bool, for_types: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            late = is_late or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            types = for_types or (
                isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            )
            names: List[str] = []
            if isinstance(child, ast.Import):
                names = [alias.name for alias in child.names]
            elif isinstance(child, ast.ImportFrom):
                start = package.rsplit(".", child.level - 1)[0] if child.level else ""
                module = ".".join(part for part in (start, child.module or "") if part)
                inner = [f"{module}.{alias.name}" for alias in child.names]
                names = sorted({name if name in MODULES else module for name in inner})
            elif isinstance(child, ast.Call) and ast.unparse(child.func).endswith(
                ("import_module", "__import__", "require_extra")
            ):
                names = [str(a.value) for a in child.args[:1] if isinstance(a, ast.Constant)]
            for name in names:
                yield Import(file, child.lineno, name, late, types)
            yield from visit(child, late, types)

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), False, False)


IMPORTS: List[Import] = [
    found
    for path in _source_files()
    for found in _imports_of(path, path.relative_to(PACKAGE).as_posix())
]


def room_of(module: str) -> str:
    """The room of one of our modules; the package's own `__init__` is above all of them."""
    return module.split(".")[1] if "." in module else "albert_zoo"


def _ours() -> Iterator[Tuple[Import, str, str]]:
    for found in IMPORTS:
        if found.module.split(".")[0] == "albert_zoo":
            here = room_of("albert_zoo." + found.file.replace(".py", "").replace("/", "."))
            yield found, "albert_zoo" if here == "__init__" else here, room_of(found.module)


def _where(found: Import) -> str:
    return f"albert_zoo/{found.file}:{found.line} imports {found.module}"


# === Levels ===


def test_every_room_has_a_level() -> None:
    rooms = {room_of(module) for module in MODULES} - {"albert_zoo"}
    assert rooms | {"examples"} == LEVELS.keys()


def test_imports_go_down() -> None:
    wrong = [
        f"{_where(found)}: level {LEVELS[there]} from level {LEVELS[here]}"
        for found, here, there in _ours()
        if here != "albert_zoo"
        and there not in (here, "albert_zoo", "_version")
        and LEVELS[there] >= LEVELS[here]
        and (here, there) != ("keras_api", "keras2")  # the second stands in for Keras 3
    ]
    assert wrong == []


def test_only_the_package_itself_knows_every_room() -> None:
    """No room imports `albert_zoo`, which would load the rooms above it."""
    assert [_where(found) for found, _, there in _ours() if there == "albert_zoo"] == []


def test_importing_the_package_imports_no_room() -> None:
    rooms = {
        there
        for found, here, there in _ours()
        if here == "albert_zoo" and not found.is_late and not found.for_types
    }
    assert rooms == {"_version", "registration"}


def test_there_are_no_cycles() -> None:
    """Modules import each other in one direction, late imports and a room's own files included."""
    edges: Dict[str, Set[str]] = {file: set() for file in MODULES.values()}
    for found, here, _ in _ours():
        target = MODULES.get(found.module)
        if here != "albert_zoo" and target is not None and not found.for_types:
            edges[found.file].add(target)
    done: Set[str] = set()

    def walk(file: str, path: Tuple[str, ...]) -> None:
        assert file not in path, " -> ".join([*path[path.index(file) :], file])
        if file not in done:
            for target in sorted(edges[file]):
                walk(target, (*path, file))
            done.add(file)

    for file in edges:
        walk(file, ())


# === What is imported, and where ===


def test_our_own_modules_are_imported_at_the_top() -> None:
    """But in the command line, where `--help` must not wait for Keras."""
    late = [_where(found) for found, here, _ in _ours() if found.is_late and here != "cli"]
    assert late == []


def test_other_packages_are_imported_at_the_top() -> None:
    late = [
        _where(found)
        for found in IMPORTS
        if found.is_late
        and found.module.split(".")[0] not in LATE | {"albert_zoo"}
        and not found.file.startswith("cli/")
    ]
    assert late == []


def test_optional_and_slow_packages_are_imported_where_they_are_used() -> None:
    at_top = {
        (found.file, found.module.split(".")[0])
        for found in IMPORTS
        if found.module.split(".")[0] in LATE and not (found.is_late or found.for_types)
    }
    at_top.discard(("keras_api.py", "tensorflow"))  # tested below
    assert at_top == set(LATE_AT_TOP)


def test_keras_comes_through_its_one_door() -> None:
    doors = {found.file for found in IMPORTS if found.module.split(".")[0] == "keras"}
    assert doors == {"keras_api.py"}
    others = [
        _where(found)
        for found in IMPORTS
        if re.match(r"tensorflow\.(.*\.)?keras|tf_keras", found.module)
    ]
    assert others == []


def test_models_do_not_know_tensorflow() -> None:
    files = {
        found.file
        for found in IMPORTS
        if found.module.split(".")[0] in ("tensorflow", "tensorflow_text")
        and found.file.split("/")[0].replace(".py", "") not in TENSORFLOW
        and found.file != "keras_api.py"
    }
    assert files == set(TENSORFLOW_FILES)


# === Files ===


def test_files_are_short() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in _source_files()
    }
    assert {file: length for file, length in lengths.items() if length > LONGEST} == {}


def test_one_public_class_a_file() -> None:
    crowded = {}
    for path in _source_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [n.name for n in tree.body if isinstance(n, ast.ClassDef) and n.name[0] != "_"]
        if len(names) > 1:
            crowded[path.relative_to(PACKAGE).as_posix()] = names
    assert {file: names for file, names in crowded.items() if file not in SEVERAL_CLASSES} == {}
    assert set(SEVERAL_CLASSES) - set(crowded) == set(), "an exception that is no longer needed"


def test_presets_hold_no_code() -> None:
    files = sorted((ROOT / "presets").rglob("*.py"))
    assert files == [ROOT / "presets" / "__init__.py"]
    (docstring,) = ast.parse(files[0].read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr)
    assert not (PACKAGE / "presets.py").exists()
    assert not (PACKAGE / "presets").exists()


def test_every_module_says_what_it_is_for() -> None:
    bare = [
        path.relative_to(ROOT).as_posix()
        for path in _source_files()
        if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert bare == ["albert_zoo/_version.py"]


# === The picture in CONTRIBUTING.md ===


def _pictures() -> List[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    return [block for language, block in blocks if not language]


def test_the_picture_shows_the_floors() -> None:
    assert FLOORS in _pictures()


def _tree() -> List[str]:
    """The paths that the tree names, `albert_zoo/text/tokenizer.py` for instance."""
    tree = next(picture for picture in _pictures() if picture.startswith("albert_zoo/"))
    paths, folders = [], {0: "", 2: "", 4: ""}
    for line in tree.splitlines():
        indent = len(line) - len(line.lstrip())
        name = line.split()[0]
        paths.append(folders[indent] + name)
        folders[indent + 2] = folders[indent] + name
    return paths


def test_the_picture_shows_every_room() -> None:
    """All folders and all modules at the top; of a room's files those that say most."""
    shown = _tree()
    assert len(shown) == len(set(shown))
    on_disk = {f"albert_zoo/{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")}
    on_disk |= {f"albert_zoo/{path.name}" for path in [*PACKAGE.glob("*.py"), PACKAGE / "py.typed"]}
    assert {path for path in shown if re.fullmatch(r"albert_zoo/[^/]+/?", path)} == on_disk


def test_the_picture_shows_nothing_that_is_not_there() -> None:
    assert [path for path in _tree() if not (ROOT / path).exists()] == []
