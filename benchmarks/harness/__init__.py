"""What all benchmarks share: contestants in processes of their own, pairs, tables, files.

A script declares contestants, measures cases, and states what it claims:

```python
from harness import Benchmark, Claim, contestant

@contestant("albert_zoo")
def ours(settings):               # runs in a worker process, once
    import albert_zoo             # whatever need not be timed
    def run(case):                # timed; what it returns goes into the measurement
        ...
        return {"rows": 100}
    return run

@contestant("keras_hub", python="peers", KERAS_BACKEND="tensorflow")
def theirs(settings):
    ...

def measure(benchmark):
    benchmark.measure("mrpc", ["albert_zoo", "keras_hub"], case={"rows": 100}, rounds=5)
    benchmark.claim(Claim("fit of 1,000 MRPC rows", "mrpc", "albert_zoo", "keras_hub", 2.0))

if __name__ == "__main__":
    Benchmark.main(__file__, __doc__, measure)
```

The module itself needs the standard library alone in a worker, so that a peer's environment does.
"""

from harness.benchmark import Benchmark as Benchmark
from harness.claim import Claim as Claim
from harness.statistics import Spread as Spread
from harness.statistics import growth_exponent as growth_exponent
from harness.statistics import paired_ratio as paired_ratio
from harness.worker import Worker as Worker
from harness.worker import contestant as contestant

__all__ = [
    "Benchmark",
    "Claim",
    "Spread",
    "Worker",
    "contestant",
    "growth_exponent",
    "paired_ratio",
]
