"""Tables as shards of records: the same rows whatever the processes, and runs that go on."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from albert_zoo.data import EncodedExamples, read_records, write_records
from albert_zoo.data import sharded_records as module
from albert_zoo.data.record_files import record_files
from albert_zoo.data.shard_progress import ShardProgress
from albert_zoo.data.sharded_records import RecordFormat, part_sizes, write_sharded_records
from albert_zoo.errors import DataError
from albert_zoo.tables import Examples
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer

LENGTH = 16


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(module, "_PART_ROWS", 8)
    monkeypatch.setattr(module, "_FRAME_ROWS", 5)


@pytest.fixture
def table():
    texts = [f"the cat ran {number} times" for number in range(50)]
    return Examples.from_lists(texts, texts[::-1], [number % 2 for number in range(50)])


def parts_of(table, rows_per_shard):
    start = 0
    for size in part_sizes(rows_per_shard):
        if start >= len(table):
            return
        yield table.take(range(start, min(start + size, len(table))))
        start += size


def write(path, table, vocabulary, rows_per_shard, workers=1, parts=None):
    format = RecordFormat(vocabulary, sequence_length=LENGTH, layout="garden")
    progress = ShardProgress(path, {"rows_per_shard": rows_per_shard})
    parts = parts_of(table, rows_per_shard) if parts is None else parts
    write_sharded_records(progress, parts, format, rows_per_shard, workers)
    return progress


def expected_bytes(path, table, vocabulary):
    preprocessor = AlbertPreprocessor(AlbertTokenizer(vocabulary), LENGTH)
    write_records(path, EncodedExamples.from_examples(table, preprocessor), LENGTH, layout="garden")
    return path.read_bytes()


def test_shards_hold_the_rows_of_one_file(tmp_path, tiny_vocabulary, small_parts, table):
    whole = expected_bytes(tmp_path / "whole", table, tiny_vocabulary)
    progress = write(tmp_path / "train.tf_record", table, tiny_vocabulary, 20)
    names = [f"train-0000{number}.tf_record" for number in range(3)]
    assert [path.name for path in progress.files] == names
    assert progress.rows == [20, 20, 10] and progress.is_complete
    assert b"".join(path.read_bytes() for path in progress.files) == whole
    assert len(read_records(tmp_path / "train.tf_record", LENGTH)["labels"]) == 50

    again = write(tmp_path / "train.tf_record", table, tiny_vocabulary, 50)
    assert again.files == [tmp_path / "train.tf_record"]
    assert again.files[0].read_bytes() == whole
    assert not list(tmp_path.glob("train-*"))  # the shards of the earlier run


def test_processes_make_the_same_bytes(tmp_path, tiny_vocabulary, small_parts, table, monkeypatch):
    monkeypatch.setattr(module, "_PARTS_BEFORE_PROCESSES", 1)
    monkeypatch.setenv("PYTHONPATH", str(__import__("pathlib").Path(__file__).parents[2]))
    whole = expected_bytes(tmp_path / "whole", table, tiny_vocabulary)
    progress = write(tmp_path / "train.tf_record", table, tiny_vocabulary, 30, workers=2)
    assert b"".join(path.read_bytes() for path in progress.files) == whole


def test_an_interrupted_run_goes_on(tmp_path, tiny_vocabulary, small_parts, table):
    whole = expected_bytes(tmp_path / "whole", table, tiny_vocabulary)
    path = tmp_path / "train.tf_record"

    def breaking():
        yield from itertools.islice(parts_of(table, 20), 5)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(path, table, tiny_vocabulary, 20, parts=breaking())
    first = tmp_path / "train-00000.tf_record"
    left = sorted(file.name for file in tmp_path.iterdir())
    assert left == ["train-00000.tf_record", "train.progress", "whole"]
    with pytest.raises(DataError, match="not all of its shards"):
        record_files(path)

    before = first.stat().st_mtime_ns
    progress = write(path, table, tiny_vocabulary, 20)
    assert first.stat().st_mtime_ns == before  # not made again
    assert b"".join(file.read_bytes() for file in progress.files) == whole
    assert ShardProgress(path, {"rows_per_shard": 20}).is_complete
    other = ShardProgress(path, {"rows_per_shard": 30})
    assert other.is_another and not other.rows

    (tmp_path / "train-00001.tf_record").unlink()
    assert ShardProgress(path, {"rows_per_shard": 20}).rows == [20]
    with pytest.raises(DataError, match="train-00001.tf_record: this shard is missing"):
        record_files(path)


def test_memory_holds_a_few_parts(tmp_path, tiny_vocabulary, small_parts, table):
    alive = 0
    most = 0

    class Counted(Examples):
        def __del__(self):
            nonlocal alive
            alive -= 1

    def parts():
        nonlocal alive, most
        for _ in range(40):
            alive += 1
            most = max(most, alive)
            yield Counted(table.texts[:8], None, np.zeros(8, "int32"), table.ids[:8])

    write(tmp_path / "train.tf_record", table, tiny_vocabulary, 160, parts=parts())
    assert most <= 3
