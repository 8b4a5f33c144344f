"""The options of `albert-zoo finetune` as types, in the order and the panels of its help."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Optional

import typer


class DTypeName(str, Enum):
    """Number formats; the mixed ones keep the weights in float32."""

    float32 = "float32"
    bfloat16 = "bfloat16"
    mixed_bfloat16 = "mixed_bfloat16"
    mixed_float16 = "mixed_float16"


class OptimizerName(str, Enum):
    """Optimizers that a name stands for."""

    adamw = "adamw"
    lamb = "lamb"


class ParityName(str, Enum):
    """The originals whose optimizer and schedule can be reproduced."""

    google = "google"
    garden = "garden"


class ActionName(str, Enum):
    """What the guard does with a training that learns nothing."""

    report = "report"
    retry = "retry"
    stop = "stop"


def _panel(title: str) -> Any:
    def option(help: str, metavar: Optional[str] = None, *names: str, **limits: Any) -> Any:
        return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=title, **limits)

    return option


_glue = _panel("A GLUE task")
_table = _panel("Or your own table (CSV, TSV, JSON lines)")
_model = _panel("Model")
_train = _panel("Training (what is left out follows a recipe for the task and the model's size)")
_guard = _panel("Guard")
_output = _panel("Output")

# === A GLUE task ===
Task = Annotated[
    Optional[str], _glue("cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte or wnli.", "NAME")
]
Data = Annotated[
    Optional[Path],
    _glue("Folder of its files; `albert-zoo download glue mrpc` fetches them.", "FOLDER"),
]
TrainFile = Annotated[
    Optional[str], _glue("File in the folder to train on, in place of train.tsv.", "FILE")
]

# === The user's own table ===
Train = Annotated[
    Optional[Path], _table("File to train on. Its first line names the columns.", "FILE")
]
Dev = Annotated[
    Optional[Path], _table("File to score on. Left out: a tenth of the rows, held out.", "FILE")
]
Text = Annotated[Optional[str], _table("Column of the text.", "COLUMN")]
TextPair = Annotated[
    Optional[str], _table("Column of a second text, where rows are pairs.", "COLUMN")
]
Label = Annotated[Optional[str], _table("Column of the label.", "COLUMN")]
Labels = Annotated[
    Optional[str],
    _table("The labels, in the order of their classes. Left out: those in the file.", "A,B,..."),
]
Regression = Annotated[
    bool, _table("The label is a number to predict.", None, "--regression", show_default=False)
]
Metrics = Annotated[
    Optional[str],
    _table(
        "Of accuracy, f1, matthews, pearson, spearman; the first chooses the best epoch.", "A,B,..."
    ),
]
Id = Annotated[Optional[str], _table("Column of the row's id. Left out: its number.", "COLUMN")]
Header = Annotated[
    bool,
    _table("Without a header columns are named by number, from 0.", None, "--header/--no-header"),
]

# === Model ===
Preset = Annotated[
    Optional[str],
    _model("Model to start from: a name of `albert-zoo presets`, a folder, an address.", "PRESET"),
]
FromScratch = Annotated[
    bool, _model("Random weights, of the preset's shape.", None, "--from-scratch")
]
Vocabulary = Annotated[
    Optional[Path], _model("SentencePiece model, for a preset that brings none.", "FILE")
]
SequenceLength = Annotated[
    Optional[int], _model("Tokens a text may have; longer ones are cut.", "TOKENS", min=3)
]
Dropout = Annotated[
    Optional[float],
    _model(
        "Dropout before the last layer. Left out: the preset's, or 0.1.", "SHARE", min=0, max=0.99
    ),
]
DType = Annotated[
    DTypeName,
    _model("float32, bfloat16, mixed_bfloat16 or mixed_float16: the format of numbers.", "NAME"),
]

# === Training ===
Epochs = Annotated[Optional[int], _train("Passes over the data.", "N", min=1)]
BatchSize = Annotated[Optional[int], _train("Rows in a step.", "N", min=1)]
GradientAccumulationSteps = Annotated[
    int,
    _train("Compute a step in so many parts: less memory, the same step.", "N", min=1),
]
Remat = Annotated[
    bool,
    _train("Compute inner results again, not keep them: less memory, more time.", None, "--remat"),
]
LearningRate = Annotated[
    Optional[float], _train("The highest learning rate, 2e-5 for instance.", "RATE")
]
WarmupFraction = Annotated[
    Optional[float], _train("Share of the steps in which the learning rate rises.", "SHARE")
]
WeightDecay = Annotated[float, _train("Decay of the weights.", "RATE", min=0)]
Optimizer = Annotated[OptimizerName, _train("adamw or lamb.", "NAME")]
Parity = Annotated[
    Optional[ParityName],
    _train("google or garden: exactly as the original does, or the Model Garden.", "NAME"),
]
MaxSteps = Annotated[Optional[int], _train("Stop after so many steps.", "N", min=1)]
DevFraction = Annotated[
    Optional[float],
    _train("Share of the rows to hold out and score on; 0 for no scores.", "SHARE", min=0, max=0.9),
]
KeepBest = Annotated[
    bool,
    _train(
        "Save the best epoch by the main score, or the last one.", None, "--keep-best/--keep-last"
    ),
]
Deterministic = Annotated[
    bool, _train("The same bits in every run on this device, more slowly.", None, "--deterministic")
]
Seed = Annotated[int, _train("Of weights, dropout, data order and held-out rows.", "N", min=0)]

# === Guard ===
OnDivergence = Annotated[
    ActionName,
    _guard("A training that learns nothing: report it, retry with a lower rate, or stop.", "NAME"),
]
Guard = Annotated[
    bool,
    _guard(
        "Watch the training; skip steps whose gradient is no number.", None, "--guard/--no-guard"
    ),
]

Checks = Annotated[
    bool,
    _guard(
        "Look at data and weights before training, and warn of what is odd.",
        None,
        "--checks/--no-checks",
    ),
]

# === Output ===
Output = Annotated[Path, _output("Folder to write; new or empty.", "FOLDER")]
Overwrite = Annotated[bool, _output("Replace the folder of an earlier run.", None, "--overwrite")]
Resume = Annotated[
    bool, _output("Go on with the run that was interrupted, if there is one.", None, "--resume")
]
AllowChanged = Annotated[
    bool,
    _output("Go on although settings or data are not as they were.", None, "--allow-changed"),
]
CheckpointMinutes = Annotated[
    float,
    _output("Save the run's state so often, beside after each epoch.", "MINUTES", min=0.001),
]
CheckpointSteps = Annotated[Optional[int], _output("Save it after so many steps, too.", "N", min=1)]
FromRun = Annotated[
    Optional[Path],
    _output("Do what the run in this folder did, but for the options given here.", "FOLDER"),
]
