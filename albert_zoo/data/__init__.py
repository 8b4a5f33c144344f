"""From tables of texts to batches."""

from .batching import LengthBatches as LengthBatches
from .encoded import EncodedExamples as EncodedExamples
from .pipeline import BatchPipeline as BatchPipeline
from .records import Record as Record
from .records import read_meta_data as read_meta_data
from .records import read_records as read_records
from .records import write_meta_data as write_meta_data
from .records import write_records as write_records

__all__ = [
    "BatchPipeline",
    "EncodedExamples",
    "LengthBatches",
    "Record",
    "read_meta_data",
    "read_records",
    "write_meta_data",
    "write_records",
]
