"""`albert-zoo run-classifier`: in place of run_classifier.py of the Model Garden and its ports."""

from __future__ import annotations

from enum import Enum
from typing import Any, Dict

import typer

from albert_zoo.cli import console
from albert_zoo.cli import run_classifier_flags as flag
from albert_zoo.cli.absl_flags import AbslCommand
from albert_zoo.cli.guard import is_debug


class RunClassifierCommand(AbslCommand):
    """Takes the flags as absl does, by their own names."""

    renamed = {}
    booleans = flag.SWITCHES


def run_classifier(
    ctx: typer.Context,
    *,
    mode: flag.ModeName = flag.Mode.train_and_eval,
    input_meta_data_path: flag.MetaData,
    train_data_path: flag.TrainData = None,
    eval_data_path: flag.EvalData = None,
    bert_config_file: flag.Config,
    init_checkpoint: flag.InitCheckpoint = None,
    model_dir: flag.ModelDir = None,
    predict_checkpoint_path: flag.PredictCheckpoint = None,
    model_export_path: flag.ExportPath = None,
    device: flag.DeviceName = flag.Device.npu,
    train_data_size: flag.TrainSize = None,
    train_batch_size: flag.TrainBatch = 32,
    eval_batch_size: flag.EvalBatch = 32,
    num_train_epochs: flag.Epochs = 3,
    learning_rate: flag.LearningRate = 5e-5,
    optimizer_type: flag.OptimizerType = "adamw",
    log_steps: flag.LogSteps = 100,
    dtype: flag.DType = "fp32",
    loss_scale: flag.LossScale = None,
    steps_per_epoch: flag.StepsPerEpoch = None,
    max_steps: flag.MaxSteps = None,
    seed: flag.Seed = 0,
    precision_mode: flag.PrecisionMode = "allow_fp32_to_fp16",
    use_mixlist: flag.UseMixlist = "False",
    mixlist_file: flag.MixlistFile = "ops_info.json",
    fusion_off_flag: flag.FusionOff = "False",
    fusion_off_file: flag.FusionFile = "fusion_switch.cfg",
    over_dump: flag.OverDump = "False",
    over_dump_path: flag.OverDumpPath = "/home/data",
    data_dump_flag: flag.DataDump = "False",
    data_dump_step: flag.DataDumpStep = "10",
    data_dump_path: flag.DataDumpPath = "/home/data",
    profiling: flag.Profiling = "False",
    profiling_dump_path: flag.ProfilingPath = "/home/data",
    auto_tune: flag.AutoTune = "False",
    use_fastgelu: flag.UseFastGelu = "True",
    steps_per_loop: flag.StepsPerLoop = None,
    distribution_strategy: flag.Strategy = "mirrored",
    num_gpus: flag.NumGpus = 1,
    tpu: flag.Tpu = "",
    num_eval_per_epoch: flag.EvalsPerEpoch = 1,
    end_lr: flag.EndRate = 0.0,
    enable_xla: flag.EnableXla = "False",
    fp16_implementation: flag.Fp16 = "keras",
    scale_loss: flag.ScaleLoss = "False",
    explicit_allreduce: flag.ExplicitAllreduce = "False",
    run_eagerly: flag.RunEagerly = "False",
    hub_module_url: flag.HubUrl = None,
    hub_module_trainable: flag.HubTrainable = "True",
    sub_model_export_name: flag.SubModel = None,
    gin_file: flag.GinFile = None,
    gin_param: flag.GinParam = None,
) -> None:
    """Train on TFRecord files with the flags of the Model Garden's and Huawei's run_classifier.py.

    albert-zoo run-classifier --mode=train_and_eval --input_meta_data_path=MNLI_meta_data
    --train_data_path=MNLI_train.tf_record --eval_data_path=MNLI_eval.tf_record
    --bert_config_file=albert_config.json --init_checkpoint=bert_model.ckpt --model_dir=runs/mnli
    --precision_mode=allow_mix_precision --use_mixlist=True --mixlist_file=albert

    Flags, printed lines and files are theirs; the pretrained weights are loaded, and the whole
    development set is scored. For a new run `albert-zoo finetune --backend ascend` does more.
    """
    given: Dict[str, Any] = {name: value for name, value in locals().items() if name != "ctx"}
    given = {name: v.value if isinstance(v, Enum) else v for name, v in given.items()}
    from albert_zoo.cli.run_classifier_settings import RunClassifierSettings

    settings = RunClassifierSettings.from_flags(given, _defaults(ctx))
    for note in settings.notes:
        console.say("note", note, "dim")
    backend = settings.prepared_backend()
    console.load_keras(is_debug(ctx))
    from albert_zoo.cli.run_classifier_modes import run

    run(settings, backend)


def _defaults(ctx: typer.Context) -> Dict[str, Any]:
    return {str(parameter.name): parameter.default for parameter in ctx.command.params}
