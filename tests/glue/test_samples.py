"""The sample data set: GLUE's files in form, learnable in content, the same bytes every time."""

from __future__ import annotations

import hashlib
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from albert_zoo.errors import OutputExistsError
from albert_zoo.glue import TASKS, events, read_split
from albert_zoo.glue.sample_rows import ROW_MAKERS
from albert_zoo.glue.samples import write_samples

ROWS = {"train_rows": 300, "dev_rows": 60, "test_rows": 50}


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> dict:
    return write_samples(tmp_path_factory.mktemp("samples"), **ROWS)


def _digests(folder: Path) -> dict:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


# === Same bytes ===


def test_same_seed_same_bytes_in_another_process(samples, tmp_path):
    code = (
        "import sys; from albert_zoo.glue.samples import write_samples; "
        f"write_samples(sys.argv[1], **{ROWS!r})"
    )
    root = samples["cola"].parent
    for hash_seed in ("0", "1"):
        folder = tmp_path / hash_seed
        subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            check=True,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(__file__).parents[2])},
        )
        assert _digests(folder) == _digests(root)


def test_bytes_do_not_change_between_versions(tmp_path):
    # What README and examples print depends on these rows: change them knowingly.
    folder = write_samples(tmp_path, ["cola"], train_rows=20, dev_rows=5, test_rows=5)["cola"]
    digests = {name: digest[:12] for name, digest in _digests(folder).items()}
    assert digests == {
        "train.tsv": "c3e28d5740c7",
        "dev.tsv": "74b4bd1b74fd",
        "test.tsv": "8e03a07a6334",
    }


def test_another_seed_gives_other_rows_in_every_file(samples, tmp_path):
    write_samples(tmp_path, seed=1, **ROWS)
    first, second = _digests(samples["cola"].parent), _digests(tmp_path)
    assert first.keys() == second.keys()
    assert not set(first.values()) & set(second.values())


def test_a_task_does_not_depend_on_the_others(samples, tmp_path):
    written = write_samples(tmp_path, ["RTE", "sts-b"], **ROWS)
    assert list(written) == ["rte", "stsb"]
    for name, folder in written.items():
        assert _digests(folder) == _digests(samples[name])


def test_writing_again_changes_nothing_and_other_data_is_kept(tmp_path):
    written = write_samples(tmp_path, ["wnli"], **ROWS)
    assert write_samples(tmp_path, ["wnli"], **ROWS) == written
    before = _digests(tmp_path)
    with pytest.raises(OutputExistsError, match=r"WNLI.train\.tsv with other data"):
        write_samples(tmp_path, ["wnli"], seed=1, **ROWS)
    assert _digests(tmp_path) == before


# === Form ===


def test_layout(samples):
    assert list(samples) == list(TASKS)
    assert samples["ax"].name == "diagnostic"
    names = {path.name for path in samples["mnli"].iterdir()}
    assert names == {
        *("train.tsv", "dev_matched.tsv", "dev_mismatched.tsv"),
        *("test_matched.tsv", "test_mismatched.tsv"),
    }


def test_headers_are_the_original_ones(samples, shared):
    compared = 0
    for name, task in TASKS.items():
        for file in [] if name == "ax" else task.split_files.values():
            for originals in ("glue", "glue_tiny"):
                original = shared / "data" / originals / task.folder / file
                if not original.exists():
                    continue
                header = original.read_bytes().split(b"\n")[0]
                own = (samples[name] / file).read_bytes().split(b"\n")[0]
                if name == "cola" and file != "test.tsv":
                    assert (own.count(b"\t"), header.count(b"\t")) == (3, 3)
                else:
                    assert own == header, original
                compared += 1
    assert compared > 30


def test_quirks_are_the_original_ones(samples, shared):
    """What trips a reader: marks, quotation marks, line ends, spaces, formats of numbers."""

    def facts(folder: Path, name: str) -> tuple:
        content = (folder / name).read_bytes()
        texts = [line.split(b"\t")[0] for line in content.splitlines()[1:]]
        return (
            content.startswith(b"\xef\xbb\xbf"),
            content.endswith(b"\n"),
            b"\r" in content,
            all(text.endswith(b" ") for text in texts),
        )

    for name in ("cola", "sst2", "mrpc", "stsb", "rte"):
        for file in ("train.tsv", "dev.tsv", "test.tsv"):
            original = shared / "data" / "glue" / TASKS[name].folder
            assert facts(samples[name], file) == facts(original, file), (name, file)


def test_scores_and_quotation_marks(samples):
    lines = (samples["stsb"] / "train.tsv").read_text().splitlines()[1:]
    scores = [line.split("\t")[-1] for line in lines]
    assert all(len(score) == 5 and 0 <= float(score) <= 5 for score in scores)
    texts = [line.split("\t")[7] for line in lines]
    assert any(text.count('"') == 1 for text in texts)


@pytest.mark.parametrize("name", TASKS)
def test_the_reader_reads_every_split(samples, name):
    task = TASKS[name]
    for split in task.split_files:
        examples = read_split(task, samples[name], split)
        kind = split.split("_")[0]
        assert len(examples) == ROWS[f"{kind}_rows"]
        assert (examples.labels is None) == (kind == "test")
        assert (examples.text_pairs is None) == (task.text_pair is None)


# === Content ===


@pytest.mark.parametrize("name", TASKS)
def test_no_row_is_in_two_splits(samples, name):
    task = TASKS[name]
    seen: set = set()
    for split in task.split_files:
        examples = read_split(task, samples[name], split)
        pairs = examples.text_pairs or [""] * len(examples)
        rows = {(text.strip('" '), pair) for text, pair in zip(examples.texts, pairs)}
        assert len(rows) == len(examples)
        assert not rows & seen
        seen |= rows


@pytest.mark.parametrize("name", [name for name in TASKS if name not in ("ax", "stsb")])
def test_labels_are_balanced(samples, name):
    task = TASKS[name]
    labels = read_split(task, samples[name], "train").labels
    shares = np.bincount(labels, minlength=task.num_classes) / len(labels)
    assert shares == pytest.approx([1 / task.num_classes] * task.num_classes, abs=0.08)


def test_scores_cover_the_range(samples):
    scores = read_split("stsb", samples["stsb"], "train").labels
    assert scores.min() == 0 and scores.max() == 5
    assert len(set(scores.tolist())) > 15
    assert scores.mean() == pytest.approx(2.5, abs=0.3)


@pytest.fixture(scope="module")
def cola(tmp_path_factory) -> tuple:
    """Texts and labels of the train and dev files at their default sizes."""
    folder = write_samples(tmp_path_factory.mktemp("cola"), ["cola"])["cola"]
    return read_split("cola", folder, "train"), read_split("cola", folder, "dev")


def _ngram_score(cola: tuple, longest: int) -> float:
    """Matthews correlation on dev of a logistic regression on n-grams of words."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import matthews_corrcoef

    train, dev = cola
    counts = CountVectorizer(ngram_range=(1, longest), token_pattern=r"\w+|[^\w\s]")
    model = LogisticRegression(max_iter=1000).fit(counts.fit_transform(train.texts), train.labels)
    return matthews_corrcoef(dev.labels, model.predict(counts.transform(dev.texts)))


def test_single_words_do_not_give_cola_away(cola):
    assert abs(_ngram_score(cola, 1)) < 0.2


def test_neighbouring_words_tell_much_of_cola_but_not_all(cola):
    assert 0.6 < _ngram_score(cola, 2) < 0.9


def test_cola_defaults(cola):
    train, dev = cola
    assert (len(train), len(dev)) == (8000, 1000)
    words = Counter(word for text in train.texts for word in text.strip('".?').lower().split())
    assert 70 < len(words) < 120
    assert max(len(text.split()) for text in train.texts) <= 13


@pytest.mark.parametrize("name", TASKS)
def test_labels_follow_from_the_words(name):
    """Rows that say the same, up to synonyms, never have different labels."""
    plain = {synonym: word for word, synonym in events._SYNONYMS.items()}
    rng = random.Random(0)
    labels: dict = {}
    for _ in range(20000):
        row = ROW_MAKERS[name](rng, rng.choice(TASKS[name].labels or ("",)))
        words = re.findall(r"\w+|[^\w\s]", f"{row.text} | {row.pair}".lower())
        key = " ".join(plain.get(word, word) for word in words)
        assert labels.setdefault(key, row.label) == row.label, key


# === Errors ===


def test_unknown_task_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Did you mean 'cola'"):
        write_samples(tmp_path, ["colla"])
    assert not any(tmp_path.iterdir())


def test_no_rows_is_refused(tmp_path):
    with pytest.raises(ValueError, match="`dev_rows` must be at least 1. Received: 0"):
        write_samples(tmp_path, dev_rows=0)


def test_more_rows_than_there_are_is_refused(tmp_path):
    with pytest.raises(ValueError, match="different rows that WNLI has. Received: more than"):
        write_samples(tmp_path, ["wnli"], train_rows=100000)
    assert not any(tmp_path.iterdir())
