"""Which step could be offered tonight, and which one is: eligibility, and a logged, replayable draw. Pure.

`eligibility` fixes what could be offered before anything is random; `schedules.policies` gives the probabilities;
`pick` turns one number in [0, 1) into an action. The decision row keeps all three (see `schedules.replay`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from content.catalogue import Catalogue, Strategy, Text
from schedules.policies import NONE, RECENT_STEPS, Known, needs_outcomes

__all__ = [
    "ASKED_SLOTS",
    "NONE",
    "Eligibility",
    "PastStep",
    "Person",
    "days_that_bear",
    "eligibility",
    "in_words",
    "known_to",
    "pick",
    "pick_text",
    "texts_at_rest",
]

# A day's slots for steps that somebody asks for beside the evening's (see `schedules.asked_step`): so many a day.
ASKED_SLOTS = ("asked-1", "asked-2")
TEXT_RESTS_DAYS = 30
# The window of a policy that learns: long enough for five scored nights of a dozen steps, short enough to forget.
LEARNS_OVER_DAYS = 56


class PastStep(NamedTuple):
    """An evening before, latest first wherever several are given.

    `strategy` is none, and `text_id` empty, where the step was withheld. `score` is that night's, if it came. `asked`
    is a step they asked for beside the evening's: it rests like any other, but nothing is learned from its night.
    """

    local_on: date
    strategy: str
    text_id: str | None
    score: int | None = None
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """What bears on the choice: exclusion tags or strategy ids, tags they have, language, and their evenings before."""

    language: str
    exclude: frozenset[str]
    tags: frozenset[str]
    past: tuple[PastStep, ...]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Every strategy of the library: the ids that could be offered, sorted, and for each other why it could not.

    A reason is a word of `REASONS`, with what it is about after a space: `excluded fall_risk`, `rests 12`.
    """

    eligible: tuple[str, ...]
    refused: dict[str, str]


REASONS: Mapping[str, str] = {
    "switched_off": "the clinic has switched it off",
    "excluded": "they must not get it ({about})",
    "needs": "it is only for people with the tag {about}",
    "last_evening": "they had it the evening before",
    "rests": "it rests for {about} more days",
    "texts_used": f"they had each of its texts in the last {TEXT_RESTS_DAYS} days",
}


def in_words(reason: str) -> str:
    """A reason of `Eligibility.refused` for a reader."""
    word, _, about = reason.partition(" ")
    return REASONS[word].format(about=about)


@dataclass(frozen=True, slots=True)
class _Offer:
    """A strategy as eligibility looks at it, in one language."""

    id: str
    barred_by: frozenset[str]
    needs: frozenset[str]
    min_days_between: int
    text_ids: frozenset[str]


@lru_cache(maxsize=512)
def _offers(catalogue: Catalogue, language: str) -> tuple[_Offer, ...]:
    """The strategies of a library in order of id."""
    return tuple(
        _Offer(
            id,
            frozenset((id, *strategy.exclude)),
            frozenset(strategy.needs),
            strategy.min_days_between,
            frozenset(text.id for text in strategy.texts[language]),
        )
        for id, strategy in sorted(catalogue.strategies.items())
    )


def eligibility(
    catalogue: Catalogue, person: Person, local_on: date, switched_off: Collection[str] = ()
) -> Eligibility:
    """Sort the strategies of a library into those that could be offered on a date and those that could not."""
    last_on: dict[str, date] = {}
    for step in person.past:
        last_on.setdefault(step.strategy, step.local_on)
    latest = _latest(person.past)
    used = texts_used(person, local_on)
    eligible, refused = [], {}
    for offer in _offers(catalogue, person.language):
        if offer.id in switched_off:
            refused[offer.id] = "switched_off"
        elif barred := _barred(offer, person):
            refused[offer.id] = barred
        elif offer.id in latest:
            refused[offer.id] = "last_evening"
        elif days := _days_to_rest(offer.min_days_between, last_on.get(offer.id), local_on):
            refused[offer.id] = f"rests {days}"
        elif offer.text_ids <= used:
            refused[offer.id] = "texts_used"
        else:
            eligible.append(offer.id)
    return Eligibility(tuple(eligible), refused)


def _latest(past: Sequence[PastStep]) -> set[str]:
    """The strategies of the last evening, and of what they asked for since."""
    evening_on = next((step.local_on for step in past if not step.asked), date.min)
    return {step.strategy for step in past if step.local_on >= evening_on}


def _barred(offer: _Offer, person: Person) -> str | None:
    """The first exclusion or missing tag, if any."""
    if not offer.barred_by.isdisjoint(person.exclude):
        return f"excluded {min(offer.barred_by & person.exclude)}"
    return None if offer.needs <= person.tags else f"needs {min(offer.needs - person.tags)}"


def _days_to_rest(min_days_between: int, last_on: date | None, local_on: date) -> int:
    return max(0, min_days_between - (local_on - last_on).days) if min_days_between and last_on else 0


def texts_used(person: Person, local_on: date) -> frozenset[str]:
    """The ids of the texts they had in the 30 days before a date, the thirtieth included."""
    horizon = local_on - timedelta(days=TEXT_RESTS_DAYS)
    return frozenset([step.text_id for step in person.past if step.text_id and step.local_on >= horizon])


def texts_at_rest(catalogue: Catalogue, strategy: str, person: Person, local_on: date) -> tuple[Text, ...]:
    """A strategy's texts in the person's language that they have not had within 30 days."""
    used = texts_used(person, local_on)
    return tuple(text for text in catalogue.strategies[strategy].texts[person.language] if text.id not in used)


def days_that_bear(strategies: Mapping[str, Strategy], policies: Collection[str]) -> int:
    """How many days before a date a choice may depend on: the longest rest, or the window of a policy that learns."""
    rest = max(TEXT_RESTS_DAYS, *(strategy.min_days_between for strategy in strategies.values()))
    return max(rest, LEARNS_OVER_DAYS) if any(map(needs_outcomes, policies)) else rest


def known_to(policy: str, person: Person, local_on: date, tie_draw: float) -> Known:
    """What a policy may look at: the last steps, and for one that learns the outcomes of the last eight weeks."""
    month = local_on - timedelta(days=TEXT_RESTS_DAYS)
    steps = [step for step in person.past if step.strategy != NONE]
    recent = tuple(step.strategy for step in steps if step.local_on >= month)[:RECENT_STEPS]
    if not needs_outcomes(policy):
        return Known(recent)
    since = local_on - timedelta(days=LEARNS_OVER_DAYS)
    return _with_outcomes(recent, [step for step in steps if step.local_on >= since], tie_draw)


def _with_outcomes(recent: tuple[str, ...], steps: Sequence[PastStep], tie_draw: float) -> Known:
    scores: dict[str, list[int]] = defaultdict(list)
    offered_on: dict[str, date] = {}
    for step in steps:
        offered_on.setdefault(step.strategy, step.local_on)
        if step.score is not None:
            scores[step.strategy].append(step.score)
    return Known(recent, {id: (len(all), sum(all)) for id, all in sorted(scores.items())}, offered_on, tie_draw)


def pick(vector: Mapping[str, float], draw: float) -> str:
    """The arm a draw in [0, 1) falls on, the arms laid end to end in order of id."""
    arms = sorted(arm for arm, chance in vector.items() if chance > 0)
    reached = 0.0
    for arm in arms:
        reached += vector[arm]
        if draw < reached:
            return arm
    return arms[-1]  # the sum fell short of 1 by rounding


def pick_text(texts: Sequence[Text], draw: float) -> Text:
    """One of a strategy's rested texts, uniformly."""
    return texts[int(draw * len(texts))]
