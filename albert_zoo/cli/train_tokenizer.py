"""`albert-zoo train-tokenizer`: a vocabulary of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Iterator, List, Optional

import typer

from albert_zoo.cli.console import output as console_output
from albert_zoo.cli.console import say


def train_tokenizer(
    data: Annotated[
        List[Path],
        typer.Argument(metavar="PATHS...", help="Text files, or folders of .txt files."),
    ],
    output: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The model to write; its pieces go beside, to .vocab."),
    ],
    vocabulary_size: Annotated[
        int,
        typer.Option("--vocabulary-size", min=14, metavar="N", help="Pieces, 13 fixed ones among."),
    ] = 8000,
    character_coverage: Annotated[
        float,
        typer.Option(
            "--character-coverage",
            min=0.9,
            max=1.0,
            metavar="SHARE",
            help="Share of all characters that get a piece.",
        ),
    ] = 0.99995,
    max_sentences: Annotated[
        int,
        typer.Option(
            "--max-sentences",
            min=1,
            metavar="N",
            help="Sentences to learn from; of more than these a random sample.",
        ),
    ] = 2_000_000,
    encoding: Annotated[
        Optional[str],
        typer.Option(metavar="NAME", help="Of the files, such as latin-1. Left out: UTF-8."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file that is there.")
    ] = False,
) -> None:
    """Make a SentencePiece vocabulary from your own texts, laid out as ALBERT's.

    albert-zoo train-tokenizer mytext/ --output my.model --vocabulary-size 12000

    The texts are cleaned and lower-cased as the model will see them, split into sentences, and
    given to SentencePiece with the flags that the authors of ALBERT publish. The same texts give
    the same vocabulary.
    """
    from albert_zoo.atomic import new_file
    from albert_zoo.errors import DataError, OutputExistsError
    from albert_zoo.text.corpus import corpus_files, read_documents
    from albert_zoo.text.normalization import normalize
    from albert_zoo.text.sentences import sentences_of
    from albert_zoo.text.vocabulary import sample_texts, train_vocabulary, vocabulary_table

    if output.exists() and not overwrite:
        raise OutputExistsError(f"{output} exists. Choose another name, or pass `overwrite=True`.")
    files = corpus_files(data)
    count = 0

    def sentences() -> Iterator[str]:
        nonlocal count
        for document in read_documents(files, encoding):
            for sentence in sentences_of(document):
                count += 1
                yield normalize(sentence)

    console = console_output()
    with console.status("Reading the texts ..."):
        sample = sample_texts(sentences(), max_sentences)
    if not sample:
        raise DataError("`data` must hold text. Received: blank files alone.")
    with console.status(f"Training on {len(sample):,} sentences ..."):
        model = train_vocabulary(sample, vocabulary_size, character_coverage)
    with new_file(output) as unfinished:
        unfinished.write_bytes(model)
    with new_file(output.with_suffix(".vocab")) as unfinished:
        unfinished.write_text(vocabulary_table(model), encoding="utf-8")
    say(
        "ready",
        f"{output}: {vocabulary_size:,} pieces from {len(sample):,} of {count:,} sentences in "
        f"{len(files):,} file{'s' if len(files) > 1 else ''}.",
        "bold green",
        stderr=False,
    )
