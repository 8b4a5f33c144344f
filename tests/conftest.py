"""Fixtures that every test may use."""

from __future__ import annotations

import importlib
import importlib.util
import os
import socket
import sys
import warnings
from pathlib import Path
from typing import Any, Iterator

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")
os.environ.pop("COLUMNS", None)  # worker processes of pytest-xdist find one of 80

import pytest

if sys.version_info < (3, 10):
    # TensorFlow 2.6.5 uses modules that Python 3.9 warns of, and pins a `six` whose import hook
    # pytest cannot ask for modules.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        importlib.import_module("tensorflow")

    def _find_spec(finder, name, path=None, target=None):
        if name in finder.known_modules:
            return importlib.util.spec_from_loader(name, finder)
        return None

    for finder in sys.meta_path:
        if not hasattr(finder, "find_spec"):
            type(finder).find_spec = _find_spec

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="session")
def golden() -> Path:
    """The small golden files that lie in the repository."""
    return GOLDEN


@pytest.fixture(scope="session")
def shared() -> Path:
    """The large fixtures beside the checkout: real GLUE files, all golden data."""
    folder = Path(os.environ.get("ALBERT_ZOO_SHARED", ROOT.parent / "shared"))
    if not (folder / "golden").is_dir():
        pytest.skip(f"needs the fixtures folder {folder} beside the checkout")
    return folder


@pytest.fixture(scope="session", autouse=True)
def no_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Refuses every host but this machine, and keeps what is fetched in a folder of its own.

    Processes that a test starts are sent to a port where nothing listens.
    """
    resolve, connect = socket.getaddrinfo, socket.socket.connect

    def check(host: Any) -> None:
        text = host.decode() if isinstance(host, bytes) else str(host or "localhost")
        if text not in ("localhost", "::1", "0.0.0.0", "::") and not text.startswith("127."):
            raise socket.gaierror(f"a test must not reach {text}")

    def only_here(host: Any, *args: Any, **kwargs: Any) -> Any:
        check(host)
        return resolve(host, *args, **kwargs)

    def connect_here(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            check(address[0])
        connect(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket, "getaddrinfo", only_here)
    patch.setattr(socket.socket, "connect", connect_here)
    for name in ("HF_ENDPOINT", "KAGGLE_API_ENDPOINT"):
        patch.setenv(name, "http://127.0.0.1:9")
    for name in ("HF_TOKEN", "KAGGLE_USERNAME", "KAGGLE_KEY", "ALBERT_ZOO_OFFLINE"):
        patch.delenv(name, raising=False)
    patch.setenv("ALBERT_ZOO_HOME", str(tmp_path_factory.mktemp("home") / "albert_zoo"))
    yield
    patch.undo()


# Sentences for the small vocabulary below; signs, digits and commas are in on purpose.
SENTENCES = """\
the cat sat on the mat.
a dog ran to the old house, and the cat ran too.
the company posted a profit of $3.4 million in the second quarter.
in 2019, the sales rose to 9,000 units, 1,200 more than in 2018.
in 2019, the old house was sold for £9,000 to a man of 39, or of 49,
in 2019, a hat was 39, 49, 59, 69, 79, or 89, and the cat was 19,
the film is good, the story is not.
this is a bad film with a good story.
she said "no" (and he said "yes").
he did not say what she wanted to hear.
a good day for the dog is a bad day for the cat.
who ate the fish - the dog or the cat?
the house is old, the mat is new.
it was a long night \u2013 the rain did not stop.
the rain in the hills is cold, and the road is long.
they sold the old road map for £5 and a hat for €9.
is this the way to the station?
yes, it is the way, but it is a long way.
the second story is better than the first.
no one heard the news in the night.
all of the units were sold in one day, 24 hours.
where is the nearest house to this station?
a man and a woman walk down the road.
the woman is walking with her dog.
the man has a hat on his head.
we want more good news and less bad news.
""".splitlines()


@pytest.fixture(scope="session")
def tiny_vocabulary() -> bytes:
    """A SentencePiece model of 100 pieces, trained here with ALBERT's published flags."""
    from albert_zoo.text.vocabulary import train_vocabulary

    return train_vocabulary(SENTENCES, vocabulary_size=100, character_coverage=1.0)
