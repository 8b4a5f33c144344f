"""`albert-zoo finetune`: trains a classifier on a GLUE task or on the user's own table."""

from __future__ import annotations

from enum import Enum
from typing import Any, Dict, List

import typer

from albert_zoo.cli import ascend_options as npu
from albert_zoo.cli import console
from albert_zoo.cli import finetune_options as option
from albert_zoo.cli.finetune_settings import FinetuneSettings
from albert_zoo.cli.from_run import given_here, options_of_run
from albert_zoo.cli.guard import is_debug


def finetune(
    ctx: typer.Context,
    *,
    task: option.Task = None,
    data: option.Data = None,
    train_file: option.TrainFile = None,
    train: option.Train = None,
    dev: option.Dev = None,
    text: option.Text = None,
    text_pair: option.TextPair = None,
    label: option.Label = None,
    labels: option.Labels = None,
    regression: option.Regression = False,
    metrics: option.Metrics = None,
    id: option.Id = None,
    header: option.Header = True,
    preset: option.Preset = None,
    from_scratch: option.FromScratch = False,
    vocabulary: option.Vocabulary = None,
    sequence_length: option.SequenceLength = None,
    dropout: option.Dropout = None,
    dtype: option.DType = option.DTypeName.float32,
    epochs: option.Epochs = None,
    batch_size: option.BatchSize = None,
    learning_rate: option.LearningRate = None,
    warmup_fraction: option.WarmupFraction = None,
    weight_decay: option.WeightDecay = 0.01,
    optimizer: option.Optimizer = option.OptimizerName.adamw,
    parity: option.Parity = None,
    gradient_accumulation_steps: option.GradientAccumulationSteps = 1,
    remat: option.Remat = False,
    max_steps: option.MaxSteps = None,
    dev_fraction: option.DevFraction = None,
    keep_best: option.KeepBest = True,
    seed: option.Seed = 0,
    deterministic: option.Deterministic = False,
    on_divergence: option.OnDivergence = option.ActionName.report,
    guard: option.Guard = True,
    checks: option.Checks = True,
    backend: npu.Backend = npu.BackendName.default,
    precision_mode: npu.PrecisionMode = None,
    precision_mode_v2: npu.PrecisionModeV2 = None,
    mixlist: npu.Mixlist = None,
    fusion_switch: npu.FusionSwitch = None,
    loss_scale: npu.LossScale = None,
    dump: npu.Dump = None,
    dump_steps: npu.DumpSteps = None,
    overflow_dump: npu.OverflowDump = None,
    profiling: npu.Profiling = None,
    auto_tune: npu.AutoTune = None,
    npu_option: npu.NpuOption = None,
    output: option.Output,
    from_run: option.FromRun = None,
    overwrite: option.Overwrite = False,
    resume: option.Resume = False,
    allow_changed: option.AllowChanged = False,
    checkpoint_minutes: option.CheckpointMinutes = 10.0,
    checkpoint_steps: option.CheckpointSteps = None,
) -> None:
    """Fine-tune ALBERT on a GLUE task or on your own table.

    albert-zoo finetune --task mrpc --data glue/MRPC --preset albert_base_v2 --output runs/mrpc

    albert-zoo finetune --train reviews.csv --text review --label stars --preset albert_base_v2
    --output runs/reviews

    The folder gets the trained model (preset/), its scores (metrics.json), what it says of each
    development row, and a picture of the training.

    A run that was interrupted, by Ctrl-C or a power failure, goes on with the same command and
    `--resume`. `--from-run FOLDER` repeats a run that is there.
    """
    given = {name: value for name, value in locals().items() if name != "ctx"}
    if from_run is not None:
        given = {**options_of_run(from_run), **given_here(ctx, given)}
    settings = settings_from(given)
    check_names(settings)
    backend_to_train_on = _prepared_backend(settings)
    console.load_keras(is_debug(ctx))
    run_finetune(settings, backend_to_train_on)


def settings_from(given: Dict[str, Any]) -> FinetuneSettings:
    """Makes settings of a command's options, and checks them.

    Args:
        given: dict of every option's name to its value.

    Raises:
        ValueError: an option is missing, or one too many.
    """
    given = dict(given)
    given["ascend"] = npu.take_ascend_options(given)
    settings = FinetuneSettings(
        **{name: value.value if isinstance(value, Enum) else value for name, value in given.items()}
    )
    settings.check()
    return settings


def run_finetune(settings: FinetuneSettings, backend: Any = None) -> None:
    """Does what the settings say, from the plan to the table of results.

    Args:
        settings: `FinetuneSettings`, checked.
        backend: `Backend`, prepared. `None` for the one that does nothing.
    """
    from albert_zoo.cli.finetune_plan import plan
    from albert_zoo.cli.finetune_run import FinetuneRun
    from albert_zoo.cli.report import print_next, print_plan, print_results
    from albert_zoo.training.run_folder import RunFolder

    screen = console.output()
    folder = RunFolder(settings.output, settings.overwrite, settings.resume)
    if folder.is_complete:
        screen.print(f"{folder.path} is complete; there is nothing to go on with.")
        return
    if backend is not None and not backend.is_chief:
        FinetuneRun(settings, screen, backend).train_only()
        return
    with folder:
        run = FinetuneRun(settings, screen, backend)
        print_plan(screen, plan(run))
        metrics = run.execute(folder)
    print_results(screen, folder.path, metrics, list(run.dev))
    if run.given_up is not None:
        raise run.given_up  # the folder says the rest
    print_next(screen, _next_commands(settings))


def _prepared_backend(settings: FinetuneSettings) -> Any:
    """Makes the device ready before Keras is imported, which on PyTorch reads it then, once."""
    if settings.backend == "default":
        return None
    from albert_zoo.backends import get_backend

    backend = get_backend(settings.backend, settings.ascend)
    backend.prepare()
    return backend


def _next_commands(settings: FinetuneSettings) -> List[str]:
    from albert_zoo.glue import get_task

    has_pairs = settings.text_pair is not None
    if settings.task is not None:
        has_pairs = get_task(settings.task).text_pair is not None
    second = ' --text-pair "Another one."' if has_pairs else ""
    preset = f"{settings.output}/preset"
    data = settings.data or settings.dev or settings.train
    return [
        f'albert-zoo predict --preset {preset} --text "Write a sentence here."{second}',
        f"albert-zoo evaluate --preset {preset} --data {data}",
    ]


def check_names(settings: FinetuneSettings) -> None:
    """Finds misspelled names and missing files in a moment, before Keras is loaded."""
    from albert_zoo.glue import get_task, read_split
    from albert_zoo.tables.reader import check_is_file
    from albert_zoo.zoo import find_preset

    if settings.task is not None:
        task = get_task(settings.task)
        if settings.data is not None and not settings.data.exists():
            read_split(task, settings.data, "train")  # raises, saying what is missing
    for path in (settings.train, settings.dev, settings.vocabulary):
        if path is not None and not path.is_dir():
            check_is_file(path)
    find_preset(settings.preset, need_weights=not settings.from_scratch)
