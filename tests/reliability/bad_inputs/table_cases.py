"""Tables that cannot be read, or not be learnt from: the user's own and GLUE's."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator, List, Tuple, Union

from tests.reliability.bad_inputs.case import BadInput, Good

Content = Union[bytes, Callable[[], bytes]]
OWN = ("--text", "text", "--label", "label")
LONG = 10 << 20  # characters
MRPC = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n"
STSB = "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore\n"
PLANE = "a\tb\tc\td\te\tf\tA plane.\tA jet."

# name, ending, content, words; the good rows around keep every other rule.
TABLES: Tuple[Tuple[str, str, Content, Tuple[str, ...]], ...] = (
    ("empty", "csv", b"", ("data.csv", "empty")),
    ("only-blank-lines", "csv", b"\n\n\n", ("data.csv", "empty")),
    ("only-a-mark", "csv", b"\xef\xbb\xbf", ("data.csv", "empty")),
    ("only-a-header", "csv", b"text,label\n", ("data.csv", "header only")),
    ("only-a-header-tsv", "tsv", b"text\tlabel\n", ("data.tsv", "header only")),
    ("no-newline-header", "tsv", b"text\tlabel", ("data.tsv", "header only")),
    ("nul", "csv", b"text,label\na\0b,1\nc,0\n", ("data.csv:2", "NUL")),
    ("nul-tsv", "tsv", b"text\tlabel\na\t1\nc\0\t0\n", ("data.tsv:3", "NUL")),
    ("nul-jsonl", "jsonl", b'{"text": "a", "label": 1}\n\0\n', ("data.jsonl:2", "NUL")),
    ("nul-header", "tsv", b"te\0xt\tlabel\na\t1\n", ("data.tsv:1", "NUL")),
    ("carriage-return", "csv", b"text,label\na\rb,1\nc,0\n", ("data.csv:2", "carriage return")),
    ("old-mac-lines", "tsv", b"text\tlabel\ra\t1\rb\t0\r", ("data.tsv:1", "carriage return")),
    ("doubled-return", "tsv", b"text\tlabel\r\r\na\t1\r\r\n", ("data.tsv:1", "carriage return")),
    ("latin-1", "csv", "text,label\ncafé,1\nb,0\n".encode("latin-1"), ("data.csv:2", "UTF-8")),
    ("utf-16", "csv", "text,label\na,1\nb,0\n".encode("utf-16"), ("data.csv:1", "UTF-8")),
    ("utf-16-no-mark", "tsv", "text\tlabel\na\t1\n".encode("utf-16-le"), ("data.tsv:1", "NUL")),
    ("utf-32", "csv", "text,label\na,1\n".encode("utf-32"), ("data.csv:1", "UTF-8")),
    ("gbk", "csv", "text,label\n中文,1\nb,0\n".encode("gbk"), ("data.csv:2", "UTF-8")),
    ("cut-letter", "tsv", b"text\tlabel\na\t1\nb\xe2\x82\t0\n", ("data.tsv:3", "UTF-8")),
    ("lone-surrogate", "tsv", b"text\tlabel\n\xed\xa0\x80\t1\nb\t0\n", ("data.tsv:2", "UTF-8")),
    ("overlong", "tsv", b"text\tlabel\n\xc0\xaf\t1\nb\t0\n", ("data.tsv:2", "UTF-8")),
    ("gzip", "csv", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", ("data.csv:1", "UTF-8")),
    ("a-picture", "tsv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ("data.tsv:1", "UTF-8")),
    ("ragged-short", "csv", b"text,label\na,1\nb\n", ("data.csv:3", "expected 2 columns")),
    ("ragged-long", "csv", b"text,label\na,1\nb,0,x\n", ("data.csv:3", "found 3")),
    ("ragged-tab", "tsv", b"text\tlabel\na\tb\t1\n", ("data.tsv:2", "found 3")),
    ("commas-in-tsv", "tsv", b"text,label\na,1\nb,0\n", ("data.tsv:1", "no column 'label'")),
    ("tabs-in-csv", "csv", b"text\tlabel\na\t1\n", ("data.csv:1", "no column 'label'")),
    ("semicolons", "csv", b"text;label\na;1\n", ("data.csv:1", "no column 'label'")),
    ("blank-line", "csv", b"text,label\na,1\n\nb,0\n", ("data.csv:3", "empty")),
    ("no-header", "csv", b"a,1\nb,0\n", ("data.csv:1", "no column 'label'")),
    ("header-twice", "csv", b"text,text,label\na,b,1\n", ("data.csv:1", "two columns")),
    ("misspelled", "csv", b"txet,label\na,1\nb,0\n", ("no column 'text'", "'txet'")),
    ("capitals", "csv", b"Text,Label\na,1\nb,0\n", ("no column 'label'", "'Label'")),
    ("space-in-header", "csv", b" text,label\na,1\nb,0\n", ("no column 'text'",)),
    ("mark-in-header", "csv", b"label,\xef\xbb\xbftext\n1,a\n0,b\n", ("no column 'text'",)),
    ("two-marks", "csv", b"\xef\xbb\xbf" * 2 + b"text,label\na,1\nb,0\n", ("no column 'text'",)),
    ("no-label-column", "csv", b"text,other\na,1\nb,0\n", ("no column 'label'",)),
    ("one-column", "csv", b"text\na\nb\n", ("no column 'label'",)),
    ("empty-label", "csv", b"text,label\na,1\nb,\n", ("data.csv:3", "label is empty")),
    ("space-label", "csv", b"text,label\na,1\nb,  \n", ("data.csv:3", "label is empty")),
    ("one-label", "csv", b"text,label\na,1\nb,1\n", ("data.csv", "two labels or more")),
    ("one-label-spaced", "csv", b"text,label\na,1\nb, 1\n", ("data.csv", "two labels or more")),
    ("scores-as-labels", "csv", b"text,label\na,1.5\nb,2.5\n", ("data.csv:2", "--regression")),
    ("open-quote", "csv", b'text,label\n"a,1\nb,0\n', ("data.csv:2", "CSV")),
    ("text-after-quote", "csv", b'text,label\n"a"x,1\nb,0\n', ("data.csv:2", "CSV")),
    ("quote-open-at-end", "csv", b'text,label\na,1\nb,"0', ("data.csv:3", "CSV")),
    ("not-json", "jsonl", b'{"text": "a", "label": 1}\n{"text": }\n', ("data.jsonl:2", "JSON")),
    ("cut-json", "jsonl", b'{"text": "a", "label": 1}\n{"text": "b"', ("data.jsonl:2", "JSON")),
    ("array", "jsonl", b'[{"text": "a", "label": 1}]\n', ("data.jsonl:1", "array")),
    ("array-of-lines", "jsonl", b'[\n{"text": "a"}\n]\n', ("data.jsonl:1", "JSON")),
    ("number", "jsonl", b"7\n", ("data.jsonl:1", "object")),
    ("null", "jsonl", b"null\n", ("data.jsonl:1", "object")),
    ("half-escape", "jsonl", b'{"text": "\\ud800", "label": 1}\n', ("data.jsonl:1", "\\u")),
    ("text-null", "jsonl", b'{"text": null, "label": 1}\n{"text": "a", "label": 0}\n',
     ("data.jsonl:1", "must hold text")),
    ("text-number", "jsonl", b'{"text": 5, "label": 1}\n{"text": "a", "label": 0}\n',
     ("data.jsonl:1", "must hold text")),
    ("text-list", "jsonl", b'{"text": ["a"], "label": 1}\n{"text": "a", "label": 0}\n',
     ("data.jsonl:1", "must hold text")),
    ("label-missing", "jsonl", b'{"text": "a", "label": 1}\n{"text": "b"}\n',
     ("data.jsonl:2", "label is empty")),
    ("label-null", "jsonl", b'{"text": "a", "label": null}\n', ("data.jsonl:1", "label is empty")),
    ("label-nan", "jsonl", b'{"text": "a", "label": NaN}\n', ("data.jsonl:1", "label is empty")),
    ("no-key", "jsonl", b'{"texts": "a", "label": 1}\n{"texts": "b", "label": 0}\n',
     ("no column 'text'",)),
    ("deep", "jsonl", b'{"text": ' + b"[" * 100_000 + b"\n", ("data.jsonl:1",)),
    ("huge-number", "jsonl", b'{"text": "a", "label": ' + b"9" * 5000 + b"}\n", ("data.jsonl:1",)),
    ("long-line", "csv", lambda: b"text,label\n" + b"a" * LONG + b",1\nb\n", ("data.csv:", )),
    ("long-line-tsv", "tsv", lambda: b"text\tlabel\n" + b"a " * (LONG // 2) + b"\n",
     ("data.tsv:2", "found 1")),
    ("long-header", "tsv", lambda: b"\t".join([b"x"] * 100_000) + b"\na\n", ("data.tsv:1",)),
    ("long-label", "csv", lambda: b"text,label\na," + b"x" * 100_000 + b"\nb,\n",
     ("data.csv:3", "empty")),
    ("many-columns", "csv", lambda: b"text,label\na,1" + b"," * 100_000 + b"\n", ("data.csv:2",)),
    ("unknown-ending", "xls", b"text,label\na,1\n", ("ending", "data.xls")),
    ("no-ending", "", b"text,label\na,1\n", ("data",)),
)  # fmt: skip

# name, content, words; read as scores.
SCORES: Tuple[Tuple[str, bytes, Tuple[str, ...]], ...] = (
    ("nan", b"text,label\na,1.0\nb,nan\n", ("data.csv:3", "finite")),
    ("infinite", b"text,label\na,inf\nb,1\n", ("data.csv:2", "finite")),
    ("too-large", b"text,label\na,1e39\nb,1\n", ("data.csv:2", "finite")),
    ("word", b"text,label\na,good\nb,1\n", ("data.csv:2", "number")),
    ("empty", b"text,label\na,1\nb,\n", ("data.csv:3", "number")),
    ("comma", b'text,label\na,"1,5"\nb,1\n', ("data.csv:2", "number")),
    ("underscore", b"text,label\na,1_000\nb,1\n", ("data.csv:2", "number")),
    ("hexadecimal", b"text,label\na,0x10\nb,1\n", ("data.csv:2", "number")),
)

# task, file, content, words
GLUE: Tuple[Tuple[str, str, str, bytes, Tuple[str, ...]], ...] = (
    ("mrpc-empty", "mrpc", "train.tsv", b"", ("train.tsv", "empty")),
    ("mrpc-header-swapped", "mrpc", "train.tsv", b"#1 ID\tQ\n1\t2\n", ("train.tsv:1", "Quality")),
    ("mrpc-sst2-file", "mrpc", "train.tsv", b"sentence\tlabel\na\t1\n", ("train.tsv:1", "SST-2")),
    ("mrpc-label", "mrpc", "train.tsv", f"{MRPC}2\t1\t2\ta\tb\n".encode(), ("train.tsv:2", "'2'")),
    ("mrpc-words", "mrpc", "train.tsv", f"{MRPC}yes\t1\t2\ta\tb\n".encode(), ("tsv:2", "'yes'")),
    ("mrpc-ragged", "mrpc", "train.tsv", f"{MRPC}1\t1\t2\ta\n".encode(),
     ("train.tsv:2", "found 4")),
    ("mrpc-commas", "mrpc", "train.tsv", MRPC.replace("\t", ",").encode(), ("train.tsv:1",)),
    ("mrpc-mark-inside", "mrpc", "train.tsv",
     f"{MRPC}\ufeff1\t1\t2\ta\tb\n".encode(), ("train.tsv:2", "label")),
    ("stsb-above", "stsb", "train.tsv", f"{STSB}0\t{PLANE}\t5.1\n".encode(), ("tsv:2", "[0, 5]")),
    ("stsb-below", "stsb", "train.tsv", f"{STSB}0\t{PLANE}\t-1\n".encode(), ("tsv:2", "[0, 5]")),
    ("stsb-nan", "stsb", "train.tsv", f"{STSB}0\t{PLANE}\tnan\n".encode(), ("tsv:2", "finite")),
    ("stsb-none", "stsb", "train.tsv", f"{STSB}0\t{PLANE}\t\n".encode(), ("tsv:2", "number")),
    ("cola-header", "cola", "train.tsv",
     b"source\tlabel\tmark\tsentence\na\t1\t\tb\n", ("train.tsv:1", "'label'")),
    ("cola-label", "cola", "train.tsv", b"gj\t3\t\tA b.\n", ("train.tsv:1", "'3'")),
    ("cola-columns", "cola", "train.tsv", b"gj\t1\tA b.\n", ("train.tsv:1", "found 3")),
    ("rte-label", "rte", "train.tsv",
     b"index\tsentence1\tsentence2\tlabel\n0\ta\tb\tentails\n", ("tsv:2", "entailment")),
    ("sst2-encoding", "sst2", "train.tsv", b"sentence\tlabel\ncaf\xe9\t1\n", ("tsv:2", "UTF-8")),
)  # fmt: skip


def cases() -> Iterator[BadInput]:
    """Every case of this file."""
    for name, ending, content, words in TABLES:
        yield BadInput(f"table-{name}", _own(ending, content), words)
    for name, scores, words in SCORES:
        yield BadInput(f"scores-{name}", _own("csv", scores, "--regression"), words)
    for name, task, file, rows, words in GLUE:
        yield BadInput(f"glue-{name}", _glue(task, file, rows), words)
    yield BadInput("table-missing", lambda folder, good: _finetune(folder / "x.csv", good),
                   ("x.csv", "no such file"))  # fmt: skip
    yield BadInput("table-folder", lambda folder, good: _finetune(folder, good), ("no file named",))
    yield BadInput("glue-no-dev-ids", _raw_mrpc, ("mrpc_dev_ids.tsv", "no such file"))


def _bytes(content: Content) -> bytes:
    return content if isinstance(content, bytes) else content()


def _finetune(path: Path, good: Good, *more: str) -> List[Any]:
    args = ["finetune", "--train", path, *OWN, *more]
    return [*args, "--preset", good.preset, "--output", path.parent / "run"]


def _own(ending: str, content: Content, *more: str) -> Callable[[Path, Good], List[Any]]:
    def make(folder: Path, good: Good) -> List[Any]:
        path = folder / f"data.{ending}".rstrip(".")
        path.write_bytes(_bytes(content))
        return _finetune(path, good, *more)

    return make


def _glue(task: str, file: str, content: bytes) -> Callable[[Path, Good], List[Any]]:
    def make(folder: Path, good: Good) -> List[Any]:
        (folder / file).write_bytes(content)
        args = ["finetune", "--task", task, "--data", folder, "--preset", good.preset]
        return [*args, "--output", folder / "run"]

    return make


def _raw_mrpc(folder: Path, good: Good) -> List[Any]:
    (folder / "msr_paraphrase_train.txt").write_text(f"{MRPC}1\t1\t2\ta\tb\n")
    args = ["finetune", "--task", "mrpc", "--data", folder, "--preset", good.preset]
    return [*args, "--output", folder / "run"]
