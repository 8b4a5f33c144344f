"""From rows of a table to ids: against the Model Garden, transformers and KerasHub.

```
python benchmarks/preparation.py --peers .venv-peers --garden .venv-peers/garden
```

`ids`: a GLUE task's TSV file is read, its texts are cleaned, encoded and cut to 128 tokens, and
every batch of 32 padded rows is made, in memory. The Model Garden's way to batches goes through a
TFRecord file, which it writes and reads back. `records`: the TFRecord file alone, in the layout of
the Model Garden. Vocabularies are loaded before the clock starts, and nothing is remembered between
rounds.

`same ids` is the share of rows whose ids equal ours. transformers 5.23 and KerasHub 0.32 do less:
neither has the original's rule for "9,000", and KerasHub has none of its cleaning; it gets texts in
lower case.

`prepare` is `albert-zoo prepare` on tables of 10^4 to 10^6 rows (10^7 with `--rows 10000000`), with
its memory, and the exponent of its growth. Each row is two texts
of SST-2 in one; start-up is taken off.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import types
import zlib
from pathlib import Path
from typing import Any, Dict, List, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import Benchmark, Claim, contestant, growth_exponent  # noqa: E402

LENGTH = 128
BATCH = 32
TASKS = {
    "mrpc": ("MRPC/train.tsv", (3, 4), 0),
    "sst2": ("SST-2/train.tsv", (0,), 1),
}


def read_table(case: Dict[str, Any], settings: Dict[str, Any]) -> List[List[str]]:
    """Reads the columns of texts as a user would, with the csv module and no quotes."""
    import csv

    file, columns, _ = TASKS[case["task"]]
    with open(Path(settings["data"]) / file, encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return [[row[column] for row in rows] for column in columns]


def checksums(rows: Any) -> List[int]:
    """Returns a checksum of the ids of each row, `(num_rows, LENGTH)`."""
    import numpy as np

    return [zlib.crc32(row.tobytes()) for row in np.ascontiguousarray(rows, "int32")]


@contestant("albert_zoo")
def albert_zoo(settings: Dict[str, Any]) -> Any:
    """Ours: the public way, table to `EncodedExamples` to batches."""
    import numpy as np

    from albert_zoo.data import BatchPipeline, EncodedExamples, LengthBatches, write_records
    from albert_zoo.glue import read_split
    from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer

    folder = tempfile.mkdtemp()

    def run(case: Dict[str, Any]) -> Dict[str, Any]:
        preprocessor = AlbertPreprocessor(AlbertTokenizer(settings["vocabulary"]), LENGTH)
        start, cpu = time.perf_counter(), time.process_time()
        examples = read_split(case["task"], settings["data"], "train")
        encoded = EncodedExamples.from_examples(examples, preprocessor)
        if case["form"] == "records":
            write_records(Path(folder) / "train", encoded, LENGTH, layout="garden")
        else:
            batches = LengthBatches(encoded.lengths, BATCH, shuffle=True)
            rows = sum(len(labels) for _, labels in BatchPipeline(encoded, batches))
            assert rows == len(encoded)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        ids = np.zeros((len(encoded), LENGTH), "int32")
        ids[np.arange(LENGTH) < encoded.lengths[:, None]] = encoded.token_ids
        return {
            "seconds": seconds,
            "cpu_seconds": cpu,
            "rows": len(encoded),
            "ids": checksums(ids),
        }

    return run


@contestant("model_garden", python="peers")
def model_garden(settings: Dict[str, Any]) -> Any:
    """The Model Garden's create_finetuning_data.py, and its input pipeline."""
    sys.path.insert(0, settings["garden"])
    # Imported at the top of a module, and used for other tasks only.
    sys.modules["tensorflow_datasets"] = types.ModuleType("tensorflow_datasets")
    import functools
    import logging

    import numpy as np
    import tensorflow as tf
    from official.nlp.bert import input_pipeline, tokenization
    from official.nlp.data import classifier_data_lib as library

    logging.disable(logging.INFO)
    tokenizer = tokenization.FullSentencePieceTokenizer(settings["vocabulary"])
    text_fn = functools.partial(tokenization.preprocess_text, lower=True)
    folder = tempfile.mkdtemp()

    def run(case: Dict[str, Any]) -> Dict[str, Any]:
        kind = library.MrpcProcessor if case["task"] == "mrpc" else library.SstProcessor
        processor = kind(process_text_fn=text_fn)
        data = str(Path(settings["data"]) / TASKS[case["task"]][0].split("/")[0])
        path = str(Path(folder) / "train")
        start, cpu = time.perf_counter(), time.process_time()
        examples = processor.get_train_examples(data)
        if case["task"] == "sst2":  # 2.4.0 forgets to clean this task's texts
            for example in examples:
                example.text_a = text_fn(example.text_a)
        library.file_based_convert_examples_to_features(
            examples, processor.get_labels(), LENGTH, tokenizer, path
        )
        if case["form"] == "ids":
            dataset = input_pipeline.create_classifier_dataset(
                path, LENGTH, BATCH, is_training=False
            )
            for _ in dataset:
                pass
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        layout = {"input_ids": tf.io.FixedLenFeature([LENGTH], tf.int64)}
        parsed = [
            tf.io.parse_example(batch, layout)["input_ids"].numpy()
            for batch in tf.data.TFRecordDataset(path).batch(1024)
        ]
        return {
            "seconds": seconds,
            "cpu_seconds": cpu,
            "rows": len(examples),
            "ids": checksums(np.concatenate(parsed)),
        }

    return run


@contestant("transformers", python="peers")
def transformers(settings: Dict[str, Any]) -> Any:
    """transformers' fast tokenizer, all rows at once, padded to 128."""
    import shutil

    import numpy as np
    from transformers import AlbertTokenizer

    folder = tempfile.mkdtemp()
    shutil.copy(settings["vocabulary"], Path(folder) / "spiece.model")
    tokenizer = AlbertTokenizer.from_pretrained(folder)
    assert tokenizer.is_fast

    def run(case: Dict[str, Any]) -> Dict[str, Any]:
        start, cpu = time.perf_counter(), time.process_time()
        encoded = tokenizer(
            *read_table(case, settings),
            padding="max_length",
            truncation=True,
            max_length=LENGTH,
            return_token_type_ids=True,
            return_tensors="np",
        )
        rows = len(encoded["input_ids"])
        for first in range(0, rows, BATCH):
            for column in encoded.values():
                column[first : first + BATCH]
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        ids = checksums(np.asarray(encoded["input_ids"]))
        return {"seconds": seconds, "cpu_seconds": cpu, "rows": rows, "ids": ids}

    return run


@contestant("keras_hub", python="peers", KERAS_BACKEND="tensorflow")
def keras_hub(settings: Dict[str, Any]) -> Any:
    """KerasHub's preprocessor in a `tf.data` pipeline, as `fit` maps it."""
    import keras_hub
    import numpy as np
    import tensorflow as tf

    tokenizer = keras_hub.models.AlbertTokenizer(proto=settings["vocabulary"])
    preprocessor = keras_hub.models.AlbertTextClassifierPreprocessor(
        tokenizer, sequence_length=LENGTH
    )

    def run(case: Dict[str, Any]) -> Dict[str, Any]:
        start, cpu = time.perf_counter(), time.process_time()
        columns = [[text.lower() for text in column] for column in read_table(case, settings)]
        x = tuple(columns) if len(columns) > 1 else columns[0]
        dataset = tf.data.Dataset.from_tensor_slices(x).batch(BATCH)
        dataset = dataset.map(
            lambda *texts: preprocessor(x=texts if len(texts) > 1 else texts[0]),
            num_parallel_calls=tf.data.AUTOTUNE,
        )
        batches = [batch[0] if isinstance(batch, tuple) else batch for batch in dataset]
        ids = [batch["token_ids"].numpy() for batch in batches]
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        rows = len(columns[0])
        return {
            "seconds": seconds,
            "cpu_seconds": cpu,
            "rows": rows,
            "ids": checksums(np.concatenate(ids)),
        }

    return run


def same_ids(notes: List[Dict[str, Any]]) -> Dict[str, float]:
    """Takes the checksums out of the measurements; returns the share of rows equal to ours."""
    last = {note["contestant"]: note.pop("ids") for note in notes if "ids" in note}
    ours = last.pop("albert_zoo")
    return {name: sum(map(int.__eq__, ours, ids)) / len(ours) for name, ids in last.items()}


def make_table(folder: Path, source: Path, rows: int) -> None:
    """Writes a table of SST-2's columns with so many rows, a line at a time.

    A row is two texts of SST-2 in one, and no two rows are alike.
    """
    header, *lines = source.read_text("utf-8").splitlines()
    folder.mkdir(parents=True)
    (folder / "dev.tsv").write_text("\n".join([header, *lines[:100]]) + "\n", "utf-8")
    with open(folder / "train.tsv", "w", encoding="utf-8") as table:
        table.write(header + "\n")
        for number in range(rows):
            again, first = divmod(number, len(lines))
            second = lines[(first * 7919 + again + 1) % len(lines)]
            table.write(f"{lines[first].split(chr(9))[0]} {second}\n")


def prepare(
    table: Path, output: Path, settings: Dict[str, Any], workers: int
) -> Tuple[float, float, int]:
    """Runs the command.

    Returns:
        Its seconds, those of processor in all its processes, and the most memory of one of them.
    """
    code = (
        "import resource, sys\n"
        "from albert_zoo.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "finally:\n"
        "    who = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN\n"
        "    used = [resource.getrusage(w) for w in who]\n"
        "    print(sum(u.ru_utime + u.ru_stime for u in used), end=' ', file=sys.stderr)\n"
        "    print(max(u.ru_maxrss for u in used), file=sys.stderr)"
    )
    command = ["prepare", "--task", "sst2", "--data", str(table), "--output", str(output)]
    command += ["--vocabulary", settings["vocabulary"], "--workers", str(workers)]
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, cwd=settings["root"]
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(done.stderr)
    cpu, memory = done.stderr.split()[-2:]
    return seconds, float(cpu), int(memory) * 1024


def measure_growth(benchmark: Benchmark) -> None:
    """Measures `albert-zoo prepare` on tables of several sizes."""
    settings, workers = benchmark.settings, benchmark.options.workers
    sizes = [10_000, 30_000, 100_000] if benchmark.quick else [10_000, 100_000, 1_000_000]
    if benchmark.options.rows:
        sizes.append(benchmark.options.rows)
    source = Path(settings["data"]) / "SST-2" / "train.tsv"
    rows, points, cpu_points = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        start_up, cpu_start_up, _ = prepare_rows(Path(scratch), source, 100, settings, workers)
        rows.append([100, start_up, cpu_start_up, None, None])
        for size in sizes:
            tries = [
                prepare_rows(Path(scratch), source, size, settings, workers)
                for _ in range(1 if size > 100_000 else 3)
            ]
            seconds, cpu, memory = (min(values) for values in zip(*tries))
            points.append((size, max(seconds - start_up, 1e-3)))
            cpu_points.append((size, max(cpu - cpu_start_up, 1e-3)))
            rows.append([size, seconds, cpu, size / points[-1][1], memory / 1e6])
            print(f"prepare: {size:,} rows, {seconds:.2f} s", file=sys.stderr)
    benchmark.add_table(
        f"albert-zoo prepare, {workers} processes; exponent of rows: "
        f"{growth_exponent(points):.3f}, of processor time {growth_exponent(cpu_points):.3f} "
        "(target: at most 1.05)",
        ["rows", "seconds", "of processor", "rows a second", "MB, largest process"],
        rows,
    )


def prepare_rows(
    scratch: Path, source: Path, size: int, settings: Dict[str, Any], workers: int
) -> Tuple[float, float, int]:
    """Makes a table, prepares it, and deletes both."""
    import shutil

    table, output = scratch / f"table-{size}", scratch / f"records-{size}"
    if not table.exists():
        make_table(table, source, size)
    try:
        return prepare(table, output, settings, workers)
    finally:
        shutil.rmtree(output, ignore_errors=True)


def measure(benchmark: Benchmark) -> None:
    """Measures everything."""
    rounds = 3 if benchmark.quick else 7
    names = ["albert_zoo", "transformers", "keras_hub"]
    if benchmark.options.garden:
        names.insert(1, "model_garden")
    settings = {"garden": str(benchmark.options.garden)}
    targets = {"model_garden": 10.0, "transformers": 8.0, "keras_hub": 20.0}
    shares = []
    for task, what in (("mrpc", "3,668 MRPC pairs"), ("sst2", "67,349 SST-2 rows")):
        if benchmark.quick and task == "sst2":
            continue
        case = f"{task} ids"
        notes = benchmark.measure(
            case, names, {"task": task, "form": "ids"}, rounds, settings=settings
        )
        for name, share in same_ids(notes).items():
            shares.append([f"{name}, {task}", share])
        for name in names[1:]:
            target = targets[name] if task == "mrpc" else None
            benchmark.claim(Claim(f"{what} to batches", case, "albert_zoo", name, target))
        if "model_garden" in names:
            case = f"{task} records"
            notes = benchmark.measure(
                case,
                names[:2],
                {"task": task, "form": "records"},
                rounds,
                settings=settings,
            )
            same_ids(notes)
            target = 5.0 if task == "mrpc" else None
            benchmark.claim(Claim(f"{what} to TFRecord", case, names[0], names[1], target))
    benchmark.add_table("rows whose ids equal ours", ["contestant", "share"], shares)
    if not benchmark.options.no_growth:
        measure_growth(benchmark)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds this script's options."""
    parser.add_argument(
        "--garden", type=Path, help="folder that holds the Model Garden 2.4 as `official/`"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes of albert-zoo prepare")
    parser.add_argument("--rows", type=int, help="one more size of table, 10000000 for instance")
    parser.add_argument("--no-growth", action="store_true", help="leave `prepare` out")


if __name__ == "__main__":
    Benchmark.main(__file__, __doc__, measure, add_options)
