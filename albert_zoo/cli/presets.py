"""`albert-zoo presets`: which presets there are."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from albert_zoo.cli.console import output

_WIDE = 118  # columns, from which on there is room for a description


def presets(
    preset: Annotated[
        Optional[str],
        typer.Argument(
            metavar="NAME", help="Show one: a name of the list, a folder, an archive or an address."
        ),
    ] = None,
) -> None:
    """List the models to start from, or show one: sizes, scores, licence, and where it is from.

    albert-zoo presets

    albert-zoo presets albert_base_v2
    """
    if preset is None:
        _print_all()
    else:
        from albert_zoo.cli.preset_facts import preset_facts, print_mirrors

        console = output()
        console.print(preset_facts(preset))
        print_mirrors(console, preset)


def _print_all() -> None:
    from rich.table import Table

    from albert_zoo.cli.report import in_megabytes, in_millions
    from albert_zoo.zoo import list_presets

    console = output()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold cyan")
    for heading in ("name", "layers", "hidden", "heads", "parameters", "download", "weights"):
        numbers = heading in ("layers", "hidden", "heads", "parameters", "download")
        table.add_column(heading, justify="right" if numbers else "left", no_wrap=heading != "name")
    if console.width >= _WIDE:
        table.add_column("")
    for name, metadata in list_presets().items():
        config = metadata["config"]
        cells = [name]
        cells += [str(config.get(key, "-")) for key in ("num_layers", "hidden_dim", "num_heads")]
        cells.append(in_millions(metadata.get("parameter_count")))
        cells.append(in_megabytes(metadata["download_size"]))
        cells.append("here" if metadata["weights"] else "on first use")
        if console.width >= _WIDE:
            cells.append(_description(metadata))
        table.add_row(*cells)
    console.print(table)
    console.print()
    console.print("Weights that are not here are fetched on first use; `albert-zoo presets NAME`")
    console.print("says from where, `albert-zoo download preset NAME` fetches them ahead of time.")


def _description(metadata: Any) -> str:
    package = metadata["package"]
    described = str(metadata.get("description", ""))
    return f"{described} ({package})".strip() if package else described
