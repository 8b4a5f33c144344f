"""AscendOptions: how Huawei's Ascend NPUs are used, checked before a device is touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

from albert_zoo.backends.ascend import adapter
from albert_zoo.backends.ascend.auto_tune import AutoTune
from albert_zoo.backends.ascend.description import description
from albert_zoo.backends.ascend.dump import Dump
from albert_zoo.backends.ascend.file_checks import check_files
from albert_zoo.backends.ascend.flags import arguments_from_flags
from albert_zoo.backends.ascend.hccl import Hccl
from albert_zoo.backends.ascend.option_checks import check_options
from albert_zoo.backends.ascend.overflow_dump import OverflowDump
from albert_zoo.backends.ascend.precision import resolved_loss_scale
from albert_zoo.backends.ascend.profiling import Profiling
from albert_zoo.backends.ascend.setting import Setting
from albert_zoo.backends.ascend.settings import settings_of


@dataclass(frozen=True)
class AscendOptions:
    """Options for Huawei's Ascend NPUs; what is `None` is left to the adapter.

    Values are checked when the object is made, files and folders when it is described or applied.
    Names without an explanation here are the adapter's own; `albert_zoo/backends/ascend/data/
    option_table.json` says what they mean and which releases know them.

    Args:
        precision_mode: str, the number format of the whole network: `"allow_mix_precision"`,
            `"must_keep_origin_dtype"`, `"allow_fp32_to_fp16"` and others. `"force_fp16"` is for
            inference alone.
        precision_mode_v2: str, its newer form: `"mixed_float16"`, `"mixed_bfloat16"`, `"origin"`
            and others. One of the two at the most.
        mixlist: JSON file of operator types that stay in float32 under mixed precision, or
            `"albert"` for ours.
        customize_dtypes: file of number formats by operator.
        op_precision_mode: .ini file of precision by operator.
        loss_scale: `"auto"` scales the loss where the precision is mixed float16, and else not;
            `"dynamic"` always does, `"off"` never, and a number is a scale that stays.
        fusion_switch: file that switches fusion rules off, or `"albert"` for ours.
        dump: `Dump`. Not together with `overflow_dump`.
        overflow_dump: `OverflowDump`.
        profiling: `Profiling`.
        auto_tune: True, `"operator"`, `"subgraph"`, `"gradient"`, or `AutoTune`.
        hccl: `Hccl`, for several NPUs.
        deterministic: 1 (or True) for the same bits in every run.
        recompute: `"auto"` computes activations anew instead of keeping them.
        extra: dict of the adapter's other options by their full path.

    Raises:
        AscendError: a value is not allowed, or two do not go together.

    Example:

    >>> options = AscendOptions(precision_mode="allow_mix_precision", mixlist="albert")
    >>> [setting.path for setting in options.settings()]
    ['precision_mode', 'modify_mixlist']
    """

    # === Precision ===
    precision_mode: Optional[str] = None
    precision_mode_v2: Optional[str] = None
    mixlist: Optional[Any] = None
    customize_dtypes: Optional[Any] = None
    op_precision_mode: Optional[Any] = None
    loss_scale: Union[str, float] = "auto"
    deterministic: Optional[Union[int, bool]] = None
    overflow_flag: Optional[int] = None
    # === Fusion and compilation ===
    fusion_switch: Optional[Any] = None
    enable_scope_fusion_passes: Optional[Union[str, Sequence[str]]] = None
    jit_compile: Optional[str] = None
    op_compiler_cache_mode: Optional[str] = None
    op_compiler_cache_dir: Optional[Any] = None
    graph_compiler_cache_dir: Optional[Any] = None
    oo_level: Optional[str] = None
    oo_constant_folding: Optional[bool] = None
    optimization_switch: Optional[str] = None
    export_compile_stat: Optional[int] = None
    auto_tune: Optional[Union[bool, str, AutoTune]] = None
    # === Finding faults ===
    dump: Optional[Dump] = None
    overflow_dump: Optional[OverflowDump] = None
    profiling: Optional[Profiling] = None
    enable_exception_dump: Optional[int] = None
    op_debug_config: Optional[Any] = None
    debug_dir: Optional[Any] = None
    # === Running ===
    graph_run_mode: Optional[int] = None
    hccl: Optional[Hccl] = None
    recompute: Optional[str] = None
    atomic_clean_policy: Optional[int] = None
    static_memory_policy: Optional[int] = None
    input_fusion_size: Optional[int] = None
    graph_exec_timeout: Optional[int] = None
    stream_sync_timeout: Optional[int] = None
    event_sync_timeout: Optional[int] = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_options(self)

    @classmethod
    def from_flags(cls, flags: Any = None, **arguments: Any) -> AscendOptions:
        """Makes the options that the flags of Huawei's ALBERT scripts stand for.

        Flags of other purposes are passed over.

        Args:
            flags: list of str such as `["--use_mixlist=True", "--over_dump"]`, a dict of flag to
                value, or absl's `FLAGS`. `None` for the arguments of the process.
            **arguments: of `AscendOptions`; they are stronger than the flags.

        Returns:
            `AscendOptions`.

        Raises:
            AscendError: a flag is misspelled, or its value is not allowed.

        Example:

        >>> AscendOptions.from_flags(["--precision_mode=allow_mix_precision", "--data_dump_flag",
        ...     "--data_dump_path=/data/dumps", "--data_dump_step=0"]).dump
        Dump(path='/data/dumps', steps='0', mode='all', data=None, layers=None)
        """
        return cls(**{**arguments_from_flags(flags), **arguments})

    def settings(self) -> List[Setting]:
        """Returns what is assigned in the adapter, in the order of its table."""
        return settings_of(self)

    def loss_scale_for(self, dtype_policy: Optional[str] = None) -> Union[None, str, float]:
        """Returns `"dynamic"`, the scale, or `None` for no loss scaling.

        Args:
            dtype_policy: str, name of the model's Keras policy.
        """
        return resolved_loss_scale(self, dtype_policy)

    def check_files(self, make_folders: bool = False) -> None:
        """Checks that files are there and can be parsed.

        Args:
            make_folders: bool. Whether the folders to write to are made.

        Raises:
            AscendError: one of them is not, or a folder cannot be made.
        """
        check_files(self.settings(), make_folders)

    def describe(self, print_fn: Callable[[str], Any] = print) -> None:
        """Prints what would be set, as a table. No device is needed, and nothing is changed.

        Args:
            print_fn: function that takes the text.

        Example:

        >>> AscendOptions(deterministic=1).describe()
        option         in npu_device  since             value
        deterministic  deterministic  r2.1.0 (2023-04)  1
        <BLANKLINE>
        loss scale: none
        """
        self.check_files()
        print_fn(description(self.settings(), self.loss_scale_for(), self.recompute))

    def apply(self, npu_device: Any = None) -> adapter.NpuDevice:
        """Sets the options in the adapter, opens the NPU and makes it TensorFlow's default device.

        The device is opened once in a process: a second call with equal options returns the same.

        Args:
            npu_device: the module. `None` imports it.

        Returns:
            `NpuDevice`: what was opened, and its `record()`.

        Raises:
            AscendError: the adapter is missing or refuses an option, or the device does not open.
        """
        self.check_files(make_folders=True)
        return adapter.open_device(npu_device, self.settings())

    def as_dict(self) -> Dict[str, Any]:
        """Returns what was asked for, by the adapter's names, as JSON can hold it."""
        return {setting.path: setting.value for setting in self.settings()}
