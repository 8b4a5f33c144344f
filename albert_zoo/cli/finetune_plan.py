"""What a fine-tuning run says it will do, and on what it depends."""

from __future__ import annotations

from typing import Any, Dict

from albert_zoo.cli.report import geometry, number_of
from albert_zoo.keras_api import backend_name, keras

_MOST_LABELS = 8


def plan(run: Any) -> Dict[str, str]:
    """Words a run, topic by topic.

    Args:
        run: `FinetuneRun`.

    Returns:
        dict of topic to text.
    """
    settings, recipe = run.settings, run.recipe
    dev = " + ".join(number_of(len(part), "row") for part in run.dev.values())
    scratch = ", random weights" if settings.from_scratch else ""
    size = geometry(run.classifier.backbone, run.classifier.count_params())
    optimizer = {"adamw": "AdamW", "lamb": "LAMB"}[settings.optimizer]
    if settings.parity:
        optimizer += f" as in {settings.parity}"
    warmup = f"{recipe.warmup_fraction:.0%} of the steps"
    if recipe.warmup_steps is not None:
        warmup = number_of(recipe.warmup_steps, "step")
    dtype = run.classifier.dtype_policy.name
    planned = {
        "Task": f"{title_of(run.data)}: {_meaning(run.data)}",
        "Training": f"{number_of(len(run.train), 'row')} of {settings.train or settings.data}",
        "Scoring": f"{dev}, {run.dev_source}" if run.dev else "none",
        "Model": f"{settings.preset}{scratch}: {size}",
        "Text": f"at most {recipe.sequence_length} tokens",
        "Recipe": f"{optimizer}, learning rate {recipe.learning_rate:g}, warm-up {warmup}, "
        f"batches of {recipe.batch_size}",
        "": f"({recipe.source})",
        "Length": f"{number_of(run.total_steps, 'step')}, {number_of(run.epochs, 'epoch')}",
        "Runs on": f"Keras {keras.__version__}, {backend_name()}, {_device(run.backend)}, {dtype}",
        "Output": str(settings.output),
    }
    if settings.ascend is not None:
        chosen = [f"{path}={value}" for path, value in settings.ascend.as_dict().items()]
        planned["NPU options"] = ", ".join(chosen) or "the adapter's own"
    return planned


def title_of(data: Any) -> str:
    """Returns a task's name as people write it.

    Args:
        data: `GlueData` or `ColumnData`.
    """
    return str(data.task.title if hasattr(data, "task") else data.name)


def _meaning(data: Any) -> str:
    if data.is_regression:
        what = "a score"
    else:
        more = ", ..." if len(data.labels) > _MOST_LABELS else ""
        shown = ", ".join(data.labels[:_MOST_LABELS]) + more
        what = f"{len(data.labels)} labels ({shown})"
    return f"{what}, judged by {' and '.join(data.metrics)}"


def _device(backend: Any) -> str:
    if backend.name == "ascend":
        number = f" {backend.worker + 1} of {backend.workers}" if backend.workers > 1 else ""
        return f"Ascend NPU{number}"
    if backend_name() == "tensorflow":
        import tensorflow as tf

        kinds = [device.device_type for device in tf.config.list_logical_devices()]
    elif backend_name() == "jax":
        import jax

        kinds = [device.platform.upper() for device in jax.devices()]
    else:
        import torch

        kinds = ["GPU"] * torch.cuda.device_count()
    kinds = [kind for kind in kinds if kind != "CPU"]
    return " + ".join(kinds) or "CPU"
