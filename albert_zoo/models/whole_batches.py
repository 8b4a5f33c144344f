"""WholeBatches: callbacks where batches are computed in parts."""

from __future__ import annotations

from typing import Any, Dict, Optional

from albert_zoo.keras_api import keras


def batch_parts_of(optimizer: Any) -> int:
    """Returns in how many parts `fit` is to compute each batch.

    Args:
        optimizer: Keras optimizer. An attribute `batch_parts`, equal to its
            `gradient_accumulation_steps`, asks for parts.
    """
    return int(getattr(getattr(optimizer, "inner_optimizer", optimizer), "batch_parts", 1))


class WholeBatches(keras.callbacks.Callback):
    """Tells another callback of whole batches alone.

    Args:
        callback: `keras.callbacks.Callback` or `CallbackList`.
        parts: int. Parts of a batch.
    """

    def __init__(self, callback: Any, parts: int):
        super().__init__()
        self.callback = callback
        self.parts = parts

    def set_params(self, params: Dict[str, Any]) -> None:
        super().set_params(params)
        steps = (params or {}).get("steps")
        whole = {} if steps is None else {"steps": steps // self.parts}
        self.callback.set_params({**(params or {}), **whole})

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self.callback.set_model(model)

    def on_train_batch_begin(self, batch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        if batch % self.parts == 0:
            self.callback.on_train_batch_begin(batch // self.parts, logs)

    def on_train_batch_end(self, batch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        if (batch + 1) % self.parts == 0:
            self.callback.on_train_batch_end(batch // self.parts, logs)


def _forwarded(name: str) -> Any:
    def forward(self: WholeBatches, *args: Any, **kwargs: Any) -> None:
        getattr(self.callback, name)(*args, **kwargs)

    return forward


for _name in dir(keras.callbacks.Callback):
    if _name.startswith("on_") and _name not in vars(WholeBatches):
        setattr(WholeBatches, _name, _forwarded(_name))


def for_whole_batches(callbacks: Any, parts: int) -> Any:
    """Wraps callbacks in `WholeBatches`.

    Args:
        callbacks: list of Keras callbacks, or a `CallbackList`, which has its model already.
        parts: int. Parts of a batch.

    Returns:
        What `keras.Model.fit` takes in their place.
    """
    if isinstance(callbacks, keras.callbacks.CallbackList):
        return keras.callbacks.CallbackList([WholeBatches(callbacks, parts)])
    return [WholeBatches(callback, parts) for callback in callbacks or ()]
