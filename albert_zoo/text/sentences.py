"""Splits paragraphs into sentences."""

from __future__ import annotations

import re
from typing import List, Sequence

# An end mark, what closes with it, white space; then what a sentence can begin with.
_BOUNDARY = re.compile(r"""[.!?…]+["'”’)\]]*(\s+)(?=["'“‘(\[]*[A-Z0-9£€$])""")
_ABBREVIATION = re.compile(
    r"""(?:^|[\s"'“‘(\[])(?:Mr|Mrs|Ms|Messrs|Dr|Prof|Rev|Hon|St|Col|Capt|Lieut|Lt|Gen|Sgt|Sir|Jr|Sr
    |Mme|Mlle|Esq|vs|cf|Fig|No|Vol|pp|p|e\.g|i\.e|Inc|Ltd|Co|Corp|U\.S|U\.K|U\.N|[A-Z])\.$""",
    re.VERBOSE,
)
_ENDS_A_SENTENCE = re.compile(r"""[.!?…:;]["'”’)\]]*$""")
# A line as long as a page is wide that stops in the middle of a sentence was wrapped by hand.
_SHORTEST_WRAPPED, _LONGEST_WRAPPED = 45, 100  # characters


def split_sentences(text: str) -> List[str]:
    """Splits a paragraph at the ends of its sentences, by rules for English.

    A sentence ends at `.`, `!`, `?` or an ellipsis, with the quotes and brackets that close there,
    if a capital or a figure follows, and not after a title, an initial or a common abbreviation.

    Args:
        text: str.

    Returns:
        list of str, none of them empty. Joined with spaces they are `text`.

    Example:

    >>> split_sentences('"Is it Mr. A. Holmes?" He nodded. It was 3.5 miles.')
    ['"Is it Mr. A. Holmes?"', 'He nodded.', 'It was 3.5 miles.']
    """
    sentences = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        end = match.start(1)
        if text[end - 1] == "." and _ABBREVIATION.search(text, max(start, end - 12), end):
            continue
        sentences.append(text[start:end])
        start = match.end()
    sentences.append(text[start:])
    return [sentence for sentence in map(str.strip, sentences) if sentence]


def join_wrapped_lines(lines: Sequence[str]) -> List[str]:
    """Joins the lines of paragraphs that were wrapped by hand, at some 70 characters.

    Args:
        lines: Sequence of str, of one document.

    Returns:
        list of str. Lines that are paragraphs, or headings, stay as they are.

    Example:

    >>> join_wrapped_lines(["Chapter one", "He stayed away so long that I had almost forgotten",
    ...     "him.", "But I went on."])
    ['Chapter one', 'He stayed away so long that I had almost forgotten him.', 'But I went on.']

    """
    joined: List[str] = []
    goes_on = False
    for line in lines:
        if goes_on:
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
        goes_on = _SHORTEST_WRAPPED <= len(line) <= _LONGEST_WRAPPED and not (
            _ENDS_A_SENTENCE.search(line)
        )
    return joined


def sentences_of(document: Sequence[str]) -> List[str]:
    """Returns the sentences of a document.

    Args:
        document: sequence of str, its lines, as `read_documents` yields them.

    Example:

    >>> sentences_of(["A cat. It sat.", "It ran."])
    ['A cat.', 'It sat.', 'It ran.']
    """
    return [text for line in join_wrapped_lines(document) for text in split_sentences(line)]
