"""Foreign weight formats and our own: files of named arrays. Nothing here knows a model."""

from albert_zoo.checkpoints.checkpoint import Checkpoint as Checkpoint
from albert_zoo.checkpoints.convert import read_checkpoint as read_checkpoint
from albert_zoo.checkpoints.convert import write_checkpoint as write_checkpoint
from albert_zoo.checkpoints.detect import detect as detect
from albert_zoo.checkpoints.lazy_array import LazyArray as LazyArray
from albert_zoo.checkpoints.lazy_arrays import LazyArrays as LazyArrays
from albert_zoo.checkpoints.matching import match_arrays as match_arrays
from albert_zoo.checkpoints.name_map import from_tf1_names as from_tf1_names

__all__ = [
    "Checkpoint",
    "LazyArray",
    "LazyArrays",
    "detect",
    "from_tf1_names",
    "match_arrays",
    "read_checkpoint",
    "write_checkpoint",
]
