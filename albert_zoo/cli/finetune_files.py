"""The files that a fine-tuning run leaves in its folder."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict

from albert_zoo.cli.finetune_plan import title_of
from albert_zoo.training.plots import plot_training
from albert_zoo.training.run_folder import CONFIG, METRICS, RunFolder
from albert_zoo.training.run_log import RunLog, write_predictions


def write_files(run: Any, folder: RunFolder, log: RunLog, metrics: Dict[str, Any]) -> None:
    """Writes preset, predictions, picture, scores and settings.

    Args:
        run: `FinetuneRun`, trained.
        folder: `RunFolder`, entered.
        log: `RunLog` of the training.
        metrics: what `metrics.json` is to hold.
    """
    run.task.save_to_preset(folder.staging / "preset")
    for name, examples in run.dev.items():
        write_predictions(
            folder.staging / f"predictions_{name}.tsv",
            examples,
            run.task.predict(examples),
            run.data.labels,
        )
    plot_training(
        folder.staging / "training.png",
        f"{title_of(run.data)}, fine-tuned from {Path(run.settings.preset).name}",
        log.step_losses,
        log.learning_rates(),
        log.epochs,
        metrics["main_metric"],
        metrics["best_epoch"],
    )
    folder.write_json(METRICS, metrics)
    folder.write_json(CONFIG, _config(run, folder))


def _config(run: Any, folder: RunFolder) -> Dict[str, Any]:
    options = run.settings.as_json()
    for name in ("data", "preset"):
        if options[name] is not None:
            options[name] = str(folder.final(options[name]))
    return {
        "command": "finetune",
        "options": options,
        "recipe": asdict(run.recipe),
        "total_steps": run.total_steps,
        "labels": run.data.labels,
        "model": {
            "parameters": run.classifier.count_params(),
            "head_dropout": run.classifier.dropout,
            "backbone": run.classifier.backbone.get_config(),
        },
        "backend": run.backend.record(),
        **{name: value for name, value in run.record.as_json().items() if name != "configuration"},
    }
