"""Everything that the next training step depends on, as arrays.

The room does not pass it on: whoever looks at a run's files alone does not wait for Keras.
"""

from __future__ import annotations

import random
from typing import Any, Callable, Dict, Mapping, Sequence, Tuple

import numpy as np

from albert_zoo.errors import ConversionError
from albert_zoo.keras_api import backend_name, ops, state_variables

PARTS = ("weights", "optimizer", "random", "metrics")


def take_snapshot(model: Any) -> Dict[str, np.ndarray]:
    """Copies the state of a model that is being trained.

    Within `fit` call it from a callback with `self.model`: on JAX it is this that hands the state
    over to the model.

    Args:
        model: compiled model of ours, whose optimizer is built.

    Returns:
        dict of name to array, copies all: `weights/...` under the names of preset files,
        `optimizer/...`, `random/...` (of the dropout layers, of PyTorch, NumPy and Python) and
        `metrics/...`, the sums within the epoch.
    """
    arrays = {name: _copy_of(variable) for name, variable in _variables(model).items()}
    for name, (get, _) in _generators().items():
        arrays[f"random/{name}"] = get()
    return arrays


def put_back(model: Any, arrays: Mapping[str, np.ndarray], parts: Sequence[str] = PARTS) -> None:
    """Gives a model the state that `take_snapshot` copied.

    Args:
        model: compiled model of the same geometry, with an optimizer of the same kind, built.
        arrays: mapping of name to array; it is not changed.
        parts: which of `weights`, `optimizer`, `random` and `metrics` to put back. Of `random`
            alone, `generators` are those of PyTorch, NumPy and Python.

    Raises:
        ConversionError: the arrays are another model's or another optimizer's. Nothing is set then.
    """
    variables = {
        name: variable
        for name, variable in _variables(model).items()
        if name.split("/")[0] in parts
    }
    _check_match(variables, arrays, parts)
    for name, variable in variables.items():
        variable.assign(arrays[name].astype(_numpy_dtype(variable), copy=False))
    if "random" in parts or "generators" in parts:
        for name, (_, put) in _generators().items():
            if f"random/{name}" in arrays:
                put(arrays[f"random/{name}"])


def _variables(model: Any) -> Dict[str, Any]:
    named = {f"weights/{name}": weight for name, weight in model.named_weights().items()}
    prefixes = {"optimizer": "optimizer/", "seeds": "random/dropout_", "metrics": "metrics/"}
    for part, variables in state_variables(model).items():
        named.update({f"{prefixes[part]}{i}": variable for i, variable in enumerate(variables)})
    return named


def _check_match(
    variables: Mapping[str, Any], arrays: Mapping[str, np.ndarray], parts: Sequence[str]
) -> None:
    for part in parts:
        # What Python and its libraries draw from is no variable, and may be missing.
        of_part = "random/dropout_" if part == "random" else f"{part}/"
        wanted = {name: tuple(v.shape) for name, v in variables.items() if name.startswith(of_part)}
        found = {name: a.shape for name, a in arrays.items() if name.startswith(of_part)}
        if wanted == found:
            continue
        names = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
        raise ConversionError(
            f"A snapshot must be of the same model and optimizer. Received: {len(names)} array(s) "
            f"that do not fit, the first of them {names[0]}: {found.get(names[0], 'none')} "
            f"for {wanted.get(names[0], 'none')}. Train with the settings that it was made with."
        )


def _copy_of(variable: Any) -> np.ndarray:
    # On the CPU what Keras returns may share its memory with the variable.
    array = np.array(ops.convert_to_numpy(variable))
    # NumPy's files do not know bfloat16, and float32 holds it exactly.
    return array.astype("float32") if array.dtype.kind == "V" else array


def _numpy_dtype(variable: Any) -> Any:
    name = getattr(variable.dtype, "name", variable.dtype)  # Keras 3 has a str, tf.keras a DType
    return "float32" if name == "bfloat16" else name  # Keras rounds it as it assigns


# === What Python and its libraries draw from ===
_Generator = Tuple[Callable[[], np.ndarray], Callable[[np.ndarray], None]]


def _generators() -> Dict[str, _Generator]:
    generators: Dict[str, _Generator] = {
        "python": (_get_python, _set_python),
        "numpy": (_get_numpy, _set_numpy),
    }
    if backend_name() == "torch":
        # Dropout of Keras draws from PyTorch's own generator there.
        import torch

        generators["torch"] = (
            lambda: torch.get_rng_state().numpy().copy(),
            lambda state: torch.set_rng_state(torch.from_numpy(state.copy())),
        )
        if torch.cuda.is_available():
            generators["torch_cuda"] = (
                lambda: np.stack([state.numpy() for state in torch.cuda.get_rng_state_all()]),
                lambda states: torch.cuda.set_rng_state_all(
                    [torch.from_numpy(state.copy()) for state in states]
                ),
            )
    return generators


def _get_python() -> np.ndarray:
    _, words, gauss = random.getstate()
    return np.array([*words, gauss is not None, gauss or 0.0], "float64")  # 32 bits fit exactly


def _set_python(state: np.ndarray) -> None:
    gauss = float(state[-1]) if state[-2] else None
    random.setstate((3, tuple(int(word) for word in state[:-2]), gauss))


def _get_numpy() -> np.ndarray:
    _, words, position, has_gauss, gauss = np.random.get_state()
    return np.array([*words, position, has_gauss, gauss], "float64")


def _set_numpy(state: np.ndarray) -> None:
    words = state[:-3].astype("uint32")
    position, has_gauss, gauss = int(state[-3]), int(state[-2]), float(state[-1])
    np.random.set_state(("MT19937", words, position, has_gauss, gauss))
