"""CompileSettings: how a task is trained, resolved once the number of steps is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional

from albert_zoo.keras_api import backend_name, keras, require_keras_3
from albert_zoo.training.adamw import AdamW
from albert_zoo.training.lamb import LAMB
from albert_zoo.training.warmup_linear_decay import WarmupLinearDecay

OPTIMIZERS = {"adamw": AdamW, "lamb": LAMB}


@dataclass(frozen=True)
class CompileSettings:
    """What `Task.compile` was told. The learning rate's schedule needs the number of steps, which
    `fit` knows.

    Args:
        optimizer: `"adamw"`, `"lamb"` or a `keras.optimizers.Optimizer`, used as it is.
        learning_rate: float or a schedule. `None` for the recipe's.
        loss: Keras loss. `None` for cross-entropy, or squared error for regression.
        metrics: list of Keras metrics for the progress of training. `None` for accuracy.
        jit_compile: bool. `None` for true on JAX and false elsewhere.
        weight_decay: float, 0 or above.
        global_clipnorm: float above 0, or `None` for no clipping.
        warmup_fraction: float in [0, 1), of all steps. `None` for the recipe's.
        parity: `None`, `"google"` or `"garden"`: the optimizer and schedule of the originals. The
            Model Garden's head also drops at its encoder's rate, 0 for v2 models: make the
            classifier with `dropout=0.0` for that.
    """

    optimizer: Any = "adamw"
    learning_rate: Any = None
    loss: Any = None
    metrics: Any = None
    jit_compile: Optional[bool] = None
    weight_decay: float = 0.01
    global_clipnorm: Optional[float] = 1.0
    warmup_fraction: Optional[float] = None
    parity: Optional[str] = None

    def __post_init__(self) -> None:
        if isinstance(self.optimizer, str) and self.optimizer not in OPTIMIZERS:
            raise ValueError(
                f"`optimizer` must be 'adamw', 'lamb' or a Keras optimizer. "
                f"Received: {self.optimizer!r}. Correct it."
            )
        if self.jit_compile:
            require_keras_3("`jit_compile=True`", "Leave it out.")
        if isinstance(self.learning_rate, (int, float)) and not self.learning_rate > 0:
            raise ValueError(
                f"`learning_rate` must be above 0. Received: {self.learning_rate}. Give 2e-5, say."
            )
        fraction = self.warmup_fraction
        if fraction is not None and not 0 <= fraction < 1:
            raise ValueError(
                f"`warmup_fraction` must be in [0, 1). Received: {fraction}. Give 0.1, say."
            )

    def make_loss(self, is_regression: bool) -> Any:
        """Returns the loss object."""
        if self.loss is not None:
            return keras.losses.get(self.loss)
        if is_regression:
            return keras.losses.MeanSquaredError()
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def make_optimizer(self, recipe: Any, total_steps: int, warmup_steps: int) -> Any:
        """Returns the optimizer for a run of so many steps."""
        if not isinstance(self.optimizer, str):
            return self.optimizer
        rate = self.learning_rate if self.learning_rate is not None else recipe.learning_rate
        if isinstance(rate, (int, float)):
            if self.warmup_fraction is not None:
                warmup_steps = int(total_steps * self.warmup_fraction)
            rate = WarmupLinearDecay(
                float(rate),
                total_steps=total_steps,
                warmup_steps=min(warmup_steps, total_steps),
                reference=self.parity is not None,
            )
        return OPTIMIZERS[self.optimizer](
            learning_rate=rate,
            weight_decay=self.weight_decay,
            global_clipnorm=self.global_clipnorm,
            parity=self.parity,
        )

    def compile_arguments(self, is_regression: bool) -> Dict[str, Any]:
        """Returns the arguments of `keras.Model.compile` other than the optimizer."""
        metrics = self.metrics
        if metrics is None:
            metrics = [] if is_regression else ["accuracy"]
        jit = backend_name() == "jax" if self.jit_compile is None else self.jit_compile
        return {"loss": self.make_loss(is_regression), "metrics": metrics, "jit_compile": jit}
