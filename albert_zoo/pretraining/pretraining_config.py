"""PretrainingConfig: the hyper-parameters of a pre-training run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Dict, List, Optional

from albert_zoo.errors import DataError, did_you_mean

OPTIMIZERS = ("lamb", "adamw")


@dataclass(frozen=True)
class PretrainingConfig:
    """The hyper-parameters of a pre-training run; a JSON file of them is its configuration.

    Args:
        backbone: dict of arguments of `AlbertBackbone`, without `vocabulary_size`. Left out where
            a preset is continued.
        optimizer: `"lamb"` or `"adamw"`.
        learning_rate: float above 0. Its peak.
        final_learning_rate: float, 0 or above. Rate at the end, for a run that another continues.
        total_steps: int above 0. Updates of the weights.
        warmup_steps: int. Updates of the rise of the learning rate.
        batch_tokens: int. Tokens that go through the model at once, padding included.
        accumulation_steps: int above 0. Such batches whose gradients make one update.
        lengths: list of int. Lengths that batches are padded to; empty for the records' own and
            the half of it.
        weight_decay: float, 0 or above.
        clip_norm: float above 0, or `None`. Norm of the gradient at the most.
        dynamic_masking: bool. Whether every epoch hides other words than the files do.
        word_statistics: bool. Whether a new model's tables start from counts of words instead of
            random numbers; see `start_from_statistics`.
        mask_rate, max_ngram: of dynamic masking; see `NgramMasking`.
        dtype: str. `"float32"`, `"mixed_bfloat16"` or `"mixed_float16"`.
        seed: int. Of the weights, the order of the data and the masks.
        evaluate_every: int. Updates between two evaluations on held-out text.
        log_every: int. Updates between two lines of the log.
        save_minutes: float. Minutes between two checkpoints.

    Raises:
        ValueError: a value is out of range.

    Example:

    >>> PretrainingConfig(optimizer="adamw", learning_rate=1e-3).warmup_steps
    1000
    """

    backbone: Dict[str, Any] = field(default_factory=dict)
    optimizer: str = "lamb"
    learning_rate: float = 1.76e-3
    final_learning_rate: float = 0.0
    total_steps: int = 10_000
    warmup_steps: int = 1000
    batch_tokens: int = 8192
    accumulation_steps: int = 1
    lengths: List[int] = field(default_factory=list)
    weight_decay: float = 0.01
    clip_norm: Optional[float] = 1.0
    dynamic_masking: bool = True
    word_statistics: bool = False
    mask_rate: float = 0.15
    max_ngram: int = 3
    dtype: str = "float32"
    seed: int = 0
    evaluate_every: int = 500
    log_every: int = 50
    save_minutes: float = 10.0

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise ValueError(
                f"`optimizer` must be of {', '.join(OPTIMIZERS)}. Received: {self.optimizer!r}."
                f"{did_you_mean(self.optimizer, OPTIMIZERS)}"
            )
        positive = ("learning_rate", "total_steps", "batch_tokens", "accumulation_steps")
        for name in (*positive, "evaluate_every", "log_every"):
            if not getattr(self, name) > 0:
                raise ValueError(f"`{name}` must be above 0. Received: {getattr(self, name)!r}.")
        if not 0 <= self.warmup_steps <= self.total_steps:
            raise ValueError(
                "`warmup_steps` must be in [0, total_steps]. Received: "
                f"{self.warmup_steps}, total_steps={self.total_steps}."
            )

    def as_dict(self) -> Dict[str, Any]:
        """Returns the hyper-parameters as JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Dict[str, Any]) -> PretrainingConfig:
        """Makes a configuration of JSON values.

        Raises:
            ValueError: a name is not known, or a value is out of range.
        """
        known = [f.name for f in fields(cls)]
        for name in values:
            if name not in known:
                raise ValueError(
                    f"`config` must hold names of {cls.__name__} only. Received: {name!r}."
                    f"{did_you_mean(name, known)}"
                )
        return cls(**values)

    @classmethod
    def from_file(cls, path: Any) -> PretrainingConfig:
        """Reads a JSON file.

        Raises:
            DataError: the file is missing, or not a JSON object of these values.
        """
        path = Path(path)
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise DataError("no such file.", path=path) from None
        except ValueError as error:  # of JSON, or of UTF-8
            raise DataError(f"not a JSON file ({error}).", path=path) from None
        if not isinstance(values, dict):
            raise DataError("must hold a JSON object.", path=path)
        try:
            return cls.from_dict(values)
        except (TypeError, ValueError) as error:
            raise DataError(str(error), path=path) from None
