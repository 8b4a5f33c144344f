"""The only door to Keras: Keras 3 on any backend, or tf.keras 2.6 beside Ascend's TensorFlow 2.6.5.

Everything else writes `from albert_zoo.keras_api import keras, ops` and uses the part of Keras 3
that both generations offer, under the names of Keras 3. What the second generation calls otherwise
is in `albert_zoo.keras2`. Keras 3 is taken wherever it is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from typing import Any, Callable, Dict, List

from albert_zoo.errors import NeedsKeras3Error

__all__ = [
    "KERAS_GENERATION",
    "Optimizer",
    "backend_name",
    "build_metrics",
    "build_optimizer",
    "build_sublayer",
    "inference_function",
    "keras",
    "make_deterministic",
    "ops",
    "optimizer_variables",
    "path_of",
    "register_keras_serializable",
    "require_keras_3",
    "seed_backend",
    "set_dtype_policy",
    "state_variables",
]

keras: Any
ops: Any


def _keras_generation() -> int:
    # Keras 3 has a folder `src`; the stand-alone Keras 2.6 that TensorFlow 2.6 brings has not.
    spec = importlib.util.find_spec("keras")
    if spec is None or spec.origin is None:
        raise ImportError(
            "albert_zoo needs Keras, which is not installed. "
            "Install `keras>=3.15` with `tensorflow`, or `tensorflow==2.6.5` on Python 3.9."
        )
    return 3 if importlib.util.find_spec("keras.src") is not None else 2


KERAS_GENERATION: int = _keras_generation()
"""3 under Keras 3, 2 under tf.keras 2.6."""

if KERAS_GENERATION == 3:
    keras = importlib.import_module("keras")
    Optimizer: Any = keras.optimizers.Optimizer
else:
    if os.environ.get("KERAS_BACKEND", "tensorflow") != "tensorflow":
        raise NeedsKeras3Error(f"KERAS_BACKEND={os.environ['KERAS_BACKEND']}", "Leave it out.")
    keras = importlib.import_module("albert_zoo.keras2")
    Optimizer = keras.Keras2Optimizer
ops = keras.ops
register_keras_serializable = keras.saving.register_keras_serializable


def backend_name() -> str:
    """Returns `"tensorflow"`, `"jax"` or `"torch"`.

    Example:

    >>> backend_name() in ("tensorflow", "jax", "torch")
    True
    """
    return str(keras.backend.backend()) if KERAS_GENERATION == 3 else "tensorflow"


def require_keras_3(what: str, instead: str) -> None:
    """Raises `NeedsKeras3Error` under tf.keras 2.6, and does nothing under Keras 3.

    Args:
        what: str. What was asked for, the beginning of the message.
        instead: str. What to do under tf.keras 2.6; a sentence.
    """
    if KERAS_GENERATION != 3:
        raise NeedsKeras3Error(what, instead)


def inference_function(model: Any) -> Callable[[Dict[str, Any]], Any]:
    """Returns a function from a dict of padded id arrays to a model's outputs, for inference.

    It does what `model.predict_on_batch` does, without that method's way round. On TensorFlow it is
    traced once, for every batch size and length. It serves until the model's variables are others,
    after `quantize` for instance.

    Args:
        model: functional model on a dict of int32 inputs `(batch_size, sequence_length)`.
    """
    backend = backend_name()
    if backend == "tensorflow":
        import tensorflow as tf

        row = tf.TensorSpec((None, None), tf.int32)
        signature = dict.fromkeys(model.input, row)

        @tf.function(input_signature=[signature])
        def outputs(inputs: Any) -> Any:
            return model(inputs, training=False)

        return lambda inputs: outputs({k: tf.constant(v) for k, v in inputs.items()}).numpy()
    if backend == "torch":
        import torch

        def call(inputs: Dict[str, Any]) -> Any:
            with torch.no_grad():
                return ops.convert_to_numpy(model(inputs, training=False))

        return call
    return lambda inputs: ops.convert_to_numpy(model.predict_on_batch(inputs))


def path_of(variable: Any) -> str:
    """Returns where a variable lies in its model: `"encoder/group_0_inner_0/query/kernel"`."""
    return str(variable.path) if KERAS_GENERATION == 3 else str(variable.name).split(":")[0]


def build_metrics(model: Any, labels: Any) -> None:
    """Makes the variables of a compiled model's metrics, for TensorFlow, which would trace a step
    that makes them twice. Elsewhere, and under a distribution strategy, `fit` does so itself.

    Args:
        model: compiled functional model with one output.
        labels: what has the shape and dtype of a batch of labels; the number of rows is any.
    """
    if backend_name() != "tensorflow" or getattr(labels, "shape", None) is None:
        return
    import tensorflow as tf

    known = getattr(labels.shape, "rank", 0) is not None
    if not known or model.distribute_strategy is not tf.distribute.get_strategy():
        return
    zeros = tf.zeros((1, *labels.shape[1:]), labels.dtype)
    outputs = tf.zeros((1, *model.output_shape[1:]))
    if KERAS_GENERATION == 3:
        model.compute_metrics(None, zeros, outputs)
    else:
        model.compiled_loss(zeros, outputs)
        model.compiled_metrics.update_state(zeros, outputs)
    model.reset_metrics()


def build_optimizer(optimizer: Any, variables: Any) -> None:
    """Makes an optimizer's variables for the model's."""
    if KERAS_GENERATION == 3:
        optimizer.build(variables)
    else:
        optimizer._create_all_weights(variables)


def optimizer_variables(optimizer: Any) -> List[Any]:
    """Returns an optimizer's own variables: its count of steps, and what it keeps of gradients."""
    return list(optimizer.variables if KERAS_GENERATION == 3 else optimizer.variables())


def build_sublayer(layer: Any, *shapes: Any) -> None:
    """Builds a layer within another one's `build`, so that its variables' paths name it."""
    if KERAS_GENERATION == 3:
        layer.build(*shapes)
    else:
        with keras.backend.name_scope(layer.name):
            layer.build(*shapes)


def set_dtype_policy(model: Any, policy: Any) -> None:
    """Sets a model's own dtype policy; its layers keep theirs."""
    if KERAS_GENERATION == 3:
        model.dtype_policy = policy
    else:
        model._set_dtype_policy(policy)


def state_variables(model: Any) -> Dict[str, List[Any]]:
    """Returns the variables of a compiled model that are no weights.

    Args:
        model: compiled Keras model.

    Returns:
        dict of lists: `optimizer`, its slots, its step and its loss scale; `seeds`, what dropout
        draws from, empty under tf.keras 2.6, where TensorFlow hides it; `metrics`, the sums that
        an epoch's means are made of.
    """
    optimizer = model.optimizer
    if KERAS_GENERATION == 3:
        weights = {id(variable) for variable in model.weights}
        return {
            "optimizer": list(optimizer.variables),
            "seeds": [variable for variable in model.variables if id(variable) not in weights],
            "metrics": list(model.metrics_variables),
        }
    scale = getattr(getattr(optimizer, "_loss_scale", None), "_weights", {})
    return {
        "optimizer": [*optimizer.variables(), *scale.values()],
        "seeds": [],
        "metrics": [variable for metric in model.metrics for variable in metric.variables],
    }


def seed_backend(seed: int) -> None:
    """Seeds what dropout draws from where no variable of the model holds it: PyTorch's generator,
    and TensorFlow's under tf.keras 2.6.

    Args:
        seed: int, 0 or above.
    """
    if backend_name() == "torch":
        import torch

        torch.manual_seed(seed)
    elif KERAS_GENERATION == 2:
        import tensorflow as tf

        tf.random.set_seed(seed)


def make_deterministic() -> None:
    """Makes this process compute the same bits in every run on the same device, more slowly.

    It holds for the rest of the process. TensorFlow 2.6 does so on GPUs for most operations only;
    JAX and PyTorch must not have used a GPU yet.
    """
    if backend_name() == "torch":
        import torch

        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    elif backend_name() == "jax":
        flags = os.environ.get("XLA_FLAGS", "")
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_deterministic_ops=true".strip()
    else:
        import tensorflow as tf

        enable = getattr(tf.config.experimental, "enable_op_determinism", None)
        if enable is None:
            os.environ["TF_DETERMINISTIC_OPS"] = "1"
        else:
            enable()
