"""What `albert-zoo finetune` trains and scores on."""

from __future__ import annotations

from typing import Any, Dict, Optional, Tuple

from albert_zoo.cli.finetune_settings import DEV_FRACTION, FinetuneSettings, split_list
from albert_zoo.tables import Columns, Examples
from albert_zoo.training.task_data import ColumnData, GlueData, hold_out


def read_data(settings: FinetuneSettings) -> Tuple[Any, Examples, Dict[str, Examples], str]:
    """Reads the files that the settings name.

    Args:
        settings: `FinetuneSettings`.

    Returns:
        What the task means (`GlueData` or `ColumnData`); the rows to train on; the development
        sets by name, two for MNLI; and where these come from, in words.

    Raises:
        DataError: a file is missing or has a fault.
    """
    data = _task_data(settings)
    source = settings.train if settings.task is None else settings.data
    train = data.read_train(source, settings.train_file)
    share = settings.dev_fraction
    if settings.dev is not None:
        return data, train, data.read_dev(settings.dev), str(settings.dev)
    if share is None and source is not None and source.is_dir() and data.has_dev(source):
        return data, train, data.read_dev(source), str(source)
    if share is None:
        share = DEV_FRACTION
    if share == 0:
        return data, train, {}, "none"
    train, held = hold_out(train, share, settings.seed)
    return data, train, {"dev": held}, f"{share:.0%} of the rows, held out at random"


def _task_data(settings: FinetuneSettings) -> Any:
    if settings.task is not None:
        return GlueData(settings.task)
    columns = Columns(
        text=_required(settings.column("text")),
        label=settings.column("label"),
        text_pair=settings.column("text_pair"),
        id=settings.column("id"),
        labels=split_list(settings.labels),
        regression=settings.regression,
        header=settings.header,
    )
    name = "" if settings.train is None else settings.train.name
    return ColumnData(columns, split_list(settings.metrics), name)


def _required(value: Optional[Any]) -> Any:
    if value is None:
        raise ValueError("`text` must name a column. Received: none.")
    return value
