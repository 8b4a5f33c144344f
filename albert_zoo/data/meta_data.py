"""The meta data that stand beside TFRecord files, in the layout of the Model Garden."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, Dict, Optional, Union

from albert_zoo.atomic import new_file
from albert_zoo.errors import DataError

PathLike = Union[str, os.PathLike]


def write_meta_data(
    path: PathLike,
    processor_type: str,
    sequence_length: int,
    train_data_size: int,
    eval_data_size: int,
    test_data_size: Optional[int] = None,
    num_labels: Optional[int] = None,
    has_sample_weights: bool = False,
) -> Dict[str, Any]:
    """Writes the JSON file that stands beside the records, as Model Garden does.

    Re-implements `generate_tf_record_from_data_file` of classifier_data_lib.py.

    Args:
        path: str or path, `"MRPC_meta_data"` for instance.
        processor_type: str. The task's name in capitals.
        sequence_length: int. Tokens a row.
        train_data_size, eval_data_size, test_data_size: int. Rows of each split.
        num_labels: int, number of classes. None means regression.
        has_sample_weights: bool. Whether the rows carry weights.

    Returns:
        dict. What was written, in its order.

    Example:

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "COLA_meta_data")
    >>> _ = write_meta_data(path, "COLA", 64, train_data_size=8, eval_data_size=4, num_labels=2)
    >>> read_meta_data(path)["task_type"]
    'bert_classification'
    """
    meta: Dict[str, Any] = {
        "processor_type": processor_type,
        "train_data_size": train_data_size,
        "max_seq_length": sequence_length,
    }
    if test_data_size is not None:
        meta["test_data_size"] = test_data_size
    if num_labels is None:
        meta.update(task_type="bert_regression", label_type="float")
    else:
        meta.update(task_type="bert_classification", num_labels=num_labels)
    if has_sample_weights:
        meta["has_sample_weights"] = True
    meta["eval_data_size"] = eval_data_size
    with new_file(path) as unfinished:
        unfinished.write_text(json.dumps(meta, indent=4) + "\n", encoding="utf-8")
    return meta


def read_meta_data(path: PathLike) -> Dict[str, Any]:
    """Reads a meta-data file.

    Args:
        path: str or path.

    Returns:
        dict. The file's content, in its order.

    Raises:
        DataError: the file is missing, or is not a JSON object.
    """
    try:
        meta = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError("no such file. Write it with `write_meta_data`.", path=path) from None
    except (ValueError, RecursionError) as error:  # of JSON, or of UTF-8
        raise DataError(f"not a JSON file ({error}).", path=path) from None
    if not isinstance(meta, dict):
        raise DataError(f"must hold a JSON object. Received: {type(meta).__name__}.", path=path)
    return meta
