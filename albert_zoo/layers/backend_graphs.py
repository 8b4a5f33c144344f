"""Gradients of one's own, traces that are shared, and what a graph can do on each backend.

Of the layers' files this one alone knows TensorFlow and PyTorch.
"""

from __future__ import annotations

import contextlib
from typing import Any, Iterator, Optional, Sequence

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

    It then keeps more results for the gradient, and computes GELU as Keras does; the numbers are
    the same but for rounding.

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


def has_own_gradients() -> bool:
    """Says whether functions have own gradients here: on TensorFlow, without `plain_gradients`."""
    return backend_name() == "tensorflow" and _own_gradients


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
            return of_tensors(*given) if has_own_gradients() else function(*given)[0]

        return call
    return lambda *tensors: function(*tensors)[0]


def not_before(*tensors: Any) -> Any:
    """Returns a context in which TensorFlow's graph computes nothing before it has these tensors.

    A gradient that computes something again, of what the forward pass has, needs it: TensorFlow
    would do so at once, and keep the result. Own gradients exist on TensorFlow alone.

    Args:
        *tensors: such as the gradient that comes in. `None` counts for nothing.
    """
    import tensorflow as tf

    return tf.control_dependencies([each for each in tensors if each is not None])


def recomputed(function: Any) -> Any:
    """Returns the function with a gradient that calls it again, instead of keeping its results."""
    require_keras_3("`remat=True`", "Leave it out.")
    return keras.remat(function)


class _ReadWeights:
    """A layer's weights, read once for all its calls in a TensorFlow graph."""

    def __init__(self, layer: Any):
        import tensorflow as tf

        self.variables = layer.weights
        self.values = [tf.convert_to_tensor(variable.value) for variable in self.variables]
        """What the next call takes."""


def read_once(layer: Any) -> Optional[_ReadWeights]:
    """Reads a layer's weights for all its calls in the graph that TensorFlow is making.

    `None` where no such graph is made: on other backends and in eager mode; under tf.keras 2.6,
    whose dropout would drop the same in every call; and where XLA compiles the graph: it copies
    every call of a trace, after minutes of computing what would be constant.

    Args:
        layer: built Keras layer.
    """
    if backend_name() != "tensorflow" or KERAS_GENERATION != 3:
        return None
    import tensorflow as tf

    return None if tf.executing_eagerly() or _is_for_xla() else _ReadWeights(layer)


def traced_once(
    function: Any, weights: _ReadWeights, again: bool = False, is_last: bool = False
) -> Any:
    """Has TensorFlow trace a function once while it makes a graph, and call that trace again.

    Each call hands the weights on to the next one. So their gradients are summed up call by call;
    TensorFlow would keep those of all calls, each as large as the weights, and add them at the end.

    Args:
        function: of tensors, the first of floats, to one. All else that it reads, but the weights,
            must not change between its calls.
        weights: of the layer that it calls.
        again: whether the gradient calls the trace again, rather than keep inner results.
        is_last: whether no other call takes the weights.
    """
    import tensorflow as tf

    count = len(weights.values)

    def call(*tensors: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(weights.variables, tensors))):
            return function(*tensors[count:])

    def call_and_hand_on(*tensors: Any) -> Any:
        tensors = (*_summed_before(*tensors[: count + 1]), *tensors[count + 1 :])
        return (call(*tensors), *(() if is_last else tensors[:count]))

    if again:
        traced = _called_again(tf.function(call, autograph=False), count)
    else:
        traced = tf.function(call_and_hand_on, autograph=False)

    def next_call(*tensors: Any) -> Any:
        result, *weights.values = traced(*weights.values, *tensors)
        return result

    return next_call


def _summed_before(*tensors: Any) -> Any:
    """Returns the tensors. The gradient of the last one waits for the sums of the others'."""
    import tensorflow as tf

    @tf.custom_gradient
    def pass_on(*tensors: Any) -> Any:
        return tensors, lambda *upstream: (*upstream[:-1], _after(upstream[:-1], upstream[-1]))

    return pass_on(*tensors)


def _after(sums: Sequence[Any], x: Any) -> Any:
    """Returns `x`, not before the sums; this keeps TensorFlow from joining them with later ones.

    Args:
        sums: sequence of tensors, and of `None` where one of integers has no gradient.
        x: tensor.
    """
    import tensorflow as tf

    with not_before(*sums):
        return tf.identity(x)


def _called_again(function: Any, count: int) -> Any:
    """Returns what calls the function, with a gradient that calls it again, and hands tensors on.

    Args:
        function: of tensors, to one; must not read variables.
        count: int. How many of its arguments, from the first on, are returned after its result.
    """
    import tensorflow as tf

    @tf.custom_gradient
    def call(*tensors: Any) -> Any:
        def gradient(of_result: Any, *of_handed_on: Any) -> Any:
            with not_before(of_result):
                given = [tf.identity(tensor) for tensor in tensors]
            with tf.GradientTape() as tape:
                tape.watch([tensor for tensor in given if tensor.dtype.is_floating])
                result = function(*given)
            gradients = tape.gradient(result, given, of_result)
            pairs = zip(gradients, of_handed_on)
            sums = [one if one is None or other is None else one + other for one, other in pairs]
            return (*sums, _after(sums, gradients[count]), *gradients[count + 1 :])

        return (function(*map(tf.stop_gradient, tensors)), *tensors[:count]), gradient

    return call


def sigmoid_gradient(share: Any, upstream: Any) -> Any:
    """Returns `upstream * share * (1 - share)`, in one operation; within own gradients alone.

    Args:
        share: tensor, what a sigmoid returned.
        upstream: tensor of the same shape.
    """
    import tensorflow as tf

    return tf.raw_ops.SigmoidGrad(y=share, dy=upstream)


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
