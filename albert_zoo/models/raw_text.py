"""RawTextMethods: `fit`, `evaluate` and `predict` that also take strings."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, Optional

import numpy as np

from albert_zoo.data import EncodedExamples
from albert_zoo.data.batch_parts import split_batches
from albert_zoo.keras_api import build_metrics, keras
from albert_zoo.models.fast_prediction import outputs_of_rows
from albert_zoo.models.pretrained import PretrainedModel
from albert_zoo.models.whole_batches import batch_parts_of, for_whole_batches
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer, split_columns

VOCABULARY_ASSET = "vocabulary.spm"


def _is_text(x: Any) -> bool:
    """Says whether `x` is a string, or a list, tuple or array that begins with one."""
    while isinstance(x, (list, tuple)) and len(x):
        x = x[0]
    if isinstance(x, np.ndarray):
        return x.size > 0 and isinstance(x.flat[0], (str, bytes))
    return isinstance(x, (str, bytes))


def is_dataset(x: Any) -> bool:
    """Says whether `x` is a `tf.data.Dataset`."""
    return hasattr(x, "element_spec") and hasattr(x, "map")


class RawTextMethods(PretrainedModel):
    """A model whose `preprocessor` attribute, if it has one, turns raw text into its inputs.

    The strings of a list are encoded at once and padded to the longest of them. A dataset of
    batches of strings is mapped, in the graph.
    """

    preprocessor: Optional[AlbertPreprocessor] = None

    def encode_text(self, x: Any) -> Any:
        """Returns the model's inputs for raw text, and anything else as it is.

        Args:
            x: str, list of str, list of 2-tuples of str, a tuple of two lists of str, a
                `tf.data.Dataset` of batches of these, or anything that is not text.

        Returns:
            dict of int32 arrays `(batch_size, length of the longest row)`, the mapped dataset,
            or `x`.

        Raises:
            ValueError: `x` is text and no preprocessor is attached.
        """
        if is_dataset(x):
            return self._encode_dataset(x)
        if not _is_text(x):
            return x
        return self._require_preprocessor().encode_batch(x)

    def _require_preprocessor(self) -> AlbertPreprocessor:
        if self.preprocessor is None:
            raise ValueError(
                "Raw text needs a preprocessor. Received: text, and `preprocessor=None`. "
                "Attach an `AlbertPreprocessor`, or pass a dict of id arrays."
            )
        return self.preprocessor

    def _encode_dataset(self, dataset: Any) -> Any:
        spec = dataset.element_spec
        has_labels = isinstance(spec, tuple) and len(spec) in (2, 3)
        features = spec[0] if has_labels else spec
        parts = features if isinstance(features, tuple) else (features,)
        if not all(getattr(part, "dtype", None) == "string" for part in parts):
            return dataset
        preprocessor = self._require_preprocessor()
        if not has_labels:
            return dataset.map(preprocessor)
        return dataset.map(lambda x, *rest: (preprocessor(x), *rest))

    def fit(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        validation = kwargs.get("validation_data")
        if isinstance(validation, tuple):
            rest = tuple(np.asarray(part) for part in validation[1:])
            kwargs["validation_data"] = (self.encode_text(validation[0]), *rest)
        elif validation is not None:
            kwargs["validation_data"] = self.encode_text(validation)
        x, y = self.encode_text(x), _as_array(y)
        parts = batch_parts_of(getattr(self, "optimizer", None))
        if parts > 1:
            x = split_batches(x, parts)
            kwargs["callbacks"] = for_whole_batches(kwargs.get("callbacks"), parts)
            if kwargs.get("steps_per_epoch") is not None:
                kwargs["steps_per_epoch"] *= parts
        build_metrics(self, x.element_spec[1] if is_dataset(x) else y)
        return super().fit(x, y, *args, **kwargs)

    def evaluate(self, x: Any = None, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        return super().evaluate(self.encode_text(x), _as_array(y), *args, **kwargs)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> Any:
        if not args and kwargs.keys() <= {"batch_size", "verbose"} and _is_text(x):
            texts, pairs = split_columns(x)
            preprocessor = self._require_preprocessor()
            encoded = EncodedExamples(
                preprocessor.pack(texts, pairs), None, preprocessor.tokenizer.pad_id
            )
            return outputs_of_rows(self, encoded, kwargs.get("batch_size") or 64)
        return super().predict(self.encode_text(x), *args, **kwargs)

    @classmethod
    def from_config(cls, config: Dict[str, Any], custom_objects: Any = None) -> Any:
        config = dict(config)
        config["backbone"] = keras.saving.deserialize_keras_object(config["backbone"])
        if config.get("preprocessor") is not None:
            settings = dict(config["preprocessor"])
            tokenizer = AlbertTokenizer(None, **settings.pop("tokenizer"))
            config["preprocessor"] = AlbertPreprocessor(tokenizer, **settings)
        return super().from_config(config, custom_objects)

    def _preprocessor_config(self) -> Optional[Dict[str, Any]]:
        if self.preprocessor is None:
            return None
        tokenizer = self.preprocessor.tokenizer.get_config()
        return {**self.preprocessor.get_config(), "tokenizer": tokenizer}

    # The vocabulary travels in a `.keras` file as an asset.
    def save_assets(self, folder: str) -> None:
        if self.preprocessor is not None:
            proto = self.preprocessor.tokenizer.model_proto or b""
            Path(folder, VOCABULARY_ASSET).write_bytes(proto)

    def load_assets(self, folder: str) -> None:
        if self.preprocessor is not None:
            proto = Path(folder, VOCABULARY_ASSET).read_bytes()
            self.preprocessor.tokenizer.set_vocabulary(proto)


def _as_array(y: Any) -> Any:
    return np.asarray(y) if isinstance(y, (list, tuple)) else y
