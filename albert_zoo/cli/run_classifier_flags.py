"""The flags of `albert-zoo run-classifier` as types, in the panels of its help.

They are those of run_classifier.py for ALBERT in TensorFlow's Model Garden (r2.4.0) and in Huawei's
port of it, with their names and defaults.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any, Optional

import typer

SWITCHES = (
    *("over_dump", "data_dump_flag", "profiling", "use_mixlist", "fusion_off_flag", "auto_tune"),
    *("use_fastgelu", "enable_xla", "scale_loss", "explicit_allreduce", "run_eagerly"),
    "hub_module_trainable",
)
"""Flags that are true or false."""


class Mode(str, Enum):
    """What is done."""

    train_and_eval = "train_and_eval"
    predict = "predict"
    export_only = "export_only"


class Device(str, Enum):
    """Where it is done."""

    npu = "npu"
    cpu = "cpu"


def _panel(title: str) -> Any:
    def flag(name: str, help: str, metavar: Optional[str] = None, **limits: Any) -> Any:
        return typer.Option(
            f"--{name}", help=help, metavar=metavar, rich_help_panel=title, **limits
        )

    return flag


_do = _panel("What to do")
_train = _panel("Training")
_npu = _panel("Ascend's NPUs")
_none = _panel("Without a meaning here (the default passes, anything else is answered)")
_BOOL = "True|False"
Text = Optional[str]

# === What to do ===
ModeName = Annotated[Mode, _do("mode", "train_and_eval, predict or export_only.")]
MetaData = Annotated[str, _do("input_meta_data_path", "JSON file of sizes and labels.", "FILE")]
TrainData = Annotated[Text, _do("train_data_path", "TFRecord file to train on.", "FILE")]
EvalData = Annotated[Text, _do("eval_data_path", "TFRecord file to score or predict.", "FILE")]
Config = Annotated[str, _do("bert_config_file", "The model's albert_config.json.", "FILE")]
InitCheckpoint = Annotated[
    Text, _do("init_checkpoint", "Pretrained weights: bert_model.ckpt, without ending.", "PREFIX")
]
ModelDir = Annotated[
    Text, _do("model_dir", "Folder to write. Left out: bert20 in the temporary folder.", "FOLDER")
]
PredictCheckpoint = Annotated[
    Text, _do("predict_checkpoint_path", "Weights. Left out: the newest in model_dir.", "PREFIX")
]
ExportPath = Annotated[Text, _do("model_export_path", "Folder for a SavedModel.", "FOLDER")]
DeviceName = Annotated[
    Device, _do("device", "npu, or cpu to run without one. Not a flag of the originals.")
]

# === Training ===
TrainSize = Annotated[
    Optional[int], _train("train_data_size", "Rows to train on. Left out: all.", "N", min=1)
]
TrainBatch = Annotated[int, _train("train_batch_size", "Rows in a step.", "N", min=1)]
EvalBatch = Annotated[int, _train("eval_batch_size", "Rows scored at once.", "N", min=1)]
Epochs = Annotated[int, _train("num_train_epochs", "Passes over the data.", "N", min=1)]
LearningRate = Annotated[float, _train("learning_rate", "The highest learning rate.", "RATE")]
OptimizerType = Annotated[str, _train("optimizer_type", "adamw or lamb.", "NAME")]
LogSteps = Annotated[int, _train("log_steps", "Steps between lines on the speed.", "N", min=1)]
DType = Annotated[str, _train("dtype", "fp32, fp16 or bf16: Keras' format of numbers.", "NAME")]
LossScale = Annotated[Text, _train("loss_scale", "dynamic, or a number that stays.", "SCALE")]
StepsPerEpoch = Annotated[
    Optional[int],
    _train("steps_per_epoch", "1000 measures the speed. Not a flag of the originals.", "N", min=1),
]
MaxSteps = Annotated[
    Optional[int],
    _train("max_steps", "Stop after so many steps. Not a flag of the originals.", "N", min=1),
]
Seed = Annotated[int, _train("seed", "Not a flag of the originals.", "N", min=0)]

# === Ascend's NPUs ===
PrecisionMode = Annotated[str, _npu("precision_mode", "Number format of the network.", "MODE")]
UseMixlist = Annotated[str, _npu("use_mixlist", "Whether mixlist_file counts.", _BOOL)]
MixlistFile = Annotated[
    str, _npu("mixlist_file", "JSON of operators that stay in float32; albert for ours.", "FILE")
]
FusionOff = Annotated[str, _npu("fusion_off_flag", "Whether fusion_off_file counts.", _BOOL)]
FusionFile = Annotated[
    str, _npu("fusion_off_file", "Fusion rules to switch off; albert for ours.", "FILE")
]
OverDump = Annotated[str, _npu("over_dump", "Record what overflows.", _BOOL)]
OverDumpPath = Annotated[str, _npu("over_dump_path", "Where.", "FOLDER")]
DataDump = Annotated[str, _npu("data_dump_flag", "Record what operators compute.", _BOOL)]
DataDumpStep = Annotated[str, _npu("data_dump_step", 'In which steps: "0|3-5|10".', "STEPS")]
DataDumpPath = Annotated[str, _npu("data_dump_path", "Where.", "FOLDER")]
Profiling = Annotated[str, _npu("profiling", "Record how long operators take.", _BOOL)]
ProfilingPath = Annotated[str, _npu("profiling_dump_path", "Where.", "FOLDER")]
AutoTune = Annotated[str, _npu("auto_tune", "Search for faster operators.", _BOOL)]

# === Without a meaning here ===
UseFastGelu = Annotated[str, _none("use_fastgelu", "The model keeps its own GELU.", _BOOL)]
StepsPerLoop = Annotated[Optional[int], _none("steps_per_loop", "A step is a step.", "N")]
Strategy = Annotated[str, _none("distribution_strategy", "One process drives an NPU.", "NAME")]
NumGpus = Annotated[int, _none("num_gpus", "As above.", "N")]
Tpu = Annotated[str, _none("tpu", "There are none.", "NAME")]
EvalsPerEpoch = Annotated[int, _none("num_eval_per_epoch", "Each epoch is scored once.", "N")]
EndRate = Annotated[float, _none("end_lr", "The rate falls to 0.", "RATE")]
EnableXla = Annotated[str, _none("enable_xla", "Keras decides.", _BOOL)]
Fp16 = Annotated[str, _none("fp16_implementation", "Keras' own.", "NAME")]
ScaleLoss = Annotated[str, _none("scale_loss", "Gradients are averaged.", _BOOL)]
ExplicitAllreduce = Annotated[str, _none("explicit_allreduce", "As above.", _BOOL)]
RunEagerly = Annotated[str, _none("run_eagerly", "Steps are compiled.", _BOOL)]
HubUrl = Annotated[Text, _none("hub_module_url", "Give init_checkpoint.", "URL")]
HubTrainable = Annotated[str, _none("hub_module_trainable", "As above.", _BOOL)]
SubModel = Annotated[Text, _none("sub_model_export_name", "See `albert-zoo convert`.", "NAME")]
GinFile = Annotated[Text, _none("gin_file", "There is no gin.", "FILE")]
GinParam = Annotated[Text, _none("gin_param", "There is no gin.", "TEXT")]
