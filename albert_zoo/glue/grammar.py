"""A small English grammar: clauses drawn at random, written out, and broken on purpose.

A `Clause` is a list of choices (who, which verb, which tense ...), and `write` turns it into words.
A clause whose choices fit together becomes a grammatical sentence. `corrupt` makes one choice
disagree with the others, in such a way that broken sentences use each word about as often as sound
ones do: only the structure gives them away.
"""

from __future__ import annotations

import random
from typing import Callable, List, NamedTuple, Optional, Tuple


class Noun(NamedTuple):
    """A noun in both numbers, with the more general word for it (its hypernym)."""

    singular: str
    plural: str
    kind: str


class Verb(NamedTuple):
    """A verb in the forms that the grammar uses."""

    base: str
    third: str
    progressive: str


class Tense(NamedTuple):
    """The auxiliary for a singular and for a plural subject, and the verb form that follows it."""

    singular: str
    plural: str
    form: str


def _nouns(kind: str, words: str) -> Tuple[Noun, ...]:
    return tuple(Noun(word, word + "s", kind) for word in words.split())


def _verbs(words: str) -> Tuple[Verb, ...]:
    verbs = []
    for base in words.split():
        stem = base[:-1] if base.endswith("e") else base
        third = base + ("es" if base.endswith("sh") else "s")
        verbs.append(Verb(base, third, stem + "ing"))
    return tuple(verbs)


# === Words ===

PEOPLE = _nouns("person", "boy girl teacher farmer baker doctor")
ANIMALS = _nouns("creature", "dog cat")
BEINGS = PEOPLE + ANIMALS
THINGS = ("bottle", "basket", "letter", "box")
PLACES = ("garden", "park")
RECIPIENTS = ("me", "her", "them")
ADJECTIVES = ("tall", "small", "brave", "clever")
ADVERBS = ("often", "never")

# Verbs by the number of objects they must have. None of them can do with more or with fewer.
VERBS = (
    _verbs("laugh yawn sneeze arrive"),
    _verbs("lift repair polish damage"),
    _verbs("hand offer grant"),
)
KNOW = Verb("know", "knows", "knowing")

# Each singular determiner of a subject, with the plural one that stands in its place.
DETERMINERS = (("the", "the"), ("this", "these"), ("a", "two"))
OBJECT_DETERMINERS = ("the", "every", "another")
_ALL_DETERMINERS = frozenset(sum(DETERMINERS, OBJECT_DETERMINERS))

# Both forms that follow an auxiliary have the same share, so that neither looks suspicious.
TENSES = (
    Tense("", "", "finite"),
    Tense("", "", "finite"),
    Tense("is", "are", "progressive"),
    Tense("was", "were", "progressive"),
    Tense("will", "will", "base"),
    Tense("can", "can", "base"),
)
_OTHER_FORM = {"progressive": "base", "base": "progressive"}

# How often a clause has each of the things that make it harder, as fractions in [0, 1].
_MODIFIED, _QUESTION, _NEGATIVE, _ADVERB, _PLACE, _ADJECTIVE = 0.15, 0.15, 0.15, 0.1, 0.2, 0.1


# === Clauses ===


class NounPhrase(NamedTuple):
    """`this tall boy`; `determiner_plural` equals `plural` in a grammatical one."""

    determiners: Tuple[str, str]
    determiner_plural: bool
    adjective: str
    noun: Noun
    plural: bool


class Clause(NamedTuple):
    """The choices behind a sentence.

    In a grammatical clause `verb_plural` is the subject's number, `form` is the tense's, and `verb`
    is one of `VERBS[len(objects)]`.
    """

    subject: NounPhrase
    modifier: Tuple[str, ...]
    tense: Tense
    form: str
    verb_plural: bool
    verb: Verb
    objects: Tuple[Tuple[str, ...], ...]
    place: Tuple[str, ...]
    adverb: str
    negative: bool
    question: bool


def _chance(rng: random.Random, share: float) -> bool:
    return rng.random() < share


def _draw_phrase(rng: random.Random, adjectives: bool) -> NounPhrase:
    plural = _chance(rng, 0.5)
    adjective = rng.choice(ADJECTIVES) if adjectives and _chance(rng, _ADJECTIVE) else ""
    return NounPhrase(rng.choice(DETERMINERS), plural, adjective, rng.choice(BEINGS), plural)


def _draw_modifier(rng: random.Random, head: NounPhrase) -> Tuple[str, ...]:
    """Draws what stands between a subject and its verb, with a noun that may mislead the verb."""
    other = _draw_phrase(rng, adjectives=False)
    kind = rng.randrange(4)
    if kind < 2:
        return ("beside", *write_phrase(other))
    if kind == 2:
        return ("that", KNOW.base if head.plural else KNOW.third, *write_phrase(other))
    return ("that", *write_phrase(other), KNOW.base if other.plural else KNOW.third)


def draw_clause(rng: random.Random) -> Clause:
    """Draws a grammatical clause of 2 to 13 words.

    Args:
        rng: `random.Random`. The only source of chance.

    Returns:
        `Clause`.

    Example:

    >>> print_sentence(write(draw_clause(random.Random(5))))
    'A boy hands me another bottle.'
    """
    modified = _chance(rng, _MODIFIED)
    subject = _draw_phrase(rng, adjectives=not modified)
    valency = rng.choice((0, 0, 0, 1, 1, 1, 2, 2))
    recipient = ((rng.choice(RECIPIENTS),),) if valency == 2 else ()
    thing = ((rng.choice(OBJECT_DETERMINERS), rng.choice(THINGS)),) if valency else ()
    placed = valency < 2 and not modified and _chance(rng, _PLACE)
    tense = rng.choice(TENSES)
    negative = tense.singular != "" and _chance(rng, _NEGATIVE)
    return Clause(
        subject=subject,
        modifier=_draw_modifier(rng, subject) if modified else (),
        tense=tense,
        form=tense.form,
        verb_plural=subject.plural,
        verb=rng.choice(VERBS[valency]),
        objects=recipient + thing,
        place=(rng.choice(("in", "near")), "the", rng.choice(PLACES)) if placed else (),
        adverb=rng.choice(ADVERBS) if not negative and _chance(rng, _ADVERB) else "",
        negative=negative,
        question=tense.singular != "" and _chance(rng, _QUESTION),
    )


def write_phrase(phrase: NounPhrase) -> List[str]:
    """Returns the words of a noun phrase."""
    noun = phrase.noun.plural if phrase.plural else phrase.noun.singular
    words = [phrase.determiners[phrase.determiner_plural], phrase.adjective, noun]
    return [word for word in words if word]


def write(clause: Clause) -> List[str]:
    """Returns the words of a clause, the final mark included."""
    auxiliary = clause.tense.plural if clause.verb_plural else clause.tense.singular
    form = clause.form
    if form == "finite":
        form = "base" if clause.verb_plural else "third"
    subject = [*write_phrase(clause.subject), *clause.modifier]
    words = [auxiliary, *subject] if clause.question else [*subject, auxiliary]
    words += ["not" if clause.negative else "", clause.adverb, getattr(clause.verb, form)]
    for phrase in clause.objects:
        words += phrase
    words += clause.place
    words.append("?" if clause.question else ".")
    return [word for word in words if word]


def print_sentence(words: List[str]) -> str:
    """Joins words as English is printed: a capital first, the final mark close to its word.

    Example:

    >>> print_sentence(["the", "boy", "laughs", "."])
    'The boy laughs.'
    """
    text = " ".join(words[:-1]) + words[-1]
    return text[0].upper() + text[1:]


# === Mistakes ===


def _break_agreement(clause: Clause, rng: random.Random) -> Optional[Clause]:
    """The girls laughs."""
    if clause.form != "finite" and clause.tense.singular == clause.tense.plural:
        return None
    return clause._replace(verb_plural=not clause.verb_plural)


def _break_determiner(clause: Clause, rng: random.Random) -> Optional[Clause]:
    """These girl laughs."""
    singular, plural = clause.subject.determiners
    if singular == plural:
        return None
    subject = clause.subject._replace(determiner_plural=not clause.subject.plural)
    return clause._replace(subject=subject)


def _break_form(clause: Clause, rng: random.Random) -> Optional[Clause]:
    """The girl is laugh."""
    if clause.form not in _OTHER_FORM:
        return None
    return clause._replace(form=_OTHER_FORM[clause.form])


def _break_valency(clause: Clause, rng: random.Random) -> Optional[Clause]:
    """The girl laughs the bottle. The girl lifts."""
    if len(clause.objects) > 1:
        return None
    return clause._replace(verb=rng.choice(VERBS[1 - len(clause.objects)]))


def _break_order(clause: Clause, rng: random.Random) -> List[str]:
    """Girl the laughs. A determiner changes places with a neighbour; that is never right."""
    words = write(clause)
    at = rng.choice([i for i, word in enumerate(words) if word in _ALL_DETERMINERS])
    first = at - 1 if at > 0 and _chance(rng, 0.5) else at
    words[first], words[first + 1] = words[first + 1], words[first]
    return words


# The shares give each kind of mistake about the same number of examples to learn from.
_MISTAKES: Tuple[Callable[[Clause, random.Random], Optional[Clause]], ...] = (
    *(_break_agreement, _break_agreement, _break_determiner, _break_form, _break_form),
    *(_break_valency, _break_valency, _break_valency),
)


def corrupt(clause: Clause, rng: random.Random) -> List[str]:
    """Writes a grammatical clause with one mistake in it.

    The kind of mistake is drawn before it is known whether the clause has a place for it; a clause
    that has none gets its word order broken. So every clause is as likely to be broken as any
    other, and each mistake is as likely in one direction as in the other: words stay unsuspicious.

    Args:
        clause: `Clause`, grammatical.
        rng: `random.Random`. The only source of chance.

    Returns:
        list of str, the words.
    """
    broken = rng.choice(_MISTAKES)(clause, rng)
    return _break_order(clause, rng) if broken is None else write(broken)
