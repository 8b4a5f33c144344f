"""Fine-tuning: the task, its optimizers, schedule, scores and callbacks."""

from albert_zoo.training.adamw import AdamW as AdamW
from albert_zoo.training.guard_settings import GuardSettings as GuardSettings
from albert_zoo.training.lamb import LAMB as LAMB
from albert_zoo.training.metrics import F1Score as F1Score
from albert_zoo.training.metrics import MatthewsCorrelation as MatthewsCorrelation
from albert_zoo.training.metrics import PearsonCorrelation as PearsonCorrelation
from albert_zoo.training.prediction import Prediction as Prediction
from albert_zoo.training.task import Task as Task
from albert_zoo.training.warmup_linear_decay import WarmupLinearDecay as WarmupLinearDecay

__all__ = [
    "AdamW",
    "F1Score",
    "GuardSettings",
    "LAMB",
    "MatthewsCorrelation",
    "PearsonCorrelation",
    "Prediction",
    "Task",
    "WarmupLinearDecay",
]
