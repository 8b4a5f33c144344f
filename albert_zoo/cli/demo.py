"""`albert-zoo demo`: the whole way, without a download."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Dict

import typer

from albert_zoo.cli.console import load_keras
from albert_zoo.cli.console import output as console_output
from albert_zoo.cli.guard import is_debug

# What the demonstration trains on, and how long: under two minutes on two cores.
ROWS = {"train_rows": 4000, "dev_rows": 1000, "test_rows": 200}
PRESET = "albert_tiny_en"
TRAINING: Dict[str, Any] = {"epochs": 4, "batch_size": 32, "learning_rate": 3e-4}


def demo(
    ctx: typer.Context,
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder to write.")] = Path(
        "runs/demo"
    ),
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of data, weights and order.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the folder of an earlier demonstration.")
    ] = False,
) -> None:
    """Fine-tune albert_tiny_en on generated sentences: no download, under two minutes.

    The task is CoLA's: is a sentence good English, or broken? The sentences are generated; the
    pretrained model comes with the package, and learns through the same code that
    `albert-zoo finetune` runs.
    """
    load_keras(is_debug(ctx))
    from albert_zoo.cli.finetune_plan import plan
    from albert_zoo.cli.finetune_run import FinetuneRun
    from albert_zoo.cli.finetune_settings import FinetuneSettings
    from albert_zoo.cli.report import number_of, print_next, print_plan, print_results
    from albert_zoo.glue import read_split
    from albert_zoo.glue.samples import write_samples
    from albert_zoo.training.run_folder import RunFolder

    console = console_output()
    with RunFolder(output, overwrite) as folder:
        with console.status("Generating sentences ..."):
            data = write_samples(folder.staging / "data", ["cola"], seed=seed, **ROWS)["cola"]
        examples = read_split("cola", data, "train")
        console.print(f"Generated {number_of(len(examples), 'sentence')}, good (1) and broken (0):")
        labels = [] if examples.labels is None else examples.labels.tolist()
        for label in (1, 0):
            console.print(f"  {label}  {examples.texts[labels.index(label)]}")
        console.print()
        settings = FinetuneSettings(
            task="cola",
            data=data,
            preset=PRESET,
            output=output,
            seed=seed,
            overwrite=overwrite,
            **TRAINING,
        )
        run = FinetuneRun(settings, console)
        print_plan(
            console,
            {
                name: text.replace(str(folder.staging), str(output))
                for name, text in plan(run).items()
            },
        )
        metrics = run.execute(folder, resumable=False)
    print_results(console, output, metrics, list(run.dev))
    score = metrics["final"]["matthews"]
    console.print()
    console.print(
        f"Matthews correlation {score:.3f} (1 is perfect, 0 is guessing). "
        f"Look at {output}/training.png."
    )
    print_next(
        console,
        [
            f'albert-zoo predict --preset {output}/preset --text "The girls laugh." '
            '--text "The girls laughs."',
            "albert-zoo presets",
            "albert-zoo finetune --train reviews.csv --text review --label stars "
            "--preset albert_base_v2 --output runs/reviews",
        ],
    )
