from __future__ import annotations

import pytest

from albert_zoo.text.sentences import join_wrapped_lines, sentences_of, split_sentences


@pytest.mark.parametrize(
    "text, count",
    [
        ("One. Two! Three? Four… Five", 5),
        ("Mr. A. Holmes met Dr. Watson in St. James. They left.", 2),
        ("It cost 3.5 million, i.e. too much. 40 people came.", 2),
        ('"Is it?" he asked. "Yes." She left.', 3),
        ("no end and no capital. next words", 1),
        ("(It rained.) Then it stopped.", 2),
        ("", 0),
        (" . ", 1),
    ],
)
def test_sentences(text: str, count: int) -> None:
    found = split_sentences(text)
    assert len(found) == count, found
    assert " ".join(found) == " ".join(text.split())


def test_wrapped_lines_are_joined_and_headings_are_not() -> None:
    lines = [
        "CHAPTER ONE",
        "of the greatness this opportunity had thrust upon him. What was",
        "interesting was that he would boast of it openly.",
        "He used to say so.",
    ]
    assert join_wrapped_lines(lines) == [lines[0], f"{lines[1]} {lines[2]}", lines[3]]
    assert sentences_of(lines)[1:3] == [
        "of the greatness this opportunity had thrust upon him.",
        "What was interesting was that he would boast of it openly.",
    ]


def test_a_paragraph_on_one_line_stays_as_it_is() -> None:
    lines = ["A long paragraph that does not end " * 5, "and another"]
    assert join_wrapped_lines(lines) == lines
