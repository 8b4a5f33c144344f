"""Small events - who did what to whom, where and when - told in several ways and compared.

The sample tasks on sentence pairs rest on them. Two tellings of one event mean the same, whatever
the voice, the order and the synonyms; an event with one part changed is another event; and one with
a part dropped or generalised follows from the full one.
"""

from __future__ import annotations

import random
from typing import Dict, List, NamedTuple, Sequence, Tuple

from albert_zoo.glue.grammar import ADJECTIVES, BEINGS, THINGS, Noun

_PATIENTS = BEINGS + tuple(Noun(word, "", "thing") for word in THINGS)
_KINDS = {noun.singular: noun.kind for noun in _PATIENTS}

# The values of each part of an event; no two values of a part mean the same. All verbs are regular.
PARTS: Dict[str, Tuple[str, ...]] = {
    "adjective": ADJECTIVES,
    "agent": tuple(noun.singular for noun in BEINGS),
    "verb": ("lift", "push", "clean", "paint", "pull"),
    "patient": tuple(noun.singular for noun in _PATIENTS),
    "place": ("in the garden", "in the park", "in the kitchen", "near the station"),
    "time": ("yesterday", "on Monday", "at noon", "in May"),
}

_SYNONYMS = {
    **{"boy": "lad", "doctor": "physician", "teacher": "tutor", "dog": "hound", "box": "crate"},
    **{"small": "little", "brave": "bold", "clever": "smart", "garden": "yard", "noon": "midday"},
    **{"lift": "raise", "lifted": "raised", "push": "shove", "pushed": "shoved"},
    **{"clean": "wash", "cleaned": "washed", "pull": "drag", "pulled": "dragged"},
}


class Event(NamedTuple):
    """What happened. An empty part was not told.

    `determiner` is the agent's: `the`, `every` or `some`.
    """

    determiner: str
    adjective: str
    agent: str
    verb: str
    patient: str
    place: str
    time: str


def draw_event(rng: random.Random, full: bool = False) -> Event:
    """Draws an event; a `full` one has an adjective, a place and a time, the others may lack them.

    Example:

    >>> print(*tell(draw_event(random.Random(2), full=True)))
    the tall boy lifted the dog in the park at noon .
    """
    agent = rng.choice(PARTS["agent"])
    return Event(
        determiner="the",
        adjective=rng.choice(PARTS["adjective"]) if full or rng.random() < 0.4 else "",
        agent=agent,
        verb=rng.choice(PARTS["verb"]),
        patient=rng.choice([word for word in PARTS["patient"] if word != agent]),
        place=rng.choice(PARTS["place"]) if full or rng.random() < 0.6 else "",
        time=rng.choice(PARTS["time"]) if full or rng.random() < 0.3 else "",
    )


# === Events compared ===


def change(event: Event, part: str, rng: random.Random) -> Event:
    """Puts another value into a part: another event."""
    taken = (getattr(event, part), event.agent, event.patient)
    return event._replace(**{part: rng.choice([it for it in PARTS[part] if it not in taken])})


def change_any(event: Event, rng: random.Random) -> Event:
    """Changes a part that the event has, or lets agent and patient change roles."""
    told = [part for part in ("agent", "verb", "patient", "place", "time") if getattr(event, part)]
    if event.patient in PARTS["agent"]:
        told.append("roles")
    part = rng.choice(told)
    if part == "roles":
        return event._replace(agent=event.patient, patient=event.agent)
    return change(event, part, rng)


def weaken(event: Event, rng: random.Random) -> Event:
    """Says less: drops a part or names but the agent's kind. What comes out follows from the event.

    What is said of every tall boy need not hold of every boy, so an agent with `every` keeps its
    adjective and its noun, and may become `the tall boy`.
    """
    weaker = [event._replace(**{part: ""}) for part in ("place", "time") if getattr(event, part)]
    if event.determiner == "every":
        weaker.append(event._replace(determiner="the"))
    else:
        if event.adjective:
            weaker.append(event._replace(adjective=""))
        kind = _KINDS[event.agent]
        weaker.append(event._replace(determiner="some", adjective="", agent=kind))
    return rng.choice(weaker)


# === Telling ===


def past_form(verb: str) -> str:
    """Returns the past of a verb of `PARTS`, which is its participle as well."""
    return verb + "ed"


def tell(event: Event, voice: str = "active", negative: bool = False) -> List[str]:
    """Returns the words of a telling, the final mark included.

    Args:
        event: `Event`.
        voice: str: `"active"`, `"passive"`, or `"fronted"` (place or time first).
        negative: bool. Whether to tell that it did not happen; in the active voice only.
    """
    agent = [event.determiner, event.adjective, event.agent]
    patient = ["the", event.patient]
    ending = [event.place, event.time]
    past = past_form(event.verb)
    if negative and event.determiner == "every":
        words = ["not", *agent, past, *patient, *ending]
    elif negative and event.determiner == "some":
        words = ["no", *agent[1:], past, *patient, *ending]
    elif negative:
        words = [*agent, "did", "not", event.verb, *patient, *ending]
    elif voice == "passive":
        words = [*patient, "was", past, "by", *agent, *ending]
    elif voice == "fronted":
        words = [*ending[::-1], *agent, past, *patient]
    else:
        words = [*agent, past, *patient, *ending]
    return [*" ".join(words).split(), "."]


def tell_freely(event: Event, rng: random.Random) -> List[str]:
    """Tells an event in any voice, with synonyms here and there."""
    return reword(tell(event, rng.choice(("active", "passive", "fronted"))), rng)


def reword(words: Sequence[str], rng: random.Random) -> List[str]:
    """Puts synonyms in the place of about a third of the words that have one."""
    return [_SYNONYMS[word] if word in _SYNONYMS and rng.random() < 0.3 else word for word in words]
