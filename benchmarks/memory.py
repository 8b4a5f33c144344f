"""Peak memory of training: by size and batch, with and without what saves it, and of others.

```
python benchmarks/memory.py --peers .venv-peers
```

Every measurement is a new process that makes two steps on rows without padding, in float32, with
AdamW; see `trainers.py`. Memory is the largest resident size of the process, in MB of 10^6 bytes.
`remat` computes inner results again for the gradient; `in 4 parts` accumulates the gradients of a
quarter of the rows each.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import Benchmark, Claim, Spread, contestant  # noqa: E402

from benchmarks.trainers import trainer  # noqa: E402

SIZES: Dict[str, Dict[str, int]] = {
    "base": {},
    "large": {"num_layers": 24, "num_heads": 16, "hidden_dim": 1024, "intermediate_dim": 4096},
    "xxlarge": {"num_layers": 12, "num_heads": 64, "hidden_dim": 4096, "intermediate_dim": 16384},
}
WAYS: Dict[str, Dict[str, Any]] = {
    "as it is": {},
    "remat": {"remat": True},
    "in 4 parts": {"parts": 4},
    "remat, in 4 parts": {"remat": True, "parts": 4},
}


def run_of(library: str, settings: Dict[str, Any]) -> Any:
    """Returns what makes two steps."""

    def run(case: Dict[str, Any]) -> None:
        import numpy as np

        rows, length = case["rows"], case["length"]
        random = np.random.default_rng(0)
        ids = random.integers(5, 30000, (rows, length)).astype("int32")
        labels = random.integers(0, 2, rows).astype("int32")
        model = trainer(library, {**settings, **case["how"]})
        if library == "albert_zoo":
            inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids * 0 + 1}
            model.task.fit(inputs, labels, epochs=2, batch_size=rows, verbose=0)
            return
        for _ in range(2):
            model.step(ids, labels)

    return run


@contestant("albert_zoo", KERAS_BACKEND="tensorflow")
def albert_zoo(settings: Dict[str, Any]) -> Any:
    """Ours."""
    return run_of("albert_zoo", settings)


@contestant("keras_hub", python="peers", KERAS_BACKEND="tensorflow")
def keras_hub(settings: Dict[str, Any]) -> Any:
    """KerasHub."""
    return run_of("keras_hub", settings)


@contestant("transformers", python="peers")
def transformers(settings: Dict[str, Any]) -> Any:
    """transformers, eager."""
    return run_of("transformers", settings)


def measure(benchmark: Benchmark) -> None:
    """Measures and claims."""
    against = {"rows": 16, "length": 128, "how": {}}
    names = ["albert_zoo", "keras_hub", "transformers"]
    rounds = 1 if benchmark.quick else 3
    benchmark.measure("base, 16x128", names, against, rounds=rounds, fresh=True)
    for peer, target in (("keras_hub", 0.65), ("transformers", None)):
        claim = Claim(
            "peak memory", "base, 16x128", "albert_zoo", peer, target, "peak_mb", is_speedup=False
        )
        benchmark.claim(claim)
    cases: List[Tuple[str, int, str]] = [("base", 16, way) for way in WAYS][1:]
    if not benchmark.quick:
        cases += [("base", 32, way) for way in WAYS]
        cases += [("large", 16, way) for way in ("as it is", "remat", "remat, in 4 parts")]
        cases += [("xxlarge", 1, "as it is"), ("xxlarge", 1, "remat"), ("xxlarge", 4, "remat")]
    for size, rows, way in cases:
        case = f"{size}, {rows}x128, {way}"
        how = {**WAYS[way], "layers": SIZES[size]}
        arguments = {"rows": rows, "length": 128, "how": how}
        benchmark.measure(case, ["albert_zoo"], arguments, rounds=1, fresh=True)
    table = []
    for note in benchmark.measurements:
        found = [
            other["peak_mb"]
            for other in benchmark.measurements
            if (other["case"], other["contestant"]) == (note["case"], note["contestant"])
        ]
        spread = Spread.of(found)
        range_ = f"{spread.low:,.0f} - {spread.high:,.0f}"
        row = [note["case"], note["contestant"], f"{spread.median:,.0f}", range_]
        if row not in table:
            table.append(row)
    benchmark.add_table("Peak memory, MB", ["case", "contestant", "median", "range"], table)


if __name__ == "__main__":
    Benchmark.main(__file__, __doc__, measure)
