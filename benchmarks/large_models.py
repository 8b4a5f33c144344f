"""Time and memory of writing and loading models of the published sizes, with random weights.

```
python benchmarks/large_models.py --size xxlarge --format tf1 --format transformers
```

Every phase runs in a process of its own. `build` is `AlbertBackbone(...)` with Keras' random
initializers. `write` writes a model; its random weights come from NumPy, one after another, so that
the figure is that of writing. `load` is `AlbertBackbone.from_preset` of what was written, whose
weights are then compared with the written ones by checksum.

Memory is the largest resident size of the process (`ru_maxrss`) above what it was before, when
everything was imported and a narrow model of the same depth had been built, written and loaded. The
last column divides it by the size of the weights: 1.0 would be the model and nothing else.

The files (47 MB for base, 890 MB for xxlarge, once a format) lie in a temporary folder, or in one
below `--folder`, and are deleted afterwards.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any, Dict, List, Tuple

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

FORMATS = ("tf1", "tf2", "transformers", "keras-hub", "albert-zoo")
SIZES = {  # num_layers, num_heads, hidden_dim: google-research/albert, README of v2
    "base": (12, 12, 768),
    "large": (24, 16, 1024),
    "xlarge": (24, 16, 2048),
    "xxlarge": (12, 64, 4096),
}


def arguments_of(size: str) -> Dict[str, int]:
    """Returns the backbone's arguments."""
    layers, heads, width = SIZES[size]
    return dict(num_layers=layers, num_heads=heads, hidden_dim=width, intermediate_dim=4 * width)


# === A phase, in a process of its own ===


def peak() -> int:
    """Returns the largest resident size of this process so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def write(backbone: Any, format: str, folder: Path) -> None:
    """Writes a model in one of the formats."""
    from albert_zoo.checkpoints import Checkpoint, write_checkpoint

    if format == "albert-zoo":
        backbone.save_to_preset(folder)
        return
    config = backbone.get_config()
    for runtime_only in ("dtype", "trainable", "name"):
        config.pop(runtime_only, None)
    write_checkpoint(folder, format, Checkpoint(format, config, backbone.lazy_named_arrays()))


def random_arrays(shapes: Dict[str, Tuple[int, ...]]) -> Any:
    """Returns random arrays that are made when they are asked for."""
    import numpy as np

    from albert_zoo.checkpoints import LazyArray, LazyArrays
    from albert_zoo.checkpoints.lazy_array import new_array

    def lazy(seed: int, shape: Tuple[int, ...]) -> Any:
        def read() -> Any:
            array = new_array(shape, "float32")
            np.random.default_rng(seed).standard_normal(out=array, dtype="float32")
            array *= 0.02
            return array

        return LazyArray(shape, "float32", read, is_new=True)

    return LazyArrays({name: lazy(i, shapes[name]) for i, name in enumerate(shapes)})


def build(arguments: Dict[str, Any]) -> Any:
    """Builds a model with random weights from NumPy."""
    from albert_zoo import AlbertBackbone
    from albert_zoo.models.pretrained import weights_to_be_set

    with weights_to_be_set({}):
        backbone = AlbertBackbone(**arguments)
    shapes = {name: tuple(weight.shape) for name, weight in backbone.named_weights().items()}
    backbone.set_named_arrays(random_arrays(shapes))
    return backbone


def run_phase(phase: str, size: str, format: str, folder: Path) -> Dict[str, Any]:
    """Runs one phase in this process and measures it."""
    import tensorflow  # noqa: F401  (two of the formats and the default backend need it)

    from albert_zoo import AlbertBackbone

    narrow = dict(
        vocabulary_size=50, embedding_dim=8, hidden_dim=16, intermediate_dim=16, num_heads=2
    )
    with tempfile.TemporaryDirectory() as other:
        write(build({**arguments_of(size), **narrow}), format, Path(other) / "narrow")
        AlbertBackbone.from_preset(Path(other) / "narrow")
    gc.collect()  # Keras models refer to themselves
    baseline, start = peak(), time.perf_counter()
    if phase == "load":
        backbone = AlbertBackbone.from_preset(folder)
    elif phase == "build":
        backbone = AlbertBackbone(**arguments_of(size))
    else:
        backbone = build(arguments_of(size))
        start = time.perf_counter()
        write(backbone, format, folder)
    seconds, above = time.perf_counter() - start, peak() - baseline
    checksum, weights = 0, 0
    arrays = backbone.lazy_named_arrays()
    for name in arrays:
        array = arrays[name]
        weights += array.nbytes
        checksum = zlib.crc32(array.tobytes(), checksum)
    return {
        "seconds": seconds,
        "baseline": baseline,
        "above": above,
        "weights": weights,
        "checksum": checksum,
    }


# === All phases ===


def measure(phase: str, size: str, format: str, folder: Path) -> Dict[str, Any]:
    """Runs a phase in a child process."""
    command = [sys.executable, __file__, "--phase", phase, "--size", size]
    command += ["--format", format, "--folder", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def run_all(size: str, formats: List[str], folder: Path) -> None:
    """Measures every phase and prints a table."""
    phases: List[Tuple[str, str]] = [("-", "build")]
    phases += [(format, phase) for format in formats for phase in ("write", "load")]
    print(f"albert {size}, Keras backend {os.environ.get('KERAS_BACKEND', 'tensorflow')}")
    print(
        f"{'format':<14}{'phase':<8}{'seconds':>8}{'baseline MB':>13}{'above MB':>10}{'ratio':>7}"
    )
    written: Dict[str, Any] = {}
    for format, phase in phases:
        path = folder / f"{size}-{format}"
        found = measure(phase, size, format if format != "-" else "tf1", path)
        if phase == "load":
            shutil.rmtree(path)
            if found["checksum"] != written["checksum"]:
                sys.exit(f"{format}: the weights that were loaded are not those that were written")
        written = found
        ratio = found["above"] / found["weights"]
        print(
            f"{format:<14}{phase:<8}{found['seconds']:>8.1f}{found['baseline'] / 1e6:>13.0f}"
            f"{found['above'] / 1e6:>10.0f}{ratio:>7.2f}",
            flush=True,
        )
    print(f"The weights are {written['weights'] / 1e6:.0f} MB.")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=SIZES, default="base")
    parser.add_argument("--format", choices=FORMATS, action="append", help="default: all")
    parser.add_argument("--folder", type=Path, help="where to write; default: a temporary folder")
    parser.add_argument("--phase", choices=("build", "write", "load"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.phase:
        print(json.dumps(run_phase(options.phase, options.size, options.format[0], options.folder)))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        run_all(options.size, options.format or list(FORMATS), Path(folder))


if __name__ == "__main__":
    main()
