"""OnnxClassifier: texts to logits with ONNX Runtime, without Keras."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, List, Optional, Union

import numpy as np

from albert_zoo.data import EncodedExamples
from albert_zoo.data.batching import batches_by_tokens
from albert_zoo.errors import DataError, require_extra
from albert_zoo.export.onnx_folder import MODEL, SETTINGS, VOCABULARY
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer, split_columns

_MOST_TOKENS = 1024  # in a batch


class OnnxClassifier:
    """Applies what `export_onnx` wrote. It needs ONNX Runtime and starts in a moment.

    Args:
        folder: path of the folder.
        threads: int. Processors to use; `None` for all.

    Attributes:
        labels: list of str, the names of the classes; None for regression, or if not known.

    Raises:
        DataError: the folder is not such an export.
        ImportError: `onnxruntime` is not installed.

    Example:

    ```python
    classifier = OnnxClassifier("mrpc_onnx")
    logits = classifier.predict([("A man eats.", "Someone eats.")])  # (1, 2)
    print(classifier.labels[logits[0].argmax()])
    ```
    """

    def __init__(self, folder: Union[str, os.PathLike], threads: Optional[int] = None):
        folder = Path(folder)
        if not (folder / SETTINGS).is_file() or not (folder / MODEL).is_file():
            raise DataError(
                f"not an export: it lacks {SETTINGS} or {MODEL}. Make one with "
                "`albert-zoo export PRESET FOLDER --to onnx`.",
                path=folder,
            )
        runtime = require_extra("onnxruntime", "export")
        settings = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
        self.labels: Optional[List[str]] = settings["labels"]
        self.preprocessor: Optional[AlbertPreprocessor] = None
        if (folder / VOCABULARY).is_file():
            tokenizer = AlbertTokenizer(folder / VOCABULARY, lowercase=settings["lowercase"])
            self.preprocessor = AlbertPreprocessor(tokenizer, settings["sequence_length"])
        options: Any = runtime.SessionOptions()
        if threads is not None:
            options.intra_op_num_threads = threads
        self._session: Any = runtime.InferenceSession(
            str(folder / MODEL), options, providers=["CPUExecutionProvider"]
        )

    def predict(self, x: Any) -> np.ndarray:
        """Computes logits.

        Args:
            x: str, list of str, list of pairs of str, a tuple of two lists, or a dict of the int
                arrays `token_ids`, `segment_ids` and `padding_mask`.

        Returns:
            float32 array `(num_rows, num_classes)`, in the order of the rows; scores for
            regression.

        Raises:
            ValueError: `x` is text and the export has no vocabulary.
        """
        if isinstance(x, dict):
            return self._run({name: np.asarray(ids, "int32") for name, ids in x.items()})
        if self.preprocessor is None:
            raise ValueError(
                "Texts need a vocabulary. Received: text, and an export without one. "
                "Pass a dict of id arrays."
            )
        packed = self.preprocessor.pack(*split_columns(x))
        encoded = EncodedExamples(packed, None, self.preprocessor.tokenizer.pad_id)
        batches = batches_by_tokens(encoded.lengths, _MOST_TOKENS)
        found = [self._run(encoded.batch(rows)) for rows in batches]
        if not found:
            raise ValueError("`x` must hold texts. Received: none.")
        outputs = np.empty((len(encoded), found[0].shape[1]), "float32")
        outputs[np.concatenate(batches)] = np.concatenate(found)
        return outputs

    def _run(self, inputs: Any) -> np.ndarray:
        return self._session.run(["logits"], inputs)[0]
