"""RunClassifierSettings: the flags of `albert-zoo run-classifier`, checked before Keras loads."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Dict, List, Optional

from albert_zoo.backends import AscendOptions, Backend, get_backend
from albert_zoo.cli.absl_flags import as_bool
from albert_zoo.cli.run_classifier_flags import SWITCHES
from albert_zoo.cli.run_classifier_notes import notes_on, refuse
from albert_zoo.errors import DataError

DTYPES = {"fp32": None, "fp16": "mixed_float16", "bf16": "mixed_bfloat16"}
"""The Keras policy that each value of `dtype` stands for."""

_NPU = (
    *("precision_mode", "use_mixlist", "mixlist_file", "fusion_off_flag", "fusion_off_file"),
    *("over_dump", "over_dump_path", "data_dump_flag", "data_dump_step", "data_dump_path"),
    *("profiling", "profiling_dump_path", "auto_tune", "use_fastgelu"),
)
_NEEDED = {
    "train_and_eval": ("train_data_path", "eval_data_path"),
    "predict": ("eval_data_path",),
    "export_only": ("model_export_path",),
}
_FILES = ("input_meta_data_path", "bert_config_file", "train_data_path", "eval_data_path")


@dataclass(frozen=True)
class RunClassifierSettings:
    """What a run is to do.

    Args:
        flags: dict of every flag to its value; texts that were given empty are their default.
        ascend: `AscendOptions` that the flags stand for.
        notes: list of sentences on flags that mean nothing here.
    """

    flags: Dict[str, Any]
    ascend: AscendOptions
    notes: List[str] = field(default_factory=list)

    @classmethod
    def from_flags(cls, given: Dict[str, Any], defaults: Dict[str, Any]) -> RunClassifierSettings:
        """Reads and checks the flags.

        Args:
            given: dict of every flag to what the command line made of it.
            defaults: dict of every flag to its default.

        Raises:
            ValueError: a flag is missing, or has a value that cannot be meant here.
            AscendError: an option of the NPU is not allowed, or two do not go together.
            DataError: a file is missing.
        """
        # An empty variable of a shell script is no value.
        flags: Dict[str, Any] = {
            name: defaults.get(name) if value == "" else value for name, value in given.items()
        }
        for name in SWITCHES:
            flags[name] = as_bool(name, str(flags[name]))
        flags["model_dir"] = flags["model_dir"] or os.path.join(tempfile.gettempdir(), "bert20")
        refuse(flags)
        if flags["dtype"] not in DTYPES:
            raise ValueError(
                f"`dtype` must be of {', '.join(DTYPES)}. Received: {flags['dtype']!r}."
            )
        for name in _NEEDED[flags["mode"]]:
            if flags[name] is None:
                raise ValueError(f"`{name}` must be given for mode={flags['mode']}.")
        for name in _FILES:
            if flags[name] is not None and not os.path.isfile(flags[name]):
                raise DataError(f"no such file. `{name}` names it.", path=flags[name])
        more: Dict[str, Any] = {}
        if flags["loss_scale"] is not None:
            more["loss_scale"] = _number_or_text(flags["loss_scale"])
        ascend = AscendOptions.from_flags({name: flags[name] for name in _NPU}, **more)
        ascend.check_files()
        return cls(flags, ascend, notes_on(flags))

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["flags"][name]
        except KeyError:
            raise AttributeError(name) from None

    @property
    def folder(self) -> Path:
        """The folder to write to."""
        return Path(self.flags["model_dir"])

    @property
    def dtype_policy(self) -> Optional[str]:
        """The Keras policy, or `None` for float32."""
        return DTYPES[self.flags["dtype"]]

    def prepared_backend(self) -> Backend:
        """Opens the NPU, or keeps Keras on the CPU. Call it before Keras is imported."""
        if self.flags["device"] == "cpu":
            os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
            return get_backend()
        backend = get_backend("ascend", self.ascend)
        backend.prepare()
        return backend


def _number_or_text(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text
