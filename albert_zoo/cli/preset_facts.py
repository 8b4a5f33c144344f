"""What `albert-zoo presets NAME` prints of one preset."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from albert_zoo.cli.console import facts, load_tensorflow
from albert_zoo.cli.report import in_megabytes, in_millions
from albert_zoo.zoo import find_preset, read_preset
from albert_zoo.zoo.known_presets import ALIASES, known_preset


def preset_facts(name: str) -> Table:
    """Returns a table of what is known of a preset.

    Args:
        name: str. What `find_preset` takes; no weights are fetched.
    """
    folder = find_preset(name, need_weights=False)
    load_tensorflow(path=folder)
    known = None if Path(name).is_dir() else known_preset(ALIASES.get(name, name))
    preset = read_preset(folder)
    metadata = dict(preset.metadata)
    metadata.pop("mirrors", None)  # of the registry; below in words
    has_weights = preset.backbone_arrays is not None
    table = facts()
    rows: List[Tuple[str, str]] = [("preset", name)]
    if known is not None and known.name != name:
        rows.append(("also called", known.name))
    if known is not None and known.package is not None:
        rows.append(("registered by", known.package))
    rows += [
        ("description", str(metadata.pop("description", ""))),
        ("folder", str(folder)),
        ("weights", "here" if has_weights else _where(known)),
        ("parameters", in_millions(metadata.pop("parameter_count", None))),
        ("vocabulary", "here" if preset.vocabulary is not None else "comes with the weights"),
        ("fine-tuned for", _meaning(preset.task_config)),
        *_listed("model", [f"{k}: {v}" for k, v in preset.backbone_config.items()]),
        ("licence", str(metadata.pop("licence", ""))),
        ("paper", str(metadata.pop("paper", ""))),
        *_listed("trained on", [_source(s) for s in metadata.pop("training_data", [])]),
        *_scores({**metadata.pop("published_scores", {}), **metadata.pop("scores", {})}),
        *_listed("note", metadata.pop("notes", [])),
        *_listed("about", [f"{k}: {v}" for k, v in _flat(metadata).items()]),
    ]
    for title, text in rows:
        if text:
            table.add_row(title, text)
    return table


def print_mirrors(console: Console, name: str) -> None:
    """Prints where the weights of a named preset are fetched from, in this order.

    Args:
        console: `rich.console.Console`.
        name: str, of a preset; of anything else nothing is printed.
    """
    known = None if Path(name).is_dir() else known_preset(ALIASES.get(name, name))
    if known is None or not known.mirrors:
        return
    console.print()
    console.print(Text("The weights are fetched from the first of these that has them:"))
    for number, mirror in enumerate(known.mirrors, start=1):
        size = f", {in_megabytes(mirror.size)}" if mirror.size else ""
        console.print(f"{number}. {mirror.source} ({mirror.format}{size})")
        for file in mirror.files:
            console.print(f"   {file.url}", soft_wrap=True)  # to be copied


def _where(known: Any) -> str:
    return "fetched on first use" if known is not None and known.mirrors else "not in the folder"


def _meaning(task_config: Optional[Dict[str, Any]]) -> str:
    if task_config is None:
        return "nothing yet"
    task = task_config.get("task") or {}
    if "glue" in task:
        return str(task["glue"])
    labels = (task.get("columns") or {}).get("labels") or task_config.get("labels")
    if labels:
        return f"labels {', '.join(labels)}"
    return "a score" if task else f"{task_config.get('num_classes')} classes"


def _source(text: Any) -> str:
    if not isinstance(text, dict):
        return str(text)
    return f"{text.get('name', '')} ({text.get('licence', 'licence not stated')})"


def _scores(published: Mapping[str, Any]) -> List[Tuple[str, str]]:
    """Words scores as `MNLI 84.6`, and `SQuAD 1.1 90.2/83.2 F1/EM` where a set has several."""
    lines = []
    for part, scores in published.items():
        if not isinstance(scores, dict):
            lines.append(f"{part}: {scores}")
            continue
        words = []
        for task, score in scores.items():
            if isinstance(score, dict):
                score = f"{'/'.join(map(str, score.values()))} {'/'.join(score)}"
            words.append(f"{task} {score}")
        lines.append(f"{part}: {', '.join(words)}")
    return _listed("scores", lines)


def _listed(title: str, lines: List[str]) -> List[Tuple[str, str]]:
    return [(title if position == 0 else "", str(line)) for position, line in enumerate(lines)]


def _flat(values: Dict[str, Any], prefix: str = "") -> Dict[str, Any]:
    flat: Dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key} "))
        else:
            flat[prefix + key] = value
    return flat
