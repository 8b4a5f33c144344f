"""Downloading GLUE, from a server of our own with archives of our own."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from albert_zoo.errors import DataError, DownloadError
from albert_zoo.glue import TASKS, read_split
from albert_zoo.glue.download import PUBLISHED, PublishedFile, assemble_mrpc, download_task
from albert_zoo.glue.samples import write_samples
from tests.flaky_server import FlakyServer

ZIPPED = [name for name in TASKS if name not in ("mrpc", "ax")]


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("samples")
    return write_samples(folder, train_rows=8, dev_rows=4, test_rows=4)


class Mirror:
    """Our sample data, published as GLUE is."""

    def __init__(self, server: FlakyServer):
        self.server = server
        self.published: dict = {}

    def publish(self, task: str, files: dict, address: str = "glue/") -> None:
        for name, content in files.items():
            self.server.files[address + name] = content
            published = PublishedFile(name, len(content), hashlib.sha256(content).hexdigest())
            self.published[task] = (*self.published.get(task, ()), published)

    def publish_zip(self, task: str, inner: str, folder: Path, extra: tuple = ()) -> None:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for path in sorted(folder.iterdir()):
                archive.write(path, f"{inner}{path.name}")
            for name in extra:
                archive.writestr(name, "more")
        self.publish(task, {PUBLISHED[task][0].name: content.getvalue()})

    def download(self, task: str, destination: Path) -> Path:
        return download_task(
            task,
            destination,
            base_url=self.server.url + "glue/",
            senteval_url=self.server.url + "senteval/",
            published=self.published,
            progress=False,
        )


@pytest.fixture
def mirror():
    with FlakyServer() as server:
        yield Mirror(server)


def test_the_table_is_complete():
    assert set(PUBLISHED) == set(TASKS)
    for files in PUBLISHED.values():
        for file in files:
            assert file.size > 0
            assert len(file.sha256) == 64
            assert int(file.sha256, 16)


@pytest.mark.parametrize("name", ZIPPED)
@pytest.mark.parametrize("inner", ["", "some/Where Else/"])
def test_archives(mirror, samples, tmp_path, name, inner):
    mirror.publish_zip(name, inner, samples[name], extra=("__MACOSX/train.tsv", "readme.txt"))
    folder = mirror.download(name, tmp_path)
    assert folder == tmp_path / TASKS[name].folder
    assert os.listdir(tmp_path) == [folder.name]
    for path in samples[name].iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    assert len(read_split(name, folder, "dev")) == 4

    requests = len(mirror.server.requests)
    assert mirror.download(TASKS[name].title, tmp_path) == folder
    assert len(mirror.server.requests) == requests


def test_files_in_the_folder_are_left_as_they_are(mirror, samples, tmp_path):
    mirror.publish_zip("rte", "RTE/", samples["rte"])
    folder = tmp_path / "RTE"
    folder.mkdir()
    (folder / "dev.tsv").write_text("my own")
    (folder / "notes.txt").write_text("keep")
    assert mirror.download("rte", tmp_path) == folder
    assert (folder / "dev.tsv").read_text() == "my own"
    assert (folder / "notes.txt").read_text() == "keep"
    assert (folder / "train.tsv").read_bytes() == (samples["rte"] / "train.tsv").read_bytes()


def test_diagnostic_set(mirror, samples, tmp_path):
    content = (samples["ax"] / "diagnostic.tsv").read_bytes()
    mirror.publish("ax", {"AX.tsv": content})
    folder = mirror.download("ax", tmp_path)
    assert folder == tmp_path / "diagnostic"
    assert os.listdir(folder) == ["diagnostic.tsv"]
    assert len(read_split("ax", tmp_path, "test")) == 4


def test_a_cut_download_goes_on(mirror, samples, tmp_path):
    mirror.publish_zip("mnli", "MNLI/", samples["mnli"])
    mirror.server.faults["glue/MNLI.zip"] = [{"cut": 9000}]
    folder = mirror.download("mnli", tmp_path)
    assert len(mirror.server.requests) == 2
    assert mirror.server.requests[1][1] is not None
    assert len(os.listdir(folder)) == 5


def test_an_archive_put_there_by_hand(mirror, samples, tmp_path):
    mirror.publish_zip("rte", "RTE/", samples["rte"])
    (tmp_path / "RTE.zip").write_bytes(mirror.server.files["glue/RTE.zip"])
    mirror.download("rte", tmp_path)
    assert mirror.server.requests == []
    assert os.listdir(tmp_path) == ["RTE"]


def test_archive_without_the_files(mirror, samples, tmp_path):
    mirror.publish_zip("mnli", "MNLI/", samples["rte"])
    with pytest.raises(DataError, match=r"MNLI\.zip: has no folder with train\.tsv, dev_matched"):
        mirror.download("mnli", tmp_path)
    assert os.listdir(tmp_path) == ["MNLI.zip"]


def test_not_the_published_file(mirror, samples, tmp_path):
    mirror.publish_zip("wnli", "WNLI/", samples["wnli"])
    content = mirror.server.files["glue/WNLI.zip"]
    mirror.server.files["glue/WNLI.zip"] = content[::-1]
    with pytest.raises(DownloadError, match="sha256 is not the published one"):
        mirror.download("wnli", tmp_path)
    assert os.listdir(tmp_path) == []


def test_unknown_task(tmp_path):
    with pytest.raises(ValueError, match="Did you mean 'mrpc'"):
        download_task("mrcp", tmp_path)


# === MRPC ===

HEADER = b"\xef\xbb\xbfQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
TRAIN = HEADER + b'1\t1\t2\t"One .\tOne !\n0\t3\t4\tTwo .\tThree .\n1\t2\t1\tBack .\tTo .\n'
TEST = HEADER + b"0\t5\t6\tFour .\tFive .\r\n1\t7\t8\tSix .\tSix !"


def publish_mrpc(mirror: Mirror) -> None:
    texts = {"msr_paraphrase_train.txt": TRAIN, "msr_paraphrase_test.txt": TEST}
    mirror.publish("mrpc", texts, "senteval/")
    mirror.publish("mrpc", {"mrpc_dev_ids.tsv": b"2\t1\n9\t9\n"})


def test_mrpc_is_assembled(mirror, tmp_path):
    publish_mrpc(mirror)
    folder = mirror.download("mrpc", tmp_path)
    rows = TRAIN.splitlines(keepends=True)
    assert (folder / "train.tsv").read_bytes() == b"".join(rows[:3])
    assert (folder / "dev.tsv").read_bytes() == rows[0] + rows[3]
    assert (folder / "test.tsv").read_bytes() == (
        b"index\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
        b"0\t5\t6\tFour .\tFive .\n1\t7\t8\tSix .\tSix !\n"
    )
    assert not list(tmp_path.rglob("*.part")) and not list(tmp_path.rglob("*.lock"))
    mirror.download("mrpc", tmp_path)
    assert len(mirror.server.requests) == 3


def test_mrpc_is_completed_from_what_is_there(mirror, tmp_path):
    publish_mrpc(mirror)
    folder = tmp_path / "MRPC"
    folder.mkdir()
    (folder / "msr_paraphrase_train.txt").write_bytes(TRAIN)
    (folder / "dev.tsv").write_bytes(b"my own")
    mirror.download("mrpc", tmp_path)
    assert len(mirror.server.requests) == 2
    assert (folder / "dev.tsv").read_bytes() == b"my own"
    assert (folder / "train.tsv").exists()


def test_mrpc_row_with_a_fault(tmp_path):
    (tmp_path / "mrpc_dev_ids.tsv").write_bytes(b"")
    (tmp_path / "msr_paraphrase_train.txt").write_bytes(HEADER + b"1\t1\t2\tOne .\n")
    with pytest.raises(DataError, match=r"train\.txt:2: expected 5 columns, found 4"):
        assemble_mrpc(tmp_path)


def test_real_mrpc_is_assembled_byte_for_byte(mirror, shared, tmp_path):
    """With the published table: the real files also pass their sizes and checksums."""
    real = shared / "data" / "glue" / "MRPC"
    tiny = shared / "data" / "glue_tiny" / "MRPC"
    test_rows = (tiny / "msr_paraphrase_test.txt").read_bytes()
    mirror.publish("mrpc", {"msr_paraphrase_test.txt": test_rows}, "senteval/")
    for file in PUBLISHED["mrpc"]:
        if file.name != "msr_paraphrase_test.txt":
            mirror.published["mrpc"] += (file,)
    mirror.server.files.update(
        {
            "senteval/msr_paraphrase_train.txt": (real / "msr_paraphrase_train.txt").read_bytes(),
            "glue/mrpc_dev_ids.tsv": (real / "dev_ids.tsv").read_bytes(),
        }
    )
    folder = mirror.download("mrpc", tmp_path)
    for name in ("train.tsv", "dev.tsv"):
        assert (folder / name).read_bytes() == (real / name).read_bytes()
    first_rows = (folder / "test.tsv").read_bytes().splitlines()[:3]
    assert first_rows == (real / "test.tsv").read_bytes().splitlines()[:3]
