"""Recipes: every task at every size, and the authors' numbers."""

from __future__ import annotations

import pytest

from albert_zoo.glue import RECIPES, TASKS, Recipe, recipe_for
from albert_zoo.glue.recipes import SIZES

TRAINED = [name for name in TASKS if name != "ax"]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", [*TRAINED, None])
def test_every_task_has_a_recipe_at_every_size(task, size):
    recipe = recipe_for(task, size)
    assert 1e-6 <= recipe.learning_rate <= 1e-3
    assert recipe.batch_size in (16, 32, 64)
    assert recipe.sequence_length in (128, 256)
    assert recipe.source
    total, warmup = recipe.steps(TASKS[task].train_rows if task else 1000)
    assert 0 < warmup < total


def test_larger_models_up_to_xlarge_never_get_higher_rates():
    for task in TRAINED:
        rates = [recipe_for(task, size).learning_rate for size in ("tiny", "base", "large")]
        assert rates == sorted(rates, reverse=True)
        assert recipe_for(task, "xlarge").learning_rate == 5e-6


def test_the_authors_numbers_are_unchanged():
    script = """
        SST-2 1256 1e-5 20935 100 32
        MNLI 1000 3e-5 10000 100 128
        CoLA 320 1e-5 5336 100 16
        QNLI 1986 1e-5 33112 200 32
        QQP 1000 5e-5 14000 100 128
        RTE 200 3e-5 800 100 32
        STS-B 214 2e-5 3598 100 16
        MRPC 200 2e-5 800 100 32
    """
    for line in script.strip().splitlines():
        task, warmup, rate, steps, _, batch = line.split()
        recipe = recipe_for(task, "google")
        assert recipe.learning_rate == float(rate) and recipe.batch_size == int(batch)
        assert recipe.steps(train_rows=12345) == (int(steps), int(warmup))
        assert recipe.sequence_length == 512


def test_our_epochs_are_the_authors_passes_for_small_tasks():
    for task in ("cola", "mrpc", "stsb", "rte"):
        passes = recipe_for(task, "google").num_epochs(TASKS[task].train_rows)
        assert recipe_for(task, "base").epochs == round(passes)


def test_ax_takes_the_recipe_of_mnli():
    assert recipe_for("ax", "base") == recipe_for("MNLI", "base")
    assert {task for task, _ in RECIPES} == {*TRAINED, "*"}


def test_steps_are_whole_batches_and_at_least_one():
    recipe = Recipe(1e-5, batch_size=32, sequence_length=64, source="test", epochs=3)
    assert recipe.steps(100) == (9, 0)
    assert recipe.steps(5) == (3, 0)
    assert recipe.num_epochs(100) == 3


def test_unknown_names():
    with pytest.raises(ValueError, match="Received: 'larg'. Did you mean 'large'"):
        recipe_for("mrpc", "larg")
    with pytest.raises(ValueError, match="`size` must not be 'google'"):
        recipe_for(None, "google")
    with pytest.raises(ValueError, match="must be a GLUE task"):
        recipe_for("imdb", "base")
    with pytest.raises(ValueError, match="Exactly one of `epochs` and `total_steps`"):
        Recipe(1e-5, 32, 128, "test")
