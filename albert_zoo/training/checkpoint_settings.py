"""CheckpointSettings: how often a run saves itself, and what it takes up again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional


@dataclass(frozen=True)
class CheckpointSettings:
    """When a run's checkpoints are written. One is written after each epoch in any case.

    Args:
        minutes: float above 0. Minutes between two checkpoints within an epoch; `None` for none.
        steps: int above 0. Steps between two checkpoints, counted over the run; `None` for none.
        keep: int above 0. Checkpoints to keep. The weights of the best epoch are kept beside them.
        allow_changed: bool. Whether a run may go on with other settings or data than it began with.
        patience_minutes: float. How long writing may fail in a row before the run is stopped.
        configuration: mapping of JSON values that must be the same when a run goes on, beside what
            `Task.fit` knows itself.
        preset: path of the preset that the run starts from; its files must be the same as well.

    Raises:
        ValueError: a number is out of range.
    """

    minutes: Optional[float] = 10.0
    steps: Optional[int] = None
    keep: int = 3
    allow_changed: bool = False
    patience_minutes: float = 10.0
    configuration: Mapping[str, Any] = field(default_factory=dict)
    preset: Any = None

    def __post_init__(self) -> None:
        for name in ("minutes", "steps", "keep"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(
                    f"`{name}` of checkpoints must be above 0. Received: {value}. Correct it."
                )
