"""What every model has: one dtype, weights by name, presets."""

from __future__ import annotations

import datetime
from typing import Any, Dict, Mapping, Optional

import numpy as np

from albert_zoo._version import __version__
from albert_zoo.checkpoints import match_arrays
from albert_zoo.keras_api import keras, ops, set_dtype_policy
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer
from albert_zoo.zoo import PresetFolder


class PretrainedModel(keras.Model):
    """Base of the functional models. It has no layers of its own.

    Args:
        inputs: dict of symbolic tensors.
        outputs: symbolic tensor, or dict of them.
        dtype: str or `keras.DTypePolicy`, the policy that the layers were made with.
        **kwargs: `name` and `trainable` of `keras.Model`.
    """

    def __init__(self, inputs: Any, outputs: Any, dtype: Any = None, **kwargs: Any):
        super().__init__(inputs=inputs, outputs=outputs, **kwargs)
        # Keras adds loss scaling in `compile` only if the model itself says mixed_float16.
        set_dtype_policy(self, keras.dtype_policies.get(dtype))

    def base_config(self) -> Dict[str, Any]:
        """Returns the arguments that every model takes; `get_config` adds the model's own."""
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
        }

    @classmethod
    def from_config(cls, config: Dict[str, Any], custom_objects: Any = None) -> Any:
        config = dict(config)
        trainable = config.pop("trainable", True)
        if isinstance(config.get("dtype"), dict):
            config["dtype"] = keras.dtype_policies.deserialize(config["dtype"])
        model = cls(**config)
        model.trainable = trainable
        return model

    def named_weights(self) -> Dict[str, Any]:
        """Returns every variable under the name that preset files use."""
        raise NotImplementedError

    def get_named_arrays(self) -> Dict[str, np.ndarray]:
        """Returns the weights as arrays under the names that preset files use.

        Returns:
            dict of name, such as `"pooler/bias"`, to float array.
        """
        return {name: to_numpy(weight) for name, weight in self.named_weights().items()}

    def set_named_arrays(self, arrays: Mapping[str, Any], source: str = "arrays") -> None:
        """Sets every weight from the array of its name.

        Args:
            arrays: mapping of name to array, with exactly this model's names and shapes.
            source: str. Where they came from, for the message.

        Raises:
            ConversionError: a weight without an array, an array without a weight, another shape,
                NaN or infinity. Nothing is set then.
        """
        weights = self.named_weights()
        wanted = {name: tuple(weight.shape) for name, weight in weights.items()}
        for name, array in match_arrays(wanted, arrays, source).items():
            weights[name].assign(array.astype("float32", copy=False))


def to_numpy(value: Any) -> np.ndarray:
    """Returns a tensor or variable of any backend, or an array, as an array."""
    return np.asarray(ops.convert_to_numpy(value))


def preprocessor_of(
    preset: PresetFolder, sequence_length: Optional[int] = None
) -> Optional[AlbertPreprocessor]:
    """Builds the preprocessor that a preset describes, or returns `None` if it has no vocabulary.

    Args:
        preset: `PresetFolder`.
        sequence_length: int, to override the preset's, in tokens.

    Returns:
        `AlbertPreprocessor` or `None`.
    """
    if preset.vocabulary is None:
        return None
    tokenizer = AlbertTokenizer(preset.vocabulary, **preset.tokenizer_config)
    config = dict(preset.preprocessor_config)
    if sequence_length is not None:
        config["sequence_length"] = sequence_length
    return AlbertPreprocessor(tokenizer, **config)


def preset_of(backbone: Any, preprocessor: Optional[AlbertPreprocessor]) -> PresetFolder:
    """Gathers what a preset folder needs from a backbone and its preprocessor."""
    arrays = backbone.get_named_arrays()
    config = backbone.get_config()
    for runtime_only in ("dtype", "trainable", "name"):
        config.pop(runtime_only, None)  # a preset is the same whatever ran it
    preset = PresetFolder(
        backbone_config=config,
        backbone_arrays=arrays,
        metadata={
            "albert_zoo_version": __version__,
            "keras_version": keras.__version__,
            "parameter_count": int(sum(array.size for array in arrays.values())),
            "date_saved": datetime.datetime.now(datetime.timezone.utc).isoformat("T", "seconds"),
        },
    )
    if preprocessor is not None:
        preset.vocabulary = preprocessor.tokenizer.model_proto
        preset.tokenizer_config = preprocessor.tokenizer.get_config()
        preset.preprocessor_config = preprocessor.get_config()
    return preset
