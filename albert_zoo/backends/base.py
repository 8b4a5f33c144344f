"""Backend: where a model is trained, and what training must do for it."""

from __future__ import annotations

import contextlib
from typing import Any, ContextManager, Dict, Optional, Tuple

import numpy as np


class Backend:
    """The backend that does nothing: Keras chooses the device by itself.

    Training calls these in order: `prepare` before the model is made, `wrap_optimizer` when it is
    compiled, `start` when its weights are there, and `step` after each step within `scope`.

    Example:

    >>> backend = Backend()
    >>> backend.prepare()
    >>> rows, batch_size = backend.shard(5, batch_size=2)
    >>> rows.tolist(), batch_size, backend.is_chief
    ([0, 1, 2, 3, 4], 2, True)
    """

    name = "default"
    dtype_policy: Optional[str] = None
    """Keras policy that the model is to be made with; `None` leaves it to the user."""

    jit_compile: Optional[bool] = None
    """What `keras.Model.compile` is to be told; `None` leaves it to the user."""

    auto_scale_loss = True
    """Whether `keras.Model.compile` may scale the loss of mixed float16 by itself."""

    fixed_shapes = False
    """Whether every batch is to have the same shape, because each new one is compiled at length."""

    @property
    def workers(self) -> int:
        """How many processes train together."""
        return 1

    @property
    def worker(self) -> int:
        """Which of them this is, from 0."""
        return 0

    @property
    def is_chief(self) -> bool:
        """Whether this process writes files and reports."""
        return self.worker == 0

    def prepare(self) -> None:
        """Makes the device ready. Call it before Keras makes anything, best before its import."""

    def wrap_optimizer(self, optimizer: Any, dtype_policy: Optional[str] = None) -> Any:
        """Returns the optimizer to compile the model with.

        Args:
            optimizer: Keras optimizer.
            dtype_policy: str, name of the model's policy.
        """
        return optimizer

    def start(self, model: Any) -> None:
        """Gives all processes the weights of the chief. Call it once before training."""

    def step(self) -> None:
        """Notes that a training step is done."""

    def scope(self) -> ContextManager[Any]:
        """Returns the context that training runs in."""
        return contextlib.nullcontext()

    def shard(self, num_rows: int, batch_size: int) -> Tuple[np.ndarray, int]:
        """Says what this process trains on.

        Args:
            num_rows: int, rows of the whole set, above 0.
            batch_size: int, rows of a step over all processes.

        Returns:
            the numbers of the rows, int64 `(rows,)`, and the rows of a step in this process.
        """
        return np.arange(num_rows, dtype="int64"), batch_size

    def record(self) -> Dict[str, Any]:
        """Returns what a run's `config.json` is to hold of the backend."""
        return {"name": self.name}
