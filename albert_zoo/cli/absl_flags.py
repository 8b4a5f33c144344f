"""AbslCommand: takes flags as the original scripts do, beside the usual options."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Sequence

from typer.core import TyperCommand

OURS = {
    "--input_data_dir": "--data",
    "--classification_task_name": "--task",
    "--sp_model_file": "--vocabulary",
    "--max_seq_length": "--sequence-length",
    "--mnli_type": "--mnli-type",
}
"""Flags of create_finetuning_data.py that have another name here."""

BOOLEANS = ("do_lower_case",)
"""Its switches."""

_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


class AbslCommand(TyperCommand):
    """Understands `--flag`, `--noflag`, `--flag=true` and `-flag=value` for names with underscores.

    The scripts of google-research/albert and TensorFlow's Model Garden read their flags with absl,
    where a switch may have a value and one dash is as good as two.
    """

    renamed: Dict[str, str] = OURS
    booleans: Sequence[str] = BOOLEANS

    def parse_args(self, ctx: Any, args: List[str]) -> List[str]:
        """Rewrites such flags to the form that Typer knows."""
        return super().parse_args(ctx, rewritten(args, self.renamed, self.booleans))


def rewritten(
    args: List[str], renamed: Mapping[str, str] = OURS, booleans: Sequence[str] = BOOLEANS
) -> List[str]:
    """Returns arguments in the usual form.

    Args:
        args: list of str, as the user typed them.
        renamed: mapping of a flag to its name here.
        booleans: names of switches, without dashes.

    Example:

    >>> rewritten(["-vocab_file=x", "--do_lower_case", "--nodo_lower_case"])
    ['--vocab_file=x', '--do_lower_case=true', '--do_lower_case=false']
    >>> rewritten(["--do_lower_case", "False", "--max_seq_length", "64"])
    ['--do_lower_case=false', '--sequence-length', '64']
    """
    result: List[str] = []
    may_have_value = False
    for arg in args:
        name, equals, value = arg.partition("=")
        if may_have_value and arg.lower() in _TRUE + _FALSE:
            result[-1] = f"{result[-1].partition('=')[0]}={arg.lower()}"
            may_have_value = False
            continue
        if name.startswith("-") and not name.startswith("--") and "_" in name:
            name = "-" + name
        may_have_value = not equals and name[2:] in booleans
        if may_have_value:
            equals, value = "=", "true"
        elif not equals and name[2:] in [f"no{flag}" for flag in booleans]:
            name, equals, value = name.replace("--no", "--", 1), "=", "false"
        result.append(renamed.get(name, name) + equals + value)
    return result


def as_bool(name: str, value: str) -> bool:
    """Reads a switch's value as absl does.

    Raises:
        ValueError: it is neither true nor false.
    """
    if value.lower() in _TRUE:
        return True
    if value.lower() in _FALSE:
        return False
    raise ValueError(f"`{name}` must be true or false. Received: {value!r}.")
