"""From strings to model inputs."""

from .normalization import graph_normalize as graph_normalize
from .normalization import normalize as normalize
from .preprocessor import AlbertPreprocessor as AlbertPreprocessor
from .preprocessor import PackedIds as PackedIds
from .preprocessor import split_columns as split_columns
from .tokenizer import AlbertTokenizer as AlbertTokenizer
from .vocabulary import train_vocabulary as train_vocabulary

__all__ = [
    "AlbertPreprocessor",
    "AlbertTokenizer",
    "PackedIds",
    "graph_normalize",
    "normalize",
    "split_columns",
    "train_vocabulary",
]
