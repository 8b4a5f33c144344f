"""GLUE's files: the real ones where they lie beside the checkout, and small ones of our own."""

from __future__ import annotations

import json
import logging
import shutil

import numpy as np
import pytest

from albert_zoo.errors import DataError
from albert_zoo.glue import TASKS, read_split, splits

ROWS = {
    "cola": {"train": 8551, "dev": 1043, "test": 1063},
    "sst2": {"train": 67349, "dev": 872, "test": 1821},
    "mrpc": {"train": 3668, "dev": 408, "test": 1725},
    "stsb": {"train": 5749, "dev": 1500, "test": 1379},
    "rte": {"train": 2490, "dev": 277, "test": 3000},
    "mnli": {"dev_matched": 9815},
}
GOOGLE_NAMES = {"sst2": "sst-2", "stsb": "sts-b"}

HEADERS = {
    "sst2": "sentence\tlabel\n",
    "mrpc": "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n",
    "rte": "index\tsentence1\tsentence2\tlabel\n",
}
STSB_ROW = "0\tg\tf\t2012\t1\tnone\tnone\tone\ttwo\t{}\n"
STSB_HEADER = "\t".join(TASKS["stsb"].columns["dev"]) + "\n"


def write(tmp_path, content, name="dev.tsv"):
    (tmp_path / name).write_bytes(content.encode("utf-8"))
    return tmp_path


# === The real files ===


@pytest.mark.parametrize("name", ROWS)
def test_row_counts_of_the_real_files(shared, name):
    data = shared / "data" / "glue"
    task = TASKS[name]
    assert splits(name, data) == tuple(ROWS[name])
    for split, rows in ROWS[name].items():
        examples = read_split(name, data, split)
        assert len(examples) == rows == len(set(examples.ids))
        assert (examples.text_pairs is None) == (task.text_pair is None)
        if split == "train":
            assert rows == task.train_rows
        if split == "test":
            assert examples.labels is None
        elif task.is_regression:
            assert examples.labels.dtype == np.float32
            assert 0 <= examples.labels.min() < examples.labels.max() == 5
        else:
            assert set(examples.labels.tolist()) == set(range(task.num_classes))


def test_known_rows_of_the_real_files(shared):
    data = shared / "data" / "glue"
    dev = read_split("mrpc", data / "MRPC", "dev")
    assert dev.text_pairs[0].startswith('" The foodservice pie business does not fit')
    assert dev.labels[:2].tolist() == [1, 0]
    cola = read_split("cola", data / "CoLA" / "dev.tsv", "dev")
    assert cola.texts[0] == "The sailors rode the breeze clear of the rocks."
    assert not cola.texts[-1].endswith("\n")
    assert read_split("stsb", data, "dev").labels[:2].tolist() == [5.0, 4.75]
    assert (
        read_split("sst2", data, "train").texts[0] == "hide new secretions from the parental units "
    )
    mnli = read_split("mnli", data, "dev")
    assert mnli.texts[0] == "The new rights are nice enough"
    assert [TASKS["mnli"].labels[label] for label in mnli.labels[:2]] == [
        "neutral",
        "contradiction",
    ]


def test_another_file_of_the_folder_can_be_named(shared):
    data = shared / "data" / "glue"
    assert len(read_split("mnli", data, "train", file="train.sample9k.tsv")) == 8999
    assert len(read_split("mnli", data / "MNLI", "train", file="train.sample1k.tsv")) == 1000
    path = data / "MNLI" / "train.kshot.tsv"
    assert len(read_split("mnli", data, "train", file=str(path.resolve()))) == 480
    with pytest.raises(
        DataError, match=r"MNLI/train.tsv: no such file.*train.sample9k.tsv.*`--train-file`"
    ):
        read_split("mnli", data, "train")


def test_mrpc_is_cut_from_microsofts_files_as_glue_cut_it(shared, tmp_path):
    data = shared / "data" / "glue" / "MRPC"
    for name in ("msr_paraphrase_train.txt", "dev_ids.tsv"):
        shutil.copy(data / name, tmp_path)
    assert splits("mrpc", tmp_path) == ("train", "dev")
    for split in ("train", "dev"):
        cut, official = read_split("mrpc", tmp_path, split), read_split("mrpc", data, split)
        assert cut.texts == official.texts and cut.text_pairs == official.text_pairs
        assert cut.labels.tolist() == official.labels.tolist() and cut.ids == official.ids


@pytest.mark.parametrize("name", [name for name in TASKS if name != "ax"])
def test_files_with_the_exact_original_headers(shared, name):
    data = shared / "data" / "glue_tiny"
    found = splits(name, data)
    assert found == tuple(TASKS[name].split_files)
    for split in found:
        examples = read_split(name, data, split)
        assert len(examples) >= 5 and all(examples.texts)


@pytest.mark.parametrize("name", TASKS)
def test_ids_and_order_are_the_originals(shared, name):
    """google-research's guids: our ids, but that it counts the header line of some files."""
    folder = shared / "golden" / "data"
    guids = json.loads((folder / "google-research" / "guids.json").read_text())
    seen = 0
    for split in splits(name, folder / "raw"):
        google = "mismnli" if split.endswith("mismatched") else GOOGLE_NAMES.get(name, name)
        kind = split.split("_")[0].replace("dev", "eval")
        ids = read_split(name, folder / "raw", split).ids
        expected = [guid.split("-")[-1] for guid in guids[f"{google}_{kind}"]]
        first_line = 1 if name in ("mrpc", "sst2") and kind != "test" else 0
        assert ids == [str(int(guid) - first_line) for guid in expected], split
        seen += 1
    assert seen == len(TASKS[name].split_files)


@pytest.mark.parametrize("name", ["cola", "sst2", "mrpc", "stsb", "qqp", "mnli", "rte"])
@pytest.mark.parametrize("split", ["train", "dev"])
def test_labels_are_those_of_the_original_records(shared, name, split):
    folder = shared / "golden" / "data"
    kind = split.replace("dev", "eval")
    path = folder / "google-research" / f"{GOOGLE_NAMES.get(name, name)}_{kind}.json"
    records = json.loads(path.read_text())
    expected = [record["label_ids"][1][0] for record in records if record["is_real_example"][1][0]]
    labels = read_split(name, folder / "raw", split).labels
    np.testing.assert_allclose(labels, expected, rtol=1e-6)


# === Quirks and faults, in files of our own ===


def test_quotes_bom_and_missing_final_newline(tmp_path):
    data = write(tmp_path, "\ufeff" + HEADERS["mrpc"] + '1\t7\t8\t"a\tb" c\n0\t9\t10\t\td')
    examples = read_split("mrpc", data, "dev")
    assert examples.texts == ['"a', ""] and examples.text_pairs == ['b" c', "d"]
    assert examples.ids == ["0", "1"]


def test_columns_are_found_by_name(tmp_path):
    data = write(tmp_path, "label\tsentence2\tsentence1\nentailment\tb\ta\n")
    examples = read_split("rte", data, "dev")
    assert (examples.texts, examples.text_pairs, examples.ids) == (["a"], ["b"], ["0"])


def test_rows_that_the_original_skips_are_counted(tmp_path, caplog):
    header = "\t".join(TASKS["qqp"].columns["train"])
    write(tmp_path, f"{header}\n5\t1\t2\ta\tb\t1\n6\t1\t2\ta\n", "train.tsv")
    with caplog.at_level(logging.INFO):
        assert read_split("qqp", tmp_path, "train").ids == ["5"]
    assert "skipped 1 rows with too few columns" in caplog.text
    columns = TASKS["mnli"].columns["dev"]
    row = dict.fromkeys(columns, "x")
    rows = [{**row, "index": str(i), "gold_label": gold} for i, gold in enumerate(["-", "neutral"])]
    lines = ["\t".join(columns)] + ["\t".join(row.values()) for row in rows]
    write(tmp_path, "\n".join(lines) + "\n", "dev_matched.tsv")
    with caplog.at_level(logging.INFO):
        examples = read_split("mnli", tmp_path, "matched")
    assert examples.ids == ["1"] and examples.labels.tolist() == [2]
    assert "skipped 1 rows labelled -" in caplog.text


def test_ax_is_found_under_both_of_its_names(tmp_path):
    content = "index\tsentence1\tsentence2\n0\ta\tb\n"
    (tmp_path / "diagnostic").mkdir()
    write(tmp_path / "diagnostic", content, "diagnostic.tsv")
    assert read_split("ax", tmp_path, "test").texts == ["a"]
    (tmp_path / "AX").mkdir()
    write(tmp_path / "AX", content.replace("a", "c"), "AX.tsv")
    assert read_split("ax", tmp_path, "test").texts == ["c"]
    assert splits("ax", tmp_path) == ("test",)
    assert splits("mrpc", tmp_path) == ()


@pytest.mark.parametrize("score", ["5", "5.000", "0.0", "2.5e0"])
def test_legal_scores(tmp_path, score):
    data = write(tmp_path, STSB_HEADER + STSB_ROW.format(score))
    assert read_split("stsb", data, "dev").labels.tolist() == [float(score)]


@pytest.mark.parametrize(
    "name, content, message",
    [
        ("stsb", STSB_HEADER + STSB_ROW.format("5.1"), r"dev.tsv:2: .*\[0, 5\], found '5.1'"),
        ("stsb", STSB_HEADER + STSB_ROW.format("nan"), "dev.tsv:2: the score must be finite"),
        ("stsb", STSB_HEADER + STSB_ROW.format("n/a"), "dev.tsv:2: the score must be a number"),
        ("rte", HEADERS["rte"] + "0\ta\tb\t1\n", "dev.tsv:2: unknown label '1'.*not_entailment"),
        ("rte", HEADERS["rte"] + "0\ta\tb\n", "dev.tsv:2: expected 4 columns .*, found 3"),
        ("mrpc", HEADERS["sst2"] + "a\t1\n", "dev.tsv:1: not a dev file of MRPC.* SST-2 train"),
        ("sst2", "a fine film\t1\n", "dev.tsv:1: not a dev file of SST-2.*Found: a fine film, 1"),
        ("rte", "index\tsentence1\tsentence2\n0\ta\tb\n", "dev.tsv:1: .*RTE test"),
        ("cola", HEADERS["sst2"] + "a\t1\n", r"dev.tsv:1: expected 4 columns \(source, label"),
        ("cola", "gj04\t2\t\ta\n", "dev.tsv:1: unknown label '2'"),
        ("wnli", HEADERS["rte"] + "0\ta\tb\tentailment\n", "dev.tsv:2: .*Known labels: 0, 1"),
        ("cola", "", "dev.tsv: the file is empty"),
        ("sst2", HEADERS["sst2"], "dev.tsv: no row of data"),
        ("sst2", HEADERS["sst2"] + "a\t1\n\nb\t1\n", "dev.tsv:3: the line is empty"),
    ],
)
def test_faults_are_named_with_file_and_line(tmp_path, name, content, message):
    with pytest.raises(DataError, match=message) as error:
        read_split(name, write(tmp_path, content), "dev")
    assert "\n" not in str(error.value) and str(tmp_path) in str(error.value)


def test_missing_files(tmp_path):
    with pytest.raises(DataError, match="nowhere: no such file or folder. The folder"):
        read_split("rte", tmp_path / "nowhere", "dev")
    write(tmp_path, HEADERS["rte"], "other.tsv")
    with pytest.raises(DataError, match="dev.tsv: no such file, and .* RTE needs it.*other.tsv"):
        read_split("rte", tmp_path, "dev")
    with pytest.raises(DataError, match="else.tsv: no such file"):
        read_split("rte", tmp_path, "dev", file="else.tsv")
    with pytest.raises(ValueError, match="`file` must be None"):
        read_split("rte", tmp_path / "other.tsv", "dev", file="else.tsv")
    write(tmp_path, HEADERS["mrpc"] + "1\t7\t8\ta\tb\n", "msr_paraphrase_train.txt")
    with pytest.raises(DataError, match="mrpc_dev_ids.tsv: no such file, and cutting MRPC"):
        read_split("mrpc", tmp_path, "dev")
    write(tmp_path, "1\t2\n", "mrpc_dev_ids.tsv")
    with pytest.raises(DataError, match="msr_paraphrase_train.txt: no row is left"):
        read_split("mrpc", tmp_path, "dev")
