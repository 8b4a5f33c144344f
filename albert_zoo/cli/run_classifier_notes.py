"""What `albert-zoo run-classifier` answers to flags that cannot mean anything here."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

STRATEGIES = ("one_device", "mirrored", "off")
"""Values of `distribution_strategy` that mean one process with one device."""

NOTES: Dict[str, Tuple[Any, str]] = {
    "steps_per_loop": (1, "every step comes back to Python."),
    "num_gpus": (1, "one process drives one device."),
    "enable_xla": (False, "Keras and the NPU decide what is compiled."),
    "fp16_implementation": ("keras", "mixed precision is Keras' own."),
    "scale_loss": (False, "gradients are averaged over processes."),
    "explicit_allreduce": (False, "gradients are averaged over processes."),
    "run_eagerly": (False, "steps are compiled."),
    "hub_module_trainable": (True, "there is no TF-Hub module; every weight is trained."),
    "sub_model_export_name": (None, "`albert-zoo convert` writes the encoder from a checkpoint."),
    "gin_file": (None, "there is no gin."),
    "gin_param": (None, "there is no gin."),
}
"""Flags that are passed over: the value that asks for nothing, and what happens instead."""

REFUSED: Dict[str, Tuple[Any, str]] = {
    "tpu": ("", "There is no TPU here. Leave it out."),
    "num_eval_per_epoch": (1, "Each epoch is scored once. Leave it out."),
    "end_lr": (0.0, "The learning rate falls to 0, as in every published run. Leave it out."),
    "hub_module_url": (None, "Weights come from a checkpoint. Name it in `init_checkpoint`."),
}
"""Flags that would change the result, and are therefore errors."""

_NPU_SWITCHES = ("use_mixlist", "fusion_off_flag", "over_dump", "data_dump_flag", "profiling")


def refuse(flags: Dict[str, Any]) -> None:
    """Refuses flags that would give another result than the user expects.

    Args:
        flags: dict of flag to value.

    Raises:
        ValueError: there is one.

    Example:

    >>> refuse({"distribution_strategy": "one_device", "tpu": ""})
    """
    for name, (harmless, answer) in REFUSED.items():
        if flags.get(name, harmless) not in (harmless, None):
            raise ValueError(f"`{name}` cannot be used here. Received: {flags[name]!r}. {answer}")
    strategy = flags["distribution_strategy"]
    if strategy not in STRATEGIES:
        raise ValueError(
            f"`distribution_strategy` must be of {', '.join(STRATEGIES)}: a process drives one "
            f"device, and RANK_SIZE says how many there are. Received: {strategy!r}."
        )


def notes_on(flags: Dict[str, Any]) -> List[str]:
    """Returns a sentence for each flag that is passed over.

    Args:
        flags: dict of flag to value.

    Example:

    >>> notes_on({"device": "npu", "steps_per_loop": 1000, "num_gpus": 1})
    ['`--steps_per_loop=1000` means nothing here: every step comes back to Python.']
    """
    notes = [
        f"`--{name}={flags[name]}` means nothing here: {answer}"
        for name, (harmless, answer) in NOTES.items()
        if flags.get(name) not in (harmless, None)
    ]
    if flags["device"] == "cpu" and any(flags.get(name) for name in _NPU_SWITCHES):
        notes.append("The flags of the NPU are checked and not used on the CPU.")
    return notes
