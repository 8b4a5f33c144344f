"""AbslCommand: takes flags as the original scripts do, beside the usual options."""

from __future__ import annotations

from typing import Any, List

from typer.core import TyperCommand

BOOLEANS = ("do_lower_case",)
_TRUE, _FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")


class AbslCommand(TyperCommand):
    """Understands `--flag`, `--noflag`, `--flag=true` and `-flag=value` for names with underscores.

    The scripts of google-research/albert and TensorFlow's Model Garden read their flags with absl,
    where a switch may have a value and one dash is as good as two.
    """

    def parse_args(self, ctx: Any, args: List[str]) -> List[str]:
        """Rewrites such flags to the form that Typer knows."""
        return super().parse_args(ctx, rewritten(args))


def rewritten(args: List[str]) -> List[str]:
    """Returns arguments in the usual form.

    Example:

    >>> rewritten(["-task_name=mrpc", "--do_lower_case", "--nodo_lower_case"])
    ['--task_name=mrpc', '--do_lower_case=true', '--do_lower_case=false']
    >>> rewritten(["--do_lower_case", "False", "--max_seq_length", "64"])
    ['--do_lower_case=false', '--max_seq_length', '64']
    """
    result: List[str] = []
    for arg in args:
        name = arg.split("=")[0]
        if name.startswith("-") and not name.startswith("--") and "_" in name:
            arg, name = "-" + arg, "-" + name
        for flag in BOOLEANS:
            if arg == f"--{flag}":
                arg = f"--{flag}=true"
            elif arg == f"--no{flag}":
                arg = f"--{flag}=false"
        follows_switch = bool(result) and any(result[-1] == f"--{flag}=true" for flag in BOOLEANS)
        if follows_switch and arg.lower() in _TRUE + _FALSE:
            arg = f"{result.pop().split('=')[0]}={arg}"
        result.append(arg.lower() if name[2:] in BOOLEANS else arg)
    return [arg.lower() if arg[2:].split("=")[0] in BOOLEANS else arg for arg in result]


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
