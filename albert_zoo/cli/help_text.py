"""Help texts, from the docstrings of the commands."""

from __future__ import annotations

import inspect
import re
from typing import Any


def help_text(command: Any) -> str:
    """Returns a command's docstring for Rich: a line for each paragraph, examples in colour.

    A paragraph that begins with `albert-zoo` is an example.
    """
    paragraphs = []
    for paragraph in (inspect.getdoc(command) or "").split("\n\n"):
        text = " ".join(paragraph.split()).replace("[", "\\[")
        text = re.sub(r"`([^`]*)`", r"[bold]\1[/bold]", text)
        paragraphs.append(f"[green]{text}[/green]" if text.startswith("albert-zoo") else text)
    return "\n\n".join(paragraphs)
