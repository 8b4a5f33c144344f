"""Models: the layers wired together, with presets."""

from albert_zoo.models.albert_backbone import AlbertBackbone as AlbertBackbone
from albert_zoo.models.albert_classifier import AlbertClassifier as AlbertClassifier

__all__ = ["AlbertBackbone", "AlbertClassifier"]
