"""Backends: where a model is trained."""

from albert_zoo.backends.ascend import AscendOptions as AscendOptions
from albert_zoo.backends.ascend import AutoTune as AutoTune
from albert_zoo.backends.ascend import Dump as Dump
from albert_zoo.backends.ascend import Hccl as Hccl
from albert_zoo.backends.ascend import OverflowDump as OverflowDump
from albert_zoo.backends.ascend import Profiling as Profiling
from albert_zoo.backends.base import Backend as Backend
from albert_zoo.backends.choice import get_backend as get_backend

__all__ = [
    "AscendOptions",
    "AutoTune",
    "Backend",
    "Dump",
    "Hccl",
    "OverflowDump",
    "Profiling",
    "get_backend",
]
