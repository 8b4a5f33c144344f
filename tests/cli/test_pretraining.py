"""The way from text to a pre-trained preset: train-tokenizer, pretrain-data, pretrain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from albert_zoo.text import AlbertTokenizer
from tests.pretraining.conftest import write_corpus

CONFIG = {
    "backbone": {
        "num_layers": 2,
        "num_heads": 2,
        "embedding_dim": 8,
        "hidden_dim": 16,
        "intermediate_dim": 32,
        "max_sequence_length": 64,
    },
    "optimizer": "adamw",
    "learning_rate": 1e-2,
    "total_steps": 4,
    "warmup_steps": 1,
    "batch_tokens": 256,
    "evaluate_every": 2,
    "log_every": 1,
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory, tiny_vocabulary) -> Path:
    path = tmp_path_factory.mktemp("vocabulary") / "tiny.model"
    path.write_bytes(tiny_vocabulary)
    return path


# === train-tokenizer ===


def test_a_vocabulary_of_ones_own(run, fails, tmp_path: Path, corpus: Path) -> None:
    model = tmp_path / "own.model"
    arguments = ["train-tokenizer", corpus, "--output", model, "--vocabulary-size", 90]
    result = run(*arguments)
    assert "90 pieces" in result.stdout and "3 files" in result.stdout
    tokenizer = AlbertTokenizer(model)
    assert tokenizer.vocabulary_size == 90
    assert [tokenizer.id_to_piece(i) for i in (2, 3, 4)] == ["[CLS]", "[SEP]", "[MASK]"]
    assert tokenizer.unk_id not in tokenizer.encode("THE CAT SAT ON THE MAT.")
    lines = model.with_suffix(".vocab").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 90 and lines[2] == "[CLS]\t0"

    assert "own.model exists" in fails(*arguments)
    before = model.read_bytes()
    run(*arguments, "--overwrite")
    assert model.read_bytes() == before, "the same texts give the same vocabulary"


@pytest.mark.parametrize("pieces, message", [(20, "required_chars"), (5000, "too high")])
def test_a_size_that_does_not_suit(fails, tmp_path, corpus, pieces: int, message: str) -> None:
    line = fails(
        "train-tokenizer", corpus, "--output", tmp_path / "a.model", "--vocabulary-size", pieces
    )
    assert "`--vocabulary-size`" in line and message in line.replace(" ", "_") + line
    assert not (tmp_path / "a.model").exists()


def test_blank_text_makes_no_vocabulary(fails, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n\n")
    line = fails("train-tokenizer", tmp_path / "a.txt", "--output", tmp_path / "a.model")
    assert "must hold text" in line


# === pretrain-data ===


def test_records_and_their_summary(run, fails, tmp_path, corpus, vocabulary) -> None:
    arguments = ["pretrain-data", corpus, "--vocabulary", vocabulary, "--output", tmp_path / "d"]
    arguments += ["--sequence-length", 32, "--held-out-rate", 0.2, "--processes", 1]
    result = run(*arguments)
    for word in ("documents", "swapped", "truncated", "tokens/s"):
        assert word in result.stdout
    summary = json.loads((tmp_path / "d" / "summary.json").read_text())
    assert summary["settings"]["sequence_length"] == 32
    assert summary["held_out_counts"]["rows"] > 0
    run(*arguments)  # nothing is left to do
    line = fails(*arguments, "--dupe-factor", 2)
    assert "other settings" in line and "`--overwrite`" in line
    run(*arguments, "--dupe-factor", 2, "--overwrite")


def test_faulty_input_is_named(fails, tmp_path, vocabulary) -> None:
    arguments = ["pretrain-data", "--vocabulary", vocabulary, "--output", tmp_path / "d"]
    arguments += ["--processes", 1]
    assert "no such file or folder" in fails(*arguments, tmp_path / "none")
    latin = tmp_path / "latin.txt"
    latin.write_bytes("café au lait. Très bien.".encode("latin-1"))
    line = fails(*arguments, latin)
    assert "latin.txt" in line and "`--encoding`" in line
    assert "[MASK]" not in line


# === pretrain ===


def test_from_random_weights_and_on_from_there(
    run, fails, tmp_path, corpus, vocabulary, config
) -> None:
    data, output = tmp_path / "data", tmp_path / "run"
    run(
        *["pretrain-data", corpus, "--vocabulary", vocabulary, "--output", data],
        *["--sequence-length", 32, "--held-out-rate", 0.2, "--processes", 1],
    )
    arguments = ["pretrain", "--config", config, "--data", data, "--output", output]
    result = run(*arguments, "--max-minutes", 0)
    assert "stopped" in result.stdout and (output / "preset").is_dir()
    result = run(*arguments)
    assert "Going on from step 1" in result.stdout
    for word in ("held out", "words", "order", "tokens/s", "left", "ready"):
        assert word in result.stdout
    assert (output / "training.png").read_bytes().startswith(b"\x89PNG")
    preset = output / "preset"
    assert (preset / "assets" / "tokenizer" / "vocabulary.spm").read_bytes() == (
        vocabulary.read_bytes()
    )
    assert (preset / "pretraining.weights.h5").is_file()

    # Domain-adaptive: the text itself, and the preset with its heads.
    result = run(
        *["pretrain", "--preset", preset, "--data", corpus, "--output", tmp_path / "adapted"],
        *["--sequence-length", 32, "--total-steps", 2, "--held-out-rate", 0.2],
        *["--config", config_without_backbone(tmp_path)],
    )
    assert "random" not in result.stderr
    assert (tmp_path / "adapted" / "preset" / "config.json").is_file()

    other = tmp_path / "other.model"
    run("train-tokenizer", corpus, "--output", other, "--vocabulary-size", 90)
    line = fails(
        *["pretrain", "--config", config, "--data", corpus, "--vocabulary", other],
        *["--output", output, "--sequence-length", 32],
    )
    assert "holds a run with another data." in line


def config_without_backbone(folder: Path) -> Path:
    path = folder / "adapt.json"
    path.write_text(json.dumps({k: v for k, v in CONFIG.items() if k != "backbone"}))
    return path


def test_a_preset_without_heads_gets_random_ones(run, tmp_path, corpus, untrained) -> None:
    result = run(
        *["pretrain", "--preset", untrained, "--data", corpus, "--output", tmp_path / "run"],
        *["--sequence-length", 32, "--config", config_without_backbone(tmp_path)],
    )
    assert "no weights of the pre-training heads: mlm, sop" in result.stderr


def test_text_needs_a_vocabulary(fails, tmp_path, corpus, config) -> None:
    line = fails("pretrain", "--config", config, "--data", corpus, "--output", tmp_path / "run")
    assert "`--vocabulary` must be given for text" in line and "train-tokenizer" in line


def test_vocabulary_and_records_must_agree(run, fails, tmp_path, corpus, untrained, config) -> None:
    other = tmp_path / "other.model"
    run("train-tokenizer", corpus, "--output", other, "--vocabulary-size", 90)
    data = tmp_path / "data"
    run(
        *["pretrain-data", corpus, "--vocabulary", other, "--output", data],
        *["--sequence-length", 32, "--processes", 1],
    )
    line = fails(
        *["pretrain", "--preset", untrained, "--data", data, "--output", tmp_path / "run"],
    )
    assert "made with another one of 90 pieces" in line and "a model of 100" in line


def test_records_that_are_not_finished(run, fails, tmp_path, corpus, vocabulary, config) -> None:
    data = tmp_path / "data"
    run(
        *["pretrain-data", corpus, "--vocabulary", vocabulary, "--output", data],
        *["--sequence-length", 32, "--processes", 1],
    )
    (data / "summary.json").unlink()
    line = fails("pretrain", "--config", config, "--data", data, "--output", tmp_path / "run")
    assert "summary.json: no such file" in line and "pretrain-data" in line
