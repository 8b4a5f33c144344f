"""`albert-zoo sweep`: the same training with several seeds and learning rates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Dict, List, Mapping, Optional, get_type_hints

import typer

from albert_zoo.cli import console
from albert_zoo.cli.sweep_run import SweepRun, planned_runs
from albert_zoo.cli.sweep_runs import SweepRuns

_METAVAR_RATES = "RATE,RATE,..."


def sweep(
    ctx: typer.Context,
    output: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Folder of the sweep; a folder in it a run.")
    ],
    seeds: Annotated[
        str, typer.Option(metavar="N", help="How many seeds, from 0 on; or a list: 3,5,8.")
    ] = "5",
    learning_rates: Annotated[
        Optional[str],
        typer.Option(metavar=_METAVAR_RATES, help="Left out: the recipe's, alone."),
    ] = None,
    jobs: Annotated[int, typer.Option(metavar="N", min=1, help="Runs at a time.")] = 1,
) -> None:
    """Train with several seeds and learning rates, and compare.

    albert-zoo sweep --seeds 5 --learning-rates 1e-5,2e-5,3e-5 --task mrpc --data glue/MRPC
    --preset albert_base_v2 --output runs/mrpc-sweep

    Takes every option of `albert-zoo finetune` but --seed, --learning-rate and --output. A single
    run misleads: the same training with another seed can be several points better or worse. This
    prints the median, the best and the spread of each learning rate, and writes them to
    summary.json and summary.png. The same command goes on where it was interrupted; a run that
    failed is reported, and tried again then.
    """
    arguments = list(ctx.args)
    runs = planned_runs(seeds, learning_rates)
    _check(ctx, arguments, output, runs[0])
    from albert_zoo.cli.report import number_of
    from albert_zoo.cli.sweep_summary import print_summary, summary_of, write_summary

    screen = console.output()
    sweep_runs = SweepRuns(output, arguments, bool(ctx.meta.get("albert_zoo.offline")))
    sweep_runs.begin()
    done = [run for run in runs if sweep_runs.is_done(run)]
    rates = len({run.learning_rate for run in runs})
    parts = number_of(len(runs) // rates, "seed"), number_of(rates, "learning rate")
    there = f"; {len(done)} of them there already." if done else "."
    screen.print(f"{number_of(len(runs), 'run')}: {' x '.join(parts)}{there}")
    sweep_runs.execute([run for run in runs if run not in done], jobs, screen)
    results = [sweep_runs.result(run) for run in runs]
    summary = summary_of(results)
    if summary["settings"]:
        write_summary(output, summary)
    print_summary(screen, output, summary)
    if not any(result.score is not None for result in results):
        raise typer.Exit(2)


def _with_paths(parameters: Mapping[str, Any]) -> Dict[str, Any]:
    """Returns `finetune`'s parameters as it gets them; Typer makes paths only in calling it."""
    from albert_zoo.cli.finetune import finetune

    types = get_type_hints(finetune)
    return {
        name: Path(value)
        if isinstance(value, str) and types[name] in (Path, Optional[Path])
        else value
        for name, value in parameters.items()
    }


def _check(ctx: typer.Context, arguments: List[str], output: Path, run: SweepRun) -> None:
    """Finds a wrong option before the first run, as `finetune` would."""
    from albert_zoo.cli.finetune import check_names, settings_from
    from albert_zoo.cli.guard import in_terms_of_options, option_names

    for name in ("--seed", "--learning-rate", "--output", "--overwrite", "--resume", "--from-run"):
        if any(argument == name or argument.startswith(name + "=") for argument in arguments):
            raise ValueError(f"`{name}` is not for a sweep, which sets it for each run. Leave it.")
    command: Any = ctx.parent.command.commands["finetune"]  # type: ignore[union-attr]
    given: List[str] = [*arguments, *run.options(), "--output", str(output / run.name)]
    with command.make_context("albert-zoo sweep", given) as context:
        parameters = _with_paths(context.params)
    try:
        check_names(settings_from(parameters))
    except ValueError as error:  # the group knows the options of `sweep` alone
        message = in_terms_of_options(str(error), option_names(command))
        raise ValueError(message) from None
