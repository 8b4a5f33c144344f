"""DenseClippedOptimizer, the base of our optimizers.

This is the one file that overrides private Keras methods.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Sequence

from albert_zoo.keras_api import (
    KERAS_GENERATION,
    Optimizer,
    backend_name,
    keras,
    ops,
    path_of,
)

DECAY_EXCLUSIONS = ("layer_norm", "bias$")
"""Regular expressions of variables without weight decay: biases, and gammas and betas."""


UNSUMMED_TABLES = {
    "google": ("token_embedding", "segment_embedding"),
    "garden": ("token_embedding",),
}
"""Tables whose gradient rows the originals' clipping counts apart, repeated ids and all."""


def to_dense(gradient: Any) -> Any:
    """Sums a sparse gradient's rows into one dense tensor; returns others as they are.

    On TensorFlow the gradient of an embedding table lists a row for every token, repeated ones
    apart.
    """
    if hasattr(gradient, "dense_shape"):
        import tensorflow as tf

        return tf.convert_to_tensor(gradient)
    return gradient


def scaled_or_zero(gradient: Any, scale: Any) -> Any:
    """Returns the product, which is 0 where the scale is, even of what is infinite or no number."""
    if backend_name() == "tensorflow":
        import tensorflow as tf

        return tf.math.multiply_no_nan(gradient, scale)
    return ops.where(scale > 0, gradient * scale, ops.zeros_like(gradient))


def sum_over_replicas(gradients: List[Any]) -> tuple:
    """Returns the gradients summed over replicas, and the number of replicas."""
    if backend_name() != "tensorflow":
        return gradients, 1
    import tensorflow as tf

    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return gradients, 1
    summed = context.all_reduce(tf.distribute.ReduceOp.SUM, gradients)
    return list(summed), context.num_replicas_in_sync


def has_adam_operation() -> bool:
    """Says whether `adam_operation` may be used here."""
    if backend_name() != "tensorflow" or KERAS_GENERATION != 3:
        return False
    import tensorflow as tf

    return not tf.distribute.has_strategy()


def adam_operation(
    variable: Any,
    slots: Sequence[Any],
    gradient: Any,
    learning_rate: Any,
    betas: Sequence[Any],
    powers: Sequence[Any],
    epsilon: float,
) -> None:
    """Updates a variable and its means as Adam does, in one TensorFlow operation.

    Args:
        variable: `tf.Variable`.
        slots: the means of its gradient and of the squared gradient.
        gradient: tensor of its shape.
        learning_rate: scalar tensor.
        betas: two scalar tensors, what the means keep of themselves.
        powers: two scalar tensors, the decays to the power of the step; zeros for no correction.
        epsilon: float.
    """
    import tensorflow as tf

    handles = [getattr(slot, "value", slot).handle for slot in slots]
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=handles[0],
        v=handles[1],
        beta1_power=powers[0],
        beta2_power=powers[1],
        lr=learning_rate,
        beta1=betas[0],
        beta2=betas[1],
        epsilon=tf.cast(epsilon, gradient.dtype),
        grad=gradient,
    )


GRADIENT_NORM, SKIPPED, SKIPPED_IN_A_ROW, HALVINGS = range(4)
"""Places in `DenseClippedOptimizer.step_state`."""


class DenseClippedOptimizer(Optimizer):
    """Clips the norm of the dense gradient, summed over replicas, and decays weights by name.

    Keras on TensorFlow clips each replica's own gradient, before the sum, and counts a repeated
    token's rows separately; the result then depends on the number of devices and the backend. Here
    the norm is that of the gradient that is applied, on every backend.

    A step whose gradient is infinite or no number is skipped: weights and moments stay as they are,
    and the step is counted. `step_state` holds four floats: the last step's norm before clipping,
    the steps skipped so far, those skipped in a row up to now, and how often the learning rate has
    been halved.

    Args:
        learning_rate: float or schedule.
        weight_decay: float, 0 or above. Decoupled: `weight * learning_rate * weight_decay` is taken
            off in each step.
        global_clipnorm: float above 0, or `None`. Norm of the whole gradient at the most.
        decay_exclusions: regular expressions; a variable whose path one of them matches is not
            decayed.
        parity: `"google"` or `"garden"` for the norm of google-research/albert or of the
            TensorFlow Model Garden: they count the rows of some sparse gradients apart, which
            differs by about 1 %. On JAX and PyTorch gradients are dense and it has no effect.
        name: str.
        **kwargs: of `keras.optimizers.Optimizer`, such as `gradient_accumulation_steps`.
    """

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float = 0.01,
        global_clipnorm: Optional[float] = 1.0,
        decay_exclusions: Sequence[str] = DECAY_EXCLUSIONS,
        parity: Optional[str] = None,
        name: str = "optimizer",
        **kwargs: Any,
    ):
        # The base class gets neither decay nor clipping: it would do both in its own way.
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        if weight_decay < 0:
            raise ValueError(
                f"`weight_decay` must be 0 or above. Received: {weight_decay}. Correct it."
            )
        if global_clipnorm is not None and global_clipnorm <= 0:
            raise ValueError(
                "`global_clipnorm` must be above 0, or `None` for no clipping. "
                f"Received: {global_clipnorm}. Correct it."
            )
        if parity not in (None, *UNSUMMED_TABLES):
            raise ValueError(
                f"`parity` must be None, 'google' or 'garden'. Received: {parity!r}. Correct it."
            )
        self.parity = parity
        self.decoupled_weight_decay = weight_decay
        self.dense_clipnorm = global_clipnorm
        self.decay_exclusions = tuple(decay_exclusions)
        self._decayed: List[bool] = []
        self.step_state: Any = None
        self._moves: Any = None
        self._rate_factor: Any = None
        self._scalars: Dict[Any, Any] = {}

    def build(self, variables: Sequence[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self._decayed = [self.decays(variable) for variable in variables]
        self.step_state = self.add_variable(
            (4,), dtype="float32", aggregation="only_first_replica", name="step_state"
        )

    def decays(self, variable: Any) -> bool:
        """Says whether weight decay applies to a variable."""
        path = path_of(variable)
        return not any(re.search(pattern, path) for pattern in self.decay_exclusions)

    def decay_of(self, variable: Any) -> float:
        """Returns the weight decay of a variable that the optimizer was built with."""
        index = self._get_variable_index(variable)
        return self.decoupled_weight_decay if self._decayed[index] else 0.0

    def _clip_gradients(self, grads: Sequence[Any]) -> List[Any]:
        # Private override: Keras calls this with per-replica, possibly sparse gradients and sums
        # over replicas afterwards. tests/training/test_dense_clipping.py fails if that changes.
        summed, replicas = sum_over_replicas([to_dense(gradient) for gradient in grads])
        counted = self._with_unsummed_rows(grads) if self.parity else summed
        norm = ops.sqrt(sum(ops.sum(ops.square(ops.cast(g, "float32"))) for g in counted))
        self._note_step(norm)
        scale = self._moves
        if self.dense_clipnorm is not None:
            scale = self.dense_clipnorm / ops.maximum(norm, self.dense_clipnorm)
            scale = ops.where(norm < float("inf"), scale, 0.0)
        if replicas > 1:
            scale = scale / replicas
        return [scaled_or_zero(g, ops.cast(scale, g.dtype)) for g in summed]

    def _note_step(self, norm: Any) -> None:
        before = ops.convert_to_tensor(self.step_state)
        self._moves = ops.cast(norm < float("inf"), "float32")  # 0 for NaN too
        self._rate_factor = self._moves * ops.power(0.5, before[HALVINGS])
        self._scalars = {}
        skips = 1.0 - self._moves
        in_a_row = (before[SKIPPED_IN_A_ROW] + 1.0) * skips
        state = [norm, before[SKIPPED] + skips, in_a_row, before[HALVINGS]]
        self.step_state.assign(ops.stack(state))

    def share_of_step(self, share: float, dtype: Any) -> Any:
        """Returns how far a moment moves to a gradient: `share`, or 0 where the step is skipped."""
        return self._scalar(("share", share, dtype), share, self._moves, dtype)

    def rate_of_step(self, learning_rate: Any, dtype: Any) -> Any:
        """Returns the learning rate as often halved as it is, or 0 where the step is skipped."""
        return self._scalar(("rate", dtype), learning_rate, self._rate_factor, dtype)

    def _scalar(self, key: Any, value: Any, factor: Any, dtype: Any) -> Any:
        if factor is None:  # no step was noted
            return ops.cast(value, dtype)
        return self.once_a_step(key, lambda: ops.cast(value, dtype) * ops.cast(factor, dtype))

    def once_a_step(self, key: Any, compute: Any) -> Any:
        """Returns what a function computes: once a step, not once a variable."""
        if self._moves is None:  # no step was noted
            return compute()
        if key not in self._scalars:
            self._scalars[key] = compute()
        return self._scalars[key]

    def _get_current_learning_rate(self) -> Any:
        # Private override: Keras asks a schedule for the batch, and with gradient accumulation it
        # would run through several steps of the schedule for every update.
        if isinstance(self._learning_rate, keras.optimizers.schedules.LearningRateSchedule):
            return self._learning_rate(self.iterations)
        return super()._get_current_learning_rate()

    def _with_unsummed_rows(self, grads: Sequence[Any]) -> List[Any]:
        tables = UNSUMMED_TABLES[str(self.parity)]
        return [
            gradient.values
            if hasattr(gradient, "dense_shape") and any(t in path_of(variable) for t in tables)
            else to_dense(gradient)
            for gradient, variable in zip(grads, self._trainable_variables)
        ]

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        config.update(
            weight_decay=self.decoupled_weight_decay,
            global_clipnorm=self.dense_clipnorm,
            decay_exclusions=list(self.decay_exclusions),
            parity=self.parity,
        )
        for unused in ("clipnorm", "clipvalue"):
            config.pop(unused, None)
        return config
