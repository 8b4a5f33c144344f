"""What every model has: one dtype, weights by name, presets."""

from __future__ import annotations

import datetime
import math
from typing import Any, ContextManager, Dict, List, Mapping, Optional

import numpy as np

from albert_zoo._version import __version__
from albert_zoo.checkpoints import LazyArray, LazyArrays, match_arrays
from albert_zoo.checkpoints.tensors import shared_tensor, untouched_zeros
from albert_zoo.errors import ConversionError
from albert_zoo.keras_api import KERAS_GENERATION, backend_name, keras, ops, set_dtype_policy
from albert_zoo.layers.initial_weights import zero_weights
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer
from albert_zoo.zoo import PresetFolder

_MOST_SPARE_ROWS = 128  # embedding tables are filled up to a multiple of this, never further


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
        policy = keras.dtype_policies.get(dtype)
        set_dtype_policy(self, getattr(policy, "default_policy", policy))

    def base_config(self) -> Dict[str, Any]:
        """Returns the arguments that every model takes; `get_config` adds the model's own."""
        policy = self.dtype_policy
        quantized = self._quantized_layers()
        if quantized:
            # Keras makes a quantized layer again only from a policy that names it.
            policies = {layer.path: layer.dtype_policy for layer in quantized}
            policy = keras.dtype_policies.DTypePolicyMap(policy, policies)
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(policy),
        }

    def _quantized_layers(self) -> List[Any]:
        """Returns the layers whose weights `quantize` has made smaller."""
        if KERAS_GENERATION != 3:
            return []
        return [layer for layer in self._flatten_layers() if layer.quantization_mode is not None]

    def _check_not_quantized(self) -> None:
        if self._quantized_layers():
            raise ValueError(
                "The weights of a quantized model have no names in a preset. Received: a model "
                "after `quantize`. Save it with `model.save('model.keras')`."
            )

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
        self._check_not_quantized()
        return {name: to_numpy(weight) for name, weight in self.named_weights().items()}

    def lazy_named_arrays(self) -> LazyArrays:
        """Returns the weights to be written to a file, without a copy of all of them.

        Returns:
            `LazyArrays`. An array has the values at the time when it is read, and may share its
            memory with the weight: do not keep it.
        """
        self._check_not_quantized()
        return LazyArrays({name: _lazy(weight) for name, weight in self.named_weights().items()})

    def set_named_arrays(self, arrays: Mapping[str, Any], source: str = "arrays") -> None:
        """Sets every weight from the array of its name.

        Args:
            arrays: mapping of name to array, with exactly this model's names and shapes.
            source: str. Where they came from, for the message.

        Raises:
            ConversionError: a weight without an array, an array without a weight, another shape,
                NaN or infinity. Nothing is set then, except that of `LazyArrays` values are seen
                one array after another: a model half set from them is to be thrown away.
        """
        weights = self.named_weights()
        wanted = {name: tuple(weight.shape) for name, weight in weights.items()}
        matched = LazyArrays.of(match_arrays(wanted, arrays, source))
        for name, entry in matched.entries.items():
            # No name holds the array: one at a time is in memory.
            weights[name].assign(_to_assign(matched[name], entry.is_new))


def _lazy(weight: Any) -> LazyArray:
    def read() -> np.ndarray:
        variable = _variable_of(weight)
        # TensorFlow copies a variable, not the tensor that it holds.
        has_tensor = _is_tensorflow_s(variable)
        return np.asarray(variable.read_value() if has_tensor else weight)

    shape = tuple(int(length) for length in weight.shape)
    dtype = getattr(weight.dtype, "name", weight.dtype)  # Keras 3 has a str, tf.keras a tf.DType
    return LazyArray(shape, str(dtype), read)


def _to_assign(array: np.ndarray, is_new: bool) -> Any:
    array = array.astype("float32", copy=False)
    return shared_tensor(array) if is_new and backend_name() == "tensorflow" else array


def _variable_of(weight: Any) -> Any:
    return weight.value if KERAS_GENERATION == 3 else weight


def _is_tensorflow_s(variable: Any) -> bool:
    """Whether it is a variable of TensorFlow, and not one of several replicas."""
    return hasattr(variable, "read_value") and not hasattr(variable, "values")


def weights_to_be_set(arrays: Optional[Mapping[str, Any]]) -> ContextManager[None]:
    """Returns a context in which to build a model whose weights are set from `arrays` next.

    Args:
        arrays: mapping of name to array; `None` gives a model with random weights, to be kept.
    """
    if arrays is None:
        return zero_weights(None)
    is_tensorflow = backend_name() == "tensorflow"
    return zero_weights(untouched_zeros if is_tensorflow else keras.initializers.Zeros())


def to_numpy(value: Any) -> np.ndarray:
    """Returns a tensor or variable of any backend, or an array, as an array."""
    return np.asarray(ops.convert_to_numpy(value))


def weight_norms(arrays: Mapping[str, Any]) -> Dict[str, float]:
    """Returns the norm of each array, by which loaded weights are known again.

    Args:
        arrays: mapping of name to float array; lazy ones are read one after the other.

    Example:

    >>> weight_norms({"pooler/bias": np.array([3.0, 4.0])})
    {'pooler/bias': 5.0}
    """
    return {
        name: float(f"{np.linalg.norm(np.asarray(arrays[name], 'float32').ravel()):.7g}")
        for name in arrays
    }


def preprocessor_of(
    preset: PresetFolder,
    sequence_length: Optional[int] = None,
    vocabulary_size: Optional[int] = None,
) -> Optional[AlbertPreprocessor]:
    """Builds the preprocessor that a preset describes, or returns `None` if it has no vocabulary.

    Args:
        preset: `PresetFolder`.
        sequence_length: int, to override the preset's, in tokens.
        vocabulary_size: int, of the model, to override the preset's.

    Returns:
        `AlbertPreprocessor` or `None`.

    Raises:
        ConversionError: the vocabulary cannot be read, or is another model's.
    """
    if preset.vocabulary is None:
        return None
    try:
        tokenizer = AlbertTokenizer(preset.vocabulary, **preset.tokenizer_config)
    except ValueError as error:
        raise ConversionError(f"The vocabulary of {preset.source}: {error}") from None
    pieces = vocabulary_size or preset.backbone_config.get("vocabulary_size", 0)
    spare = pieces - tokenizer.vocabulary_size
    if spare >= _MOST_SPARE_ROWS:
        raise ConversionError(
            f"The vocabulary of {preset.source} must be that of the model, whose "
            f"`vocabulary_size` is {pieces}. Received: "
            f"{tokenizer.vocabulary_size} pieces. Restore the files that belong together."
        )
    config = dict(preset.preprocessor_config)
    if sequence_length is not None:
        config["sequence_length"] = sequence_length
    return AlbertPreprocessor(tokenizer, **config)


def preset_of(backbone: Any, preprocessor: Optional[AlbertPreprocessor]) -> PresetFolder:
    """Gathers what a preset folder needs from a backbone and its preprocessor."""
    arrays = backbone.lazy_named_arrays()
    config = backbone.get_config()
    for runtime_only in ("dtype", "trainable", "name"):
        config.pop(runtime_only, None)  # a preset is the same whatever ran it
    preset = PresetFolder(
        backbone_config=config,
        backbone_arrays=arrays,
        metadata={
            "albert_zoo_version": __version__,
            "keras_version": keras.__version__,
            "parameter_count": sum(math.prod(shape) for shape in arrays.shapes.values()),
            "weight_norms": weight_norms(arrays),
            "date_saved": datetime.datetime.now(datetime.timezone.utc).isoformat("T", "seconds"),
        },
    )
    if preprocessor is not None:
        preset.vocabulary = preprocessor.tokenizer.model_proto
        preset.tokenizer_config = preprocessor.tokenizer.get_config()
        preset.preprocessor_config = preprocessor.get_config()
    return preset
