"""The GLUE tasks as a table: files, columns, labels and metrics of each."""

from __future__ import annotations

from typing import Dict, Tuple

from albert_zoo.errors import did_you_mean
from albert_zoo.glue.glue_task import GlueTask

_MNLI_LABELS = ("contradiction", "entailment", "neutral")
_ENTAILMENT_LABELS = ("entailment", "not_entailment")
_PAIR_COLUMNS = ("index", "sentence1", "sentence2")
_PARAPHRASE_COLUMNS = ("#1 ID", "#2 ID", "#1 String", "#2 String")
_STSB_COLUMNS = (
    *("index", "genre", "filename", "year", "old_index", "source1", "source2"),
    *("sentence1", "sentence2"),
)
_MNLI_COLUMNS = (
    *("index", "promptID", "pairID", "genre", "sentence1_binary_parse", "sentence2_binary_parse"),
    *("sentence1_parse", "sentence2_parse", "sentence1", "sentence2"),
)
_QQP_COLUMNS = ("id", "qid1", "qid2", "question1", "question2", "is_duplicate")
_COLA_COLUMNS = ("source", "label", "notation", "sentence")


def _same_train_and_dev(
    train: Tuple[str, ...], test: Tuple[str, ...]
) -> Dict[str, Tuple[str, ...]]:
    return {"train": train, "dev": train, "test": test}


_TASKS = (
    GlueTask(
        name="cola",
        title="CoLA",
        folder="CoLA",
        columns=_same_train_and_dev(_COLA_COLUMNS, ("index", "sentence")),
        has_header={"train": False, "dev": False, "test": True},
        text="sentence",
        text_pair=None,
        label="label",
        labels=("0", "1"),
        metrics=("matthews",),
        main_metric="matthews",
        submission_files={"test": "CoLA.tsv"},
        train_rows=8551,
        source="Warstadt et al. 2018, Neural Network Acceptability Judgments",
    ),
    GlueTask(
        name="sst2",
        title="SST-2",
        folder="SST-2",
        columns=_same_train_and_dev(("sentence", "label"), ("index", "sentence")),
        text="sentence",
        text_pair=None,
        label="label",
        labels=("0", "1"),
        metrics=("accuracy",),
        main_metric="accuracy",
        submission_files={"test": "SST-2.tsv"},
        train_rows=67349,
        source="Socher et al. 2013, the Stanford Sentiment Treebank",
    ),
    GlueTask(
        name="mrpc",
        title="MRPC",
        folder="MRPC",
        columns=_same_train_and_dev(
            ("Quality",) + _PARAPHRASE_COLUMNS, ("index",) + _PARAPHRASE_COLUMNS
        ),
        text="#1 String",
        text_pair="#2 String",
        label="Quality",
        labels=("0", "1"),
        metrics=("accuracy", "f1"),
        main_metric="accuracy",
        submission_files={"test": "MRPC.tsv"},
        train_rows=3668,
        source="Dolan and Brockett 2005, the Microsoft Research Paraphrase Corpus",
    ),
    GlueTask(
        name="stsb",
        title="STS-B",
        folder="STS-B",
        columns=_same_train_and_dev(_STSB_COLUMNS + ("score",), _STSB_COLUMNS),
        text="sentence1",
        text_pair="sentence2",
        label="score",
        labels=(),
        score_range=(0.0, 5.0),
        metrics=("pearson", "spearman"),
        main_metric="pearson",
        submission_files={"test": "STS-B.tsv"},
        train_rows=5749,
        source="Cer et al. 2017, the Semantic Textual Similarity Benchmark",
    ),
    GlueTask(
        name="qqp",
        title="QQP",
        folder="QQP",
        columns=_same_train_and_dev(_QQP_COLUMNS, ("id", "question1", "question2")),
        id="id",
        text="question1",
        text_pair="question2",
        label="is_duplicate",
        labels=("0", "1"),
        metrics=("accuracy", "f1"),
        main_metric="accuracy",
        submission_files={"test": "QQP.tsv"},
        train_rows=363846,
        source="Quora Question Pairs, 2017",
        # Rows whose questions hold a line break; the original skips them too.
        skip_short_rows=True,
    ),
    GlueTask(
        name="mnli",
        title="MNLI",
        folder="MNLI",
        columns={
            "train": _MNLI_COLUMNS + ("label1", "gold_label"),
            "dev": _MNLI_COLUMNS + ("label1", "label2", "label3", "label4", "label5", "gold_label"),
            "test": _MNLI_COLUMNS,
        },
        text="sentence1",
        text_pair="sentence2",
        label="gold_label",
        labels=_MNLI_LABELS,
        metrics=("accuracy",),
        main_metric="accuracy",
        dev_files={"matched": "dev_matched.tsv", "mismatched": "dev_mismatched.tsv"},
        test_files={"matched": "test_matched.tsv", "mismatched": "test_mismatched.tsv"},
        submission_files={"matched": "MNLI-m.tsv", "mismatched": "MNLI-mm.tsv"},
        train_rows=392702,
        source="Williams et al. 2018, the Multi-Genre Natural Language Inference Corpus",
        # MultiNLI marks rows on which its annotators did not agree; GLUE leaves them out.
        skipped_labels=("-",),
    ),
    GlueTask(
        name="qnli",
        title="QNLI",
        folder="QNLI",
        columns=_same_train_and_dev(
            ("index", "question", "sentence", "label"), ("index", "question", "sentence")
        ),
        text="question",
        text_pair="sentence",
        label="label",
        labels=_ENTAILMENT_LABELS,
        metrics=("accuracy",),
        main_metric="accuracy",
        submission_files={"test": "QNLI.tsv"},
        train_rows=104743,
        source="Rajpurkar et al. 2016, SQuAD, as sentence pairs (GLUE's second version)",
    ),
    GlueTask(
        name="rte",
        title="RTE",
        folder="RTE",
        columns=_same_train_and_dev(_PAIR_COLUMNS + ("label",), _PAIR_COLUMNS),
        text="sentence1",
        text_pair="sentence2",
        label="label",
        labels=_ENTAILMENT_LABELS,
        metrics=("accuracy",),
        main_metric="accuracy",
        submission_files={"test": "RTE.tsv"},
        train_rows=2490,
        source="Recognizing Textual Entailment challenges 1, 2, 3 and 5",
    ),
    GlueTask(
        name="wnli",
        title="WNLI",
        folder="WNLI",
        columns=_same_train_and_dev(_PAIR_COLUMNS + ("label",), _PAIR_COLUMNS),
        text="sentence1",
        text_pair="sentence2",
        label="label",
        labels=("0", "1"),
        metrics=("accuracy",),
        main_metric="accuracy",
        submission_files={"test": "WNLI.tsv"},
        train_rows=635,
        source="Levesque et al. 2012, the Winograd Schema Challenge",
    ),
    GlueTask(
        name="ax",
        title="AX",
        folder="AX",
        columns={"test": _PAIR_COLUMNS},
        has_header={"test": True},
        text="sentence1",
        text_pair="sentence2",
        label="label",
        labels=_MNLI_LABELS,
        metrics=("matthews",),
        main_metric="matthews",
        train_file=None,
        dev_files={},
        test_files={"test": "AX.tsv"},
        other_folders=("diagnostic",),
        other_files={"AX.tsv": "diagnostic.tsv"},
        submission_files={"test": "AX.tsv"},
        train_rows=0,
        source="GLUE's diagnostic set (Wang et al. 2019); predicted with a model trained on MNLI",
    ),
)

TASKS: Dict[str, GlueTask] = {task.name: task for task in _TASKS}

_ALIASES = {
    "sst": "sst2",
    "sts": "stsb",
    "mnlim": "mnli",
    "mnlimm": "mnli",
    "mnlimatched": "mnli",
    "mnlimismatched": "mnli",
    "mismnli": "mnli",
    "diagnostic": "ax",
    "diagnostics": "ax",
}


def get_task(name: str) -> GlueTask:
    """Returns a GLUE task by name; case, `-` and `_` do not matter.

    Args:
        name: str. A key of `TASKS`, GLUE's own spelling such as `"SST-2"`, or google-research's
            `"mismnli"`.

    Returns:
        `GlueTask`.

    Raises:
        ValueError: no task has this name.

    Example:

    >>> get_task("STS-B").labels, get_task("sts_b").num_classes
    ((), 1)
    """
    key = str(name).lower().replace("-", "").replace("_", "")
    key = _ALIASES.get(key, key)
    if key not in TASKS:
        raise ValueError(
            f"`name` must be a GLUE task. Received: {name!r}.{did_you_mean(name, TASKS)} "
            f"The tasks are: {', '.join(TASKS)}."
        )
    return TASKS[key]
