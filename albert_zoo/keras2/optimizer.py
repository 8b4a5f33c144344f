"""Keras2Optimizer: a tf.keras 2.6 optimizer that is written as one of Keras 3 is."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

import tensorflow as tf

from albert_zoo.errors import NeedsKeras3Error


class Keras2Optimizer(tf.keras.optimizers.Optimizer):
    """Gives the methods of `keras.optimizers.Optimizer` of Keras 3 to a subclass written for it.

    A subclass makes its variables in `build` and applies one gradient in `update_step`, and
    `_clip_gradients` sees each replica's gradients before they are summed, as in Keras 3. Gradients
    reach `update_step` dense.

    Args:
        learning_rate: float or schedule.
        name: str.
        **kwargs: none. Keras 3 has more, `gradient_accumulation_steps` for instance.

    Raises:
        NeedsKeras3Error: an argument needs Keras 3.
    """

    _HAS_AGGREGATE_GRAD = True  # what `Model.fit` asks of an optimizer

    def __init__(self, learning_rate: Any, name: str, **kwargs: Any):
        if kwargs:
            raise NeedsKeras3Error(
                f"`{next(iter(kwargs))}` of an optimizer", "Leave the argument out."
            )
        super().__init__(name)
        self._set_hyper("learning_rate", learning_rate)
        self.built = False
        self._trainable_variables: List[Any] = []
        self._variable_indices: Dict[Any, int] = {}

    # === What a subclass overrides ===
    def build(self, variables: Sequence[Any]) -> None:
        """Makes the optimizer's variables for the model's."""
        self.built = True
        self._trainable_variables = list(variables)
        self._variable_indices = {_key(variable): i for i, variable in enumerate(variables)}
        with tf.init_scope():
            self._create_all_weights(self._trainable_variables)

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Changes a variable by its gradient."""
        raise NotImplementedError

    def _clip_gradients(self, grads: Sequence[Any]) -> Sequence[Any]:
        return grads

    # === What a subclass uses ===
    @property
    def _learning_rate(self) -> Any:
        return self.learning_rate  # tf.keras returns a schedule as it is

    def add_optimizer_variables(
        self, variables: Sequence[Any], names: Sequence[str]
    ) -> Tuple[List[Any], ...]:
        """Makes a variable of each name for each of the model's variables."""
        with tf.init_scope():
            return tuple([self.add_slot(v, name) for v in variables] for name in names)

    def add_variable(self, shape: Sequence[int], dtype: str, aggregation: str, name: str) -> Any:
        """Makes a variable of the optimizer's own, of zeros."""
        with tf.init_scope():
            variable = self.add_weight(
                name,
                shape=tuple(shape),
                dtype=tf.as_dtype(dtype),
                initializer="zeros",
                trainable=False,
                aggregation=tf.VariableAggregation[aggregation.upper()],
            )
        self._weights.append(variable)  # so that it is among `variables()`
        return variable

    def _get_variable_index(self, variable: Any) -> int:
        return self._variable_indices[_key(variable)]

    def assign_add(self, variable: Any, value: Any) -> None:
        """Adds to a variable."""
        variable.assign_add(value)

    def assign_sub(self, variable: Any, value: Any) -> None:
        """Subtracts from a variable."""
        variable.assign_sub(value)

    # === What tf.keras calls ===
    def _create_slots(self, var_list: Sequence[Any]) -> None:
        if not self.built:
            self.build(var_list)

    def _transform_unaggregated_gradients(self, grads_and_vars: Any) -> List[Tuple[Any, Any]]:
        grads, variables = zip(*grads_and_vars)
        self._create_slots(variables)  # loss scaling asks before it has them made
        return list(zip(self._clip_gradients(grads), variables))

    def _resource_apply_dense(self, grad: Any, handle: Any, apply_state: Any = None) -> Any:
        device_and_dtype = (handle.device, handle.dtype.base_dtype)
        state = (apply_state or {}).get(device_and_dtype)
        state = state or self._fallback_apply_state(*device_and_dtype)
        self.update_step(grad, handle, state["lr_t"])
        return tf.no_op()  # the assignments above run by themselves, in eager mode and in functions

    def _resource_apply_sparse_duplicate_indices(
        self, grad: Any, handle: Any, indices: Any, apply_state: Any = None
    ) -> Any:
        dense = tf.convert_to_tensor(tf.IndexedSlices(grad, indices, tf.shape(handle)))
        return self._resource_apply_dense(dense, handle, apply_state)

    def get_config(self) -> Dict[str, Any]:
        """Returns the arguments."""
        config = dict(super().get_config())
        config["learning_rate"] = self._serialize_hyperparameter("learning_rate")
        return config


def _key(variable: Any) -> Any:
    """What stays the same between a variable and its copy on one of the devices."""
    container = getattr(variable, "_distributed_container", None)
    whole = container() if container is not None else None
    return (variable if whole is None else whole)._unique_id
