"""AdamW as ALBERT is fine-tuned with."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence

from albert_zoo.keras_api import ops, register_keras_serializable
from albert_zoo.training.dense_clipping import (
    DECAY_EXCLUSIONS,
    DenseClippedOptimizer,
    adam_operation,
    has_adam_operation,
)


@register_keras_serializable("albert_zoo")
class AdamW(DenseClippedOptimizer):
    """Adam with decoupled weight decay, its exclusions, and a clipped dense gradient.

    With `m` and `v` the running means of gradient and squared gradient, a step subtracts
    `learning_rate * (correction * m / (sqrt(v) + epsilon) + weight_decay * weight)`. The correction
    for the means' start at zero is `sqrt(1 - beta_2**t) / (1 - beta_1**t)`, as in Keras and the
    TensorFlow Model Garden (optimization.py, `AdamWeightDecay`). google-research/albert
    (optimization.py, `AdamWeightDecayOptimizer`) has none: its first steps are up to 4 times as
    large. `parity` reproduces either original's losses, together with
    `WarmupLinearDecay(reference=True)`.

    Args:
        learning_rate: float above 0, or a schedule of the step.
        weight_decay: float, 0 or above.
        beta_1: float in [0, 1). Decay of the mean of the gradient.
        beta_2: float in [0, 1). Decay of the mean of the squared gradient.
        epsilon: float. Added to the root, outside the correction.
        global_clipnorm: float above 0, or `None`. Norm of the whole gradient at the most.
        bias_correction: bool. `None` means true, and false with `parity="google"`.
        decay_exclusions: regular expressions of the paths of variables that are not decayed.
        parity: `None`, `"google"` or `"garden"`. Also counts the clipped norm as they do.
        name: str.
        **kwargs: of `keras.optimizers.Optimizer`, such as `gradient_accumulation_steps`.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> optimizer = AdamW(learning_rate=2e-5)
    >>> optimizer.get_config()["weight_decay"]
    0.01

    References:
        [Loshchilov and Hutter, 2017](https://arxiv.org/abs/1711.05101)
    """

    def __init__(
        self,
        learning_rate: Any = 2e-5,
        weight_decay: float = 0.01,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-6,
        global_clipnorm: Optional[float] = 1.0,
        bias_correction: Optional[bool] = None,
        decay_exclusions: Sequence[str] = DECAY_EXCLUSIONS,
        parity: Optional[str] = None,
        name: str = "adamw",
        **kwargs: Any,
    ):
        super().__init__(
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            global_clipnorm=global_clipnorm,
            decay_exclusions=decay_exclusions,
            parity=parity,
            name=name,
            **kwargs,
        )
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.bias_correction = parity != "google" if bias_correction is None else bias_correction

    def build(self, variables: Sequence[Any]) -> None:
        if self.built:
            return
        super().build(variables)
        self._means, self._squares = self.add_optimizer_variables(variables, ["mean", "square"])

    def direction(self, gradient: Any, variable: Any) -> Any:
        """Updates the means with a gradient and returns the step's direction, decay included."""
        index = self._get_variable_index(variable)
        mean, square = self._means[index], self._squares[index]
        share_1, share_2 = (
            self.share_of_step(1 - beta, variable.dtype) for beta in (self.beta_1, self.beta_2)
        )
        self.assign_add(mean, (gradient - mean) * share_1)
        self.assign_add(square, (ops.square(gradient) - square) * share_2)
        direction = mean / (ops.sqrt(square) + self.epsilon)
        if self.bias_correction:
            key = ("correction", variable.dtype)
            direction = direction * self.once_a_step(key, lambda: self._correction(variable.dtype))
        decay = self.decay_of(variable)
        if decay:
            direction = direction + decay * ops.convert_to_tensor(variable)
        return direction

    def _update_at_once(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        index, dtype = self._get_variable_index(variable), variable.dtype
        decay = self.decay_of(variable)
        if decay:
            self.assign_sub(variable, ops.convert_to_tensor(variable) * (learning_rate * decay))
        kept, powers = self.once_a_step(("betas", dtype), lambda: self._betas_of_step(dtype))
        slots = (self._means[index], self._squares[index])
        adam_operation(variable, slots, gradient, learning_rate, kept, powers, self.epsilon)

    def _betas_of_step(self, dtype: Any) -> Any:
        """Returns what the means keep of themselves, and the powers that the correction needs."""
        betas = (self.beta_1, self.beta_2)
        kept = [1 - self.share_of_step(1 - beta, dtype) for beta in betas]
        step = ops.cast(self.iterations + 1, dtype)
        powers = [ops.power(ops.cast(beta, dtype), step) for beta in betas]
        return kept, powers if self.bias_correction else [ops.zeros_like(step)] * 2

    def _correction(self, dtype: Any) -> Any:
        step = ops.cast(self.iterations + 1, dtype)
        beta_1, beta_2 = (ops.cast(beta, dtype) for beta in (self.beta_1, self.beta_2))
        return ops.sqrt(1 - ops.power(beta_2, step)) / (1 - ops.power(beta_1, step))

    one_operation: bool = True
    """Whether TensorFlow makes Adam's part of an update in one operation, where no strategy
    distributes the variable. Set it before the first step."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        gradient = ops.cast(gradient, variable.dtype)
        learning_rate = self.rate_of_step(learning_rate, variable.dtype)
        if self.one_operation and has_adam_operation():
            self._update_at_once(gradient, variable, learning_rate)
            return
        self.assign_sub(variable, learning_rate * self.direction(gradient, variable))

    def get_config(self) -> Dict[str, Any]:
        config = super().get_config()
        config.update(
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            bias_correction=self.bias_correction,
        )
        return config
