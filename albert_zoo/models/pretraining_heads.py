"""PretrainingHeads: what the models with pre-training heads have in common."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Dict, Optional, Tuple

from albert_zoo.checkpoints import LazyArrays
from albert_zoo.keras_api import keras
from albert_zoo.models.albert_backbone import AlbertBackbone
from albert_zoo.models.pretrained import (
    PretrainedModel,
    preprocessor_of,
    preset_of,
    to_numpy,
    weights_to_be_set,
)
from albert_zoo.text import AlbertPreprocessor
from albert_zoo.zoo import find_preset, read_preset, write_preset

logger = logging.getLogger(__name__)


class PretrainingHeads(PretrainedModel):
    """Base of `AlbertMaskedLM` and `AlbertPretrainer`: presets that keep the heads."""

    backbone: AlbertBackbone
    preprocessor: Optional[AlbertPreprocessor] = None
    """Goes into the presets that are saved; the model itself takes ids."""

    heads: Tuple[str, ...] = ()
    """Of `"mlm"` and `"sop"`."""

    def head_weights(self) -> Dict[str, Any]:
        """Returns the heads' own variables under the names that preset files use."""
        raise NotImplementedError

    def named_weights(self) -> Dict[str, Any]:
        """Returns every variable under the name that preset files use."""
        return {**self.backbone.named_weights(), **self.head_weights()}

    @classmethod
    def from_preset(
        cls,
        preset: Any,
        load_weights: bool = True,
        dtype: Any = None,
        sequence_length: Optional[int] = None,
        **backbone_arguments: Any,
    ) -> Any:
        """Builds a model from a preset folder or a preset's name, with the heads it has.

        A head that the preset has no weights of gets random ones, and a warning says so.

        Args:
            preset: str or path. A folder of ours or of another library, or a name that
                `albert-zoo presets` lists.
            load_weights: bool. False gives random weights.
            dtype: dtype policy of the model, such as `"mixed_bfloat16"`.
            sequence_length: int. Tokens a row that the preprocessor makes at the most.
            **backbone_arguments: override the backbone's arguments, such as `dropout`.

        Returns:
            The model.

        Raises:
            PresetNotFoundError: no such preset, or its weights are not here.
            ConversionError: the weights do not fit the configuration.
        """
        folder = find_preset(preset, need_weights=load_weights)
        stored = read_preset(folder)
        arguments = {"name": "backbone", **stored.backbone_config, **backbone_arguments}
        arrays = stored.backbone_arrays if load_weights else None
        with weights_to_be_set(arrays):
            backbone = AlbertBackbone(**arguments, dtype=dtype)
        model: Any = cls(backbone)  # type: ignore[call-arg]
        model.preprocessor = preprocessor_of(stored, sequence_length)
        if arrays is None:
            return model
        found = stored.pretraining_arrays or {}
        missing = [head for head in cls.heads if not _of_head(head, found)]
        heads: Dict[str, Any] = {}
        for head in cls.heads:
            heads.update(_of_head(head, found) or _random(model, head))
        model.set_named_arrays(LazyArrays.of(arrays, heads), source=str(folder))
        if missing:
            logger.warning(
                "%s has no weights of the pre-training heads: %s. They are random.",
                folder,
                ", ".join(missing),
            )
        return model

    def save_to_preset(self, folder: Any, overwrite: bool = False) -> Path:
        """Writes the model as a preset folder, its heads in `pretraining.weights.h5`.

        Args:
            folder: path of a new or empty folder.
            overwrite: bool. Whether a preset that is there may be replaced.

        Returns:
            `pathlib.Path` of the folder.

        Raises:
            OutputExistsError: the folder is not empty and `overwrite` is false.
        """
        preset = preset_of(self.backbone, self.preprocessor)
        beginnings = (f"{head}/" for head in self.heads)
        preset.pretraining_arrays = self.lazy_named_arrays().starting(*beginnings)
        return write_preset(folder, preset, overwrite=overwrite)

    def get_config(self) -> Dict[str, Any]:
        config = self.base_config()
        config.update(backbone=keras.saving.serialize_keras_object(self.backbone))
        return config

    @classmethod
    def from_config(cls, config: Dict[str, Any], custom_objects: Any = None) -> Any:
        config = dict(config)
        config["backbone"] = keras.saving.deserialize_keras_object(config["backbone"])
        return super().from_config(config, custom_objects)


def _of_head(head: str, arrays: Any) -> Dict[str, Any]:
    return {name: arrays[name] for name in arrays if name.startswith(f"{head}/")}


def _random(model: PretrainingHeads, head: str) -> Dict[str, Any]:
    return {
        name: to_numpy(weight)
        for name, weight in model.head_weights().items()
        if name.startswith(f"{head}/")
    }
