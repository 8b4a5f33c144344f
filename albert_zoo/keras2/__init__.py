"""tf.keras 2.6 under the names of Keras 3 that albert_zoo uses; reached through `keras_api`.

What is not named here is tf.keras' own.
"""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any

import numpy as np
import tensorflow as tf

from albert_zoo.keras2 import ops as ops
from albert_zoo.keras2.model import Keras2Model as Keras2Model
from albert_zoo.keras2.optimizer import Keras2Optimizer as Keras2Optimizer

__all__ = ["Keras2Model", "Keras2Optimizer", "ops"]

Model = Keras2Model
DTypePolicy = tf.keras.mixed_precision.Policy


def _get_policy(identifier: Any = None) -> Any:
    if isinstance(identifier, DTypePolicy):
        return identifier
    if identifier is None:
        return tf.keras.mixed_precision.global_policy()
    return DTypePolicy(identifier)


def _deserialize_policy(config: Any) -> Any:
    return DTypePolicy(**config["config"]) if isinstance(config, dict) else _get_policy(config)


dtype_policies = SimpleNamespace(
    get=_get_policy,
    serialize=lambda policy: {"class_name": "DTypePolicy", "config": policy.get_config()},
    deserialize=_deserialize_policy,
)

saving = SimpleNamespace(
    deserialize_keras_object=tf.keras.utils.deserialize_keras_object,
    get_registered_object=tf.keras.utils.get_registered_object,
    load_model=tf.keras.models.load_model,
    register_keras_serializable=tf.keras.utils.register_keras_serializable,
    serialize_keras_object=tf.keras.utils.serialize_keras_object,
)


def _set_random_seed(seed: int) -> None:
    random.seed(seed)
    np.random.seed(seed)
    tf.random.set_seed(seed)


class _Utils:
    """`keras.utils`, with what came after 2.6."""

    set_random_seed = staticmethod(_set_random_seed)

    def __getattr__(self, name: str) -> Any:
        return getattr(tf.keras.utils, name)


utils = _Utils()


def __getattr__(name: str) -> Any:
    return getattr(tf.keras, name)
