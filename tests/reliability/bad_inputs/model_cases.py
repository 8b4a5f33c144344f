"""Models that cannot be read: configurations, vocabularies, weights, of every format."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path
from typing import Any, Callable, Iterator, List, Optional, Tuple

import numpy as np

from tests.reliability.bad_inputs.case import BadInput, Good, Make

Change = Callable[[Path], None]
HUGE = 10**30


def json_of(name: str, *keys: str, remove: Tuple[str, ...] = (), **values: Any) -> Change:
    """Returns a change of a JSON file: keys to set, below others, and keys to remove."""

    def change(folder: Path) -> None:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        place = content
        for key in keys:
            place = place[key]
        place.update(values)
        for key in remove:
            del place[key]
        (folder / name).write_text(json.dumps(content), encoding="utf-8")

    return change


def written(name: str, content: bytes) -> Change:
    """Returns a change that puts other bytes into a file."""
    return lambda folder: (folder / name).write_bytes(content) and None


def damaged(name: str, damage: Callable[[bytes], bytes]) -> Change:
    """Returns a change of a file's bytes."""

    def change(folder: Path) -> None:
        path = folder / name
        path.write_bytes(damage(path.read_bytes()))

    return change


def removed(name: str) -> Change:
    """Returns a change that deletes a file."""
    return lambda folder: (folder / name).unlink()


# Sizes, as every notation has them: what is put in the place of one, and what is said.
SIZES: Tuple[Tuple[str, Any], ...] = (
    ("zero", 0),
    ("negative", -16),
    ("half", 16.5),
    ("text", "16"),
    ("true", True),
    ("null", None),
    ("list", [16]),
    ("object", {}),
    ("nan", float("nan")),
    ("infinite", float("inf")),
    ("huge", HUGE),
)

# format, name, change, words
CONFIGURATIONS: Tuple[Tuple[str, str, Change, Tuple[str, ...]], ...] = (
    ("tf1", "unknown-key", json_of("albert_config.json", width=3), ("`width`", "known key")),
    ("tf1", "no-vocabulary", json_of("albert_config.json", remove=("vocab_size",)),
     ("`vocab_size`",)),
    ("tf1", "heads", json_of("albert_config.json", num_attention_heads=3),
     ("`num_attention_heads`", "divisor")),
    ("tf1", "groups", json_of("albert_config.json", num_hidden_groups=5),
     ("`num_hidden_groups`",)),
    ("tf1", "dropout", json_of("albert_config.json", hidden_dropout_prob=1.0),
     ("`hidden_dropout_prob`", "[0, 1)")),
    ("tf1", "dropout-text", json_of("albert_config.json", hidden_dropout_prob="0.1"),
     ("`hidden_dropout_prob`",)),
    ("tf1", "activation", json_of("albert_config.json", hidden_act="relu"), ("`hidden_act`",)),
    ("tf1", "memory", json_of("albert_config.json", num_memory_blocks=2),
     ("`num_memory_blocks`",)),
    ("tf1", "wider", json_of("albert_config.json", hidden_size=32), ("do not fit the model",)),
    ("tf1", "vocabulary-larger", json_of("albert_config.json", vocab_size=101),
     ("token_embeddings", "(101, ")),
    ("tf1", "vocabulary-smaller", json_of("albert_config.json", vocab_size=99),
     ("token_embeddings", "(99, ")),
    ("tf1", "not-json", written("albert_config.json", b"{"), ("albert_config.json", "JSON")),
    ("tf1", "list", written("albert_config.json", b"[1]"), ("albert_config.json", "object")),
    ("tf1", "deep", written("albert_config.json", b"[" * 100_000), ("albert_config.json", "JSON")),
    ("tf1", "encoding", written("albert_config.json", b'{"a":"\xe9"}'), ("albert_config.json",)),
    ("tf1", "missing", removed("albert_config.json"), ("albert_config.json",)),
    ("transformers", "model-type", json_of("config.json", model_type="bert"), ("one format",)),
    ("transformers", "architecture", json_of("config.json", architectures=["AlbertForTokens"]),
     ("`architectures`",)),
    ("transformers", "architecture-number", json_of("config.json", architectures=7),
     ("`architectures`",)),
    ("transformers", "positions", json_of("config.json", position_embedding_type="relative"),
     ("`position_embedding_type`",)),
    ("transformers", "dropout-list", json_of("config.json", classifier_dropout_prob=[1]),
     ("`dropout`",)),
    ("keras_hub", "unknown-key", json_of("config.json", "config", width=1), ("`width`",)),
    ("keras_hub", "no-config", json_of("config.json", remove=("config",)), ("config.json",)),
    ("keras_hub", "config-list", json_of("config.json", config=[1]), ("config.json",)),
    ("preset", "unknown-key", json_of("config.json", "config", width=1), ("`width`",)),
    ("preset", "config-list", json_of("config.json", config=[1]), ("config.json", "JSON object")),
    ("preset", "json-list", written("config.json", b"[]"), ("config.json", "JSON object")),
    ("preset", "half-written", damaged("config.json", lambda data: data[:40]), ("config.json",)),
    ("preset", "empty", written("config.json", b""), ("config.json", "JSON")),
    ("preset", "heads", json_of("config.json", "config", num_heads=3), ("`num_heads`",)),
    ("preset", "other-class", json_of("config.json", registered_name="a>B"), ("one format",)),
    ("preset", "too-wide", json_of("config.json", "config", hidden_dim=2**24,
                                   intermediate_dim=2**24), ("parameters",)),
    ("preset", "too-deep", json_of("config.json", "config", num_layers=10**9, num_groups=10**9),
     ("`num_layers`",)),
    ("preset", "vocabulary-larger", json_of("config.json", "config", vocabulary_size=400),
     ("token_embeddings", "(400, ")),
    ("preset", "vocabulary-smaller", json_of("config.json", "config", vocabulary_size=60),
     ("token_embeddings", "(60, ")),
    ("preset", "task-list", written("task.json", b'{"config": [1]}'), ("task.json",)),
    ("preset", "classes-negative", json_of("task.json", "config", num_classes=-3),
     ("task.json", "`num_classes`")),
    ("preset", "classes-huge", json_of("task.json", "config", num_classes=10**12),
     ("task.json", "`num_classes`")),
    ("preset", "classes-other", json_of("task.json", "config", num_classes=4),
     ("task.json", "`num_classes`")),
    ("preset", "head-dropout", json_of("task.json", "config", dropout=2),
     ("task.json", "`dropout`")),
    ("preset", "task-text", json_of("task.json", "config", task="mrpc"), ("task.json", "`task`")),
    ("preset", "task-glue", json_of("task.json", "config", task={"glue": "mrcp"}),
     ("task.json", "mrpc")),
    ("preset", "task-empty", json_of("task.json", "config", task={}), ("task.json", "`columns`")),
    ("preset", "task-column", json_of("task.json", "config", "task", "columns", text=[1]),
     ("task.json", "`text`")),
    ("preset", "task-columns-key", json_of("task.json", "config", "task", "columns", wide=1),
     ("task.json", "wide")),
    ("preset", "task-label", json_of("task.json", "config", "task", "columns", labels="abc"),
     ("task.json", "`labels`")),
    ("preset", "task-metrics", json_of("task.json", "config", "task", metrics=5),
     ("task.json", "`metrics`")),
    ("preset", "lowercase", json_of("tokenizer.json", "config", lowercase="yes"),
     ("tokenizer.json", "`lowercase`")),
    ("preset", "tokenizer-key", json_of("tokenizer.json", "config", model="/etc/passwd"),
     ("tokenizer.json", "`model`")),
    ("preset", "length", json_of("preprocessor.json", "config", sequence_length=2),
     ("preprocessor.json", "`sequence_length`")),
    ("preset", "length-text", json_of("preprocessor.json", "config", sequence_length="32"),
     ("preprocessor.json", "`sequence_length`")),
    ("preset", "metadata", written("metadata.json", b"[]"), ("metadata.json",)),
)  # fmt: skip


def _nan(data: bytes) -> bytes:
    return data[:-4] + struct.pack("<f", float("nan"))


def _header(**changes: Any) -> Callable[[bytes], bytes]:
    """Returns a damage of a safetensors file: other values for its first array."""

    def damage(data: bytes) -> bytes:
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8 : 8 + length])
        first = next(name for name in header if name != "__metadata__")
        header[first].update(changes)
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + data[8 + length :]

    return damage


def _hdf5(name: str, value: Optional[np.ndarray]) -> Change:
    def change(folder: Path) -> None:
        import h5py

        with h5py.File(folder / "model.weights.h5", "a") as file:
            if name in file:
                del file[name]
            if value is not None:
                file[name] = value

    return change


def _pointer(folder: Path) -> None:
    """A dataset whose numbers lie in another file."""
    import h5py

    (folder.parent / "secret.bin").write_bytes(bytes(64))
    with h5py.File(folder / "model.weights.h5", "a") as file:
        del file["pooler/bias"]
        file.create_dataset(
            "pooler/bias", (16,), "f4", external=[(str(folder.parent / "secret.bin"), 0, 64)]
        )


def _sparse(folder: Path) -> None:
    """A file of some kilobytes that states an array of terabytes."""
    import h5py

    with h5py.File(folder / "model.weights.h5", "a") as file:
        del file["pooler/bias"]
        file.create_dataset("pooler/bias", (2**40,), "f4", chunks=(2**16,), compression="gzip")


DATA = "model.ckpt-best.data-00000-of-00001"
INDEX = "model.ckpt-best.index"
H5 = "model.weights.h5"
ST = "model.safetensors"
MODEL = "30k-clean.model"

WEIGHTS: Tuple[Tuple[str, str, Change, Tuple[str, ...]], ...] = (
    ("tf1", "no-data", removed(DATA), ("data-00000-of-00001", "no such file")),
    ("tf1", "no-index", removed(INDEX), ("one format",)),
    ("tf1", "cut-data", damaged(DATA, lambda data: data[:-8]), (INDEX, "cut short")),
    ("tf1", "empty-data", written(DATA, b""), ("model.ckpt-best",)),
    ("tf1", "nan", damaged(DATA, _nan), ("model.ckpt-best",)),
    ("tf1", "cut-index", damaged(INDEX, lambda data: data[: len(data) // 2]), (INDEX,)),
    ("tf1", "empty-index", written(INDEX, b""), (INDEX,)),
    ("tf1", "zero-index", written(INDEX, bytes(500)), (INDEX,)),
    ("tf1", "text-index", written(INDEX, b"not a checkpoint " * 20), (INDEX,)),
    ("tf1", "flipped-index", damaged(INDEX, lambda d: d[:60] + bytes([d[60] ^ 64]) + d[61:]),
     (INDEX,)),
    ("tf1", "footer-only", damaged(INDEX, lambda data: data[-48:]), (INDEX,)),
    ("tf2", "cut-index", damaged("bert_model.ckpt.index", lambda data: data[:-30]),
     ("bert_model.ckpt.index",)),
    ("transformers", "empty", written(ST, b""), (ST,)),
    ("transformers", "cut", damaged(ST, lambda data: data[:-4]), (ST,)),
    ("transformers", "longer", damaged(ST, lambda data: data + b"1234"), (ST, "belong to no")),
    ("transformers", "long-header", damaged(ST, lambda d: struct.pack("<Q", 2**60) + d[8:]),
     (ST, "header")),
    ("transformers", "header-of-the-file", damaged(ST, lambda d: struct.pack("<Q", len(d)) + d[8:]),
     (ST, "header")),
    ("transformers", "header-list", written(ST, struct.pack("<Q", 2) + b"[]"), (ST,)),
    ("transformers", "header-cut", written(ST, struct.pack("<Q", 2) + b"{]"), (ST,)),
    ("transformers", "header-deep", written(ST, struct.pack("<Q", 90_000) + b"[" * 90_000), (ST,)),
    ("transformers", "huge-shape", damaged(ST, _header(shape=[2**40, 2**20])), (ST, "fit")),
    ("transformers", "negative-shape", damaged(ST, _header(shape=[-1, 16])), (ST,)),
    ("transformers", "text-shape", damaged(ST, _header(shape="16")), (ST,)),
    ("transformers", "offsets-turned", damaged(ST, _header(data_offsets=[64, 0])), (ST,)),
    ("transformers", "offsets-outside", damaged(ST, _header(data_offsets=[0, 2**50])), (ST,)),
    ("transformers", "offsets-three", damaged(ST, _header(data_offsets=[0, 1, 2])), (ST,)),
    ("transformers", "type", damaged(ST, _header(dtype="I64")), (ST, "I64")),
    ("transformers", "type-none", damaged(ST, _header(dtype=None)), (ST,)),
    ("transformers", "nan", damaged(ST, _nan), (ST, "NaN")),
    ("transformers", "missing", removed(ST), ("one format",)),
    ("keras_hub", "empty", written(H5, b""), (H5,)),
    ("keras_hub", "cut", damaged(H5, lambda data: data[: len(data) // 2]), (H5,)),
    ("preset", "empty", written(H5, b""), (H5,)),
    ("preset", "garbage", written(H5, b"\x89HDF\r\n\x1a\n" + b"garbage" * 100), (H5,)),
    ("preset", "text", written(H5, b"not weights"), (H5,)),
    ("preset", "cut", damaged(H5, lambda data: data[:-100]), (H5,)),
    ("preset", "zeros-inside", damaged(H5, lambda d: d[:96] + bytes(400) + d[496:]), (H5,)),
    ("preset", "weight-missing", _hdf5("pooler/bias", None), ("pooler/bias",)),
    ("preset", "weight-extra", _hdf5("more", np.zeros(3, "f4")), ("more",)),
    ("preset", "shape", _hdf5("pooler/bias", np.zeros(7, "f4")), ("pooler/bias", "shape")),
    ("preset", "nan", _hdf5("pooler/bias", np.full(16, np.nan, "f4")), ("pooler/bias", "NaN")),
    ("preset", "infinite", _hdf5("pooler/bias", np.full(16, np.inf, "f4")), ("pooler/bias",)),
    ("preset", "texts", _hdf5("pooler/bias", np.full(16, b"a")), ("pooler/bias",)),
    ("preset", "integers", _hdf5("pooler/bias", np.zeros(16, "i4")), ("pooler/bias",)),
    ("preset", "elsewhere", _pointer, ("model.weights.h5", "another file")),
    ("preset", "sparse", _sparse, ("pooler/bias", "shape")),
)  # fmt: skip

SPM = "assets/tokenizer/vocabulary.spm"


def _without(piece: bytes) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(piece, b"#" * len(piece))


def _small_vocabulary(folder: Path) -> None:
    from albert_zoo.text import train_vocabulary

    (folder / SPM).write_bytes(train_vocabulary(["a cat sat on a mat, a cat is a cat."], 24))
    _widen(folder)


def _large_vocabulary(folder: Path) -> None:
    from albert_zoo.text import train_vocabulary
    from tests.conftest import SENTENCES

    (folder / SPM).write_bytes(train_vocabulary(SENTENCES, 120, 1.0))


def _widen(folder: Path) -> None:
    """Gives the model 400 rows of embeddings."""
    json_of("config.json", "config", vocabulary_size=400)(folder)
    _hdf5("embeddings/token_embeddings", np.zeros((400, 8), "f4"))(folder)


TOKENIZERS: Tuple[Tuple[str, Change, Tuple[str, ...]], ...] = (
    ("garbage", written(SPM, b"garbage" * 100), ("SentencePiece",)),
    ("empty", written(SPM, b""), ("SentencePiece",)),
    ("text", written(SPM, b"<pad>\t0\n<unk>\t0\n"), ("SentencePiece",)),
    ("json", written(SPM, b'{"model": {"type": "Unigram"}}'), ("SentencePiece",)),
    ("cut", damaged(SPM, lambda data: data[: len(data) // 2]), ("SentencePiece",)),
    ("no-cls", damaged(SPM, _without(b"[CLS]")), ("`[CLS]`",)),
    ("no-sep", damaged(SPM, _without(b"[SEP]")), ("`[SEP]`",)),
    ("no-pad", damaged(SPM, _without(b"<pad>")), ("`<pad>`",)),
    ("not-utf-8", damaged(SPM, lambda d: d.replace(b"[MASK]", b"\xff\xfeASK]")),
     ("SentencePiece",)),
    ("another-smaller", _small_vocabulary, ("vocabulary_size", "400")),
    ("another-larger", _large_vocabulary, ("vocabulary_size", "100")),
    ("missing", removed(SPM), ("vocabulary.spm",)),
)  # fmt: skip


def cases() -> Iterator[BadInput]:
    """Every case of this file."""
    for name, value in SIZES:
        for format, file, keys, key in (
            ("tf1", "albert_config.json", (), "hidden_size"),
            ("transformers", "config.json", (), "num_hidden_layers"),
            ("keras_hub", "config.json", ("config",), "embedding_dim"),
            ("preset", "config.json", ("config",), "intermediate_dim"),
        ):
            if value is None and format == "preset":
                continue  # our own format takes null for the default
            yield BadInput(
                f"config-{format}-size-{name}",
                _inspected(format, json_of(file, *keys, **{key: value})),
                (f"`{key}`",),
            )
    for format, name, change, words in CONFIGURATIONS:
        yield BadInput(f"config-{format}-{name}", _inspected(format, change), words)
    for format, name, change, words in WEIGHTS:
        yield BadInput(f"weights-{format}-{name}", _converted(format, change), words)
    for name, change, words in TOKENIZERS:
        yield BadInput(f"tokenizer-{name}", _predicted(change), words)


def _copied(folder: Path, good: Good, format: str, change: Change) -> Path:
    place = folder / "model"
    shutil.copytree(getattr(good, format), place)
    change(place)
    return place


def _inspected(format: str, change: Change) -> Make:
    return lambda folder, good: ["inspect", _copied(folder, good, format, change)]


def _converted(format: str, change: Change) -> Make:
    def make(folder: Path, good: Good) -> List[Any]:
        to = "tf1" if format != "tf1" else "transformers"
        source = _copied(folder, good, format, change)
        return ["convert", source, folder / "run", "--to", to]

    return make


def _predicted(change: Change) -> Make:
    def make(folder: Path, good: Good) -> List[Any]:
        preset = _copied(folder, good, "preset", change)
        return ["predict", "--preset", preset, "--text", "a cat", "--output", folder / "run"]

    return make
