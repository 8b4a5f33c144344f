"""What tf.keras 2.6 optimizers need before the adapter's wrappers go around them."""

from __future__ import annotations

from typing import Any, List, Tuple


def transforming_always(optimizer: Any) -> Any:
    """Has an optimizer clip its gradients whichever way loss scaling applies them.

    tf.keras clips in `_transform_unaggregated_gradients`, which `LossScaleOptimizer` calls before
    it applies gradients without aggregation. The adapter's one leaves that call out on NPUs that
    saturate (Atlas training products), and gradients would stay as they are.
    """
    transform = getattr(optimizer, "_transform_unaggregated_gradients", None)
    if transform is None:
        return optimizer
    apply_gradients = optimizer.apply_gradients
    is_done = [False]

    def transform_and_note(grads_and_vars: Any) -> Any:
        is_done[0] = True
        return transform(grads_and_vars)

    def apply_transformed(
        grads_and_vars: Any, name: Any = None, experimental_aggregate_gradients: bool = True
    ) -> Any:
        if not experimental_aggregate_gradients and not is_done[0]:
            grads_and_vars = transform(list(grads_and_vars))
        is_done[0] = False
        return apply_gradients(
            grads_and_vars, name, experimental_aggregate_gradients=experimental_aggregate_gradients
        )

    optimizer._transform_unaggregated_gradients = transform_and_note
    optimizer.apply_gradients = apply_transformed
    return optimizer


def with_dense_gradients(optimizer: Any) -> Any:
    """Has an optimizer turn sparse gradients into dense ones before they are sent."""
    apply_gradients = optimizer.apply_gradients

    def apply_dense(grads_and_vars: Any, *args: Any, **kwargs: Any) -> Any:
        pairs: List[Tuple[Any, Any]] = [(_dense(grad), var) for grad, var in grads_and_vars]
        return apply_gradients(pairs, *args, **kwargs)

    optimizer.apply_gradients = apply_dense
    return optimizer


def _dense(gradient: Any) -> Any:
    if not hasattr(gradient, "dense_shape"):
        return gradient
    import tensorflow as tf

    return tf.convert_to_tensor(gradient)
