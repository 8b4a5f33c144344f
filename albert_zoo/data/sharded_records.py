"""Tables of any size as TFRecord files: a part at a time, by several processes, in shards."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Callable, Deque, Iterable, Iterator, NamedTuple, Optional, Tuple

from albert_zoo.atomic import new_file
from albert_zoo.data.encoded import EncodedExamples
from albert_zoo.data.record_bytes import examples, framed
from albert_zoo.data.record_files import shard_path
from albert_zoo.data.shard_progress import ShardProgress
from albert_zoo.tables import Examples
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer

_PART_ROWS = 1 << 14  # rows that are encoded at once, 10 MB as records of 128 tokens
_FRAME_ROWS = 1 << 12
_PARTS_BEFORE_PROCESSES = 6  # which take about a second to start


@dataclass(frozen=True)
class RecordFormat:
    """How rows are encoded and laid out.

    Args:
        model: bytes of a SentencePiece model.
        lowercase: bool. Whether texts are lower-cased.
        sequence_length: int. Tokens each row is cut or padded to.
        regression: bool. Whether labels are scores.
        layout: `"google"`, or `"garden"`, which adds `example_id`.
    """

    model: bytes
    lowercase: bool = True
    sequence_length: int = 128
    regression: bool = False
    layout: str = "google"


def part_sizes(rows_per_shard: int) -> Iterator[int]:
    """Yields the rows of one part after another, so that no part reaches over a shard's end.

    Example:

    >>> list(itertools.islice(part_sizes(40_000), 4))
    [16384, 16384, 7232, 16384]
    """
    while True:
        for start in range(0, rows_per_shard, _PART_ROWS):
            yield min(_PART_ROWS, rows_per_shard - start)


def write_sharded_records(
    progress: ShardProgress,
    parts: Iterable[Examples],
    format: RecordFormat,
    rows_per_shard: int,
    workers: int = 1,
    on_rows: Callable[[int], None] = lambda rows: None,
) -> None:
    """Writes a table as TFRecord files, with a bounded number of its rows in memory.

    Up to `rows_per_shard` rows make one file, `progress.path`. More make shards: of
    `train.tf_record` these are `train-00000.tf_record` and so on. Each appears whole or not at all,
    and shards that are there already are not made again. The bytes do not depend on the number of
    processes.

    Args:
        progress: `ShardProgress`; it tells in the end what was written.
        parts: iterable of `Examples`, of the sizes that `part_sizes` gives.
        format: `RecordFormat`.
        rows_per_shard: int above 0.
        workers: int above 0. Processes that encode, where there are enough rows for them.
        on_rows: called with the rows so far, again and again.
    """
    per_shard = -(-rows_per_shard // _PART_ROWS)
    done = len(progress.rows)
    rows = sum(progress.rows)
    new_parts = itertools.islice(parts, done * per_shard, None)
    encoded = _in_order(_numbered(new_parts, rows), format, workers)
    following = next(encoded, None)
    progress.note()
    for shard in itertools.count(done):
        if following is None:
            break
        shard_rows = 0
        path = shard_path(progress.path, shard)
        with new_file(path) as unfinished, open(unfinished, "wb") as file:
            for _ in range(per_shard):
                if following is None:
                    break
                file.write(following.content)
                shard_rows += following.rows
                progress.truncated += following.truncated
                on_rows(rows + shard_rows)
                following = next(encoded, None)
        rows += shard_rows
        progress.rows.append(shard_rows)
        progress.note()
    if len(progress.rows) == 1:
        os.replace(shard_path(progress.path, 0), progress.path)
    else:
        progress.path.unlink(missing_ok=True)
    for shard in itertools.count(len(progress.rows)):  # of an earlier, larger table
        if not shard_path(progress.path, shard).exists():
            break
        shard_path(progress.path, shard).unlink()
    progress.note(complete=True)


class _Encoded(NamedTuple):
    """A part as the bytes of a TFRecord file."""

    content: bytes
    rows: int
    truncated: int


class _Encoder:
    """Turns parts into bytes; the same in this process and in others."""

    def __init__(self, format: RecordFormat):
        tokenizer = AlbertTokenizer(format.model, lowercase=format.lowercase)
        self.format = format
        self.preprocessor = AlbertPreprocessor(tokenizer, format.sequence_length)

    def __call__(self, part: Examples, first_row: int) -> _Encoded:
        encoded = EncodedExamples.from_examples(part, self.preprocessor)
        pieces = []
        for start in range(0, len(encoded), _FRAME_ROWS):
            rows = encoded.take(slice(start, start + _FRAME_ROWS))
            messages = examples(
                rows.packed(),
                None if rows.labels is None else rows.labels.tolist(),
                self.format.sequence_length,
                self.format.regression,
                first_row + start if self.format.layout == "garden" else None,
                pad_id=encoded.pad_id,
            )
            pieces.append(framed(messages))
        return _Encoded(b"".join(pieces), len(encoded), encoded.num_truncated)


_encoder: Optional[_Encoder] = None  # of a worker process


def _start_worker(format: RecordFormat) -> None:
    global _encoder
    _encoder = _Encoder(format)


def _encode(part: Examples, first_row: int) -> _Encoded:
    return _encoder(part, first_row)  # type: ignore[misc]


def _numbered(parts: Iterable[Examples], first_row: int) -> Iterator[Tuple[Examples, int]]:
    """Gives each part the number of its first row."""
    for part in parts:
        yield part, first_row
        first_row += len(part)


def _in_order(
    tasks: Iterator[Tuple[Examples, int]], format: RecordFormat, workers: int
) -> Iterator[_Encoded]:
    """Encodes parts, in this process or, where there are many, in several."""
    here = _Encoder(format)  # also so that a fault shows here, and not in a worker
    for task in itertools.islice(tasks, None if workers == 1 else _PARTS_BEFORE_PROCESSES):
        yield here(*task)
    first = list(itertools.islice(tasks, 1))
    if not first:
        return
    with ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(format,),
    ) as pool:
        queue: Deque = deque()
        for task in itertools.chain(first, tasks):
            queue.append(pool.submit(_encode, *task))
            if len(queue) > 2 * workers:  # no more parts in memory than this
                yield queue.popleft().result()
        while queue:
            yield queue.popleft().result()
