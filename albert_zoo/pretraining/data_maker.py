"""Makes pre-training data of any size: blocks of documents, each a shard, by several processes."""

from __future__ import annotations

import hashlib
import itertools
import json
import multiprocessing
import time
from collections import Counter, deque
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Callable, Deque, Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from albert_zoo.atomic import new_file
from albert_zoo.data import write_pretraining_records
from albert_zoo.errors import DataError, OutputExistsError
from albert_zoo.pretraining.data_settings import DataSettings
from albert_zoo.pretraining.row_maker import RowMaker
from albert_zoo.text import AlbertTokenizer
from albert_zoo.text.corpus import corpus_files, read_documents

SUMMARY = "summary.json"
PROGRESS = "progress.jsonl"
VOCABULARY = "vocabulary.spm"
_FILES_AT_ONCE = 16  # files read in turn, so that a shard holds text of many
_LONGEST_DOCUMENT = 1 << 17  # characters; a book without blank lines becomes several documents


class _Block(NamedTuple):
    """Documents that become one shard."""

    name: str
    number: int
    documents: List[List[str]]
    copies: int

    def digest(self) -> str:
        """Returns a hash of the documents."""
        text = "\0".join("\n".join(document) for document in self.documents)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def make_pretraining_data(
    paths: Iterable[Any],
    tokenizer: AlbertTokenizer,
    folder: Any,
    settings: Optional[DataSettings] = None,
    processes: int = 1,
    encoding: Optional[str] = None,
    overwrite: bool = False,
    report: Callable[[Dict[str, int]], None] = lambda counts: None,
) -> Dict[str, Any]:
    """Writes text files as TFRecord shards for pre-training, in the original's layout.

    The files are `train-00000.tfrecord` ... and `held-out-00000.tfrecord` ...; `vocabulary.spm`;
    and, when all is done, `summary.json`. Shards appear whole or not at all, and a run that was
    interrupted goes on where it stopped. The same files, settings and vocabulary give the same
    shards, byte for byte, however many processes there are. Memory is bounded by the block size.

    Args:
        paths: text files and folders; a blank line or a file's end closes a document.
        tokenizer: `AlbertTokenizer`.
        folder: path of a new or empty folder, or of one that an interrupted run left.
        settings: `DataSettings`. `None` for the defaults.
        processes: int above 0.
        encoding: str, of the files; see `read_documents`.
        overwrite: bool. Whether shards made from other text or with other settings may be replaced.
        report: called with the counts so far whenever a shard is done.

    Returns:
        dict. What `summary.json` holds: `settings`, `counts` and `held_out_counts` of documents,
        rows, tokens and so on, `truncated_share`, `swapped_share`, `masked_share`, `data_sha256`,
        `vocabulary_size`, `shards`.

    Raises:
        DataError: a file cannot be used, or there is no pair of segments in all of them.
        OutputExistsError: the folder holds something else, and `overwrite` is false.
    """
    settings = settings or DataSettings()
    folder = Path(folder)
    start = time.perf_counter()
    done = _start(folder, settings, tokenizer, overwrite)
    blocks = _blocks(corpus_files(paths), settings, encoding)
    data_hash = hashlib.sha256()
    totals: Dict[str, Counter] = {"train": Counter(), "held-out": Counter()}
    shards: List[str] = []
    with open(folder / PROGRESS, "a", encoding="utf-8") as progress:
        for entry, is_new in _run(blocks, done, folder, settings, tokenizer, processes):
            data_hash.update(entry["sha256"].encode())
            if entry["counts"]["rows"]:
                shards.append(entry["shard"])
            if is_new:
                progress.write(json.dumps(entry) + "\n")
                progress.flush()
            kind = entry["shard"].rsplit("-", 1)[0]
            totals[kind].update(entry["counts"])
            report(dict(totals["train"]))
    counts = totals["train"]
    if not counts["rows"]:
        raise DataError(
            "`data` must hold documents of two or more words. Received: "
            f"{counts['documents']} documents without a pair of segments. Give more text.",
        )
    summary = {
        "settings": settings.as_dict(),
        "vocabulary_size": tokenizer.vocabulary_size,
        "vocabulary_sha256": hashlib.sha256(tokenizer.model_proto or b"").hexdigest(),
        "data_sha256": data_hash.hexdigest(),
        "counts": dict(counts),
        "held_out_counts": dict(totals["held-out"]),
        "truncated_share": counts["truncated_rows"] / counts["rows"],
        "swapped_share": counts["swapped_rows"] / counts["rows"],
        "masked_share": counts["masked_tokens"] / counts["row_tokens"],
        "shards": shards,
    }
    with new_file(folder / SUMMARY) as unfinished:
        unfinished.write_text(json.dumps(summary, indent=4) + "\n", encoding="utf-8")
    return {**summary, "seconds": time.perf_counter() - start}


def _start(
    folder: Path, settings: DataSettings, tokenizer: AlbertTokenizer, overwrite: bool
) -> Dict[str, Any]:
    """Prepares the folder and returns the shards that an earlier run has finished, by name."""
    head = {
        "settings": settings.as_dict(),
        "vocabulary": hashlib.sha256(tokenizer.model_proto or b"").hexdigest(),
    }
    if folder.exists() and not folder.is_dir():
        raise OutputExistsError(f"`output` must be a folder. Received: the file {folder}.")
    entries = _read_progress(folder / PROGRESS)
    if entries and entries[0] == head:
        return {entry["shard"]: entry for entry in entries[1:]}
    if folder.is_dir() and any(folder.iterdir()):
        if not entries:
            raise OutputExistsError(
                f"`output` must be a new or empty folder. Received: {folder}. Choose another."
            )
        if not overwrite:
            raise OutputExistsError(
                f"{folder} holds data made with other settings or another vocabulary. "
                "Choose another folder, or pass `overwrite=True`."
            )
        for file in [*folder.glob("*.tfrecord"), folder / SUMMARY, folder / PROGRESS]:
            file.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    with new_file(folder / VOCABULARY) as unfinished:
        unfinished.write_bytes(tokenizer.model_proto or b"")
    with new_file(folder / PROGRESS) as unfinished:
        unfinished.write_text(json.dumps(head) + "\n", encoding="utf-8")
    return {}


def _read_progress(path: Path) -> List[Dict[str, Any]]:
    if not path.is_file():
        return []
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            break  # the line that was being written when the run was stopped
    return entries


def _blocks(files: List[Path], settings: DataSettings, encoding: Optional[str]) -> Iterator[_Block]:
    """Gathers documents into blocks, with some set apart for evaluation."""
    random = np.random.default_rng([settings.seed, 2**31])
    order = deque(files[i] for i in random.permutation(len(files)))
    waiting: Dict[str, List[List[str]]] = {"train": [], "held-out": []}
    sizes: Counter = Counter()
    numbers: Counter = Counter()
    longest = min(_LONGEST_DOCUMENT, settings.block_characters)

    def block(kind: str) -> _Block:
        number, documents = numbers[kind], waiting[kind]
        numbers[kind] += 1
        waiting[kind], sizes[kind] = [], 0
        copies = settings.copies if kind == "train" else 1
        seed_number = 2 * number + (kind == "held-out")
        return _Block(f"{kind}-{number:05}", seed_number, documents, copies)

    open_files: Deque[Iterator[List[str]]] = deque()
    while order or open_files:
        while order and len(open_files) < _FILES_AT_ONCE:
            open_files.append(read_documents([order.popleft()], encoding, longest))
        documents = open_files.popleft()
        document = next(documents, None)
        if document is None:
            continue
        open_files.append(documents)
        kind = "held-out" if random.random() < settings.held_out_rate else "train"
        waiting[kind].append(document)
        sizes[kind] += sum(map(len, document))
        if sizes[kind] >= settings.block_characters:
            yield block(kind)
    for kind in ("train", "held-out"):
        if waiting[kind]:
            yield block(kind)


_maker: Optional[RowMaker] = None  # of a worker process


def _start_worker(model: bytes, lowercase: bool, settings: DataSettings) -> None:
    global _maker
    _maker = RowMaker(AlbertTokenizer(model, lowercase=lowercase), settings)


def _make_shard(block: _Block, folder: Path, maker: Optional[RowMaker] = None) -> Dict[str, Any]:
    rows, counts = (maker or _maker)(block.documents, block.number, block.copies)  # type: ignore[misc]
    if counts["rows"]:
        write_pretraining_records(folder / f"{block.name}.tfrecord", rows)
    return {"shard": block.name, "sha256": block.digest(), "counts": counts}


def _run(
    blocks: Iterator[_Block],
    done: Dict[str, Any],
    folder: Path,
    settings: DataSettings,
    tokenizer: AlbertTokenizer,
    processes: int,
) -> Iterator[Tuple[Dict[str, Any], bool]]:
    """Yields each shard's entry in order, and whether it was made now."""

    def finished(block: _Block) -> Optional[Dict[str, Any]]:
        entry = done.get(block.name)
        if entry is None or entry["sha256"] != block.digest():
            return None
        exists = (folder / f"{block.name}.tfrecord").is_file() or not entry["counts"]["rows"]
        return entry if exists else None

    first = list(itertools.islice(blocks, 2))
    blocks = itertools.chain(first, blocks)
    if processes == 1 or len(first) < 2:  # processes take seconds to start
        maker = RowMaker(tokenizer, settings)
        for block in blocks:
            entry = finished(block)
            yield (entry, False) if entry else (_make_shard(block, folder, maker), True)
        return
    RowMaker(tokenizer, settings)  # so that a fault shows here, and not in a worker
    start: Dict[str, Any] = {
        "initializer": _start_worker,
        "initargs": (tokenizer.model_proto, tokenizer.lowercase, settings),
    }
    with ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        **start,
    ) as pool:
        queue: Deque[Tuple[Any, bool]] = deque()
        for block in blocks:
            entry = finished(block)
            queue.append(
                (entry, False) if entry else (pool.submit(_make_shard, block, folder), True)
            )
            if len(queue) > 2 * processes:  # no more blocks in memory than this
                yield _result(*queue.popleft())
        while queue:
            yield _result(*queue.popleft())


def _result(entry: Any, is_new: bool) -> Tuple[Dict[str, Any], bool]:
    return (entry.result() if is_new else entry), is_new
