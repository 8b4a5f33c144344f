"""Validation: everything that `albert-zoo validate` finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Dict, List, Optional

from albert_zoo.cli.validation_problem import Problem
from albert_zoo.data import DataFacts
from albert_zoo.errors import AlbertZooError


@dataclass
class Validation:
    """What was found.

    Args:
        data: str, what was looked at.
        sets: dict of set name, `"train"` for instance, to `{"file", "rows", "facts"}`.
        problems: list of `Problem`.
    """

    data: str
    sets: Dict[str, Dict[str, Any]] = field(default_factory=dict)
    problems: List[Problem] = field(default_factory=list)

    def count(self, level: str) -> int:
        """Returns how many problems are errors, or warnings."""
        return sum(problem.level == level for problem in self.problems)

    def as_json(self) -> Dict[str, Any]:
        """Returns all of it as JSON values."""
        return {
            "data": self.data,
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "sets": self.sets,
            "problems": [asdict(problem) for problem in self.problems],
        }

    def add_error(self, error: AlbertZooError) -> None:
        """Adds what a reader refused."""
        where = getattr(error, "path", None)
        line = getattr(error, "line", None)
        place = "" if where is None else f"{where}" + (f":{line}" if line is not None else "")
        message = str(error)
        if place and message.startswith(f"{place}: "):
            message = message[len(place) + 2 :]
        self.problems.append(Problem("error", place or self.data, message))

    def add(self, name: str, path: str, found: DataFacts, lines: Optional[List[int]]) -> None:
        """Adds a set's facts, and its findings with their lines."""
        self.sets[name] = {"file": path, "rows": found.rows, "facts": found.facts}
        for one in found.findings:
            where = path if one.row is None or lines is None else f"{path}:{lines[one.row]}"
            self.problems.append(
                Problem("error" if one.is_error else "warning", where, one.message)
            )
