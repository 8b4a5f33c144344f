"""Gradients of one's own, traces that are shared, and what a graph can do on each backend.

Of the layers' files this one alone knows TensorFlow and PyTorch.
"""

from __future__ import annotations

import contextlib
from typing import Any, Iterator

from albert_zoo.keras_api import KERAS_GENERATION, backend_name, keras, ops, require_keras_3


def has_dynamic_shapes(x: Any) -> bool:
    """Says whether shapes may depend on the values of tensors, where `x` is computed.

    TensorFlow and PyTorch can, but not while XLA compiles, while PyTorch traces, compiles or
    exports a graph, or on an NPU, which compiles every shape anew. JAX cannot.

    Args:
        x: tensor.
    """
    if backend_name() == "jax":
        return False
    if backend_name() == "tensorflow":
        return not _is_for_xla()
    import torch

    traced = torch.compiler.is_compiling() or torch.jit.is_tracing()
    device = x.device.type if isinstance(x, torch.Tensor) else "cpu"
    return not traced and device not in ("meta", "npu")


def _is_for_xla() -> bool:
    """Says whether the TensorFlow graph that is being made is one that XLA compiles."""
    import tensorflow as tf
    from tensorflow.python.ops import control_flow_util

    # TensorFlow's own way to ask, in 2.6 as in 2.21; no public name says it.
    graph = tf.compat.v1.get_default_graph()
    return bool(control_flow_util.GraphOrParentsInXlaContext(graph))


_own_gradients = True


@contextlib.contextmanager
def plain_gradients() -> Iterator[None]:
    """Has TensorFlow differentiate each function as it is, in all graphs made in this context.

    It then keeps more results for the gradient; the numbers are the same but for rounding.

    Example:

    >>> import albert_zoo
    >>> task = albert_zoo.Task("sst2", "albert_tiny_en")
    >>> with plain_gradients():
    ...     history = task.fit(["a joy", "a bore"], [1, 0], epochs=1, verbose=0, checks=False)
    """
    global _own_gradients
    before, _own_gradients = _own_gradients, False
    try:
        yield
    finally:
        _own_gradients = before


def custom_gradient(function: Any) -> Any:
    """Gives a function of tensors a gradient of its own, on TensorFlow.

    On PyTorch and JAX, and within `plain_gradients`, the function is differentiated as it is.

    Args:
        function: takes tensors, and returns a tensor, or a tuple of some, and a function from
            gradients of these to those of its arguments.
    """
    if backend_name() == "tensorflow":
        import tensorflow as tf

        of_tensors = tf.custom_gradient(function)

        def call(*tensors: Any) -> Any:
            given = map(tf.convert_to_tensor, tensors)
            return of_tensors(*given) if _own_gradients else function(*given)[0]

        return call
    return lambda *tensors: function(*tensors)[0]


def not_before(x: Any) -> Any:
    """Returns a context in which TensorFlow's graph computes nothing before it has computed `x`.

    A gradient that computes something again, of what the forward pass has, needs it: TensorFlow
    would do so at once, and keep the result.

    Args:
        x: tensor, such as the gradient that comes in.
    """
    if backend_name() != "tensorflow":
        return contextlib.nullcontext()
    import tensorflow as tf

    return tf.control_dependencies([x])


def recomputed(function: Any) -> Any:
    """Returns the function with a gradient that calls it again, instead of keeping its results."""
    require_keras_3("`remat=True`", "Leave it out.")
    return keras.remat(function)


def traced_once(function: Any, layer: Any = None) -> Any:
    """Has TensorFlow trace a function once while it makes a graph, and call that trace again.

    Not under tf.keras 2.6, whose dropout would drop the same in every call, and not where XLA
    compiles the graph: it copies every call, after minutes of computing what would be constant.

    Args:
        function: of tensors. All else that it reads must not change between its calls.
        layer: Keras layer whose weights it reads, to read them once; `None` where the gradient
            must find the variables in the function.
    """
    if backend_name() != "tensorflow" or KERAS_GENERATION != 3:
        return function
    import tensorflow as tf

    if tf.executing_eagerly() or _is_for_xla():
        return function
    variables = [] if layer is None else layer.weights
    values = [tf.convert_to_tensor(variable.value) for variable in variables]

    def call(values: Any, *tensors: Any) -> Any:
        if not values:
            return function(*tensors)
        with keras.StatelessScope(state_mapping=list(zip(variables, values))):
            return function(*tensors)

    traced = tf.function(call, autograph=False)
    return lambda *tensors: traced(values, *tensors)


def take_rows(x: Any, index: Any) -> Any:
    """Returns `x[index]`; as `ops.take`, without what TensorFlow need do for indices below 0.

    Args:
        x: tensor.
        index: int tensor of any shape, 0 or above.
    """
    if backend_name() != "tensorflow":
        return ops.take(x, index, axis=0)
    import tensorflow as tf

    return tf.gather(x, index)
