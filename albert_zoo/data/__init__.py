"""From tables of texts to batches."""

from .batching import LengthBatches as LengthBatches
from .data_checks import check_encoding as check_encoding
from .data_checks import check_examples as check_examples
from .data_checks import check_labels as check_labels
from .data_checks import check_shared as check_shared
from .data_checks import shared_rows as shared_rows
from .data_facts import DataFacts as DataFacts
from .encoded import EncodedExamples as EncodedExamples
from .finding import Finding as Finding
from .meta_data import read_meta_data as read_meta_data
from .meta_data import write_meta_data as write_meta_data
from .pipeline import BatchPipeline as BatchPipeline
from .pretraining_records import PretrainingRows as PretrainingRows
from .pretraining_records import read_pretraining_records as read_pretraining_records
from .pretraining_records import write_pretraining_records as write_pretraining_records
from .records import Record as Record
from .records import read_records as read_records
from .records import write_records as write_records
from .row_checks import check_ids as check_ids

__all__ = [
    "BatchPipeline",
    "DataFacts",
    "EncodedExamples",
    "Finding",
    "LengthBatches",
    "PretrainingRows",
    "Record",
    "check_encoding",
    "check_examples",
    "check_ids",
    "check_labels",
    "check_shared",
    "read_meta_data",
    "read_pretraining_records",
    "read_records",
    "shared_rows",
    "write_meta_data",
    "write_pretraining_records",
    "write_records",
]
