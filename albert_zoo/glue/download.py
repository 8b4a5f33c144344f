"""Fetches GLUE from where it is published, and lays it out as the original scripts do."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, List, Mapping, Tuple, Union

from albert_zoo.atomic import new_file
from albert_zoo.downloads import fetch, locked, safe_extract
from albert_zoo.downloads.recorded_checksum import RecordedChecksum
from albert_zoo.errors import DataError
from albert_zoo.glue.reader import MRPC_DEV_IDS_FILES, MRPC_TEST_FILE, MRPC_TRAIN_FILE
from albert_zoo.glue.tasks import get_task

GLUE_URL = "https://dl.fbaipublicfiles.com/glue/data/"
SENTEVAL_URL = "https://dl.fbaipublicfiles.com/senteval/senteval_data/"
_MRPC_DEV_IDS_FILE = MRPC_DEV_IDS_FILES[0]


@dataclass(frozen=True)
class PublishedFile:
    """A file as it is published.

    Args:
        name: str, the last part of its address.
        size: int, bytes.
        sha256: str, 64 hexadecimal digits.
    """

    name: str
    size: int
    sha256: str


# Sizes and checksums: huggingface/datasets, dataset_infos.json of `glue`.
# fmt: off
PUBLISHED: Dict[str, Tuple[PublishedFile, ...]] = {
    "cola": (PublishedFile(
        "CoLA.zip", 376_971,
        "f212fcd832b8f7b435fb991f101abf89f96b933ab400603bf198960dfc32cbff"),),
    "sst2": (PublishedFile(
        "SST-2.zip", 7_439_277,
        "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa"),),
    "mrpc": (
        PublishedFile(
            MRPC_TRAIN_FILE, 1_047_044,
            "60a9b09084528f0673eedee2b69cb941920f0b8cd0eeccefc464a98768457f89"),
        PublishedFile(
            MRPC_TEST_FILE, 441_275,
            "a04e271090879aaba6423d65b94950c089298587d9c084bf9cd7439bd785f784"),
        PublishedFile(
            _MRPC_DEV_IDS_FILE, 6_222,
            "971d7767d81b997fd9060ade0ec23c4fc31cbb226a55d1bd4a1bac474eb81dc7"),
    ),
    "stsb": (PublishedFile(
        "STS-B.zip", 802_872,
        "e60a6393de5a8b5b9bac5020a1554b54e3691f9d600b775bd131e613ac179c85"),),
    "qqp": (PublishedFile(
        "QQP-clean.zip", 41_696_084,
        "40e7c862c04eb26ee04b67fd900e76c45c6ba8e6d8fab4f8f1f8072a1a3fbae0"),),
    "mnli": (PublishedFile(
        "MNLI.zip", 312_783_507,
        "e7c1d896d26ed6caf700110645df426cc2d8ebf02a5ab743d5a5c68ac1c83633"),),
    "qnli": (PublishedFile(
        "QNLIv2.zip", 10_627_589,
        "e634e78627a29adaecd4f955359b22bf5e70f2cbd93b493f2d624138a0c0e5f5"),),
    "rte": (PublishedFile(
        "RTE.zip", 697_150,
        "6bf86de103ecd335f3441bd43574d23fef87ecc695977a63b82d5efb206556ee"),),
    "wnli": (PublishedFile(
        "WNLI.zip", 28_999,
        "ae0e8e4d16f4d46d4a0a566ec7ecceccfd3fbfaa4a7a4b4e02848c0f2561ac46"),),
    "ax": (PublishedFile(
        "AX.tsv", 222_257,
        "0e13510b1bb14436ff7e2ee82338f0efb0133ecf2e73507a697dc210db3f05fd"),),
}
# fmt: on


def download_task(
    name: str,
    destination: Union[str, Path],
    base_url: str = GLUE_URL,
    progress: bool = True,
    senteval_url: str = SENTEVAL_URL,
    published: Mapping[str, Tuple[PublishedFile, ...]] = PUBLISHED,
) -> Path:
    """Downloads a GLUE task into `<destination>/<its folder>`, unless it is there.

    MRPC is cut into train, dev and test files from what Microsoft published, by GLUE's list of ids,
    as the original download script does. Files that are in the folder already are left as they are.

    Args:
        name: str, a task as in `get_task`.
        destination: str or path, the GLUE root. Made if missing.
        base_url: str, the address of the folder with GLUE's files, for a mirror.
        progress: bool. Whether to show a progress bar.
        senteval_url: str, the address of the folder with MRPC's texts, for a mirror.
        published: Task name to its files' names, sizes and checksums, for a mirror.

    Returns:
        `Path`, the task's folder: `MRPC`, for instance; AX lies in `diagnostic`.

    Raises:
        ValueError: no such task.
        DownloadError: a file could not be fetched, or is not the published one.
        DataError: an archive is unsound or lacks the task's files.

    Example:

    >>> download_task("RTE", "glue")  # doctest: +SKIP
    PosixPath('glue/RTE')
    """
    task = get_task(name)
    folder = Path(destination) / (task.other_folders or (task.folder,))[0]
    wanted = [task.other_files.get(file, file) for file in task.split_files.values()]
    if _has(folder, wanted):
        return folder
    with locked(folder):
        if _has(folder, wanted):  # another process was quicker
            return folder
        for file in published[task.name]:
            url = (senteval_url if file.name.startswith("msr_") else base_url) + file.name
            path = folder / task.other_files.get(file.name, file.name)
            if file.name.endswith(".zip"):
                path = folder.parent / file.name
            fetch(url, path, sha256=file.sha256, size=file.size, progress=progress)
            if path.suffix == ".zip":
                _unpack_task(path, folder, wanted)
                path.unlink()
                RecordedChecksum.place(path).unlink(missing_ok=True)
        if task.name == "mrpc":
            assemble_mrpc(folder)
    return folder


def _has(folder: Path, files: List[str]) -> bool:
    return all((folder / file).is_file() for file in files)


def _unpack_task(archive: Path, folder: Path, wanted: List[str]) -> None:
    """Moves what lies beside the task's files, in whichever folder of the archive that is."""
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as beside:
        unpacked = safe_extract(archive, Path(beside) / "unpacked")
        sources = sorted(path.parent for path in unpacked.rglob(wanted[0]))
        sources = [source for source in sources if _has(source, wanted)]
        if not sources:
            raise DataError(f"has no folder with {', '.join(wanted)}.", path=archive)
        folder.mkdir(exist_ok=True)
        for path in sorted(sources[0].iterdir()):
            if not (folder / path.name).exists():
                os.replace(path, folder / path.name)


def assemble_mrpc(folder: Union[str, Path]) -> None:
    """Writes MRPC's `train.tsv`, `dev.tsv` and `test.tsv` from Microsoft's two files.

    The bytes are those of GLUE's own download script. Files that exist are not written again.

    Args:
        folder: str or path of the folder with the two files and the list of dev ids.

    Raises:
        DataError: a row has not five columns.
    """
    folder = Path(folder)
    dev_ids = set((folder / _MRPC_DEV_IDS_FILE).read_bytes().splitlines())
    header, *rows = _mrpc_rows(folder / MRPC_TRAIN_FILE)
    train, dev = [header], [header]
    for row in rows:
        _, first_id, second_id, _, _ = row.split(b"\t")
        (dev if first_id + b"\t" + second_id in dev_ids else train).append(row)
    test = [b"index\t#1 ID\t#2 ID\t#1 String\t#2 String"]
    for index, row in enumerate(_mrpc_rows(folder / MRPC_TEST_FILE)[1:]):
        test.append(b"%d\t%s" % (index, row.split(b"\t", 1)[1]))
    for name, lines in (("train.tsv", train), ("dev.tsv", dev), ("test.tsv", test)):
        if not (folder / name).exists():
            with new_file(folder / name) as unfinished:
                unfinished.write_bytes(b"\n".join(lines) + b"\n")


def _mrpc_rows(path: Path) -> List[bytes]:
    rows = path.read_bytes().rstrip().split(b"\n")
    for number, row in enumerate(rows, start=1):
        columns = row.count(b"\t") + 1
        if columns != 5:
            raise DataError(f"expected 5 columns, found {columns}.", path=path, line=number)
    return [row.rstrip() for row in rows]
