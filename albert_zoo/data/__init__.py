"""From tables of texts to batches."""

from .batching import LengthBatches as LengthBatches
from .encoded import EncodedExamples as EncodedExamples
from .pipeline import BatchPipeline as BatchPipeline
from .pretraining_records import PretrainingRows as PretrainingRows
from .pretraining_records import read_pretraining_records as read_pretraining_records
from .pretraining_records import write_pretraining_records as write_pretraining_records
from .records import Record as Record
from .records import read_meta_data as read_meta_data
from .records import read_records as read_records
from .records import write_meta_data as write_meta_data
from .records import write_records as write_records
from .row_checks import check_ids as check_ids

__all__ = [
    "BatchPipeline",
    "EncodedExamples",
    "LengthBatches",
    "PretrainingRows",
    "Record",
    "check_ids",
    "read_meta_data",
    "read_pretraining_records",
    "read_records",
    "write_meta_data",
    "write_pretraining_records",
    "write_records",
]
