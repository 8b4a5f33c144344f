"""The flags of Huawei's ALBERT scripts, as their command lines spell them."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest

from albert_zoo import AscendOptions, Dump, OverflowDump, Profiling
from albert_zoo.errors import AscendError

# The line that train_ID3243_albert_FineTune_GLUE_AlbertBase_full_1p.sh builds.
LINE = """
--mode=train_and_eval --input_meta_data_path=/d/MNLI_meta_data --train_data_path=/d/MNLI_train
--eval_data_path=/d/MNLI_eval --bert_config_file=/d/albert_config.json --init_checkpoint=/d/model
--train_batch_size=4 --eval_batch_size=4 --steps_per_loop=1 --learning_rate=2e-5
--num_train_epochs=3 --model_dir= --distribution_strategy=one_device --log_steps=98175
--precision_mode=allow_mix_precision --over_dump=False --over_dump_path= --data_dump_flag=False
--data_dump_step=10 --profiling=False --use_mixlist=True --mixlist_file=./configs/ops_info.json
--fusion_off_flag=False --fusion_off_file=./configs/fusion_switch.cfg --auto_tune=False
"""
SCRIPT = LINE.split()


def test_the_scripts_command_line() -> None:
    assert AscendOptions.from_flags(SCRIPT) == AscendOptions(
        precision_mode="allow_mix_precision", mixlist="./configs/ops_info.json"
    )


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ([], AscendOptions(precision_mode="allow_fp32_to_fp16")),
        (
            ["--over_dump", "--over_dump_path=/o"],
            AscendOptions(precision_mode="allow_fp32_to_fp16", overflow_dump=OverflowDump("/o")),
        ),
        (
            ["--data_dump_flag=true", "--data_dump_path", "/d", "--data_dump_step=0"],
            AscendOptions(precision_mode="allow_fp32_to_fp16", dump=Dump("/d", steps="0")),
        ),
        (
            ["-data_dump_flag", "--nouse_mixlist"],
            AscendOptions(precision_mode="allow_fp32_to_fp16", dump=Dump("/home/data", steps="10")),
        ),
        (
            ["--profiling=1", "--profiling_dump_path=/p"],
            AscendOptions(precision_mode="allow_fp32_to_fp16", profiling=Profiling("/p")),
        ),
        (
            ["--precision_mode", "allow_mix_precision", "--use_mixlist=True"],
            AscendOptions(precision_mode="allow_mix_precision", mixlist="ops_info.json"),
        ),
        (
            ["--fusion_off_flag=True", "--auto_tune=True"],
            AscendOptions(
                precision_mode="allow_fp32_to_fp16",
                fusion_switch="fusion_switch.cfg",
                auto_tune=True,
            ),
        ),
        (
            {"precision_mode": "must_keep_origin_dtype", "auto_tune": True, "train_batch_size": 4},
            AscendOptions(precision_mode="must_keep_origin_dtype", auto_tune=True),
        ),
        (
            {"use_mixlist": "True", "precision_mode": "allow_mix_precision"},
            AscendOptions(precision_mode="allow_mix_precision", mixlist="ops_info.json"),
        ),
        (["--", "--over_dump"], AscendOptions(precision_mode="allow_fp32_to_fp16")),
    ],
)
def test_flags(flags: Any, expected: AscendOptions) -> None:
    assert AscendOptions.from_flags(flags) == expected


def test_profiling_is_what_the_scripts_glue_together() -> None:
    (setting,) = (
        s
        for s in AscendOptions.from_flags(["--profiling", "--profiling_dump_path=/p"]).settings()
        if s.path == "profiling_config.profiling_options"
    )
    assert setting.value == (
        '{"output": "/p", "training_trace": "on", "task_trace": "on", "aicpu": "on", '
        '"aic_metrics": "PipeUtilization", "fp_point": "", "bp_point": ""}'
    )


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        # What the scripts accept and then do wrongly.
        (["--over_dump", "--data_dump_flag"], "`dump` and `overflow_dump` exclude each other"),
        (["--use_mixlist"], "`mixlist` counts under mixed precision alone"),
        (["--precision_mode=force_fp16"], "`precision_mode` must be one for training"),
        # What is misspelled.
        (["--use_mixlst=True"], "Received: 'use_mixlst'. Did you mean 'use_mixlist'"),
        (["--over_dump=/o"], "`over_dump` must be True or False. Received: '/o'"),
        (["--precision_mode"], "`precision_mode` must have a value"),
        (["--precision_mode=fast"], "`precision_mode` must be one of"),
        (["--data_dump_flag", "--data_dump_step=every"], "`dump.steps` must be step numbers"),
        ({"over_dumps": True}, "Did you mean 'over_dump'"),
        ("--over_dump", "`flags` must be a list of texts, a dict, or absl's FLAGS"),
    ],
)
def test_refused(flags: Any, message: str) -> None:
    with pytest.raises(AscendError, match=message):
        AscendOptions.from_flags(flags)


def test_arguments_are_stronger_than_flags() -> None:
    options = AscendOptions.from_flags(SCRIPT, mixlist="albert", deterministic=1)
    assert (options.mixlist, options.deterministic) == ("albert", 1)


def test_the_processes_own_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["train.py", "--auto_tune", "reviews.csv"])
    assert AscendOptions.from_flags().auto_tune is True


def test_absl_flags() -> None:
    flags = pytest.importorskip("absl.flags")
    values = flags.FlagValues()
    flags.DEFINE_boolean("use_mixlist", False, "", flag_values=values)
    flags.DEFINE_string("precision_mode", "allow_fp32_to_fp16", "", flag_values=values)
    values(["train.py", "--use_mixlist", "--precision_mode=allow_mix_precision"])
    assert AscendOptions.from_flags(values).mixlist == "ops_info.json"


def test_fast_gelu_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="albert_zoo"):
        AscendOptions.from_flags(["--use_fastgelu=False"])
        assert caplog.messages == []
        AscendOptions.from_flags(["--use_fastgelu"])
    assert caplog.messages == ["`use_fastgelu` has no effect: the model keeps the original's GELU."]
