"""CompileSettings: how a task is trained, resolved once the number of steps is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, Optional

from albert_zoo.backends import Backend
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
        jit_compile: bool. `None` for what the backend asks for: true on JAX and false elsewhere.
        weight_decay: float, 0 or above.
        global_clipnorm: float above 0, or `None` for no clipping.
        warmup_fraction: float in [0, 1), of all steps. `None` for the recipe's.
        parity: `None`, `"google"` or `"garden"`: the optimizer and schedule of the originals. The
            Model Garden's head also drops at its encoder's rate, 0 for v2 models: make the
            classifier with `dropout=0.0` for that.
        gradient_accumulation_steps: int. In how many parts a batch is computed, for less memory:
            the step is that of the whole batch.
        remat: bool. Whether the blocks' inner results are computed again for the gradient, for
            less memory and a third more time. `None` leaves it to the model.
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
    gradient_accumulation_steps: int = 1
    remat: Optional[bool] = None

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

        self._check_memory_savers()

    def _check_memory_savers(self) -> None:
        parts = self.gradient_accumulation_steps
        if not isinstance(parts, int) or parts < 1:
            raise ValueError(
                "`gradient_accumulation_steps` must be an integer above 0. "
                f"Received: {parts!r}. Give 4, say, for a quarter of the rows at once."
            )
        if parts > 1:
            require_keras_3("`gradient_accumulation_steps`", "Give a smaller `batch_size`.")
            if not isinstance(self.optimizer, str):
                raise ValueError(
                    "`gradient_accumulation_steps` goes with an optimizer by name. Received: "
                    f"{type(self.optimizer).__name__}. Give 'adamw', or make it yourself."
                )
        if self.remat:
            require_keras_3("`remat=True`", "Leave it out.")

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
        parts = self.gradient_accumulation_steps
        more = {"gradient_accumulation_steps": parts} if parts > 1 else {}
        optimizer = OPTIMIZERS[self.optimizer](
            learning_rate=rate,
            weight_decay=self.weight_decay,
            global_clipnorm=self.global_clipnorm,
            parity=self.parity,
            **more,
        )
        optimizer.batch_parts = parts
        return optimizer

    def compile_arguments(
        self, is_regression: bool, backend: Optional[Backend] = None
    ) -> Dict[str, Any]:
        """Returns the arguments of `keras.Model.compile` other than the optimizer.

        Args:
            is_regression: bool.
            backend: `Backend` to train on.

        Raises:
            ValueError: `jit_compile` is asked for where the backend does not have it, or gradients
                are accumulated where several processes train.
        """
        backend = Backend() if backend is None else backend
        metrics = self.metrics
        if metrics is None:
            metrics = [] if is_regression else ["accuracy"]
        parts = self.gradient_accumulation_steps
        if parts > 1 and backend.workers > 1:
            raise ValueError(
                "`gradient_accumulation_steps` must be 1 where several processes train. "
                f"Received: {parts}. Lower the `batch_size`."
            )
        arguments = {
            "loss": self.make_loss(is_regression),
            # Weights leave out the rows that fill up a batch in parts.
            "weighted_metrics" if parts > 1 else "metrics": metrics,
            "jit_compile": self._jit_compile(backend),
        }
        if not backend.auto_scale_loss:
            arguments["auto_scale_loss"] = False
        return arguments

    def _jit_compile(self, backend: Backend) -> bool:
        if self.jit_compile and backend.jit_compile is False:
            raise ValueError(
                f"`jit_compile` must not be True on the backend {backend.name!r}. Received: True. "
                "Leave it out."
            )
        if self.jit_compile is not None:
            return self.jit_compile
        return backend_name() == "jax" if backend.jit_compile is None else backend.jit_compile
