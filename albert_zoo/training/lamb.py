"""LAMB, the optimizer that ALBERT was pre-trained with."""

from __future__ import annotations

from typing import Any

from albert_zoo.keras_api import ops, register_keras_serializable
from albert_zoo.training.adamw import AdamW


@register_keras_serializable("albert_zoo")
class LAMB(AdamW):
    """AdamW whose step is scaled, for each weight, by the ratio of the weight's norm to the step's.

    The ratio is 1 where either norm is 0 and for variables without weight decay. Re-implements
    google-research/albert lamb_optimizer.py, `LAMBOptimizer`, which has no bias correction either.

    Args:
        learning_rate: float above 0, or a schedule of the step.
        bias_correction: bool. False, unlike `AdamW`, as in the original.
        name: str.
        **kwargs: the other arguments of `AdamW`.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> LAMB(learning_rate=1e-3).bias_correction
    False

    References:
        [You et al., 2019](https://arxiv.org/abs/1904.00962)
    """

    def __init__(
        self,
        learning_rate: Any = 1.76e-3,
        bias_correction: bool = False,
        name: str = "lamb",
        **kwargs: Any,
    ):
        super().__init__(
            learning_rate=learning_rate, bias_correction=bias_correction, name=name, **kwargs
        )

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        gradient = ops.cast(gradient, variable.dtype)
        learning_rate = self.rate_of_step(learning_rate, variable.dtype)
        direction = self.direction(gradient, variable)
        if self.decay_of(variable):
            weight = ops.convert_to_tensor(variable)
            weight_norm = ops.sqrt(ops.sum(ops.square(weight)))
            step_norm = ops.sqrt(ops.sum(ops.square(direction)))
            usable = (weight_norm > 0) & (step_norm > 0)
            safe_norm = ops.where(usable, step_norm, ops.ones_like(step_norm))
            ratio = ops.where(usable, weight_norm / safe_norm, ops.ones_like(step_norm))
            direction = direction * ratio
        self.assign_sub(variable, learning_rate * direction)
