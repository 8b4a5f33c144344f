"""`validate`: facts of every set, problems with file and line, exit code."""

from __future__ import annotations

import json

import pytest

from albert_zoo.data import DataFacts, check_encoding, check_examples, shared_rows
from albert_zoo.tables import Examples

OWN = ("--text", "text", "--label", "label")


@pytest.fixture
def table(tmp_path):
    def write(content, name="train.csv"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return path

    return write


def test_a_glue_folder(run, samples, untrained, tmp_path):
    report = tmp_path / "report.json"
    folder = samples / "MRPC"
    stdout = run(
        "validate", folder, "--task", "mrpc", "--preset", untrained, "--json", report
    ).stdout
    assert "usable: 0 errors" in stdout
    assert "tokens, longest" in stdout
    found = json.loads(report.read_text())
    assert list(found["sets"]) == ["train", "dev", "test"]
    facts = found["sets"]["train"]["facts"]
    assert found["sets"]["train"]["rows"] == sum(facts["classes"].values()) == 48
    assert found["sets"]["dev"]["facts"]["shared_with_train"] == 0


def test_real_files(run, shared, tmp_path):
    report = tmp_path / "report.json"
    run("validate", shared / "data/glue/STS-B", "--task", "stsb", "--json", report)
    found = json.loads(report.read_text())
    assert found["errors"] == 0
    assert found["sets"]["dev"]["facts"]["shared_with_train"] == 6
    assert found["sets"]["dev"]["facts"]["scores"]["highest"] == 5


def test_several_faults_of_one_file_are_listed(run, samples, tmp_path):
    path = tmp_path / "train.tsv"
    rows = ["Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"]
    rows += ["1\t1\t2\ta\tb", "3\t3\t4\tc\td", "0\t5\t6\te\tf", "no\t7\t8\tg\th"]
    path.write_text("\n".join(rows))
    result = run("validate", tmp_path, "--task", "mrpc", code=2)
    assert f"error: {path}:3: unknown label '3'" in result.stdout
    assert f"error: {path}:5: unknown label 'no'" in result.stdout
    assert "warning: " in result.stdout  # no development set
    assert "not usable: 2 errors, 1 warning. Mend the errors before you train." in result.stdout
    assert result.stderr == ""


def test_what_is_odd(run, table):
    train = table('text,label\na,1\nb,0\na,0\n" ",0\n')
    dev = table("text,label\nc,0\nb,1\n", "dev.csv")
    stdout = run("validate", train, *OWN, "--dev", dev).stdout
    assert f"{train}:4: 1 row has the texts of an earlier one and another label" in stdout
    assert f"{train}:5: 1 row has an empty text" in stdout
    assert f"{dev}:3: 1 of 2 rows stands in the training set too" in stdout
    assert "line 3 there" in stdout
    run("validate", train, *OWN, "--dev", dev, "--strict", code=2)


def test_scores_that_are_all_the_same(run, table):
    path = table("text,label\na,1\nb,1\n")
    stdout = run("validate", path, *OWN, "--regression", code=2).stdout
    assert "all scores are 1: there is nothing to learn." in stdout


def test_texts_for_another_vocabulary(run, table, untrained):
    path = table("text,label\n" + "".join(f"中文字母,{row % 2}\n" for row in range(4)))
    stdout = run("validate", path, *OWN, "--preset", untrained).stdout
    assert "of the pieces are unknown to the vocabulary" in stdout


def test_texts_that_are_cut(run, table, untrained):
    long = "the cat sat on the mat " * 9
    path = table(f"text,label\n{long},1\n{long} too,0\n")
    options = ("--preset", untrained, "--sequence-length", "8")
    stdout = run("validate", path, *OWN, *options).stdout
    assert "2 of 2 rows (100%) are longer than 8 tokens and will be cut" in stdout


def test_records(run, samples, untrained, tmp_path):
    vocabulary = untrained / "assets/tokenizer/vocabulary.spm"
    run(
        *("prepare", "--task", "mrpc", "--data", samples / "MRPC", "--vocabulary", vocabulary),
        *("--sequence-length", "32", "--output", tmp_path / "records"),
    )
    stdout = run("validate", tmp_path / "records", "--preset", untrained).stdout
    assert "usable: 0 errors" in stdout
    assert "label 1" in stdout


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["no/such"], "no such file or folder"),
        (["{folder}"], "must name a column"),
        (["{folder}", "--task", "mrcp"], "Did you mean 'mrpc'"),
        (["{folder}", "--task", "mrpc", "--text", "a"], "`--text` goes with your own table"),
    ],
)
def test_what_cannot_be_asked(fails, tmp_path, args, words):
    assert words in fails("validate", *(arg.format(folder=tmp_path) for arg in args))


# === The checks themselves ===
def test_rare_and_missing_classes():
    examples = Examples.from_lists([str(n) for n in range(300)], labels=[0] * 299 + [1])
    messages = [one.message for one in check_examples(examples, ("a", "b", "c")).findings]
    assert "only 1 of 300 rows are labelled 'b'." in messages
    assert "no row is labelled 'c'." in messages


def test_constant_labels_are_an_error():
    examples = Examples.from_lists(["a", "b"], labels=[1, 1])
    (finding,) = check_examples(examples, ("no", "yes")).findings
    assert finding.is_error
    assert "all rows are labelled 'yes'" in finding.message


def test_pairs_are_compared_as_pairs():
    train = Examples.from_lists(["a", "a"], text_pairs=["b", "c"])
    dev = Examples.from_lists(["a", "b"], text_pairs=["c", "a"])
    assert shared_rows(train, dev) == [(0, 1)]


def test_ids_that_come_twice_and_spoilt_texts():
    examples = Examples.from_lists(["caf\ufffd", "\ufeffb"], ids=["7", "7"])
    messages = " ".join(one.message for one in check_examples(examples).findings)
    assert "the id of an earlier one" in messages
    assert "in a wrong encoding" in messages
    assert "a byte order mark" in messages


def test_few_unknown_pieces_are_no_warning():
    found = DataFacts(1)
    check_encoding(found, [2, *([7] * 98), 1, 3], [101], [False], unk_id=1)
    assert found.findings == []
    assert found.facts["unknown_pieces"] == pytest.approx(1 / 101)
