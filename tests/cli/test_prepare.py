"""`prepare`: records and meta data feature for feature as the originals write them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from albert_zoo.cli.absl_flags import as_bool, rewritten
from albert_zoo.data import EncodedExamples, read_meta_data, read_records
from albert_zoo.glue import read_split
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer

LENGTH = 64


@pytest.fixture
def vocabulary(tmp_path, tiny_vocabulary):
    path = tmp_path / "tiny.model"
    path.write_bytes(tiny_vocabulary)
    return path


def read_features(path):
    import tensorflow as tf

    rows = []
    for serialized in tf.data.TFRecordDataset(str(path)):
        features = tf.train.Example.FromString(serialized.numpy()).features.feature
        kinds = {name: feature.WhichOneof("kind") for name, feature in features.items()}
        rows.append(
            {n: [kind, list(getattr(features[n], kind).value)] for n, kind in kinds.items()}
        )
    return rows


def check_records(path, vocabulary, task, data, split, **arguments):
    """Checks a record file against the texts it was made of."""
    preprocessor = AlbertPreprocessor(AlbertTokenizer(vocabulary), LENGTH)
    expected = EncodedExamples.from_examples(read_split(task, data, split), preprocessor)
    arrays = read_records(path, LENGTH, **arguments)
    batch = expected.batch(slice(None), LENGTH)
    for name in batch:
        np.testing.assert_array_equal(arrays[name], batch[name])
    labels = np.zeros(len(expected)) if expected.labels is None else expected.labels
    np.testing.assert_array_equal(arrays["labels"], labels)


def test_our_spelling(run, vocabulary, samples, tmp_path):
    shown = run(
        *("prepare", "--task", "mrpc", "--data", samples / "MRPC", "--vocabulary", vocabulary),
        *("--output", tmp_path / "records", "--sequence-length", LENGTH),
    ).stdout
    names = [f"mrpc_{kind}" for kind in ("eval.tf_record", "meta_data")]
    names += [f"mrpc_{kind}.tf_record" for kind in ("test", "train")]
    assert sorted(path.name for path in (tmp_path / "records").iterdir()) == names
    assert "48 rows of 64 tokens" in shown
    for kind, split in (("train", "train"), ("eval", "dev"), ("test", "test")):
        path = tmp_path / "records" / f"mrpc_{kind}.tf_record"
        check_records(path, vocabulary, "mrpc", samples, split)
    assert "example_id" not in read_features(tmp_path / "records" / "mrpc_eval.tf_record")[0]
    assert read_meta_data(tmp_path / "records" / "mrpc_meta_data") == {
        "processor_type": "MRPC",
        "train_data_size": 48,
        "max_seq_length": LENGTH,
        "test_data_size": 8,
        "task_type": "bert_classification",
        "num_labels": 2,
        "eval_data_size": 16,
    }


def test_the_reference_flags(run, vocabulary, samples, tmp_path):
    run(
        *("prepare", f"--input_data_dir={samples / 'STS-B'}", "--classification_task_name=STS-B"),
        *(f"--sp_model_file={vocabulary}", "--max_seq_length=64", "--do_lower_case"),
        *("--fine_tuning_task_type=classification", "--tokenization=SentencePiece"),
        *(f"--train_data_output_path={tmp_path / 'train'}", "-mnli_type=matched"),
        *(f"--eval_data_output_path={tmp_path / 'eval'}",),
        *(f"--meta_data_file_path={tmp_path / 'meta'}",),
    )
    for name, split in (("train", "train"), ("eval", "dev")):
        check_records(tmp_path / name, vocabulary, "stsb", samples, split, regression=True)
        assert [row["example_id"][1] for row in read_features(tmp_path / name)][:2] == [[0], [1]]
    assert read_meta_data(tmp_path / "meta")["label_type"] == "float"
    assert not (tmp_path / "test").exists()


def test_mnli_type(run, vocabulary, samples, tmp_path):
    run(
        *("prepare", "--task", "mnli", "--data", samples, "--vocabulary", vocabulary),
        *("--output", tmp_path / "records", "--sequence-length", LENGTH),
        *("--mnli-type", "mismatched", "--layout", "garden"),
    )
    path = tmp_path / "records" / "MNLI_eval.tf_record"
    check_records(path, vocabulary, "mnli", samples, "dev_mismatched")


@pytest.mark.parametrize(
    ("folder", "name", "layout"),
    [("google-research", task, "google") for task in ("mrpc", "cola", "sts-b", "mnli", "sst-2")]
    + [("google-research", task, "google") for task in ("rte", "qqp")]
    + [("garden-2.4.0", task, "garden") for task in ("MRPC", "COLA", "MNLI")],
)
def test_equal_to_the_originals(run, shared, tmp_path, folder, name, layout):
    golden = shared / "golden" / "data"
    run(
        *("prepare", "--task", name, "--data", golden / "raw", "--output", tmp_path),
        *("--vocabulary", shared / "data" / "albert" / "30k-clean.model"),
        *("--sequence-length", LENGTH, "--layout", layout),
    )
    for kind in ("train", "eval", "test"):
        expected = json.loads((golden / folder / f"{name}_{kind}.json").read_text("utf-8"))
        assert read_features(tmp_path / f"{name}_{kind}.tf_record") == expected
    if layout == "garden":
        expected = (golden / folder / f"{name}_meta_data").read_text()
        assert (tmp_path / f"{name}_meta_data").read_text() == expected


def test_files_are_not_replaced_unasked(run, fails, vocabulary, samples, tmp_path):
    args = ("prepare", "--task", "cola", "--data", samples, "--vocabulary", vocabulary)
    args += ("--output", tmp_path / "records")
    run(*args)
    assert "cola_train.tf_record exists. Choose another `--output`" in fails(*args)
    run(*args, "--overwrite")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--vocab_file=vocab.txt"], "ALBERT uses SentencePiece"),
        (["--tokenization=WordPiece"], "must be SentencePiece"),
        (["--fine_tuning_task_type=squad"], "must be classification"),
        (["--do_lower_case=perhaps"], "`--do_lower_case` must be true or false"),
        (["--task=ax", "--output=x"], "must have training data"),
        ([], "`--output` must name a folder"),
    ],
)
def test_what_is_refused(fails, vocabulary, samples, args, words):
    line = fails(
        *("prepare", "--classification_task_name=COLA", f"--input_data_dir={samples}"),
        *(f"--sp_model_file={vocabulary}", *args),
    )
    assert words in line


def test_a_missing_vocabulary(fails, samples, tmp_path):
    args = ("prepare", "--task", "cola", "--data", samples, "--output", tmp_path / "records")
    assert "`--vocabulary` must name a SentencePiece model" in fails(*args)
    assert "no such file" in fails(*args, "--vocabulary", tmp_path / "none.model")
    garbage = tmp_path / "garbage.model"
    garbage.write_bytes(b"no model")
    assert "must be a SentencePiece model" in fails(*args, "--vocabulary", garbage)


def test_upper_case_is_kept_if_told_so(run, vocabulary, samples, tmp_path):
    args = ("prepare", "--task", "cola", "--data", samples, "--vocabulary", vocabulary)
    run(*args, "--output", tmp_path / "a")
    run(*args, "--output", tmp_path / "b", "--nodo_lower_case")
    a, b = (read_features(tmp_path / name / "cola_eval.tf_record") for name in "ab")
    assert a != b


def test_absl_spellings():
    assert rewritten(["--max_seq_length", "64", "-x"]) == ["--sequence-length", "64", "-x"]
    assert rewritten(["--do_lower_case", "True", "y"]) == ["--do_lower_case=true", "y"]
    assert rewritten(["--sp_model_file=a=b"]) == ["--vocabulary=a=b"]
    assert as_bool("x", "1")
    assert not as_bool("x", "F")
