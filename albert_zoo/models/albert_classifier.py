"""AlbertClassifier: a backbone and a head for classification or regression."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, Dict, Optional

from albert_zoo.checkpoints import LazyArrays
from albert_zoo.keras_api import keras, register_keras_serializable, require_keras_3
from albert_zoo.layers.argument_checks import check_positive, check_rate
from albert_zoo.layers.initial_weights import NormalInitializer
from albert_zoo.models.albert_backbone import AlbertBackbone
from albert_zoo.models.pretrained import (
    preprocessor_of,
    preset_of,
    to_numpy,
    weights_to_be_set,
)
from albert_zoo.models.raw_text import RawTextMethods
from albert_zoo.zoo import PresetFolder, find_preset, read_preset, write_preset

logger = logging.getLogger(__name__)


@register_keras_serializable("albert_zoo")
class AlbertClassifier(RawTextMethods):
    """ALBERT with a dense layer over the pooled output.

    An ordinary functional `keras.Model`: `compile`, `fit`, `evaluate`, `predict`, `save` work as
    everywhere in Keras, on dicts of id arrays, on a `tf.data.Dataset`, and, where a preprocessor is
    attached, on raw strings and pairs of strings. Re-implements google-research/albert
    classifier_utils.py, `create_model`.

    Args:
        backbone: `AlbertBackbone`.
        num_classes: int, above 0. Width of the output; 1 for regression.
        dropout: float in [0, 1). Dropped from the pooled output in training. The original always
            uses 0.1 here.
        preprocessor: `AlbertPreprocessor` that turns raw strings into the backbone's inputs, or
            `None`.
        **kwargs: `name`, `trainable`, `dtype` of `keras.Model`.

    Call arguments:
        inputs: dict of int tensors `(batch_size, sequence_length)`: `token_ids`, `segment_ids`
            and `padding_mask` (1 at real tokens, 0 at padding).

    Output shape:
        float32 tensor `(batch_size, num_classes)`: logits, or the score for regression.

    Raises:
        ValueError: an argument is out of range, or the preprocessor's `sequence_length` or
            vocabulary is larger than the backbone's.

    Example:

    >>> import numpy as np
    >>> backbone = AlbertBackbone(
    ...     vocabulary_size=50, num_layers=2, num_heads=2, embedding_dim=8, hidden_dim=16,
    ...     intermediate_dim=32, max_sequence_length=32)
    >>> classifier = AlbertClassifier(backbone, num_classes=3)
    >>> ids = np.ones((2, 7), "int32")
    >>> inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids}
    >>> classifier.predict(inputs, verbose=0).shape
    (2, 3)
    """

    def __init__(
        self,
        backbone: AlbertBackbone,
        num_classes: int,
        dropout: float = 0.1,
        preprocessor: Any = None,
        **kwargs: Any,
    ):
        check_positive(num_classes=num_classes)
        check_rate(dropout=dropout)
        dtype = kwargs.pop("dtype", None) or backbone.dtype_policy

        # === Layers ===
        dropout_layer = keras.layers.Dropout(dropout, dtype=dtype, name="head_dropout")
        head = keras.layers.Dense(
            num_classes,
            kernel_initializer=NormalInitializer(stddev=backbone.initializer_range),
            dtype="float32",  # logits stay float32 under mixed precision
            name="head",
        )

        # === Functional Model ===
        inputs = backbone.input
        pooled_output = backbone(inputs, pooled_only=True)["pooled_output"]
        outputs = head(dropout_layer(pooled_output))
        super().__init__(inputs=inputs, outputs=outputs, dtype=dtype, **kwargs)

        # === Config ===
        self.backbone = backbone
        self.head = head
        self.num_classes = num_classes
        self.dropout = dropout
        self.preprocessor = preprocessor
        if preprocessor is not None:
            self._check_preprocessor(preprocessor)

    def _check_preprocessor(self, preprocessor: Any) -> None:
        longest, pieces = self.backbone.max_sequence_length, self.backbone.vocabulary_size
        if preprocessor.sequence_length > longest:
            raise ValueError(
                "`sequence_length` of the preprocessor must be at most the backbone's "
                f"`max_sequence_length`. Received: {preprocessor.sequence_length} and {longest}. "
                "Lower the preprocessor's."
            )
        tokenizer = preprocessor.tokenizer
        if tokenizer.model_proto is not None and tokenizer.vocabulary_size > pieces:
            raise ValueError(
                "The tokenizer's vocabulary must fit the backbone's `vocabulary_size`. "
                f"Received: {tokenizer.vocabulary_size} pieces and {pieces}. "
                "Give the vocabulary that the backbone was trained with."
            )

    @classmethod
    def from_preset(
        cls,
        preset: Any,
        num_classes: Optional[int] = None,
        preprocessor: Any = "auto",
        dropout: Optional[float] = None,
        load_weights: bool = True,
        dtype: Any = None,
        sequence_length: Optional[int] = None,
        **backbone_arguments: Any,
    ) -> AlbertClassifier:
        """Builds a classifier from a preset, whatever its format, fetched if need be.

        Args:
            preset: str or path. A name that `albert-zoo presets` lists; a folder or archive of any
                format; or an address: `https://` of an archive, `hf://owner/name`, `kaggle://...`.
            num_classes: int, or `None` for what the preset was fine-tuned to. Another number than
                the preset's gets a new random head.
            preprocessor: `"auto"` for the preset's own, an `AlbertPreprocessor`, or `None`.
            dropout: float in [0, 1), of the head. `None` for the preset's, 0.1 if it has none.
            load_weights: bool. False gives random weights.
            dtype: dtype policy of the model, such as `"mixed_bfloat16"`.
            sequence_length: int. Tokens a row that the preprocessor makes at the most.
            **backbone_arguments: override the backbone's arguments, such as `attention_dropout`.

        Returns:
            `AlbertClassifier`.

        Raises:
            PresetNotFoundError: no such preset, or its weights are not here.
            ConversionError: the weights do not fit the configuration.
            ValueError: `num_classes` is missing and the preset has no head.
        """
        folder = find_preset(preset, need_weights=load_weights)
        stored = read_preset(folder)
        head = stored.task_config or {}
        if num_classes is None:
            num_classes = head.get("num_classes")
        if num_classes is None:
            raise ValueError(
                "`num_classes` must be given for a preset without a head. "
                f"Received: preset={os.fspath(preset)!r}. Pass 2, say, or 1 for regression."
            )
        if dropout is None:
            dropout = head.get("dropout", 0.1)
        if isinstance(preprocessor, str):
            pieces = backbone_arguments.get("vocabulary_size")
            preprocessor = preprocessor_of(stored, sequence_length, pieces)
        arguments = {"name": "backbone", **stored.backbone_config, **backbone_arguments}
        arrays = stored.backbone_arrays if load_weights else None
        with weights_to_be_set(arrays):
            backbone = AlbertBackbone(**arguments, dtype=dtype)
        classifier = cls(backbone, num_classes, dropout=dropout, preprocessor=preprocessor)
        if arrays is None:
            return classifier
        if stored.task_arrays is not None and head.get("num_classes") == num_classes:
            arrays = LazyArrays.of(arrays, stored.task_arrays)
            classifier.set_named_arrays(arrays, source=str(folder))
            return classifier
        backbone.set_named_arrays(arrays, source=str(folder))
        if stored.task_arrays is not None:
            logger.warning(
                "%s has a head for %s classes; %s were asked for, so the head is random.",
                folder,
                head.get("num_classes"),
                num_classes,
            )
        return classifier

    def save_to_preset(
        self, folder: Any, overwrite: bool = False, task: Optional[Dict[str, Any]] = None
    ) -> Path:
        """Writes the model, its preprocessor and its head as a preset folder.

        Args:
            folder: path of a new or empty folder.
            overwrite: bool. Whether a preset that is there may be replaced.
            task: dict of JSON values that say what the classes mean; a `Task` gives it.

        Returns:
            `pathlib.Path` of the folder.

        Raises:
            OutputExistsError: the folder is not empty and `overwrite` is false.
        """
        return write_preset(folder, self.as_preset(task), overwrite=overwrite)

    def as_preset(self, task: Optional[Dict[str, Any]] = None) -> PresetFolder:
        """Returns what `save_to_preset` writes.

        Args:
            task: as for `save_to_preset`.
        """
        preset = preset_of(self.backbone, self.preprocessor)
        preset.task_config = {"num_classes": self.num_classes, "dropout": self.dropout}
        if task is not None:
            preset.task_config["task"] = task
        preset.task_arrays = {
            "head/kernel": to_numpy(self.head.kernel),
            "head/bias": to_numpy(self.head.bias),
        }
        return preset

    def quantize(
        self, mode: Any = None, config: Any = None, filters: Any = None, **kwargs: Any
    ) -> None:
        """Makes the weights smaller, as `keras.Model.quantize` does; the head stays float32.

        Args:
            mode: `"int8"`, `"int4"` and others of Keras 3.
            config: as in Keras.
            filters: as in Keras. `None` for all layers but the head.
            **kwargs: as in Keras.
        """
        require_keras_3("`quantize`", "Export the model with `albert_zoo.export` instead.")
        if filters is None:
            filters = self._may_be_quantized
        super().quantize(mode, config=config, filters=filters, **kwargs)

    def _may_be_quantized(self, layer: Any) -> bool:
        kinds = (keras.layers.Dense, keras.layers.Embedding)
        return isinstance(layer, kinds) and layer is not self.head

    def named_weights(self) -> Dict[str, Any]:
        """Returns every variable under the name that preset files use."""
        named = self.backbone.named_weights()
        named.update({"head/kernel": self.head.kernel, "head/bias": self.head.bias})
        return named

    def get_config(self) -> Dict[str, Any]:
        config = self.base_config()
        config.update(
            backbone=keras.saving.serialize_keras_object(self.backbone),
            num_classes=self.num_classes,
            dropout=self.dropout,
            preprocessor=self._preprocessor_config(),
        )
        return config
