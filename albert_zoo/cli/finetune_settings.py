"""FinetuneSettings: everything that `albert-zoo finetune` can be told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Union

DEV_FRACTION = 0.1
"""Share of the user's own rows that is held out where no development set is given."""


@dataclass
class FinetuneSettings:
    """The options of a run, by the names that the command line gives them.

    `None` leaves a choice to the task's recipe.
    """

    output: Path
    preset: str
    # === A GLUE task ===
    task: Optional[str] = None
    data: Optional[Path] = None
    train_file: Optional[str] = None
    # === Or the user's own table ===
    train: Optional[Path] = None
    dev: Optional[Path] = None
    text: Optional[str] = None
    text_pair: Optional[str] = None
    label: Optional[str] = None
    labels: Optional[str] = None
    regression: bool = False
    metrics: Optional[str] = None
    id: Optional[str] = None
    header: bool = True
    # === Both ===
    dev_fraction: Optional[float] = None
    vocabulary: Optional[Path] = None
    from_scratch: bool = False
    sequence_length: Optional[int] = None
    dropout: Optional[float] = None
    dtype: str = "float32"
    epochs: Optional[int] = None
    batch_size: Optional[int] = None
    learning_rate: Optional[float] = None
    warmup_fraction: Optional[float] = None
    weight_decay: float = 0.01
    optimizer: str = "adamw"
    parity: Optional[str] = None
    gradient_accumulation_steps: int = 1
    remat: bool = False
    max_steps: Optional[int] = None
    keep_best: bool = True
    seed: int = 0
    overwrite: bool = False
    resume: bool = False
    allow_changed: bool = False
    checkpoint_minutes: float = 10.0
    checkpoint_steps: Optional[int] = None
    # === The guard ===
    guard: bool = True
    on_divergence: str = "report"
    checks: bool = True
    deterministic: bool = False
    from_run: Optional[Path] = None
    # === Where ===
    backend: str = "default"
    ascend: Any = None
    """`AscendOptions`, with the backend `"ascend"` alone."""

    def check(self) -> None:
        """Refuses options that do not go together, before anything slow is loaded.

        Raises:
            ValueError: an option is missing, or one too many.
        """
        if not self.preset:
            raise ValueError(
                "`preset` must name the model to start from. Received: none. "
                "`albert-zoo presets` lists names; a folder or an address will do as well."
            )
        if (self.task is None) == (self.train is None):
            raise ValueError(
                "Exactly one of `task` and `train` must be given: `task` for a GLUE task, `train` "
                "for your own table."
            )
        if self.task is not None:
            self._check_task()
        else:
            self.check_table()
        if self.dev is not None and self.dev_fraction is not None:
            raise ValueError("`dev_fraction` must be left out where `dev` names a file.")

    def _check_task(self) -> None:
        if self.data is None:
            raise ValueError(
                f"`data` must name the folder of the task's files. Received: none. "
                f"`albert-zoo download glue {self.task}` fetches them."
            )
        of_tables = ("dev", "text", "text_pair", "label", "labels", "regression", "metrics", "id")
        for name in of_tables:
            if getattr(self, name):
                raise ValueError(
                    f"`{name}` goes with `train`, your own table. A GLUE task knows its columns."
                )

    def check_table(self) -> None:
        """Refuses options that do not name the columns of a table of the user's own."""
        for name in ("text", "label"):
            if getattr(self, name) is None:
                raise ValueError(
                    f"`{name}` must name a column of {self.train}. Received: none. "
                    "Its first line holds the names."
                )
        for name in ("data", "train_file"):
            if getattr(self, name) is not None:
                raise ValueError(f"`{name}` goes with `task`, a GLUE task. Name your file `train`.")

    def column(self, name: str) -> Union[str, int, None]:
        """Returns what names a column: its name, or its number where there is no header."""
        value = getattr(self, name)
        if value is None or self.header:
            return value
        if not value.isdigit():
            raise ValueError(
                f"`{name}` must be a number from 0 on, as the file has no header. "
                f"Received: {value!r}."
            )
        return int(value)

    def as_json(self) -> Dict[str, Any]:
        """Returns every option as a value that JSON knows."""
        values = {
            name: str(value) if isinstance(value, Path) else value
            for name, value in vars(self).items()
        }
        if self.ascend is not None:
            values["ascend"] = self.ascend.as_dict()
        return values


def split_list(text: Optional[str]) -> Optional[List[str]]:
    """Splits what the user lists with commas.

    Example:

    >>> split_list("neg, pos")
    ['neg', 'pos']
    """
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]
