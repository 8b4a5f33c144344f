"""A small data set of our own in the files of every GLUE task.

For demonstrations, tests and first runs where GLUE itself is not at hand. The files have the
columns and the quirks of the originals, so whatever reads these reads those. A model can learn
every task from its rows; what it learns says nothing about English.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Optional, Set, Tuple, Union

from albert_zoo.errors import OutputExistsError
from albert_zoo.glue.glue_task import GlueTask
from albert_zoo.glue.sample_rows import ROW_MAKERS, SampleRow
from albert_zoo.glue.tasks import TASKS, get_task

# How often a text begins with a quotation mark that may never be closed, as a fraction in [0, 1].
_QUOTED = 0.01
# Draws after which no row is expected that was not there before.
_PATIENCE = 1000

_MNLI_GENRES = {
    "train": ("fiction", "government", "slate", "telephone", "travel"),
    "dev_mismatched": ("facetoface", "letters", "nineeleven", "oup", "verbatim"),
}
_MNLI_GENRES["test_mismatched"] = _MNLI_GENRES["dev_mismatched"]


def write_samples(
    folder: Union[str, Path],
    tasks: Optional[Iterable[str]] = None,
    seed: int = 0,
    train_rows: int = 8000,
    dev_rows: int = 1000,
    test_rows: int = 1000,
) -> Dict[str, Path]:
    """Writes generated data in the layout of GLUE: `<folder>/CoLA/train.tsv` and so on.

    The same arguments give the same bytes on every machine, and a task's files do not depend on
    which other tasks are written. No row stands in two files of a task. Labels are balanced, and
    each follows from the words: CoLA's from agreement, verb forms, objects and word order, so that
    counting words does not help; SST-2's from praise, blame and negation; those of the pairs from
    who did what to whom.

    Args:
        folder: str or path. Made if missing.
        tasks: Task names as in `get_task`; None for all ten.
        seed: int.
        train_rows: int, rows of each train file.
        dev_rows: int, rows of each dev file (MNLI has two).
        test_rows: int, rows of each test file. Test files hold no labels.

    Returns:
        dict of task name to the folder of its files. AX lies in `diagnostic`, as in GLUE.

    Raises:
        ValueError: an unknown task, or more rows than a task has different ones.
        OutputExistsError: a file is there already and holds something else.

    Example:

    >>> import tempfile
    >>> from albert_zoo.glue import read_split
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     paths = write_samples(folder, ["cola"], train_rows=2, dev_rows=1, test_rows=1)
    ...     read_split("cola", paths["cola"], "train").texts
    ['The cats that this farmer knows can offer them box another.', 'A cat were yawning.']
    """
    rows = {"train": train_rows, "dev": dev_rows, "test": test_rows}
    for kind, count in rows.items():
        if count < 1:
            raise ValueError(f"`{kind}_rows` must be at least 1. Received: {count}.")
    written = {}
    for task in [get_task(name) for name in (TASKS if tasks is None else tasks)]:
        target = Path(folder) / (task.other_folders or (task.folder,))[0]
        _write_task(task, target, rows, random.Random(f"{seed}/{task.name}"))
        written[task.name] = target
    return written


def _write_task(task: GlueTask, target: Path, rows: Dict[str, int], rng: random.Random) -> None:
    distinct_rows = _distinct_rows(task, rng)
    files = {}
    for split, name in task.split_files.items():
        path = target / task.other_files.get(name, name)
        drawn = [next(distinct_rows) for _ in range(rows[split.split("_")[0]])]
        files[path] = _file_bytes(task, split, drawn, rng)
    for path, content in files.items():
        if path.exists() and path.read_bytes() != content:
            raise OutputExistsError(
                f"`folder` holds {path} with other data, which is left as it is. Give another "
                "folder."
            )
    target.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        path.write_bytes(content)


def _distinct_rows(task: GlueTask, rng: random.Random) -> Iterator[SampleRow]:
    """Yields rows whose texts have not been there before, with balanced labels."""
    seen: Set[Tuple[str, str]] = set()
    while True:
        label = rng.choice(task.labels or ("",))
        for _ in range(_PATIENCE):
            row = ROW_MAKERS[task.name](rng, label)
            if (row.text, row.pair) not in seen:
                break
        else:
            raise ValueError(
                "`train_rows`, `dev_rows` and `test_rows` must together not exceed the different "
                f"rows that {task.title} has. Received: more than {len(seen)}. Ask for fewer."
            )
        seen.add((row.text, row.pair))
        if rng.random() < _QUOTED:
            row = row._replace(text=f'"{row.text}' + rng.choice(("", '"')))
        yield row


# === Files ===


def _file_bytes(task: GlueTask, split: str, rows: List[SampleRow], rng: random.Random) -> bytes:
    kind = split.split("_")[0]
    columns = task.columns[kind]
    lines = ["\t".join(columns)] if task.has_header[kind] else []
    for index, row in enumerate(rows):
        cells = _cells(task, split, index, row, rng)
        lines.append("\t".join([cells[column] for column in columns]))
    text = "\n".join(lines)
    if (task.name, kind) != ("cola", "dev"):  # the original lacks the last line's end
        text += "\n"
    has_mark = task.name == "mrpc" and kind != "test"  # Microsoft's byte order mark
    return text.encode("utf-8-sig" if has_mark else "utf-8")


def _cells(
    task: GlueTask, split: str, index: int, row: SampleRow, rng: random.Random
) -> Dict[str, str]:
    """All columns that the task has in any of its files."""
    cells = {"index": str(index), task.text: row.text, task.label: row.label}
    if task.text_pair:
        cells[task.text_pair] = row.pair
    if task.name == "cola":
        cells.update(source="az00", notation="*" if row.label == "0" else "")
    elif task.name == "sst2" and split != "test":
        cells[task.text] += " "  # every text in the original train and dev files ends so
    elif task.name == "mrpc":
        cells.update({"#1 ID": str(2 * index + 100000), "#2 ID": str(2 * index + 100001)})
    elif task.name == "stsb":
        cells.update(genre="main-captions", filename="albert_zoo", year="2012test")
        cells.update(old_index=f"{index:04d}", source1="none", source2="none")
    elif task.name == "qqp":
        number = index if split == "test" else index + 100000
        cells.update(id=str(number), qid1=str(2 * index + 1), qid2=str(2 * index + 2))
    elif task.name == "mnli":
        cells.update(_mnli_cells(task, split, index, row, rng))
    return cells


def _mnli_cells(
    task: GlueTask, split: str, index: int, row: SampleRow, rng: random.Random
) -> Dict[str, str]:
    prompt = str(index + 10000)
    cells = {
        "promptID": prompt,
        "pairID": prompt if split.startswith("test") else prompt + row.label[0],
        "genre": rng.choice(_MNLI_GENRES.get(split, _MNLI_GENRES["train"])),
    }
    for name, text in (("sentence1", row.text), ("sentence2", row.pair)):
        words = [*text[:-1].split(), text[-1]]
        branches = "".join(f"( {word} " for word in words[:-1])
        leaves = " ".join(f"(X {word})" for word in words)
        cells[f"{name}_binary_parse"] = branches + words[-1] + " )" * (len(words) - 1)
        cells[f"{name}_parse"] = f"(ROOT (S {leaves}))"
    # Of the five annotators of a dev row at least three agree on the gold label.
    for annotator in range(1, 6):
        agrees = annotator in (1, 3, 5) or rng.random() < 0.8
        cells[f"label{annotator}"] = row.label if agrees else rng.choice(task.labels)
    return cells
