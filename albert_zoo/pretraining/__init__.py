"""Pre-training: data, the loop, and what it needs."""

from albert_zoo.pretraining.data_maker import make_pretraining_data as make_pretraining_data
from albert_zoo.pretraining.data_settings import DataSettings as DataSettings
from albert_zoo.pretraining.held_out import HeldOutText as HeldOutText
from albert_zoo.pretraining.masked_word_loss import MaskedWordLoss as MaskedWordLoss
from albert_zoo.pretraining.ngram_masking import NgramMasking as NgramMasking
from albert_zoo.pretraining.prepare import prepare_pretraining as prepare_pretraining
from albert_zoo.pretraining.pretraining_batches import PretrainingBatches as PretrainingBatches
from albert_zoo.pretraining.pretraining_config import PretrainingConfig as PretrainingConfig
from albert_zoo.pretraining.pretraining_plot import plot_pretraining as plot_pretraining
from albert_zoo.pretraining.pretraining_run import PretrainingRun as PretrainingRun

__all__ = [
    "DataSettings",
    "HeldOutText",
    "MaskedWordLoss",
    "NgramMasking",
    "PretrainingBatches",
    "PretrainingConfig",
    "PretrainingRun",
    "make_pretraining_data",
    "plot_pretraining",
    "prepare_pretraining",
]
