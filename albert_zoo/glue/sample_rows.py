"""Labelled rows for every GLUE task, drawn from grammar and meaning: no label is random.

Each function here takes the source of chance and the label to aim at, and returns a row.
"""

from __future__ import annotations

import random
from typing import Callable, Dict, NamedTuple

from albert_zoo.glue import events
from albert_zoo.glue.events import Event
from albert_zoo.glue.grammar import corrupt, draw_clause, print_sentence, write


class SampleRow(NamedTuple):
    """One text or a pair of texts (`pair` is empty for single texts), with the label."""

    text: str
    pair: str
    label: str


# === Single sentences ===


def _cola(rng: random.Random, label: str) -> SampleRow:
    clause = draw_clause(rng)
    words = write(clause) if label == "1" else corrupt(clause, rng)
    return SampleRow(print_sentence(words), "", label)


_ASPECTS = ("plot", "acting", "story", "script", "music", "ending", "dialogue", "camera work")
_OPINIONS = {
    "1": ("charming", "funny", "moving", "lovely", "fresh", "bright", "touching", "superb"),
    "0": ("dull", "boring", "clumsy", "weak", "silly", "bland", "awful", "tedious"),
}
_OPPOSITE = {"0": "1", "1": "0"}


def _opinion(rng: random.Random, polarity: str) -> str:
    """`the plot is never dull`: praise or blame, by the adjective and by what negates it."""
    degree = rng.choice(("", " very", " truly", " rather"))
    copula = "is" + degree
    if rng.random() < 0.35:
        polarity, copula = _OPPOSITE[polarity], rng.choice(("is not", "is never", "is hardly"))
    return f"the {rng.choice(_ASPECTS)} {copula} {rng.choice(_OPINIONS[polarity])}"


def _sst2(rng: random.Random, label: str) -> SampleRow:
    """The main clause decides; what `although` or `even if` concedes does not."""
    text = _opinion(rng, label)
    shape = rng.randrange(4)
    if shape == 0:
        text = f"{text} , even if {_opinion(rng, _OPPOSITE[label])}"
    elif shape == 1:
        text = f"although {_opinion(rng, _OPPOSITE[label])} , {text}"
    elif shape == 2:
        text = f"{text} and {_opinion(rng, label)}"
    return SampleRow(text + " .", "", label)


# === Equal meaning ===


def _mrpc(rng: random.Random, label: str) -> SampleRow:
    event = events.draw_event(rng)
    other = event if label == "1" else events.change_any(event, rng)
    first, second = events.tell_freely(event, rng), events.tell_freely(other, rng)
    return SampleRow(print_sentence(first), print_sentence(second), label)


# What each changed part takes off the highest similarity, 5; all of them together leave nothing.
_STSB_WEIGHTS = {
    **{"verb": 1.6, "agent": 1.2, "patient": 1.0},
    **{"place": 0.6, "time": 0.4, "adjective": 0.2},
}


def _stsb(rng: random.Random, label: str) -> SampleRow:
    """Scored by what the events share; `label` is empty, for there are no classes."""
    event = other = events.draw_event(rng, full=True)
    score = 5.0
    for part in rng.sample(sorted(_STSB_WEIGHTS), rng.randint(0, len(_STSB_WEIGHTS))):
        other = events.change(other, part, rng)
        score -= _STSB_WEIGHTS[part]
    first, second = events.tell_freely(event, rng), events.tell_freely(other, rng)
    return SampleRow(print_sentence(first), print_sentence(second), f"{abs(score):.3f}")


_PERSONS = ("we", "they", "a child", "a beginner", "a farmer", "a tutor", "a girl", "a boy")
_TOPICS = (
    *("chess", "French", "cooking", "painting", "music", "swimming", "dancing", "writing"),
    *("drawing", "physics", "history", "tennis"),
)
_SETTINGS = ("", " at home", " in summer", " in a small town", " without a book")
_INTENTS = (
    ("How can {0} learn {1}{2}?", "In what way can {0} study {1}{2}?"),
    ("Why should {0} learn {1}{2}?", "For what reason should {0} study {1}{2}?"),
    ("How much must {0} pay for {1}{2}?", "What price must {0} pay for {1}{2}?"),
    ("How long must {0} study {1}{2}?", "How much time must {0} give to {1}{2}?"),
    ("When should {0} begin {1}{2}?", "At what time should {0} start {1}{2}?"),
    ("Where can {0} learn {1}{2}?", "In what place can {0} study {1}{2}?"),
)


def _qqp(rng: random.Random, label: str) -> SampleRow:
    """Two questions are duplicates if they want the same of the same person, topic and setting."""
    values = (_INTENTS, _PERSONS, _TOPICS, _SETTINGS)
    first = [rng.choice(choices) for choices in values]
    second = list(first)
    if label == "0":
        at = rng.randrange(len(values))
        second[at] = rng.choice([value for value in values[at] if value != first[at]])
    forms = rng.sample((0, 1), 2)
    texts = [
        intent[form].format(*details) for form, (intent, *details) in zip(forms, (first, second))
    ]
    return SampleRow(texts[0], texts[1], label)


# === Entailment ===


def _nli(rng: random.Random, label: str) -> SampleRow:
    """The logic of more and less, where `weak` follows from `event`.

    Then `not event` follows from `not weak`, each contradicts the other's negation, and the ways
    back are open. Negation stands in all three classes, so that it gives none of them away.
    """
    event = events.draw_event(rng)
    if rng.random() < 0.3:
        event = event._replace(determiner="every")
    weak = events.weaken(event, rng)
    turned = rng.random() < 0.4
    if label == "entailment":
        pair = (weak, True, event, True) if turned else (event, False, weak, False)
    elif label == "contradiction":
        pair = (weak, True, event, False) if turned else (event, False, weak, True)
    elif rng.random() < 0.5:
        pair = (event, True, weak, True) if turned else (weak, False, event, False)
    else:
        pair = (event, False, events.change_any(event, rng), turned)
    premise, premise_negative, hypothesis, hypothesis_negative = pair
    return SampleRow(
        _state(premise, premise_negative, rng), _state(hypothesis, hypothesis_negative, rng), label
    )


def _state(event: Event, negative: bool, rng: random.Random) -> str:
    if negative:
        return print_sentence(events.reword(events.tell(event, negative=True), rng))
    return print_sentence(events.tell_freely(event, rng))


def _rte(rng: random.Random, label: str) -> SampleRow:
    """As MNLI with two classes, the premise among other news."""
    relation = label if label == "entailment" else rng.choice(("contradiction", "neutral"))
    row = _nli(rng, relation)
    news = f"{print_sentence(write(draw_clause(rng)))} {row.text}"
    return SampleRow(news, row.pair, label)


def _qnli(rng: random.Random, label: str) -> SampleRow:
    """A sentence answers a question if it tells the same event and the part asked for."""
    event = events.draw_event(rng)
    asked = event._replace(adjective="", place="", time="")
    part = rng.choice(("agent", "patient", "place", "time"))
    if label == "entailment" and not getattr(event, part):
        event = event._replace(**{part: rng.choice(events.PARTS[part])})
    if label == "not_entailment":
        if part in ("place", "time") and rng.random() < 0.5:
            event = event._replace(**{part: ""})
        else:
            others = [it for it in ("agent", "verb", "patient") if it != part]
            asked = events.change(asked, rng.choice(others), rng)
    agent, verb, patient = asked.agent, asked.verb, asked.patient
    question = {
        "agent": f"Who {events.past_form(verb)} the {patient}?",
        "patient": f"What did the {agent} {verb}?",
        "place": f"Where did the {agent} {verb} the {patient}?",
        "time": f"When did the {agent} {verb} the {patient}?",
    }[part]
    return SampleRow(question, print_sentence(events.tell_freely(event, rng)), label)


# For each verb: what may be its reason in the one who acts, and what in the other.
_REASONS = {
    "carried": (("strong", "gentle"), ("tired", "hurt")),
    "avoided": (("shy", "tired"), ("angry", "noisy")),
    "chased": (("angry", "hungry"), ("shy", "slow")),
    "woke": (("noisy", "lonely"), ("lazy", "late")),
    "followed": (("curious", "hungry"), ("friendly", "strong")),
}
_HERD = ("dog", "cat", "horse", "goat", "cow", "fox", "bear", "duck", "goose", "lamb")
_WHERE = ("", " in the garden", " in the park", " near the station", " at noon")


def _wnli(rng: random.Random, label: str) -> SampleRow:
    agent, patient = rng.sample(_HERD, 2)
    verb = rng.choice(sorted(_REASONS))
    about_patient = rng.randrange(2)
    adjective = rng.choice(_REASONS[verb][about_patient])
    named = (agent, patient)[about_patient if label == "1" else 1 - about_patient]
    text = f"The {agent} {verb} the {patient}{rng.choice(_WHERE)} because it was {adjective}."
    return SampleRow(text, f"The {named} was {adjective}.", label)


ROW_MAKERS: Dict[str, Callable[[random.Random, str], SampleRow]] = {
    **{"cola": _cola, "sst2": _sst2, "mrpc": _mrpc, "stsb": _stsb, "qqp": _qqp},
    **{"mnli": _nli, "qnli": _qnli, "rte": _rte, "wnli": _wnli, "ax": _nli},
}
