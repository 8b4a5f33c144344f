"""`albert-zoo demo`: the whole way, without a download."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Dict, Iterator, List

import typer

from albert_zoo.cli.console import load_keras
from albert_zoo.cli.console import output as console_output
from albert_zoo.cli.guard import is_debug

# What the demonstration trains on, with and how long: under two minutes on two cores.
ROWS = {"train_rows": 8000, "dev_rows": 1000, "test_rows": 200}
VOCABULARY_SIZE = 130
MODEL: Dict[str, Any] = {
    "num_layers": 2,
    "hidden_dim": 64,
    "num_heads": 4,
    "embedding_dim": 64,
    "intermediate_dim": 256,
    "max_sequence_length": 64,
    # Single words say nothing of the label here; from 0.02 the first epochs would learn nothing.
    "initializer_range": 0.12,
}
TRAINING: Dict[str, Any] = {"epochs": 12, "batch_size": 32, "learning_rate": 1e-3, "dropout": 0.0}


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
    """Fine-tune a small ALBERT on generated sentences: no download, under two minutes.

    The task is CoLA's: is a sentence good English, or broken? The sentences are generated, and so
    is the vocabulary; the model starts from random weights and learns through the same code that
    `albert-zoo finetune` runs.
    """
    load_keras(is_debug(ctx))
    from albert_zoo.cli.finetune_plan import plan
    from albert_zoo.cli.finetune_run import FinetuneRun
    from albert_zoo.cli.finetune_settings import FinetuneSettings
    from albert_zoo.cli.new_preset import vocabulary_of, write_new
    from albert_zoo.cli.report import number_of, print_next, print_plan, print_results
    from albert_zoo.glue import read_split
    from albert_zoo.glue.samples import write_samples
    from albert_zoo.training.run_folder import RunFolder

    console = console_output()
    with RunFolder(output, overwrite) as folder:
        with console.status("Generating sentences ..."):
            data = write_samples(folder.staging / "data", ["cola"], seed=seed, **ROWS)["cola"]
        with console.status("Training a vocabulary on them ..."):
            examples = read_split("cola", data, "train")
            model = vocabulary_of(_vocabulary_texts(examples.texts), VOCABULARY_SIZE)
        console.print(f"Generated {number_of(len(examples), 'sentence')}, good (1) and broken (0):")
        labels = [] if examples.labels is None else examples.labels.tolist()
        for label in (1, 0):
            console.print(f"  {label}  {examples.texts[labels.index(label)]}")
        console.print(
            f"Trained a vocabulary of {VOCABULARY_SIZE} pieces, and made a model of random weights."
        )
        console.print()
        start = folder.staging / "untrained"
        write_new(start, model, seed=seed, overwrite=False, **MODEL)
        settings = FinetuneSettings(
            task="cola",
            data=data,
            preset=str(start),
            output=output,
            seed=seed,
            overwrite=overwrite,
            sequence_length=MODEL["max_sequence_length"],
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


def _vocabulary_texts(texts: List[str]) -> Iterator[str]:
    """Yields the texts, and every word of them alone.

    SentencePiece takes no word for a piece that the same character follows everywhere, as a space
    does most words of so small a grammar.
    """
    yield from texts
    words = {word for text in texts for word in text.rstrip(".").split()}
    for word in sorted(words):
        for ending in ("", ".", "!"):
            yield word + ending
