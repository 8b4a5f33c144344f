"""Training: whole runs of `fit`, and steady steps of equal tokens, against other libraries.

```
python benchmarks/training.py --peers .venv-peers
```

ALBERT-base with random weights, float32, batches of 16 rows; see `trainers.py`.

`fit mrpc` and so on: 1,000 rows of the task's training set, one epoch, from texts to the last step,
tracing and preparation included, on a model just built. KerasHub pads to 128 tokens, transformers
to the longest row of a batch; ours pads nothing. The order of rows is random for all. On MRPC
`sorted` is ours with batches of like length out of pools of 50, and `padded` ours with padding.

`16x128` and so on: steps on 16 rows without padding, after the first two. `rate` is the training
floating-point operations of the real tokens (524 M a token: 12 layers, forward and twice that
backward) a second, over the best matrix rate of this machine in the same round: `matrix products`
tries for two seconds, as the clock of many a machine swings by a third.

`real tokens`: of the positions that the dense layers compute in one epoch of a whole training set,
how many are no padding.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import Benchmark, Claim, Spread, contestant  # noqa: E402
from harness.machine import matrix_rate  # noqa: E402

from benchmarks.trainers import BATCH, TASKS, random_batch, rows_of, trainer  # noqa: E402

PEERS = ("keras_hub", "transformers")
WAYS = ("sorted", "padded")
"""Ours in other ways, on MRPC alone."""
FIT_TARGETS = {  # over KerasHub at 128, and over transformers with dynamic padding
    "mrpc": {"keras_hub": 2.0, "transformers": 1.5},
    "mnli": {"keras_hub": 2.8, "transformers": 1.8},
    "sst2": {"keras_hub": 6.0, "transformers": 2.5},
    "cola": {"keras_hub": 7.0, "transformers": 1.8},
}
STEP_TARGETS = {128: 1.1, 64: 1.15, 32: 1.3}
RATE_TARGETS = {"16x128": 0.68, "fit mrpc": 0.58, "fit sst2": 0.46}
TOKEN_TASKS = (*TASKS, "rte", "stsb")
FLOPS_A_TOKEN = 524e6
"""Of a training step: 12 layers, 2 operations a weight, forward and twice that backward."""


def run_of(library: str, settings: Dict[str, Any]) -> Any:
    """Returns what measures a library in its process."""
    ready: Dict[str, Any] = {}

    def fit(case: Dict[str, Any]) -> Dict[str, Any]:
        columns, labels = rows_of(settings, case["task"], case["rows"])
        model = trainer(library, settings, case["task"])
        start = time.perf_counter()
        model.fit(columns, labels, seed=max(0, case["round"]))
        return {"seconds": time.perf_counter() - start}

    def steps(case: Dict[str, Any]) -> Dict[str, Any]:
        batch = random_batch(case["length"])
        if "model" not in ready:
            ready["model"] = trainer(library, settings)
        if case["round"] < 0:  # what is traced or compiled, is so here
            ready["model"].step(*batch)
        start = time.perf_counter()
        for _ in range(case["steps"]):
            ready["model"].step(*batch)
        return {"seconds": (time.perf_counter() - start) / case["steps"]}

    return lambda case: (fit if "rows" in case else steps)(case)


@contestant("albert_zoo", KERAS_BACKEND="tensorflow")
def albert_zoo(settings: Dict[str, Any]) -> Any:
    """Ours, as it is."""
    return run_of("albert_zoo", settings)


@contestant("sorted", KERAS_BACKEND="tensorflow")
def albert_zoo_sorted(settings: Dict[str, Any]) -> Any:
    """Ours, with batches of rows of like length."""
    return run_of("albert_zoo", {**settings, "pool_batches": 50})


@contestant("padded", KERAS_BACKEND="tensorflow")
def albert_zoo_padded(settings: Dict[str, Any]) -> Any:
    """Ours, computing padding too."""
    return run_of("albert_zoo", {**settings, "unpad": False})


@contestant("keras_hub", python="peers", KERAS_BACKEND="tensorflow")
def keras_hub(settings: Dict[str, Any]) -> Any:
    """KerasHub at 128 tokens."""
    return run_of("keras_hub", settings)


@contestant("transformers", python="peers")
def transformers(settings: Dict[str, Any]) -> Any:
    """transformers, eager, with dynamic padding."""
    return run_of("transformers", settings)


@contestant("matrix products", python="peers")
def matrix_products(settings: Dict[str, Any]) -> Any:
    """PyTorch's matrix products, the best of two seconds."""

    def run(case: Dict[str, Any]) -> Dict[str, Any]:
        start = time.perf_counter()
        rates = matrix_rate([sys.executable], seconds=2, libraries=["torch"])
        return {"seconds": time.perf_counter() - start, "gflops": rates["torch"]}

    return run


def tokens_of(benchmark: Benchmark, task: str, rows: int) -> int:
    """Returns how many tokens the rows of a task have."""
    import albert_zoo

    columns, _ = rows_of(benchmark.settings, task, rows)
    tokenizer = albert_zoo.AlbertTokenizer(benchmark.settings["vocabulary"])
    preprocessor = albert_zoo.AlbertPreprocessor(tokenizer, 128)
    return int(preprocessor.pack(*columns).lengths.sum())


def add_rates(benchmark: Benchmark, tokens: Dict[str, int]) -> None:
    """Adds the table of rates."""
    at_start = max(benchmark.machine.get("matrix_gflops", {"": float("nan")}).values())
    limits = {
        (note["case"], note["round"]): note["gflops"]
        for note in benchmark.measurements
        if "gflops" in note
    }
    table = []
    for case, count in tokens.items():
        rates = [rate for (of, _), rate in limits.items() if of == case]
        if rates:
            spread = Spread.of(rates)
            range_ = f"{spread.low:.0f} - {spread.high:.0f}"
            table.append([case, "matrix products, GFLOP/s", f"{spread.median:.0f}", range_, ""])
        operations = count * FLOPS_A_TOKEN / 1e9
        for name in ("albert_zoo", "keras_hub", "transformers"):
            found = [
                operations / note["seconds"] / limits.get((case, note["round"]), at_start)
                for note in benchmark.measurements
                if note["case"] == case and note["contestant"] == name
            ]
            if found:
                spread = Spread.of(found)
                target = RATE_TARGETS.get(case, "") if name == "albert_zoo" else ""
                range_ = f"{spread.low:.2f} - {spread.high:.2f}"
                table.append([case, name, f"{spread.median:.2f}", range_, target])
    columns = ["case", "contestant", "rate", "range", "target"]
    benchmark.add_table("Share of the machine's matrix rate, over real tokens", columns, table)


def texts_of_task(settings: Dict[str, Any], task: str, count: int) -> List[List[str]]:
    """Returns columns of texts of a task's training rows, spread over them."""
    from albert_zoo.glue import read_split

    if task in TASKS:
        return rows_of(settings, task, count)[0]
    examples = read_split(task, settings["data"], "train")
    columns = [column for column in (examples.texts, examples.text_pairs) if column is not None]
    step = max(1, len(examples) // count)
    return [list(column)[::step][:count] for column in columns]


def add_real_tokens(benchmark: Benchmark) -> None:
    """Adds the table of what padding costs in the dense layers, order random."""
    import numpy as np

    import albert_zoo
    from albert_zoo.data import EncodedExamples, LengthBatches
    from albert_zoo.layers.real_tokens import RealTokens

    tokenizer = albert_zoo.AlbertTokenizer(benchmark.settings["vocabulary"])
    preprocessor = albert_zoo.AlbertPreprocessor(tokenizer, 128)
    table = []
    for task in TOKEN_TASKS:
        columns = texts_of_task(benchmark.settings, task, 2000 if benchmark.quick else 10**9)
        labels = [0] * len(columns[0])
        encoded = EncodedExamples(preprocessor.pack(*columns), np.array(labels))
        real = padded = computed = 0
        for number, rows in enumerate(LengthBatches(encoded.lengths, BATCH, shuffle=True).epoch(0)):
            mask = encoded.batch(rows)["padding_mask"]
            real += int(mask.sum())
            padded += mask.size
            # What the layers get; asked for in some batches, as it is the same in all.
            computed += len(RealTokens(mask).rows) if number < 50 else int(mask.sum())
        shares = [f"{real / total:.1%}" for total in (len(labels) * 128, padded, computed)]
        table.append([task, len(labels), *shares])
    columns = ["task", "rows", "padded to 128", "to the longest row", "unpadded"]
    benchmark.add_table("Real tokens in the dense layers, order random", columns, table)


def measure(benchmark: Benchmark) -> None:
    """Measures and claims."""
    options, quick = benchmark.options, benchmark.quick
    rows = options.rows or (32 if quick else 1000)
    tasks = options.tasks if options.tasks is not None else ["sst2"] if quick else list(TASKS)
    lengths = options.lengths if options.lengths is not None else [32] if quick else STEP_TARGETS
    peers = [name for name in PEERS if name not in options.without]
    ways = [] if quick else [name for name in WAYS if name not in options.without]
    tokens: Dict[str, int] = {}
    for length in lengths:
        case = f"16x{length}"
        steps = {"length": length, "steps": 2 if benchmark.quick else 3}
        names = ["albert_zoo", "matrix products", *peers]
        benchmark.measure(case, names, steps, rounds=3 if benchmark.quick else 7)
        tokens[case] = BATCH * length
        for peer in peers:
            benchmark.claim(Claim(f"step {case}", case, "albert_zoo", peer, STEP_TARGETS[length]))
    for task in tasks:
        case = f"fit {task}"
        how = {"task": task, "rows": rows}
        names = ["albert_zoo", "matrix products", *peers, *(ways if task == "mrpc" else [])]
        benchmark.measure(case, names, how, rounds=options.rounds, warm_up=0)
        tokens[case] = tokens_of(benchmark, task, rows)
        for peer in peers:
            # Few rows show tracing, not training.
            aim = FIT_TARGETS[task][peer] if rows >= 1000 else None
            what = f"fit of {rows:,} rows of {task}"
            benchmark.claim(Claim(what, case, "albert_zoo", peer, aim))
        for way in ways:  # where it was measured
            benchmark.claim(Claim(f"fit of {task}, unpadded", case, "albert_zoo", way))
    add_rates(benchmark, tokens)
    add_real_tokens(benchmark)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds this script's options."""
    parser.add_argument("--rows", type=int, help="rows of each `fit`")
    parser.add_argument("--rounds", type=int, default=1, help="of each `fit`, half an hour for all")
    parser.add_argument("--tasks", nargs="*", choices=tuple(TASKS), help="tasks of `fit`")
    names = (*PEERS, *WAYS)
    parser.add_argument("--without", nargs="*", default=[], choices=names, help="what to leave out")
    parser.add_argument("--lengths", nargs="*", type=int, choices=tuple(STEP_TARGETS), help="steps")


if __name__ == "__main__":
    Benchmark.main(__file__, __doc__, measure, add_options)
