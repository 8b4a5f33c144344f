"""GlueTask: what one GLUE task looks like on disk, and how it is scored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Mapping, Optional, Tuple

from albert_zoo.errors import did_you_mean


@dataclass(frozen=True, eq=False)
class GlueTask:
    """One GLUE task: where its files lie, what is in their columns, and how it is scored.

    The label order is that of google-research/albert classifier_utils.py, so that class ids
    agree with the original's.

    Args:
        name: str, the short name: `"mrpc"`.
        title: str, the name as GLUE writes it: `"MRPC"`.
        folder: str, the folder in which GLUE ships the files.
        columns: Names of all columns, in file order, of the `"train"`, `"dev"` and `"test"`
            files. Where the file has no header the names are ours.
        text: str, the column of the first text, in every file.
        text_pair: str, the column of the second text, or None for single texts.
        label: str, the column of the label. Test files have none.
        labels: The label values in the order of their class ids; empty for regression.
        metrics: Names of the metrics that GLUE reports.
        main_metric: str, the one by which google-research/albert picks its best checkpoint.
        submission_files: Test set name to the file name that GLUE's site asks for.
        train_rows: int, rows of the official train file; 0 where there is none.
        source: str, the paper or site that the data comes from.
        id: str, the column that numbers the rows, in those files that have it.
        has_header: Whether the train, dev and test files begin with the names of the columns.
        train_file: str, or None for a task without training data.
        dev_files: Dev set name to file name.
        test_files: Test set name to file name.
        other_folders: Further folder names under which the files are found.
        other_files: File name to a further name under which that file is found.
        score_range: Lowest and highest legal score; None for classification.
        skipped_labels: Label values of rows that the reader leaves out.
        skip_short_rows: bool. Whether the reader leaves out rows with too few columns.

    Example:

    >>> from albert_zoo.glue.tasks import get_task
    >>> task = get_task("SST-2")
    >>> task.name, task.num_classes, task.labels, task.text
    ('sst2', 2, ('0', '1'), 'sentence')
    >>> get_task("mnli").split_files["dev_mismatched"]
    'dev_mismatched.tsv'
    """

    name: str
    title: str
    folder: str
    columns: Mapping[str, Tuple[str, ...]]
    text: str
    text_pair: Optional[str]
    label: str
    labels: Tuple[str, ...]
    metrics: Tuple[str, ...]
    main_metric: str
    submission_files: Mapping[str, str]
    train_rows: int
    source: str
    id: str = "index"
    has_header: Mapping[str, bool] = field(
        default_factory=lambda: {"train": True, "dev": True, "test": True}
    )
    train_file: Optional[str] = "train.tsv"
    dev_files: Mapping[str, str] = field(default_factory=lambda: {"dev": "dev.tsv"})
    test_files: Mapping[str, str] = field(default_factory=lambda: {"test": "test.tsv"})
    other_folders: Tuple[str, ...] = ()
    other_files: Mapping[str, str] = field(default_factory=dict)
    score_range: Optional[Tuple[float, float]] = None
    skipped_labels: Tuple[str, ...] = ()
    skip_short_rows: bool = False

    @property
    def is_regression(self) -> bool:
        """Whether the label is a score rather than a class."""
        return not self.labels

    @property
    def num_classes(self) -> int:
        """Width of the model's output: the number of labels, or 1 for regression."""
        return len(self.labels) or 1

    @property
    def files(self) -> Dict[str, object]:
        """File names by kind: train as a tuple (maybe empty), dev and test by set name."""
        return {
            "train": (self.train_file,) if self.train_file else (),
            "dev": dict(self.dev_files),
            "test": dict(self.test_files),
        }

    @property
    def split_files(self) -> Dict[str, str]:
        """Split name to file name: `train`, `dev`, `test`; MNLI has `dev_matched` and so on."""
        files = {"train": self.train_file} if self.train_file else {}
        for kind, by_set in (("dev", self.dev_files), ("test", self.test_files)):
            files.update(
                {name if name == kind else f"{kind}_{name}": file for name, file in by_set.items()}
            )
        return files

    def split_name(self, split: str) -> str:
        """Resolves a split's short forms: for MNLI `dev` and `matched` are `dev_matched`.

        Raises:
            ValueError: the task has no such split.
        """
        known = self.split_files
        for candidate in (split, f"dev_{split}", f"{split}_matched"):
            if candidate in known:
                return candidate
        raise ValueError(
            f"`split` must be one of {', '.join(known)} for {self.title}. Received: {split!r}."
            f"{did_you_mean(split, known)}"
        )
