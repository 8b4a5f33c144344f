"""The records of a GLUE task: which files, and what goes into them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, Optional

from albert_zoo.errors import OutputExistsError
from albert_zoo.glue import GlueTask, read_split, splits

_GOOGLE_NAMES = {"sst2": "sst-2", "stsb": "sts-b"}


@dataclass(frozen=True)
class RecordFiles:
    """Where the records of each split and the meta data go; `None` for what is not wanted."""

    train: Optional[Path] = None
    eval: Optional[Path] = None
    test: Optional[Path] = None
    meta_data: Optional[Path] = None

    @property
    def is_empty(self) -> bool:
        """Whether no file is wanted."""
        return not any(vars(self).values())

    @classmethod
    def in_folder(cls, folder: Path, task: GlueTask, layout: str, mnli_type: str) -> RecordFiles:
        """Names the files as the original scripts name them.

        Example:

        >>> from albert_zoo.glue import get_task
        >>> str(RecordFiles.in_folder(Path("x"), get_task("stsb"), "google", "matched").train)
        'x/sts-b_train.tf_record'
        """
        name = task.title.upper()
        if layout == "google":
            name = _GOOGLE_NAMES.get(task.name, task.name)
            if task.name == "mnli" and mnli_type == "mismatched":
                name = "mismnli"
        train, evaluation, test = (
            folder / f"{name}_{kind}.tf_record" for kind in ("train", "eval", "test")
        )
        return cls(train, evaluation, test, folder / f"{name}_meta_data")

    def check_new(self, overwrite: bool) -> None:
        """Refuses to replace files, unless told to."""
        there = [path for path in vars(self).values() if path is not None and path.exists()]
        if there and not overwrite:
            raise OutputExistsError(
                f"{there[0]} exists. Choose another `output`, or pass `overwrite=True`."
            )


def check_reference_flags(task_type: str, tokenization: str, vocab_file: Optional[Path]) -> None:
    """Refuses what the original script can do and ALBERT's GLUE tasks do not need."""
    if task_type != "classification":
        raise ValueError(
            "`fine_tuning_task_type` must be classification (regression is known from the task). "
            f"Received: {task_type!r}."
        )
    if tokenization.lower() != "sentencepiece":
        raise ValueError(
            f"`tokenization` must be SentencePiece, which ALBERT uses. Received: {tokenization!r}."
        )
    if vocab_file is not None:
        raise ValueError(
            "`vocab_file` is for BERT's WordPiece vocabularies. ALBERT uses SentencePiece: name "
            "its model in --sp_model_file (or --vocabulary)."
        )


def write_task_records(
    task: GlueTask,
    data: Path,
    files: RecordFiles,
    vocabulary: Path,
    lowercase: bool,
    sequence_length: int,
    layout: str,
    mnli_type: str,
    skip_missing: bool,
) -> Dict[Path, str]:
    """Writes the records of the splits that are wanted, and the meta data.

    Args:
        task: `GlueTask`.
        data: path of its folder.
        files: `RecordFiles`.
        vocabulary: path of a SentencePiece model.
        lowercase: bool. Whether texts are lower-cased.
        sequence_length: int. Tokens each row is padded to.
        layout: `"google"` or `"garden"`.
        mnli_type: `"matched"` or `"mismatched"`.
        skip_missing: bool. Whether a test file may be missing.

    Returns:
        dict of path to what was written there, in words.
    """
    from albert_zoo.data import EncodedExamples, write_meta_data, write_records
    from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer

    if task.train_file is None:
        raise ValueError(
            f"`task` must have training data. Received: {task.title}, a test set for models "
            "trained on MNLI."
        )
    tokenizer = AlbertTokenizer(vocabulary, lowercase=lowercase)
    preprocessor = AlbertPreprocessor(tokenizer, sequence_length)
    suffix = f"_{mnli_type}" if task.name == "mnli" else ""
    sizes: Dict[str, int] = {}
    written: Dict[Path, str] = {}
    for kind, split in (("train", "train"), ("eval", f"dev{suffix}"), ("test", f"test{suffix}")):
        path: Any = getattr(files, kind)
        optional = skip_missing and kind == "test" and split not in splits(task, data)
        if optional or (path is None and (kind == "test" or files.meta_data is None)):
            continue
        examples = read_split(task, data, split)
        sizes[kind] = len(examples)
        if path is None:
            continue  # only counted, for the meta data
        encoded = EncodedExamples.from_examples(examples, preprocessor)
        write_records(path, encoded, sequence_length, task.is_regression, layout, tokenizer.pad_id)
        cut = f", {encoded.num_truncated:,} cut" if encoded.num_truncated else ""
        written[path] = f"{len(encoded):,} rows of {sequence_length} tokens{cut}"
    if files.meta_data is not None:
        write_meta_data(
            files.meta_data,
            task.title.upper(),
            sequence_length,
            train_data_size=sizes["train"],
            eval_data_size=sizes["eval"],
            test_data_size=sizes.get("test"),
            num_labels=None if task.is_regression else len(task.labels),
        )
        written[files.meta_data] = "sizes, task type and labels"
    return written
