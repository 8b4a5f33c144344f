"""Folders and archives that hold no model, or more than one may unpack."""

from __future__ import annotations

import gzip
import io
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Any, Callable, Iterator, List, Tuple

from tests.reliability.bad_inputs.case import BadInput, Good, Make

TOO_MUCH = 5 << 30  # bytes


def _tar(*members: Tuple[tarfile.TarInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def _named(name: str, content: bytes = b"{}") -> bytes:
    return _tar((tarfile.TarInfo(name), content))


def _special(kind: bytes, target: str = "") -> bytes:
    info = tarfile.TarInfo("model/config.json")
    info.type, info.linkname = kind, target
    return _tar((info, b""))


def _zip(*members: Tuple[Any, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def _linked_zip() -> bytes:
    info = zipfile.ZipInfo("config.json")
    info.external_attr = 0o120777 << 16
    return _zip((info, b"/etc/passwd"))


def _lying_zip() -> bytes:
    """States 5 GB for a member of two bytes, in both of its headers."""
    data = bytearray(_zip(("config.json", b"{}")))
    size = (2**32 - 2).to_bytes(4, "little")
    data[22:26] = size
    place = data.rindex(b"PK\1\2")
    data[place + 24 : place + 28] = size
    return bytes(data)


def _lying_tar() -> bytes:
    info = tarfile.TarInfo("config.json")
    info.size = TOO_MUCH
    return info.tobuf() + bytes(1024)


def _bomb() -> bytes:
    """Five gigabytes of zeros in a few megabytes would take long to make: many members do."""
    return _zip(*((f"{number}.txt", b"") for number in range(10_002)))


ARCHIVES: Tuple[Tuple[str, str, Callable[[], bytes], Tuple[str, ...]], ...] = (
    ("empty-tar-gz", "tar.gz", lambda: b"", ("not a sound",)),
    ("empty-zip", "zip", lambda: b"", ("not a sound",)),
    ("text", "zip", lambda: b"hello, this is a text" * 50, ("not a sound",)),
    ("zip-of-nothing", "zip", lambda: b"PK\5\6" + bytes(18), ("must hold a model",)),
    ("cut-zip", "zip", lambda: _zip(("config.json", b"{}"))[:-10], ("not a sound",)),
    ("cut-gzip", "tar.gz", lambda: gzip.compress(_named("a/config.json"))[:-12], ("not a sound",)),
    ("flipped-gzip", "tar.gz", lambda: gzip.compress(_named("a"))[:-8] + bytes(8),
     ("not a sound",)),
    ("cut-tar", "tgz", lambda: gzip.compress(_named("config.json", b"x" * 900)[:700]),
     ("not a sound",)),
    ("gzip-of-text", "tar.gz", lambda: gzip.compress(b"hello" * 500), ("not a sound",)),
    ("above", "tar.gz", lambda: gzip.compress(_named("../config.json")), ("leads out",)),
    ("above-inside", "tar.gz", lambda: gzip.compress(_named("a/../../b")), ("leads out",)),
    ("absolute", "tar.gz", lambda: gzip.compress(_named("/tmp/config.json")), ("leads out",)),
    ("zip-above", "zip", lambda: _zip(("../../config.json", b"{}")), ("leads out",)),
    ("zip-absolute", "zip", lambda: _zip(("/etc/config.json", b"{}")), ("leads out",)),
    ("zip-backslash", "zip", lambda: _zip(("..\\config.json", b"{}")), ("leads out",)),
    ("zip-drive", "zip", lambda: _zip(("C:\\config.json", b"{}")), ("leads out",)),
    ("symbolic-link", "tar.gz", lambda: gzip.compress(_special(tarfile.SYMTYPE, "/etc/passwd")),
     ("link",)),
    ("hard-link", "tar.gz", lambda: gzip.compress(_special(tarfile.LNKTYPE, "../../x")),
     ("link",)),
    ("device", "tar.gz", lambda: gzip.compress(_special(tarfile.CHRTYPE)), ("special file",)),
    ("pipe", "tar.gz", lambda: gzip.compress(_special(tarfile.FIFOTYPE)), ("special file",)),
    ("zip-link", "zip", _linked_zip, ("link",)),
    ("name-twice", "tar.gz", lambda: gzip.compress(
        _tar(*((tarfile.TarInfo("a"), b"x") for _ in range(2)))), ("unfit name",)),
    ("long-name", "tar.gz", lambda: gzip.compress(_named("n" * 300)), ("unfit name",)),
    ("deep", "tar.gz", lambda: gzip.compress(_named("/".join("a" * 40))), ("folders",)),
    ("stated-size", "tar.gz", lambda: gzip.compress(_lying_tar()), ("more than the allowed",)),
    ("zip-stated-size", "zip", _lying_zip, ("config.json",)),
    ("members", "zip", _bomb, ("more than the allowed",)),
    ("no-model", "zip", lambda: _zip(("readme.txt", b"x")), ("must hold a model", "readme.txt")),
    ("two-models", "zip", lambda: _zip(("a/config.json", b"{}"), ("b/config.json", b"{}")),
     ("must hold one model",)),
    ("bad-model", "zip", lambda: _zip(("a/config.json", b"[]")), ("config.json",)),
)  # fmt: skip


def cases() -> Iterator[BadInput]:
    """Every case of this file."""
    for name, ending, content, words in ARCHIVES:
        yield BadInput(f"archive-{name}", _archive(ending, content), words)
    yield BadInput("folder-empty", _folder(lambda folder: None), ("one format", "nothing"))
    yield BadInput("folder-two-formats", _two_formats, ("one format", "tf1"))
    yield BadInput("folder-of-folders", _folder(lambda f: (f / "config.json").mkdir()), ("none",))
    yield BadInput("folder-loop", _folder(_loop), ("one format",))
    yield BadInput("folder-two-vocabularies", _two_vocabularies, ("one SentencePiece model",))
    yield BadInput("folder-two-checkpoints", _two_checkpoints, ("one checkpoint",))
    yield BadInput("name-unknown", lambda f, g: ["inspect", "albert_bsae_v2"], ("albert_base_v2",))
    yield BadInput("name-path", lambda f, g: ["inspect", "../../etc"], ("known name",))
    yield BadInput("name-nul", lambda f, g: ["inspect", "a\0b"], ("a",))
    yield BadInput("name-long", lambda f, g: ["inspect", "n" * 5000], ("n",))
    yield BadInput("name-empty", lambda f, g: ["inspect", ""], ("known name",))
    yield BadInput("output-is-a-file", _output_file, ("new or empty",))
    yield BadInput("output-in-a-file", _output_in_file, ("file",))


def _archive(ending: str, content: Callable[[], bytes]) -> Make:
    def make(folder: Path, good: Good) -> List[Any]:
        path = folder / f"model.{ending}"
        path.write_bytes(content())
        return ["inspect", path]

    return make


def _folder(fill: Callable[[Path], None]) -> Make:
    def make(folder: Path, good: Good) -> List[Any]:
        place = folder / "model"
        place.mkdir()
        fill(place)
        return ["inspect", place]

    return make


def _loop(folder: Path) -> None:
    (folder / "config.json").symlink_to("config.json")


def _two_formats(folder: Path, good: Good) -> List[Any]:
    shutil.copytree(good.tf1, folder / "model")
    for path in good.transformers.iterdir():
        shutil.copy(path, folder / "model" / path.name)
    return ["inspect", folder / "model"]


def _two_vocabularies(folder: Path, good: Good) -> List[Any]:
    shutil.copytree(good.tf1, folder / "model")
    shutil.copy(good.tf1 / "30k-clean.model", folder / "model" / "other.model")
    return ["inspect", folder / "model"]


def _two_checkpoints(folder: Path, good: Good) -> List[Any]:
    shutil.copytree(good.tf1, folder / "model")
    for path in good.tf1.glob("model.ckpt-best.*"):
        shutil.copy(path, folder / "model" / path.name.replace("best", "last"))
    (folder / "model" / "checkpoint").unlink()
    return ["inspect", folder / "model"]


def _output_file(folder: Path, good: Good) -> List[Any]:
    (folder / "file").write_text("mine")
    return ["convert", good.preset, folder / "file", "--to", "tf1"]


def _output_in_file(folder: Path, good: Good) -> List[Any]:
    (folder / "file").write_text("mine")
    return ["convert", good.preset, folder / "file" / "model", "--to", "tf1"]
