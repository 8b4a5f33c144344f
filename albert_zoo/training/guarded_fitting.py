"""A training that is watched, and begun again if need be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

from albert_zoo.errors import DivergedError, TrainAgainError
from albert_zoo.models.raw_text import is_dataset
from albert_zoo.training.divergence_guard import DivergenceGuard
from albert_zoo.training.fitting import Fitting
from albert_zoo.training.guard_report import GuardReport
from albert_zoo.training.guard_settings import GuardSettings
from albert_zoo.training.probe import Probe
from albert_zoo.training.seeding import seed_dropout

SEEDS_APART = 7919
"""Between the seeds of a training and of its retry, so that no seed nearby is used twice."""


def fit_guarded(task: Any, fitting: Fitting, settings: Optional[GuardSettings]) -> Any:
    """Trains, and does what the guard asks for.

    Args:
        task: `Task`. Its `guard_report` is set.
        fitting: `Fitting`.
        settings: `GuardSettings`, or `None` for no guard.

    Returns:
        `keras.callbacks.History`, of the last attempt.

    Raises:
        DivergedError: the training was given up. The classifier has the last good weights.
        ValueError: a retry is asked for where there can be none.
    """
    task.guard_report = None
    if settings is None:
        seed_dropout(task.classifier, fitting.seed)
        return fitting.run(task)
    retries = settings.on_divergence == "retry"
    if retries:
        _check_can_retry(task)
    report = task.guard_report = GuardReport(settings)
    probe = _probe(task, fitting, settings)
    first_weights = task.classifier.get_named_arrays() if retries else {}
    kept, compiled = fitting.checkpoints, task.settings
    if kept is not None and kept.attempt:
        report.set_state(kept.attempt["report"])
    try:
        while True:
            left = settings.max_retries + 1 - report.attempt if retries else 0
            seed = fitting.seed + SEEDS_APART * (report.attempt - 1)
            seed_dropout(task.classifier, seed)
            if report.attempt > 1:
                task.settings = replace(compiled, learning_rate=_rate(task, compiled, report))
            watch = _watch(report, probe, left, task.backend.workers == 1)
            try:
                history = replace(fitting, seed=seed, watch=watch).run(task)
                break
            except TrainAgainError:
                task.classifier.set_named_arrays(first_weights, source="the first weights")
                report.attempt += 1
                _say_retry(task, compiled, report, fitting.seed)
                if kept is not None:
                    kept.attempt = {"report": report.get_state()}
    finally:
        task.settings = compiled
    if report.stopped:
        raise DivergedError(report.interventions[-1]["message"])
    return history


def _watch(report: GuardReport, probe: Optional[Probe], left: int, is_alone: bool) -> Any:
    def watch(total_steps: int, warmup_steps: int) -> DivergenceGuard:
        return DivergenceGuard(report, probe, total_steps, warmup_steps, left, is_alone)

    return watch


def _rate(task: Any, compiled: Any, report: GuardReport) -> float:
    first = compiled.learning_rate
    first = task.recipe.learning_rate if first is None else first
    return float(first) * report.settings.retry_rate ** (report.attempt - 1)


def _say_retry(task: Any, compiled: Any, report: GuardReport, seed: int) -> None:
    rate, seed = _rate(task, compiled, report), seed + SEEDS_APART * (report.attempt - 1)
    report.add(
        "retry",
        0,
        f"training begins again (attempt {report.attempt} of at most "
        f"{report.settings.max_retries + 1}) from its first weights, with the learning rate "
        f"{rate:.3g} and the seed {seed}.",
        learning_rate=rate,
        seed=seed,
    )


def _probe(task: Any, fitting: Fitting, settings: GuardSettings) -> Optional[Probe]:
    if is_dataset(fitting.train) or task.backend.fixed_shapes:
        # A dataset may be read in order only; a device of fixed shapes would compile another one.
        return None
    return Probe.of(fitting.train, settings.probe_rows, task.data.is_regression)


def _check_can_retry(task: Any) -> None:
    if task.backend.workers > 1:
        raise ValueError(
            "`on_divergence` must be 'report' or 'stop' where several processes train together. "
            "Received: 'retry'. Change it."
        )
    rate = task.settings.learning_rate
    if not isinstance(task.settings.optimizer, str) or not isinstance(
        rate, (int, float, type(None))
    ):
        raise ValueError(
            "`on_divergence` can be 'retry' with a learning rate that is a number, and an "
            "optimizer named by a str: both are made anew. Received: 'retry' with "
            f"{type(task.settings.optimizer).__name__} and {type(rate).__name__}. Pass 'report'."
        )
