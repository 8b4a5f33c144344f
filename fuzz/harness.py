"""Runs a fuzz target: guided by coverage where atheris is installed, with blind mutations else.

A target is a file of this folder with `INSTRUMENTED`, names of modules; `seeds()`, a list of bytes
to begin with; and `check(data, folder)`, which raises for a fault. See README.md.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Any, Callable, List, Optional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

TARGETS = (
    *("tables", "json_files", "sentencepiece_model", "safetensors_file", "archives"),
    *("saved_model", "records", "tf_checkpoint", "hdf5_file"),
)
CASES = Path(__file__).resolve().parents[1] / "tests" / "reliability" / "fuzz_cases"
LARGEST = 1 << 13  # bytes of an input
SLOWEST = 20  # seconds for one input
MOST_MEMORY = 2048  # megabytes


class FaultError(AssertionError):
    """What a parser must not do with any input."""


def refused(action: Callable[[], Any], name: Optional[str] = None) -> Optional[str]:
    """Calls a parser; an error for the user is what it may raise, anything else is a fault.

    Args:
        action: function without arguments.
        name: str, of the file, which the message must hold.

    Returns:
        str, the message, or None if the parser took the input.
    """
    from albert_zoo.errors import AlbertZooError

    try:
        action()
    except AlbertZooError as error:
        message = str(error)
        if name is not None and name not in message:
            raise FaultError(f"the message does not name {name}: {message[:300]!r}") from error
        return message
    return None


def load(name: str) -> Any:
    """Imports a target of this folder."""
    if str(Path(__file__).parent) not in sys.path:
        sys.path.insert(0, str(Path(__file__).parent))
    return importlib.import_module(name)


def mutated(data: bytes, seeds: List[bytes], source: random.Random) -> bytes:
    """Changes a few places of an input: bits, bytes, parts that are cut, doubled or exchanged."""
    result = bytearray(data)
    for _ in range(source.choice((1, 1, 2, 4, 8))):
        place = source.randrange(len(result) + 1)
        length = source.choice((1, 2, 4, 8, 32))
        kind = source.randrange(7)
        if kind == 0 and result:
            result[place % len(result)] ^= 1 << source.randrange(8)
        elif kind == 1 and result:
            result[place % len(result)] = source.choice((0, 1, 9, 10, 13, 34, 44, 127, 128, 255))
        elif kind == 2:
            del result[place : place + length]
        elif kind == 3:
            result[place:place] = result[place : place + length]
        elif kind == 4:
            result[place:place] = source.randbytes(length)
        elif kind == 5:
            other = source.choice(seeds)
            start = source.randrange(len(other) + 1)
            result[place : place + length] = other[start : start + length]
        else:
            number = source.choice((0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1))
            result[place : place + 8] = number.to_bytes(8, source.choice(("little", "big")))
    return bytes(result[:LARGEST])


def run_blind(target: Any, seconds: float, seed: int = 0, most: Optional[int] = None) -> int:
    """Mutates seeds without looking at coverage; the first fault is raised.

    Returns:
        int, how many inputs there were.
    """
    source, seeds, count = random.Random(seed), target.seeds(), 0
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        for data in seeds:
            target.check(data, Path(folder))
        while time.monotonic() < end and (most is None or count < most):
            data = mutated(source.choice(seeds), seeds, source)
            count += 1
            try:
                target.check(data, Path(folder))
            except Exception as error:
                raise FaultError(f"{type(error).__name__}: {error}\ninput: {data!r}") from error
    return count


def keep(name: str, data: bytes, why: str) -> Path:
    """Saves an input that showed a fault, to be a test from then on."""
    path = CASES / name / hashlib.sha256(data).hexdigest()[:12]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print(f"FOUND {name} {path.name}: {why}", flush=True)
    return path


def _where(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(f.filename).name}:{f.lineno}" for f in frames if "albert_zoo" in f.filename]
    return f"{type(error).__name__} {'>'.join(ours[-3:])}"


def _guided(name: str, arguments: List[str]) -> None:
    """The child: libFuzzer with our check. It goes on after faults that Python raises."""
    import atheris

    target_file = Path(__file__).parent / f"{name}.py"
    modules = _stated_modules(target_file)
    with atheris.instrument_imports(include=modules):
        for module in modules:
            importlib.import_module(module)
    target = load(name)
    seen = set()
    with tempfile.TemporaryDirectory(dir=_memory_disk()) as folder:
        place = Path(folder)

        def one_input(data: bytes) -> None:
            try:
                target.check(data, place)
            except Exception as error:
                where = _where(error)
                if where not in seen:
                    seen.add(where)
                    keep(name, data, f"{where}: {str(error)[:300]}")

        atheris.Setup([sys.argv[0], *arguments], one_input)
        atheris.Fuzz()


def _is_quick(target: Any, path: Path) -> bool:
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        target.check(path.read_bytes(), Path(folder))
    return time.monotonic() - started < SLOWEST / 4


def _stated_modules(path: Path) -> List[str]:
    """Reads `INSTRUMENTED` without importing the target, which would import the parsers."""
    import ast

    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "INSTRUMENTED":
            return list(ast.literal_eval(node.value))
    return []


def _memory_disk() -> Optional[str]:
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def fuzz(name: str, minutes: float) -> int:
    """Runs a target for some time, again after each crash of a library, and says what came out.

    Returns:
        int, how many faults were found.
    """
    target, end, runs, found = load(name), time.monotonic() + minutes * 60, 0, 0
    start = time.monotonic()
    corpus = Path("build/fuzz") / name
    corpus.mkdir(parents=True, exist_ok=True)
    for data in target.seeds():
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    while end - time.monotonic() > 1:
        left = int(end - time.monotonic())
        artifacts = Path(tempfile.mkdtemp(prefix="fuzz-"))
        command = [sys.executable, __file__, "--child", name, str(corpus)]
        command += [f"-max_total_time={left}", f"-max_len={LARGEST}", f"-timeout={SLOWEST}"]
        command += [f"-rss_limit_mb={MOST_MEMORY}", f"-artifact_prefix={artifacts}/"]
        done = subprocess.run(
            [*command, "-print_final_stats=1"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
        for line in done.stdout.splitlines():
            if line.startswith("FOUND"):
                print(line, flush=True)
                found += 1
            if line.startswith("stat::number_of_executed_units:"):
                runs += int(line.split(":")[-1])
        for path in artifacts.iterdir():
            if path.name.startswith(("timeout-", "slow-unit-")) and _is_quick(target, path):
                print(f"slow once, quick again: {path.name}: the machine was busy", flush=True)
                continue
            found += 1
            keep(name, path.read_bytes(), path.name)
        if done.returncode and not any(artifacts.iterdir()):
            print(done.stdout[-2000:], flush=True)
            break
    spent = (time.monotonic() - start) / 60
    print(f"{name}: {spent:.1f} minutes, {runs} inputs, {found} faults", flush=True)
    return found


def main() -> int:
    """Reads the command line: target and minutes."""
    if sys.argv[1:2] == ["--child"]:
        _guided(sys.argv[2], sys.argv[3:])
        return 0
    names = [sys.argv[1]] if len(sys.argv) > 1 and sys.argv[1] != "all" else list(TARGETS)
    minutes = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    guided = importlib.util.find_spec("atheris") is not None
    found = 0
    for name in names:
        if guided:
            found += fuzz(name, minutes)
        else:
            count = run_blind(load(name), minutes * 60, seed=time.time_ns())
            print(f"{name}: {minutes:g} minutes, {count} inputs without guidance, 0 faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
