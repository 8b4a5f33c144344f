"""`albert-zoo presets`: which presets there are."""

from __future__ import annotations

from typing import Annotated, Any, Dict, Optional

import typer

from albert_zoo.cli.console import facts, output


def presets(
    preset: Annotated[
        Optional[str],
        typer.Argument(metavar="NAME", help="Show one: a name of the list, or a preset folder."),
    ] = None,
) -> None:
    """List the models to start from, or show one.

    albert-zoo presets

    albert-zoo presets albert_base_v2
    """
    if preset is None:
        _print_all()
    else:
        _print_one(preset)


def _print_all() -> None:
    from rich.table import Table

    from albert_zoo.cli.report import in_millions
    from albert_zoo.zoo import list_presets

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold cyan")
    for heading in ("name", "layers", "hidden", "heads", "parameters", "weights here", ""):
        table.add_column(
            heading, justify="right" if heading in ("layers", "hidden", "heads") else "left"
        )
    for name, metadata in list_presets().items():
        config = metadata["config"]
        table.add_row(
            name,
            str(config["num_layers"]),
            str(config["hidden_dim"]),
            str(config["num_heads"]),
            in_millions(metadata.get("parameter_count")),
            "yes" if metadata["weights"] else "no",
            metadata.get("description", ""),
            style="" if metadata["weights"] else "dim",
        )
    console = output()
    console.print(table)


def _print_one(name: str) -> None:
    from albert_zoo.cli.report import in_millions
    from albert_zoo.zoo import find_preset, read_preset
    from albert_zoo.zoo.preset_io import WEIGHTS

    folder = find_preset(name, need_weights=False)
    preset = read_preset(folder, with_weights=False)
    metadata = dict(preset.metadata)
    table = facts()
    table.add_row("preset", name)
    table.add_row("folder", str(folder))
    table.add_row("weights", "here" if (folder / WEIGHTS).is_file() else "not on this machine")
    table.add_row("parameters", in_millions(metadata.pop("parameter_count", None)))
    table.add_row("vocabulary", "here" if preset.vocabulary is not None else "not in the folder")
    table.add_row("fine-tuned for", _meaning(preset.task_config))
    for title, values in (("model", preset.backbone_config), ("about", metadata)):
        for position, (key, value) in enumerate(_flat(values).items()):
            table.add_row(title if position == 0 else "", f"{key}: {value}")
    output().print(table)


def _meaning(task_config: Optional[Dict[str, Any]]) -> str:
    if task_config is None:
        return "nothing yet"
    task = task_config.get("task") or {}
    if "glue" in task:
        return str(task["glue"])
    labels = (task.get("columns") or {}).get("labels")
    if labels:
        return f"labels {', '.join(labels)}"
    return "a score" if task else f"{task_config.get('num_classes')} classes"


def _flat(values: Dict[str, Any], prefix: str = "") -> Dict[str, Any]:
    flat: Dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key} "))
        else:
            flat[prefix + key] = value
    return flat
