"""WarmupLinearDecay: the learning rate of a fine-tuning run."""

from __future__ import annotations

from typing import Any, Dict

from albert_zoo.keras_api import keras, ops, register_keras_serializable


@register_keras_serializable("albert_zoo")
class WarmupLinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Rises linearly to the peak, then falls linearly to the end, 0 unless told otherwise.

    The first step has `peak / warmup_steps` and the last one above 0, so that no step is wasted.
    `reference=True` gives the originals' schedule (google-research/albert optimization.py,
    `create_optimizer`; the TensorFlow Model Garden the same): the rise starts at 0, and the decay
    is computed from step 0, so that the rate jumps down at the end of the warm-up.

    Args:
        peak_learning_rate: float above 0.
        total_steps: int above 0. Steps of the whole run.
        warmup_steps: int in [0, total_steps]. Steps of the rise.
        reference: bool.
        final_learning_rate: float in [0, peak_learning_rate]. Rate after the last step, for a run
            that another one continues.

    Raises:
        ValueError: an argument is out of range.

    Example:

    >>> schedule = WarmupLinearDecay(1.0, total_steps=10, warmup_steps=2)
    >>> [round(float(schedule(step)), 3) for step in (0, 1, 2, 9)]
    [0.5, 1.0, 1.0, 0.125]
    """

    def __init__(
        self,
        peak_learning_rate: float,
        total_steps: int,
        warmup_steps: int = 0,
        reference: bool = False,
        final_learning_rate: float = 0.0,
    ):
        super().__init__()
        if not peak_learning_rate > 0:
            raise ValueError(
                "`peak_learning_rate` must be above 0. "
                f"Received: {peak_learning_rate}. Give 2e-5, for instance."
            )
        if total_steps < 1 or not 0 <= warmup_steps <= total_steps:
            raise ValueError(
                "`total_steps` must be above 0 and `warmup_steps` in [0, total_steps]. Received: "
                f"total_steps={total_steps}, warmup_steps={warmup_steps}. Correct them."
            )
        if not 0 <= final_learning_rate <= peak_learning_rate:
            raise ValueError(
                "`final_learning_rate` must be in [0, peak_learning_rate]. Received: "
                f"{final_learning_rate}, peak_learning_rate={peak_learning_rate}. Lower it."
            )
        self.peak_learning_rate = peak_learning_rate
        self.total_steps = total_steps
        self.warmup_steps = warmup_steps
        self.reference = reference
        self.final_learning_rate = final_learning_rate

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        total, warmup = float(self.total_steps), float(self.warmup_steps)
        if self.reference:
            rise = step / max(warmup, 1.0)
            fall = 1.0 - ops.minimum(step, total) / total
        else:
            rise = (step + 1.0) / max(warmup, 1.0)
            fall = ops.maximum(total - step, 0.0) / max(total - warmup, 1.0)
        peak, final = self.peak_learning_rate, self.final_learning_rate
        return ops.where(step < warmup, peak * rise, final + (peak - final) * fall)

    def get_config(self) -> Dict[str, Any]:
        return {
            "peak_learning_rate": self.peak_learning_rate,
            "total_steps": self.total_steps,
            "warmup_steps": self.warmup_steps,
            "reference": self.reference,
            "final_learning_rate": self.final_learning_rate,
        }
