"""DataFacts: what is known of one set of examples."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from albert_zoo.data.finding import Finding


@dataclass
class DataFacts:
    """Facts of one set of examples, as plain data.

    Args:
        rows: int.
        facts: dict of name to number, text or dict, in the order to be shown.
        findings: list of `Finding`.
    """

    rows: int
    facts: Dict[str, Any] = field(default_factory=dict)
    findings: List[Finding] = field(default_factory=list)

    def warn(self, message: str, row: Optional[int] = None) -> None:
        """Adds a warning."""
        self.findings.append(Finding(False, message, row))

    def refuse(self, message: str, row: Optional[int] = None) -> None:
        """Adds an error."""
        self.findings.append(Finding(True, message, row))
