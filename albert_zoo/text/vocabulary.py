"""Trains a SentencePiece vocabulary with ALBERT's settings."""

from __future__ import annotations

import io
from random import Random
from typing import Iterable, List

import sentencepiece

CONTROL_SYMBOLS = ("[CLS]", "[SEP]", "[MASK]")  # ids 2, 3, 4; never produced from text
USER_DEFINED_SYMBOLS = ("(", ")", '"', "-", ".", "\u2013", "£", "€")  # ids 5 to 12

_SAMPLE_SEED = 0


def sample_texts(texts: Iterable[str], most: int) -> List[str]:
    """Draws texts from a stream, each with the same chance; the same ones every time.

    Args:
        texts: iterable of str, of any length.
        most: int above 0. Texts to return at the most.

    Returns:
        list of str.

    Example:

    >>> len(sample_texts((str(i) for i in range(1000)), 10))
    10
    """
    random = Random(_SAMPLE_SEED)
    sample: List[str] = []
    for number, text in enumerate(texts):
        if number < most:
            sample.append(text)
        else:
            place = random.randrange(number + 1)
            if place < most:
                sample[place] = text
    return sample


def vocabulary_table(model: bytes) -> str:
    """Returns the pieces with their scores, a line each: the content of a `.vocab` file.

    Args:
        model: bytes of a SentencePiece model.

    Example:

    >>> model = train_vocabulary(["a cat sat on a mat, a cat ran, a cat is a cat."], 25)
    >>> vocabulary_table(model)[:8]
    '<pad>\\t0\\n'
    """
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return "".join(
        f"{processor.id_to_piece(i)}\t{processor.get_score(i):g}\n" for i in range(len(processor))
    )


def train_vocabulary(
    texts: Iterable[str], vocabulary_size: int, character_coverage: float = 0.99995
) -> bytes:
    """Trains a unigram vocabulary laid out as the one that the ALBERT authors publish.

    The flags are those of the README of google-research/albert: `<pad>` is 0, `<unk>` 1,
    `[CLS]` 2, `[SEP]` 3, `[MASK]` 4. The same texts in the same order give the same vocabulary.

    Args:
        texts: Iterable of str, one sentence or paragraph each, cleaned the way they will be at
            run time (see `normalize`). It is read once; longer ones than 4192 bytes are left out.
        vocabulary_size: int. Number of pieces, the 13 fixed ones included.
        character_coverage: float in (0, 1]. Share of all characters that get a piece.

    Returns:
        bytes. The model, ready for `AlbertTokenizer` or to be written to a `.model` file.

    Raises:
        ValueError: the texts are too few for `vocabulary_size`, or too many for it.

    Example:

    >>> from albert_zoo.text import AlbertTokenizer
    >>> texts = ["the cat sat on the mat.", "the dog sat on the cat.", "a dog and a cat."]
    >>> model = train_vocabulary(texts, vocabulary_size=25)
    >>> AlbertTokenizer(model).vocabulary_size
    25

    References:
        - google-research/albert README.md, section "SentencePiece"
        - [Subword Regularization (Kudo, 2018)](https://arxiv.org/abs/1804.10959)
    """
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=model,
            model_type="unigram",
            vocab_size=vocabulary_size,
            character_coverage=character_coverage,
            pad_id=0,
            unk_id=1,
            bos_id=-1,
            eos_id=-1,
            control_symbols=list(CONTROL_SYMBOLS),
            user_defined_symbols=list(USER_DEFINED_SYMBOLS),
            num_threads=1,  # with more, the sums and so the pieces vary from run to run
            minloglevel=2,
        )
    except RuntimeError as error:
        reason = str(error).rsplit("] ", 1)[-1]
        raise ValueError(
            f"`vocabulary_size` must suit the texts. "
            f"Received: vocabulary_size={vocabulary_size}. SentencePiece says: {reason}"
        ) from None
    return model.getvalue()
