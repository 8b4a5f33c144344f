"""TSV, CSV and JSON lines: `Columns.read`, and GLUE's files by `read_split`."""

from __future__ import annotations

from pathlib import Path
from typing import List

from harness import refused

INSTRUMENTED = ["albert_zoo.tables", "albert_zoo.glue.reader", "csv", "json"]

_ENDINGS = ("tsv", "csv", "jsonl")
_TASKS = ("cola", "mrpc", "stsb", "qqp", "mnli", "sst2")


def seeds() -> List[bytes]:
    """The first byte chooses the format or the GLUE task."""
    table = 'text\tpair\tlabel\nso good\tyes\t1\nbad\tno, "no"\t0\n'
    rows = '{"text": "a", "pair": "b", "label": 1}\n{"text": "c", "pair": "d\\u00e9", "label": 0}\n'
    mrpc = "\ufeffQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t2\t3\ta b\tc d\n0\t4\t5\te\tf\n"
    stsb = (
        "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
    )
    stsb += "0\ta\tb\tc\td\tnone\tnone\tA plane.\tA plane too.\t5.000\n"
    texts = [
        (0, table), (1, table.replace("\t", ",")), (2, rows),
        (3, table.replace("label", "score")), (6, "gj04\t1\t\tSailors rode.\ngj04\t0\t*\tThey.\n"),
        (7, mrpc), (8, stsb), (11, "sentence\tlabel\nit is good\t1\nbad\t0\n"),
        (1, 'text,pair,label\n"a\nb",c,1\n"""d""",e,0\n'),
        (9, "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t2\t3\ta?\tb?\t0\n"),
    ]  # fmt: skip
    return [bytes([kind]) + text.encode("utf-8") for kind, text in texts]


def check(data: bytes, folder: Path) -> None:
    """Reads a table that holds anything."""
    from albert_zoo.glue import read_split
    from albert_zoo.tables import Columns

    kind = data[0] % 12 if data else 0
    path = folder / f"data.{_ENDINGS[kind % 3]}"
    path.write_bytes(data[1:])
    if kind >= 6:
        refused(lambda: read_split(_TASKS[kind - 6], path, "dev"), path.name)
        return
    columns = Columns(
        text="text",
        text_pair="pair" if kind < 3 else None,
        label="label" if kind < 3 else "score",
        regression=kind >= 3,
        score_range=(0, 5) if kind >= 3 else None,
    )
    refused(lambda: columns.with_labels_from(path).read(path), path.name)
