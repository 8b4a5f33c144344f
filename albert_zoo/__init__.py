"""albert_zoo: ALBERT for Keras 3, fine-tuned on GLUE and on your own text.

The public names are loaded when they are first used, so that `import albert_zoo` and
`albert-zoo --help` do not wait for Keras.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, List

from albert_zoo._version import __version__ as __version__
from albert_zoo.registration import register_after_keras

if TYPE_CHECKING:
    from albert_zoo.backends import AscendOptions as AscendOptions
    from albert_zoo.backends import AutoTune as AutoTune
    from albert_zoo.backends import Dump as Dump
    from albert_zoo.backends import Hccl as Hccl
    from albert_zoo.backends import OverflowDump as OverflowDump
    from albert_zoo.backends import Profiling as Profiling
    from albert_zoo.data import EncodedExamples as EncodedExamples
    from albert_zoo.layers import AlbertTransformerBlock as AlbertTransformerBlock
    from albert_zoo.layers import FactorizedEmbedding as FactorizedEmbedding
    from albert_zoo.layers import MaskedLMHead as MaskedLMHead
    from albert_zoo.layers import SharedTransformerStack as SharedTransformerStack
    from albert_zoo.models import AlbertBackbone as AlbertBackbone
    from albert_zoo.models import AlbertClassifier as AlbertClassifier
    from albert_zoo.models import AlbertMaskedLM as AlbertMaskedLM
    from albert_zoo.models import AlbertPretrainer as AlbertPretrainer
    from albert_zoo.tables import Columns as Columns
    from albert_zoo.tables import Examples as Examples
    from albert_zoo.text import AlbertPreprocessor as AlbertPreprocessor
    from albert_zoo.text import AlbertTokenizer as AlbertTokenizer
    from albert_zoo.training import LAMB as LAMB
    from albert_zoo.training import AdamW as AdamW
    from albert_zoo.training import F1Score as F1Score
    from albert_zoo.training import GuardSettings as GuardSettings
    from albert_zoo.training import MatthewsCorrelation as MatthewsCorrelation
    from albert_zoo.training import PearsonCorrelation as PearsonCorrelation
    from albert_zoo.training import Prediction as Prediction
    from albert_zoo.training import Task as Task
    from albert_zoo.training import WarmupLinearDecay as WarmupLinearDecay
    from albert_zoo.zoo import convert as convert
    from albert_zoo.zoo import list_presets as list_presets
    from albert_zoo.zoo import upload_preset as upload_preset

_ROOMS = {
    "backends": ("AscendOptions", "AutoTune", "Dump", "Hccl", "OverflowDump", "Profiling"),
    "data": ("EncodedExamples",),
    "layers": (
        "AlbertTransformerBlock",
        "FactorizedEmbedding",
        "MaskedLMHead",
        "SharedTransformerStack",
    ),
    "models": ("AlbertBackbone", "AlbertClassifier", "AlbertMaskedLM", "AlbertPretrainer"),
    "tables": ("Columns", "Examples"),
    "text": ("AlbertPreprocessor", "AlbertTokenizer"),
    "training": (
        "AdamW",
        "F1Score",
        "GuardSettings",
        "LAMB",
        "MatthewsCorrelation",
        "PearsonCorrelation",
        "Prediction",
        "Task",
        "WarmupLinearDecay",
    ),
    "zoo": ("convert", "list_presets", "upload_preset"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(["__version__", *_ROOM_OF])


def __getattr__(name: str) -> Any:
    if name in _ROOM_OF:
        return getattr(importlib.import_module(f"albert_zoo.{_ROOM_OF[name]}"), name)
    raise AttributeError(f"module 'albert_zoo' has no attribute {name!r}")


def __dir__() -> List[str]:
    return sorted([*globals(), *__all__])


register_after_keras()
