"""Hyper-parameters for every GLUE task and size of ALBERT, each number with its source.

Learning rates. The authors published one set for all sizes: `run_glue.sh` in
google-research/albert, run there with base v1; the same numbers stand in Table 14 of the ALBERT
paper (arXiv 1909.11942), whose best model is xxlarge. So base and xxlarge take them. Large and
xlarge are held below them, because a rate that is too high makes training fail: google-research
issue 151 (xlarge converges with 5e-6), KerasHub issue 831 (base fails at random, a lower rate
mends most of it), Huawei ModelZoo ID3244 (large on MNLI: 4e-6, though with batches of 4).

Batches. The authors' 16 or 32; for their 128 (MNLI, QQP) 32, the default of TF Model Garden
r2.4.0. The rate for those two is then Model Garden's for ALBERT base on MNLI, 2e-5, and for
xxlarge the lowest of the authors', 1e-5.

Epochs. The authors' steps come to 10 passes (CoLA, SST-2, STS-B, QNLI, RTE), 7 (MRPC), 5 (QQP)
and 3.3 (MNLI) over the train files. The small tasks keep that; the large ones, SST-2 among them,
make 3, Model Garden's default. WNLI's 2000 steps would be 50; its dev set repeats training
sentences with the other label, so that longer training only lowers the score.

Lengths, in tokens. 95 % of the dev rows have at most 21 (CoLA), 49 (SST-2), 84 (MRPC), 90
(STS-B) and 71 (MNLI): 128 cuts next to nothing. RTE has 161 and 266 at most: it takes 256.
QNLI, QQP and WNLI were not measured. The authors pad everything to 512.

Warmup is a tenth of all steps, as in TF Model Garden r2.4.0 `run_classifier`.
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from albert_zoo.errors import did_you_mean
from albert_zoo.glue.recipe import Recipe
from albert_zoo.glue.tasks import get_task

SIZES = ("tiny", "base", "large", "xlarge", "xxlarge")

_SCRIPT = "google-research/albert run_glue.sh"
_TABLE_14 = "ALBERT paper, Table 14"
_GARDEN = "TF Model Garden r2.4.0 README"
_LOWEST = "lowest rate of google-research/albert run_glue.sh"
_ISSUE_151 = "google-research issue 151"
_OURS = "albert_zoo: tried from random weights only"
_TRIED = "albert_zoo: tried with albert_tiny_en and from random weights"

# === The authors' own recipes ===
# task: learning rate, batch size, steps, warmup steps, source
_GOOGLE = {
    "cola": (1e-5, 16, 5336, 320, _SCRIPT),
    "sst2": (1e-5, 32, 20935, 1256, _SCRIPT),
    "mrpc": (2e-5, 32, 800, 200, _SCRIPT),
    "stsb": (2e-5, 16, 3598, 214, _SCRIPT),
    "qqp": (5e-5, 128, 14000, 1000, _SCRIPT),
    "mnli": (3e-5, 128, 10000, 1000, _SCRIPT),
    "qnli": (1e-5, 32, 33112, 1986, _SCRIPT),
    "rte": (3e-5, 32, 800, 200, _SCRIPT),
    "wnli": (2e-5, 16, 2000, 250, _TABLE_14),
}

# === Ours ===
# size, task: learning rate, batch size, epochs, sequence length, source of the learning rate.
# "tiny" is for a hidden size of 256 or less, pretrained or from random weights.
# "*" is for your own data.
_OWN = {
    ("tiny", "cola"): (5e-4, 32, 10, 128, _TRIED),
    ("tiny", "sst2"): (5e-4, 64, 2, 128, _TRIED),
    ("tiny", "mrpc"): (5e-4, 32, 10, 128, _TRIED),
    ("tiny", "stsb"): (5e-4, 32, 10, 128, _TRIED),
    ("tiny", "qqp"): (5e-4, 32, 3, 128, _OURS),
    ("tiny", "mnli"): (5e-4, 32, 3, 128, _OURS),
    ("tiny", "qnli"): (5e-4, 32, 3, 128, _OURS),
    ("tiny", "rte"): (5e-4, 32, 10, 256, _OURS),
    ("tiny", "wnli"): (5e-4, 32, 3, 128, _OURS),
    ("tiny", "*"): (5e-4, 32, 5, 128, _OURS),
    ("base", "cola"): (1e-5, 16, 10, 128, _SCRIPT),
    ("base", "sst2"): (1e-5, 32, 3, 128, _SCRIPT),
    ("base", "mrpc"): (2e-5, 32, 7, 128, _SCRIPT),
    ("base", "stsb"): (2e-5, 16, 10, 128, _SCRIPT),
    ("base", "qqp"): (2e-5, 32, 3, 128, _GARDEN),
    ("base", "mnli"): (2e-5, 32, 3, 128, _GARDEN),
    ("base", "qnli"): (1e-5, 32, 3, 128, _SCRIPT),
    ("base", "rte"): (3e-5, 32, 10, 256, _SCRIPT),
    ("base", "wnli"): (2e-5, 16, 3, 128, _TABLE_14),
    ("base", "*"): (2e-5, 32, 3, 128, _GARDEN),
    ("large", "cola"): (1e-5, 16, 10, 128, _LOWEST),
    ("large", "sst2"): (1e-5, 32, 3, 128, _LOWEST),
    ("large", "mrpc"): (1e-5, 32, 7, 128, _LOWEST),
    ("large", "stsb"): (1e-5, 16, 10, 128, _LOWEST),
    ("large", "qqp"): (1e-5, 32, 3, 128, _LOWEST),
    ("large", "mnli"): (1e-5, 32, 3, 128, _LOWEST),
    ("large", "qnli"): (1e-5, 32, 3, 128, _LOWEST),
    ("large", "rte"): (1e-5, 32, 10, 256, _LOWEST),
    ("large", "wnli"): (1e-5, 16, 3, 128, _LOWEST),
    ("large", "*"): (1e-5, 32, 3, 128, _LOWEST),
    ("xlarge", "cola"): (5e-6, 16, 10, 128, _ISSUE_151),
    ("xlarge", "sst2"): (5e-6, 32, 3, 128, _ISSUE_151),
    ("xlarge", "mrpc"): (5e-6, 32, 7, 128, _ISSUE_151),
    ("xlarge", "stsb"): (5e-6, 16, 10, 128, _ISSUE_151),
    ("xlarge", "qqp"): (5e-6, 32, 3, 128, _ISSUE_151),
    ("xlarge", "mnli"): (5e-6, 32, 3, 128, _ISSUE_151),
    ("xlarge", "qnli"): (5e-6, 32, 3, 128, _ISSUE_151),
    ("xlarge", "rte"): (5e-6, 32, 10, 256, _ISSUE_151),
    ("xlarge", "wnli"): (5e-6, 16, 3, 128, _ISSUE_151),
    ("xlarge", "*"): (5e-6, 32, 3, 128, _ISSUE_151),
    ("xxlarge", "cola"): (1e-5, 16, 10, 128, _TABLE_14),
    ("xxlarge", "sst2"): (1e-5, 32, 3, 128, _TABLE_14),
    ("xxlarge", "mrpc"): (2e-5, 32, 7, 128, _TABLE_14),
    ("xxlarge", "stsb"): (2e-5, 16, 10, 128, _TABLE_14),
    ("xxlarge", "qqp"): (1e-5, 32, 3, 128, _LOWEST),
    ("xxlarge", "mnli"): (1e-5, 32, 3, 128, _LOWEST),
    ("xxlarge", "qnli"): (1e-5, 32, 3, 128, _TABLE_14),
    ("xxlarge", "rte"): (3e-5, 32, 10, 256, _TABLE_14),
    ("xxlarge", "wnli"): (2e-5, 16, 3, 128, _TABLE_14),
    ("xxlarge", "*"): (1e-5, 32, 3, 128, _LOWEST),
}

RECIPES: Dict[Tuple[str, str], Recipe] = {
    (task, size): Recipe(rate, batch, length, source, epochs=epochs)
    for (size, task), (rate, batch, epochs, length, source) in _OWN.items()
}
RECIPES.update(
    {
        (task, "google"): Recipe(rate, batch, 512, source, total_steps=steps, warmup_steps=warmup)
        for task, (rate, batch, steps, warmup, source) in _GOOGLE.items()
    }
)


def recipe_for(task: Optional[str], size: str) -> Recipe:
    """Returns the hyper-parameters for a GLUE task, or for your own data.

    Args:
        task: str, name of a GLUE task, or None for your own data. AX gets MNLI's recipe, as its
            model is trained on MNLI.
        size: str. `"tiny"` (hidden size of 256 or less), `"base"`, `"large"`, `"xlarge"` or
            `"xxlarge"`; or `"google"` for the authors' own numbers.

    Returns:
        `Recipe`.

    Raises:
        ValueError: the task or the size is unknown, or `"google"` is asked for without a task.

    Example:

    >>> recipe_for("rte", "base").learning_rate, recipe_for("rte", "google").total_steps
    (3e-05, 800)
    """
    name = "*" if task is None else get_task(task).name
    name = "mnli" if name == "ax" else name
    if size not in SIZES + ("google",):
        raise ValueError(
            f"`size` must be one of {', '.join(SIZES)}, google. Received: {size!r}."
            f"{did_you_mean(size, SIZES)}"
        )
    if (name, size) not in RECIPES:
        raise ValueError(
            "`size` must not be 'google' without a GLUE task: the authors' numbers are for those. "
            f"Received: task={task!r}. Pass one of {', '.join(SIZES)}."
        )
    return RECIPES[name, size]
