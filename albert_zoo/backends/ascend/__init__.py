"""Ascend: training on Huawei's NPUs."""

from albert_zoo.backends.ascend.ascend_backend import AscendBackend as AscendBackend
from albert_zoo.backends.ascend.auto_tune import AutoTune as AutoTune
from albert_zoo.backends.ascend.dump import Dump as Dump
from albert_zoo.backends.ascend.hccl import Hccl as Hccl
from albert_zoo.backends.ascend.options import AscendOptions as AscendOptions
from albert_zoo.backends.ascend.overflow_dump import OverflowDump as OverflowDump
from albert_zoo.backends.ascend.profiling import Profiling as Profiling
from albert_zoo.backends.ascend.torch_npu_backend import TorchNpuBackend as TorchNpuBackend

__all__ = [
    "AscendBackend",
    "AscendOptions",
    "AutoTune",
    "Dump",
    "Hccl",
    "OverflowDump",
    "Profiling",
    "TorchNpuBackend",
]
