"""What `convert` and `inspect` print of a model and its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List, Mapping, Optional, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from albert_zoo.cli.report import in_millions, number_of
from albert_zoo.zoo.convert import HEAD_MEANINGS
from albert_zoo.zoo.foreign import label_names
from albert_zoo.zoo.inspection import Inspection

_TITLES = {
    "tf1": "google-research/albert",
    "tf2": "TensorFlow Model Garden",
    "transformers": "Hugging Face transformers",
    "keras-hub": "KerasHub",
    "albert-zoo": "ours",
}


def title_of(format: str) -> str:
    """Words a format: its name, and whose it is."""
    return f"{format}, {_TITLES[format]}"


def add_model(table: Table, model: Inspection, dropped: Sequence[str] = ()) -> None:
    """Adds the size, heads and vocabulary of a model to a table of facts.

    Args:
        table: what `facts` gave.
        model: `Inspection`.
        dropped: heads that were left out on the way.
    """
    config = model.config
    parameters = in_millions(model.parameter_count)
    blocks = config["num_groups"] * config["num_inner_repetitions"]
    table.add_row(
        "model",
        f"{number_of(config['num_layers'], 'layer')}, hidden {config['hidden_dim']:,}, "
        f"{number_of(config['num_heads'], 'head')}, {parameters} parameters",
    )
    table.add_row(
        "",
        f"embedding {config['embedding_dim']:,}, intermediate {config['intermediate_dim']:,}, "
        f"up to {config['max_sequence_length']:,} tokens of {config['vocabulary_size']:,} pieces"
        + (f", {blocks} blocks in {config['num_groups']} groups" if blocks > 1 else ""),
    )
    heads = [f"{name} ({_meaning(name, model.task_config)})" for name in model.heads]
    text = ", ".join(heads) or "none"
    table.add_row("heads", text + (f"; left out: {', '.join(dropped)}" if dropped else ""))
    table.add_row("vocabulary", _vocabulary(model.vocabulary))


def _meaning(head: str, task_config: Optional[Mapping[str, Any]]) -> str:
    if head != "head" or not task_config:
        return HEAD_MEANINGS[head]
    count = task_config.get("num_classes") or 1
    meaning = "a score" if count == 1 else f"{count} classes"
    names = label_names(dict(task_config))
    return meaning + (f": {', '.join(names)}" if names else "")


def _vocabulary(vocabulary: Optional[Mapping[str, Any]]) -> str:
    if vocabulary is None:
        return "none"
    pieces = "not readable" if vocabulary["pieces"] is None else f"{vocabulary['pieces']:,} pieces"
    whose = "the published English one" if vocabulary["is_published"] else "not the published one"
    return f"{pieces}, {whose}"


def print_tensors(console: Console, model: Inspection) -> None:
    """Prints a row for every weight: our name, its shape and, for other formats, their name."""
    theirs = {
        "tf2": ["path in the object graph"],
        "albert-zoo": [],
    }.get(model.format, ["name in the file"])
    table = _table("weight", "shape", *theirs)
    for name, tensor in model.tensors.items():
        shape = " x ".join(str(length) for length in tensor["shape"])
        table.add_row(name, shape, *([tensor["stored_as"]] if theirs else []))
    console.print()
    console.print(table)


def print_files(
    console: Console,
    folder: Path,
    files: Mapping[str, Mapping[str, Any]],
    checksums: bool = False,
) -> None:
    """Prints a row for every file."""
    table = _table("file", "bytes", *(["sha256"] if checksums else []))
    for name, file in files.items():
        row = ["  " + name, f"{file['bytes']:,}"]
        table.add_row(*row, *([file["sha256"]] if checksums else []))
    table.columns[1].justify = "right"
    console.print()
    console.print(Text(f"{folder}/", style="bold"))
    console.print(table)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold cyan")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def how_to_load(folder: Path, model: Inspection) -> List[str]:
    """Returns the first thing to do with a converted model, as the library's users write it."""
    has_task = "head" in model.heads
    hub = "TextClassifier" if has_task else "MaskedLM" if "mlm" in model.heads else "Backbone"
    hugging = {
        (): "Model",
        ("mlm",): "ModelForMaskedLM",
        ("mlm", "sop"): "ModelForPreTraining",
        ("head",): "ModelForSequenceClassification",
    }
    ours = f"albert-zoo finetune --task cola --data glue/CoLA --preset {folder} --output runs/cola"
    if has_task:
        ours = f'albert-zoo predict --preset {folder} --text "..."'
    if model.format == "transformers":
        name = f"Auto{hugging[model.heads]}"
        return [
            f"transformers.{name}.from_pretrained({str(folder)!r})",
            f"transformers.AutoTokenizer.from_pretrained({str(folder)!r})",
        ]
    files = f"--spm_model_file={folder}/30k-clean.model --init_checkpoint={folder}"
    commands = {
        "tf1": f"python -m albert.run_classifier --albert_config_file={folder}/albert_config.json "
        f"{files}/model.ckpt-best ...",
        "tf2": f"python official/nlp/albert/run_classifier.py --bert_config_file={folder}/"
        f"albert_config.json --init_checkpoint={folder}/bert_model.ckpt ...",
        "keras-hub": f"keras_hub.models.{hub}.from_preset({str(folder)!r})",
        "albert-zoo": ours,
    }
    return [commands[model.format]]
