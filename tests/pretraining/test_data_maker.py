from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from albert_zoo.data import read_pretraining_records
from albert_zoo.errors import DataError, OutputExistsError
from albert_zoo.pretraining import DataSettings, data_maker, make_pretraining_data
from albert_zoo.text import AlbertTokenizer
from tests.pretraining.conftest import SETTINGS, write_corpus


def contents(folder: Path) -> dict:
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.tfrecord"))}


def test_the_folder_is_complete(records: Path, tokenizer: AlbertTokenizer) -> None:
    summary = json.loads((records / "summary.json").read_text())
    shards = contents(records)
    assert sorted(f"{name}.tfrecord" for name in summary["shards"]) == list(shards)
    assert {name.rsplit("-", 1)[0] for name in shards} == {"train", "held-out"}
    assert (records / "vocabulary.spm").read_bytes() == tokenizer.model_proto
    rows = [read_pretraining_records(file) for file in sorted(records.glob("train-*.tfrecord"))]
    assert len(rows) > 2
    counts = summary["counts"]
    assert counts["rows"] == sum(len(part.token_ids) for part in rows)
    assert counts["row_tokens"] == sum(part.padding_mask.sum() for part in rows)
    assert counts["masked_tokens"] == sum(part.mask_weights.sum() for part in rows)
    assert counts["swapped_rows"] == sum(part.is_swapped.sum() for part in rows)
    assert counts["documents"] + summary["held_out_counts"]["documents"] == 60
    assert summary["settings"] == SETTINGS.as_dict()


def test_rows_are_laid_out_as_the_originals(records: Path, tokenizer: AlbertTokenizer) -> None:
    rows = read_pretraining_records(records / "train-00000.tfrecord")
    originals = rows.token_ids.copy()
    index, places = np.nonzero(rows.mask_weights)
    originals[index, rows.mask_positions[index, places]] = rows.mask_ids[index, places]
    lengths = rows.padding_mask.sum(axis=1)
    for ids, segments, starts, length in zip(
        originals, rows.segment_ids, rows.word_starts, lengths
    ):
        (first_sep, second_sep) = np.nonzero(ids == tokenizer.sep_id)[0]
        assert ids[0] == tokenizer.cls_id and second_sep == length - 1
        assert not ids[length:].any() and not segments[length:].any() and not starts[length:].any()
        assert not segments[: first_sep + 1].any() and segments[first_sep + 1 : length].all()
        assert starts[[0, first_sep, second_sep]].all()


def test_statistics(tmp_path: Path, tokenizer: AlbertTokenizer) -> None:
    corpus = write_corpus(tmp_path / "corpus", documents=900)
    settings = DataSettings(sequence_length=64, copies=3, held_out_rate=0.1)
    summary = make_pretraining_data([corpus], tokenizer, tmp_path / "data", settings)
    rows = summary["counts"]["rows"]
    assert rows > 2000
    assert abs(summary["swapped_share"] - 0.5) < 4 * 0.5 / np.sqrt(rows)
    assert 0.14 < summary["masked_share"] < 0.16
    held_out = summary["held_out_counts"]["documents"]
    assert abs(held_out / 900 - 0.1) < 4 * np.sqrt(0.09 / 900)


def test_a_seed_gives_equal_bytes_whatever_the_number_of_processes(
    tmp_path: Path, corpus: Path, records: Path, tokenizer: AlbertTokenizer
) -> None:
    make_pretraining_data([corpus], tokenizer, tmp_path / "two", SETTINGS, processes=2)
    assert contents(tmp_path / "two") == contents(records)
    for name in ("summary.json", "vocabulary.spm"):
        assert (tmp_path / "two" / name).read_bytes() == (records / name).read_bytes()
    other = DataSettings(**{**SETTINGS.as_dict(), "seed": 1})
    make_pretraining_data([corpus], tokenizer, tmp_path / "other", other)
    assert contents(tmp_path / "other") != contents(records)


def test_an_interrupted_run_goes_on(
    tmp_path: Path, corpus: Path, records: Path, tokenizer: AlbertTokenizer, monkeypatch
) -> None:
    written = []
    write = data_maker.write_pretraining_records

    def disk_full(path, rows):
        if len(written) == 2:
            raise OSError(28, "No space left on device", str(path))
        written.append(path.name)
        write(path, rows)

    monkeypatch.setattr(data_maker, "write_pretraining_records", disk_full)
    folder = tmp_path / "data"
    with pytest.raises(OSError, match="No space left"):
        make_pretraining_data([corpus], tokenizer, folder, SETTINGS)
    before = contents(folder)
    assert list(before) == sorted(written)
    assert not (folder / "summary.json").exists()
    assert not list(folder.glob("*.part"))

    # The last line of the progress was being written, too.
    with open(folder / "progress.jsonl", "a") as file:
        file.write('{"shard": "tra')
    again = []
    monkeypatch.setattr(
        data_maker,
        "write_pretraining_records",
        lambda path, rows: (again.append(path.name), write(path, rows)),
    )
    make_pretraining_data([corpus], tokenizer, folder, SETTINGS)
    assert contents(folder) == contents(records)
    assert sorted([*again, *before]) == list(contents(records)), "a finished shard was made again"
    assert (folder / "summary.json").read_bytes() == (records / "summary.json").read_bytes()


def test_changed_text_makes_its_shards_anew(tmp_path: Path, tokenizer: AlbertTokenizer) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    first = make_pretraining_data([corpus], tokenizer, tmp_path / "data", SETTINGS)
    (corpus / "1.txt").write_text("The cat sat on the mat. A dog ran to the old house.")
    second = make_pretraining_data([corpus], tokenizer, tmp_path / "data", SETTINGS)
    assert first["data_sha256"] != second["data_sha256"]
    make_pretraining_data([corpus], tokenizer, tmp_path / "fresh", SETTINGS)
    for name in second["shards"]:
        file = f"{name}.tfrecord"
        assert (tmp_path / "data" / file).read_bytes() == (tmp_path / "fresh" / file).read_bytes()


def test_other_settings_need_another_folder(
    tmp_path: Path, corpus: Path, tokenizer: AlbertTokenizer
) -> None:
    folder = tmp_path / "data"
    make_pretraining_data([corpus], tokenizer, folder, SETTINGS)
    other = DataSettings(**{**SETTINGS.as_dict(), "copies": 1})
    with pytest.raises(OutputExistsError, match="other settings or another vocabulary"):
        make_pretraining_data([corpus], tokenizer, folder, other)
    make_pretraining_data([corpus], tokenizer, folder, other, overwrite=True)
    make_pretraining_data([corpus], tokenizer, tmp_path / "fresh", other)
    assert contents(folder) == contents(tmp_path / "fresh")


def test_a_folder_of_something_else_is_left_alone(
    tmp_path: Path, corpus: Path, tokenizer: AlbertTokenizer
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match="new or empty"):
        make_pretraining_data([corpus], tokenizer, tmp_path, SETTINGS, overwrite=True)
    with pytest.raises(OutputExistsError, match="must be a folder"):
        make_pretraining_data([corpus], tokenizer, tmp_path / "mine.txt", SETTINGS)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("text", ["", "\n\n", "cat\n\n\ndog\n"])
def test_text_without_a_pair_is_refused(
    tmp_path: Path, tokenizer: AlbertTokenizer, text: str
) -> None:
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(DataError, match="two or more words"):
        make_pretraining_data(
            [tmp_path / "a.txt"], tokenizer, tmp_path / "data", DataSettings(held_out_rate=0.0)
        )


def test_documents_of_one_sentence_and_none_are_counted(
    tmp_path: Path, tokenizer: AlbertTokenizer
) -> None:
    (tmp_path / "a.txt").write_text("the cat\n\nno\n\nthe cat sat. The dog ran.\n")
    settings = DataSettings(sequence_length=32, copies=1, held_out_rate=0.0)
    counts = make_pretraining_data([tmp_path / "a.txt"], tokenizer, tmp_path / "d", settings)[
        "counts"
    ]
    assert counts["documents"] == 3
    assert counts["rows"] == 2
    assert counts["documents_without_a_pair"] == 1


def test_text_without_any_sentence_end(tmp_path: Path, tokenizer: AlbertTokenizer) -> None:
    (tmp_path / "a.txt").write_text("the cat sat on the mat and " * 10_000)
    settings = DataSettings(
        sequence_length=32, copies=1, held_out_rate=0.0, block_characters=50_000
    )
    summary = make_pretraining_data([tmp_path / "a.txt"], tokenizer, tmp_path / "d", settings)
    assert summary["counts"]["rows"] > 0
    assert abs(summary["swapped_share"] - 0.5) <= 0.5


def test_a_vocabulary_without_mask_is_refused(tokenizer: AlbertTokenizer, tmp_path: Path) -> None:
    import io

    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["the cat sat on the mat", "a dog ran to the house"] * 9),
        model_writer=model, vocab_size=25, pad_id=0, unk_id=1, bos_id=-1, eos_id=-1,
        control_symbols=["[CLS]", "[SEP]"], minloglevel=2, hard_vocab_limit=False,
    )  # fmt: skip
    (tmp_path / "a.txt").write_text("the cat sat. The dog ran.")
    for processes in (1, 2):
        with pytest.raises(ValueError, match=r"must hold the piece \[MASK\]"):
            make_pretraining_data(
                [tmp_path / "a.txt"], AlbertTokenizer(model.getvalue()), tmp_path / "d",
                processes=processes, overwrite=True,
            )  # fmt: skip


def test_settings_are_checked() -> None:
    with pytest.raises(ValueError, match="`copies` must be above 0"):
        DataSettings(copies=0)
    with pytest.raises(ValueError, match="`held_out_rate` must be in"):
        DataSettings(held_out_rate=1.0)
    assert DataSettings(sequence_length=512, max_predictions=20).num_predictions == 20


@pytest.mark.slow
def test_a_file_of_one_very_long_line(tmp_path: Path, tokenizer: AlbertTokenizer) -> None:
    """30 MB on one line, in blocks of 2 MB."""
    with open(tmp_path / "a.txt", "w") as file:
        for _ in range(300):
            file.write("the cat sat on the mat and so did the dog. The old house is new. " * 1600)
    settings = DataSettings(copies=1, held_out_rate=0.0)
    summary = make_pretraining_data([tmp_path / "a.txt"], tokenizer, tmp_path / "d", settings)
    assert len(summary["shards"]) >= 14
    assert summary["counts"]["tokens"] > 6_000_000
