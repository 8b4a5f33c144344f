"""Unpacking archives, those that mean harm among them."""

from __future__ import annotations

import gzip
import os
import random
import stat
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Callable

import pytest

from albert_zoo.downloads import safe_extract
from albert_zoo.errors import DataError, OutputExistsError
from tests.downloads.archive_makers import MAKERS, make_tar, make_tar_gz, make_zip

NOISE = random.Random(0).getrandbits(8 * 20_000).to_bytes(20_000, "big")


every_kind = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@pytest.fixture
def refused(tmp_path) -> Callable[..., None]:
    """Sees that an archive is refused and nothing is left of it."""

    def check(archive: Path, match: str, **options: int) -> None:
        with pytest.raises(DataError, match=match) as error:
            safe_extract(archive, tmp_path / "out", **options)
        assert str(error.value).startswith(str(archive))
        assert os.listdir(tmp_path) == [archive.name]

    return check


@every_kind
def test_extracts(tmp_path, make):
    files = {"RTE/train.tsv": "rows", "RTE/x/Icon\r": "i", "empty": "", "large": NOISE}
    archive = make(tmp_path / "any name", {"RTE/": "", **files, "p" * 80 + "/" + "q" * 80: "long"})
    folder = safe_extract(archive, tmp_path / "deep" / "out")
    assert (folder / "RTE" / "train.tsv").read_text() == "rows"
    assert (folder / "RTE" / "x" / "Icon\r").read_text() == "i"
    assert (folder / "large").read_bytes() == NOISE
    assert (folder / ("p" * 80) / ("q" * 80)).read_text() == "long"
    assert sorted(os.listdir(folder)) == ["RTE", "empty", "large", "p" * 80]
    assert os.listdir(folder.parent) == ["out"]


@pytest.mark.parametrize("size", [511, 512, 513, 8192, 65536, 131072, 1 << 20])
def test_sizes_of_tar_members(tmp_path, size):
    content = (NOISE * (size // len(NOISE) + 1))[:size]
    archive = make_tar_gz(tmp_path / "a.tgz", {"one": content, "two": content, "three": "end"})
    folder = safe_extract(archive, tmp_path / "out", max_bytes=2 * size + 3)
    assert (folder / "one").read_bytes() == (folder / "two").read_bytes() == content
    assert (folder / "three").read_bytes() == b"end"


def test_what_tar_itself_makes(tmp_path):
    """A member `./`, and names with a dot in front."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "one").write_text("x")
        archive.add(tmp_path / "in", ".")
    assert (safe_extract(tmp_path / "a.tar", tmp_path / "out") / "one").read_text() == "x"


def test_empty_archives(tmp_path):
    for number, make in enumerate(MAKERS.values()):
        folder = safe_extract(make(tmp_path / f"{number}", {}), tmp_path / f"out{number}")
        assert os.listdir(folder) == []


def test_permissions_are_those_of_new_files(tmp_path):
    info = tarfile.TarInfo("run")
    info.mode = 0o6777
    folder = safe_extract(make_tar(tmp_path / "a.tar", {info: "x"}), tmp_path / "out")
    (tmp_path / "new").write_text("x")
    assert (folder / "run").stat().st_mode == (tmp_path / "new").stat().st_mode


# === Names, links and devices ===


@every_kind
@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../up", "a/../../up", "..\\up", "C:/x", "C:\\x", "\\x", "a/.."],
)
def test_paths_that_lead_out_are_refused(tmp_path, refused, make, name):
    archive = make(tmp_path / "a", {"good.txt": "x", name: "evil"})
    refused(archive, "leads out of the folder")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_special_files_in_zip_are_refused(tmp_path, refused, kind):
    link = zipfile.ZipInfo("link")
    link.external_attr = (kind | 0o777) << 16
    refused(make_zip(tmp_path / "a.zip", {link: "/etc/passwd"}), "a link or a special file: 'link'")


@pytest.mark.parametrize(
    "kind",
    [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"Z"],
)
def test_links_and_special_files_in_tar_are_refused(tmp_path, refused, kind):
    link = tarfile.TarInfo("link")
    link.type, link.linkname = kind, "/etc/passwd"
    archive = make_tar(tmp_path / "a.tar", {"good.txt": "x", link: ""})
    refused(archive, "a link or a special file: 'link'")


def test_writing_through_a_link_is_refused(tmp_path, refused):
    link = tarfile.TarInfo("x")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
    refused(
        make_tar(tmp_path / "a.tar", {link: "", "x/evil": "evil"}), "a link or a special file: 'x'"
    )


@every_kind
@pytest.mark.parametrize("second", ["x", "x/y"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_names_in_each_others_way_are_refused(tmp_path, refused, make, second):
    archive = make(tmp_path / "a", {"x": "one", f"./{second}": "two"})
    refused(archive, "holds an unfit name")


@every_kind
@pytest.mark.parametrize(("name", "why"), [("n" * 300, "unfit name"), ("d/" * 40 + "x", "32 fol")])
def test_names_too_long_are_refused(tmp_path, refused, make, name, why):
    refused(make(tmp_path / "a", {name: "x"}), why)


def test_other_compressions_are_refused(tmp_path, refused):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x", "x")
    refused(tmp_path / "a.zip", "neither stored nor deflated: 'x'")
    with tarfile.open(tmp_path / "a.zip", "w:xz") as archive:
        archive.addfile(tarfile.TarInfo("x"))
    refused(tmp_path / "a.zip", "not a sound zip or tar archive")


# === Bombs ===


@every_kind
def test_declared_bomb_is_refused(tmp_path, refused, make):
    archive = make(tmp_path / "a", {"one": b"\0" * 6000, "two": b"\0" * 6000})
    refused(archive, "more than the allowed 10000 bytes", max_bytes=10000)


@every_kind
def test_many_members_are_refused(tmp_path, refused, make):
    archive = make(tmp_path / "a", {f"{number}": "" for number in range(11)})
    refused(archive, "more than the allowed 10 files and folders", max_members=10)


def test_zip_bomb_that_declares_little_is_refused(tmp_path, refused):
    archive = make_zip(tmp_path / "a.zip", {"one": b"\0" * 6000})
    real, declared = (6000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(archive.read_bytes().replace(real, declared))
    refused(archive, "a.zip: ", max_bytes=1000)


def _bomb(path: Path, *headers: tarfile.TarInfo) -> Path:
    """Headers, each before 300 MB of zeros, in 300 kB."""
    with gzip.open(path, "wb", compresslevel=1) as output:
        for header in headers:
            output.write(header.tobuf())
            for _ in range(300):
                output.write(bytes(1 << 20))
    return path


@pytest.mark.parametrize(
    ("kind", "match"),
    [
        (tarfile.REGTYPE, "more than the allowed 1000000 bytes"),
        (tarfile.XHDTYPE, "a header of 314572800 bytes"),
        (tarfile.XGLTYPE, "a header of 314572800 bytes"),
        (tarfile.GNUTYPE_LONGNAME, "a header of 314572800 bytes"),
        (tarfile.SYMTYPE, "a link or a special file"),
    ],
)
def test_bomb_costs_neither_disk_nor_memory(tmp_path, refused, kind, match):
    header = tarfile.TarInfo("x")
    header.size, header.type = 300 << 20, kind
    archive = _bomb(tmp_path / "a.tgz", header)
    assert archive.stat().st_size < 2_000_000
    tracemalloc.start()
    try:
        refused(archive, match, max_bytes=1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_endless_padding_is_refused(tmp_path, refused):
    archive = tmp_path / "a.tgz"
    with gzip.open(archive, "wb", compresslevel=1) as output:
        for _ in range(20):
            output.write(bytes(1 << 20))
    refused(archive, "it goes on after its end")


def test_a_chain_of_headers_is_refused(tmp_path, refused):
    header = tarfile.TarInfo("x")
    header.type = tarfile.XGLTYPE
    (tmp_path / "a.tar").write_bytes(header.tobuf() * 5000)
    refused(tmp_path / "a.tar", "not a sound zip or tar archive")


def test_a_negative_size_is_refused(tmp_path, refused):
    header = tarfile.TarInfo("x")
    header.size = -1024
    (tmp_path / "a.tar").write_bytes(header.tobuf(tarfile.GNU_FORMAT) + bytes(4096))
    refused(tmp_path / "a.tar", "not a sound zip or tar archive")


# === Damage ===


@every_kind
@pytest.mark.parametrize("damage", ["text", "short", "flipped", "empty"])
def test_unsound_archive(tmp_path, refused, make, damage):
    archive = make(tmp_path / "a.zip", {"one": NOISE[:1000]})
    content = bytearray(archive.read_bytes())
    content[100 if make is make_tar else 500] ^= 1  # of tar only the headers have a checksum
    damaged = {"text": b"<html>", "short": content[:600], "flipped": content, "empty": b""}
    archive.write_bytes(damaged[damage])
    refused(archive, "not a sound zip or tar archive")


@pytest.mark.parametrize("make", [make_zip, make_tar_gz])
def test_a_flipped_bit_anywhere(tmp_path, make):
    """Where it matters the archive is refused."""
    archive = make(tmp_path / "a", {"one": NOISE[:300], "two": NOISE[300:500]})
    content = archive.read_bytes()
    refusals = 0
    places = range(0, len(content), 3)
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        archive.write_bytes(damaged)
        out = tmp_path / f"{place}"
        try:
            safe_extract(archive, out, max_bytes=10_000)
            files = {path.name: path.read_bytes() for path in out.rglob("*") if path.is_file()}
        except DataError:
            refusals += 1
            assert not out.exists()
        else:
            assert sorted(files.values()) == sorted([NOISE[:300], NOISE[300:500]])
    assert refusals > len(places) * 0.7


@pytest.mark.parametrize("cut", [512, 1024, 1536, 2048, 1000, 1500])
def test_tar_cut_between_blocks(tmp_path, refused, cut):
    archive = make_tar(tmp_path / "a.tar", {"one": "x", "two": "y"})
    archive.write_bytes(archive.read_bytes()[:cut])
    refused(archive, "not a sound zip or tar archive")


def test_tar_with_a_damaged_header_in_the_middle(tmp_path, refused):
    """The standard library ends there as if all were well."""
    archive = make_tar(tmp_path / "a.tar", {"one": "x", "two": "y"})
    content = bytearray(archive.read_bytes())
    content[1024 + 10] ^= 1
    archive.write_bytes(content)
    refused(archive, "it is cut or damaged")


@every_kind
def test_existing_folder_is_kept(tmp_path, make):
    (tmp_path / "out").mkdir()
    with pytest.raises(OutputExistsError, match="must not exist yet"):
        safe_extract(make(tmp_path / "a.zip", {"one": "x"}), tmp_path / "out")
