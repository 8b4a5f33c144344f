"""Registers our classes with Keras as soon as Keras is there, without importing it.

`keras.saving.load_model` finds a class only after its module was imported. `import albert_zoo`
followed by `import keras` and `load_model` must be enough, yet `import albert_zoo` must not take
the seconds that Keras takes.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from types import ModuleType
from typing import Any, Optional

_CLASSES = ("albert_zoo.models", "albert_zoo.training")


def _register() -> None:
    for module in _CLASSES:
        importlib.import_module(module)


def _can_register(keras: ModuleType) -> bool:
    # Keras 2.6 imports itself in a circle with TensorFlow and cannot be built upon yet. And if it
    # is our own code that imports Keras, our classes are on their way already.
    is_keras_3 = not str(getattr(keras, "__version__", "2")).startswith("2")
    return is_keras_3 and "albert_zoo.keras_api" not in sys.modules


class _KerasFinder(importlib.abc.MetaPathFinder):
    """Finds Keras 3 as Python would, and has our classes imported after it."""

    def find_spec(
        self, name: str, path: Any, target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if name != "keras":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                if _can_register(module):
                    _register()

            spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec


def register_after_keras() -> None:
    """Registers our classes now if Keras is loaded, and otherwise when it will be."""
    keras = sys.modules.get("keras")
    if keras is None:
        sys.meta_path.insert(0, _KerasFinder())
    elif _can_register(keras):
        _register()
