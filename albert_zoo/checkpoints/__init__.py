"""Foreign weight formats and our own: files of named arrays. Nothing here knows a model."""

from albert_zoo.checkpoints.matching import match_arrays as match_arrays
from albert_zoo.checkpoints.name_map import from_tf1_names as from_tf1_names

__all__ = ["from_tf1_names", "match_arrays"]
