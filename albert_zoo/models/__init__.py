"""Models: the layers wired together, with presets."""

from albert_zoo.models.albert_backbone import AlbertBackbone as AlbertBackbone
from albert_zoo.models.albert_classifier import AlbertClassifier as AlbertClassifier
from albert_zoo.models.albert_masked_lm import AlbertMaskedLM as AlbertMaskedLM
from albert_zoo.models.albert_pretrainer import AlbertPretrainer as AlbertPretrainer

__all__ = ["AlbertBackbone", "AlbertClassifier", "AlbertMaskedLM", "AlbertPretrainer"]
