"""Fusion switches: which of CANN's fusion rules are on and off.

The file is a JSON object `{"Switch": {"GraphFusion": {"Rule": "off"}, "UBFusion": {...}}}`;
`"ALL"` stands for a whole section, and a rule that is named beats it. An older form has a line
`Rule:off` for each rule. Some rules stay on whatever a file says.
"""

from __future__ import annotations

import re
from typing import Any, Dict

from albert_zoo.backends.ascend.json_file import parse_json_object, read_text
from albert_zoo.backends.ascend.option_table import DATA
from albert_zoo.errors import AscendError, did_you_mean

OURS = DATA / "fusion_switch.json"
"""Our file for ALBERT; `data/reasons.json` says why each rule is off."""

LINES = ""
"""The section of rules from the older form, which knows none."""

_SECTIONS = ("GraphFusion", "UBFusion")


def read_fusion_switch(path: Any, name: str = "fusion_switch") -> Dict[str, Dict[str, str]]:
    """Reads and checks a fusion switch file, in either form.

    Args:
        path: str or path.
        name: str, the option that names it, for errors.

    Returns:
        dict of section to rule to `"on"` or `"off"`.

    Raises:
        AscendError: there is no such file, or CANN could not use it.

    Example:

    >>> rules = read_fusion_switch(OURS)["GraphFusion"]
    >>> rules["LayerNormFusionPass"]
    'off'
    """
    file_name = re.split(r"[\\/]", str(path))[-1]
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", file_name):
        raise AscendError(
            f"`{name}` must name a file with letters, digits, '_', '-' and '.' alone: CANN takes "
            f"no others. Received: {file_name!r}. Rename the file."
        )
    text = read_text(name, path)
    sections = (
        _from_json(path, name, text)
        if text.lstrip()[:1] in ("{", "[")
        else {LINES: _from_lines(path, name, text)}
    )
    if not any(sections.values()):
        raise AscendError(
            f"{path}: `{name}` must name a fusion rule. Received: none. "
            "Name one, or leave the option out."
        )
    return sections


def _from_json(path: Any, name: str, text: str) -> Dict[str, Dict[str, str]]:
    content = parse_json_object(name, path, text)
    switch = content.get("Switch")
    if list(content) != ["Switch"] or not isinstance(switch, dict):
        raise AscendError(
            f'{path}: `{name}` must hold {{"Switch": {{...}}}} alone. '
            f"Received: {', '.join(map(repr, content)) or 'nothing'}. Correct the file."
        )
    for section, rules in switch.items():
        if section not in _SECTIONS or not isinstance(rules, dict):
            hint = did_you_mean(section, _SECTIONS) if section not in _SECTIONS else ""
            raise AscendError(
                f"{path}: `{name}` must hold the objects 'GraphFusion' and 'UBFusion' under "
                f"'Switch'. Received: {section!r}: {rules!r}.{hint or ' Correct the file.'}"
            )
        for rule, state in rules.items():
            _check(path, name, rule, state)
    return {section: dict(rules) for section, rules in switch.items()}


def _from_lines(path: Any, name: str, text: str) -> Dict[str, str]:
    rules: Dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        rule, colon, state = (part.strip() for part in line.partition(":"))
        where = f"{path}:{number}"
        if not colon:
            raise AscendError(
                f"{where}: `{name}` must be JSON, or hold lines of the form Rule:off. "
                f"Received: {line.strip()!r}. Correct the line."
            )
        _check(where, name, rule, state)
        if rule in rules:
            raise AscendError(
                f"{where}: `{name}` must name each rule once. Received: {rule!r} again. "
                "Remove one of the lines."
            )
        rules[rule] = state
    return rules


def _check(where: Any, name: str, rule: str, state: Any) -> None:
    if state not in ("on", "off"):
        raise AscendError(
            f"{where}: `{name}` must switch a rule 'on' or 'off'. Received: {rule!r}: {state!r}. "
            "Correct it."
        )
    if not re.fullmatch(r"\w+", rule):
        raise AscendError(
            f"{where}: `{name}` must name a rule with letters, digits and '_'. "
            f"Received: {rule!r}. Correct it."
        )
