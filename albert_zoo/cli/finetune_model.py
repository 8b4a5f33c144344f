"""The model and the recipe of a fine-tuning run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict

from albert_zoo.cli.finetune_settings import FinetuneSettings
from albert_zoo.glue import Recipe
from albert_zoo.models import AlbertClassifier
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer
from albert_zoo.training.applied_task import recipe_of
from albert_zoo.training.task import Task
from albert_zoo.zoo import find_preset, read_preset

_OWN = ("epochs", "batch_size", "learning_rate", "warmup_fraction")


def build_classifier(settings: FinetuneSettings, data: Any) -> AlbertClassifier:
    """Builds the model that the settings name, with a head for the task.

    Args:
        settings: `FinetuneSettings`.
        data: `GlueData` or `ColumnData`, its labels known.

    Returns:
        `AlbertClassifier`. Its texts are as long as the recipe says, and as the model can read.

    Raises:
        PresetNotFoundError: there is no such preset, or its weights are not here.
        ValueError: there is no vocabulary.
    """
    folder = find_preset(settings.preset, need_weights=not settings.from_scratch)
    stored = read_preset(folder)
    config = stored.backbone_config
    length = settings.sequence_length
    if length is None:
        recipe = recipe_of(data, config.get("hidden_dim", 768))
        length = min(recipe.sequence_length, config.get("max_sequence_length", 512))
    preprocessor: Any = "auto"
    if settings.vocabulary is not None:
        preprocessor = AlbertPreprocessor(AlbertTokenizer(settings.vocabulary), length)
    elif stored.vocabulary is None:
        raise ValueError(
            f"The preset {settings.preset} brings no vocabulary. Name one in `vocabulary`: "
            "a SentencePiece model such as 30k-clean.model."
        )
    dropout = settings.dropout
    if dropout is None and settings.parity == "garden":
        dropout = config.get("dropout", 0.0)  # the Model Garden's head has its encoder's rate
    return AlbertClassifier.from_preset(
        settings.preset,
        num_classes=len(data.labels or (0,)),
        preprocessor=preprocessor,
        dropout=dropout,
        load_weights=not settings.from_scratch,
        dtype=None if settings.dtype == "float32" else settings.dtype,
        sequence_length=length,
    )


def resolve_recipe(settings: FinetuneSettings, task: Task) -> Recipe:
    """Returns the task's recipe with the user's numbers put in; its source says which they are."""
    preprocessor: Any = task.classifier.preprocessor
    recipe = recipe_of(task.data, task.classifier.backbone.hidden_dim)
    given = {name: getattr(settings, name) for name in _OWN}
    given = {name: value for name, value in given.items() if value is not None}
    changes: Dict[str, Any] = dict(given)
    changes["sequence_length"] = preprocessor.sequence_length
    if "epochs" in given:
        changes["total_steps"] = None
    if "warmup_fraction" in given:
        changes["warmup_steps"] = None
    if len(given) == len(_OWN):
        changes["source"] = "your options"
    elif given:
        names = ", ".join(name.replace("_", " ") for name in given)
        changes["source"] = f"{recipe.source}; yours: {names}"
    return replace(recipe, **changes)
