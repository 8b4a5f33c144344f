"""The grammar: sound sentences are sound, mistakes are mistakes, events mean what they say."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from albert_zoo.glue import events, grammar
from albert_zoo.glue.grammar import corrupt, draw_clause, print_sentence, write

ROWS = 20000


def _word_classes() -> dict:
    """Every word of the grammar with what matters of it for the structure."""
    classes = {}
    for noun in grammar.BEINGS:
        classes.update({noun.singular: "NOUN", noun.plural: "NOUNS"})
    for valency, verbs in enumerate(grammar.VERBS):
        for verb in verbs:
            for form, word in verb._asdict().items():
                classes[word] = f"VERB{valency}-{form}"
    for kind in ("THINGS", "PLACES", "RECIPIENTS", "ADJECTIVES", "ADVERBS", "OBJECT_DETERMINERS"):
        for word in getattr(grammar, kind):
            classes.setdefault(word, kind)
    classes["the"] = "the"  # of subjects as well as of objects
    return classes


@pytest.fixture(scope="module")
def clauses():
    rng = random.Random(1)
    return [draw_clause(rng) for _ in range(ROWS)]


@pytest.fixture(scope="module")
def corrupted(clauses):
    rng = random.Random(2)
    return [corrupt(clause, rng) for clause in clauses]


def test_no_broken_sentence_has_the_structure_of_a_sound_one(corrupted):
    classes = _word_classes()
    rng = random.Random(3)
    sound = {
        tuple(classes.get(word, word) for word in write(draw_clause(rng))) for _ in range(10 * ROWS)
    }
    broken = {tuple(classes.get(word, word) for word in words) for words in corrupted}
    assert not sound & broken


def test_sentences_are_short(clauses):
    lengths = Counter(len(write(clause)) - 1 for clause in clauses)  # without the final mark
    assert min(lengths) >= 2 and max(lengths) <= 13
    assert sum(count for length, count in lengths.items() if length > 11) < 0.05 * ROWS


def test_words_are_as_frequent_in_broken_sentences_as_in_sound_ones(clauses, corrupted):
    sound_words = Counter(word for clause in clauses for word in write(clause))
    broken_words = Counter(word for words in corrupted for word in words)
    assert set(sound_words) == set(broken_words)
    for word, count in sound_words.items():
        assert abs(broken_words[word] - count) < 0.12 * count + 60, word


def test_all_kinds_of_sentences_occur(clauses):
    assert {len(clause.objects) for clause in clauses} == {0, 1, 2}
    assert {clause.tense for clause in clauses} == set(grammar.TENSES)
    for field in ("negative", "question", "modifier", "place", "adverb"):
        assert {bool(getattr(clause, field)) for clause in clauses} == {True, False}
    assert {clause.modifier[0] for clause in clauses if clause.modifier} == {"beside", "that"}


def test_verb_forms():
    forms = {verb.base: verb for verbs in grammar.VERBS for verb in verbs}
    assert forms["sneeze"] == ("sneeze", "sneezes", "sneezing")
    assert forms["polish"] == ("polish", "polishes", "polishing")
    assert forms["hand"] == ("hand", "hands", "handing")


# === Events ===

EVENT = events.Event("the", "tall", "boy", "lift", "dog", "in the park", "at noon")


def _told(event: events.Event, **options: object) -> str:
    return print_sentence(events.tell(event, **options))


def test_voices():
    assert _told(EVENT) == "The tall boy lifted the dog in the park at noon."
    assert _told(EVENT, voice="passive") == (
        "The dog was lifted by the tall boy in the park at noon."
    )
    assert _told(EVENT, voice="fronted") == "At noon in the park the tall boy lifted the dog."


@pytest.mark.parametrize(
    ("determiner", "words"),
    [
        ("the", "The tall boy did not lift the dog in the park at noon."),
        ("every", "Not every tall boy lifted the dog in the park at noon."),
        ("some", "No tall boy lifted the dog in the park at noon."),
    ],
)
def test_negation(determiner, words):
    assert _told(EVENT._replace(determiner=determiner), negative=True) == words


def test_weaker_events_follow_from_the_full_one():
    rng = random.Random(0)
    weaker = {events.weaken(EVENT, rng) for _ in range(100)}
    assert weaker == {
        EVENT._replace(place=""),
        EVENT._replace(time=""),
        EVENT._replace(adjective=""),
        EVENT._replace(determiner="some", adjective="", agent="person"),
    }
    of_every = EVENT._replace(determiner="every")
    assert {events.weaken(of_every, rng) for _ in range(100)} == {
        of_every._replace(place=""),
        of_every._replace(time=""),
        EVENT,
    }


def test_a_changed_event_differs_in_one_part_or_in_the_roles():
    rng = random.Random(0)
    seen = set()
    for _ in range(300):
        event = events.draw_event(rng)
        changed = events.change_any(event, rng)
        parts = [part for part in event._fields if getattr(event, part) != getattr(changed, part)]
        assert len(parts) == 1 or (changed.agent, changed.patient) == (event.patient, event.agent)
        assert changed.agent != changed.patient
        seen.update(parts)
    assert seen == {"agent", "verb", "patient", "place", "time"}


def test_no_synonym_is_another_value():
    words = {word for values in events.PARTS.values() for value in values for word in value.split()}
    replaced = [events.reword([word] * 50, random.Random(0)) for word in sorted(words)]
    synonyms = {it for tokens, word in zip(replaced, sorted(words)) for it in tokens if it != word}
    assert synonyms and not synonyms & words
