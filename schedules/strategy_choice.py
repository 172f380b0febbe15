"""Which step to offer tonight: a logged, seeded, replayable draw. Pure.

`eligible_strategies` fixes what could be offered before anything is random; `probabilities` is the vector actually
used; `pick` turns one number in [0, 1) into an action. The row keeps all three, so `pick` replays every decision.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from content.catalogue import Strategy, Text

NONE = "none"  # the arm of a micro-randomised evening that asks the check-in and offers no step
TEXT_RESTS_DAYS = 30
# A strategy rests this many evenings; when exclusions leave few, only tonight's repeat is barred.
STRATEGY_RESTS_EVENINGS = 4
MICRO_RANDOMISED_NONE = 0.4
POLICIES = ("rotation", "micro-randomised")


@dataclass(frozen=True, slots=True)
class PastStep:
    """A step offered before: latest first wherever several are given."""

    local_on: date
    strategy: str
    text_id: str


@dataclass(frozen=True, slots=True)
class Person:
    """What bears on the choice: exclusion tags or strategy ids, tags they have, language, and steps of 30 days."""

    language: str
    exclude: frozenset[str]
    tags: frozenset[str]
    past: tuple[PastStep, ...]


def eligible_strategies(
    strategies: Mapping[str, Strategy], person: Person, local_on: date, switched_off: Collection[str] = ()
) -> tuple[str, ...]:
    """The strategies that could be offered on a date, sorted by id."""
    last_on: dict[str, date] = {}
    for step in person.past:
        last_on.setdefault(step.strategy, step.local_on)
    latest = person.past[0].strategy if person.past else None
    return tuple(
        sorted(
            id
            for id, strategy in strategies.items()
            if id not in switched_off
            and id != latest
            and not _excluded(strategy, person)
            and _rested(strategy, last_on.get(id), local_on)
            and texts_at_rest(strategy, person, local_on)
        )
    )


def _excluded(strategy: Strategy, person: Person) -> bool:
    barred = {strategy.id, *strategy.exclude} & person.exclude
    return bool(barred) or not person.tags.issuperset(strategy.needs)


def _rested(strategy: Strategy, last_on: date | None, local_on: date) -> bool:
    return last_on is None or (local_on - last_on).days >= strategy.min_days_between


def texts_at_rest(strategy: Strategy, person: Person, local_on: date) -> tuple[Text, ...]:
    """The strategy's texts in the person's language that they have not had within 30 days."""
    horizon = local_on - timedelta(days=TEXT_RESTS_DAYS)
    used = {step.text_id for step in person.past if step.local_on > horizon}
    return tuple(text for text in strategy.texts[person.language] if text.id not in used)


def probabilities(policy: str, eligible: Sequence[str], past: Sequence[PastStep]) -> dict[str, float]:
    """The probability of every arm, summing to 1. `none` has one only where the policy withholds at random.

    Raises ValueError for an unknown policy.
    """
    if policy not in POLICIES:
        raise ValueError(f"'{policy}' is not a policy: choose from {', '.join(POLICIES)}")
    if not eligible:
        return {NONE: 1.0}
    if policy == "micro-randomised":
        share = (1 - MICRO_RANDOMISED_NONE) / len(eligible)
        return dict.fromkeys(eligible, share) | {NONE: MICRO_RANDOMISED_NONE}
    recent = {step.strategy for step in past[:STRATEGY_RESTS_EVENINGS]}
    fresh = [id for id in eligible if id not in recent] or list(eligible)
    return dict.fromkeys(fresh, 1 / len(fresh))


def pick(vector: Mapping[str, float], draw: float) -> str:
    """The arm a draw in [0, 1) falls on, the arms laid end to end in order of id."""
    arms = sorted(vector)
    reached = 0.0
    for arm in arms:
        reached += vector[arm]
        if draw < reached:
            return arm
    return arms[-1]  # the sum fell short of 1 by rounding


def pick_text(texts: Sequence[Text], draw: float) -> Text:
    """One of a strategy's rested texts, uniformly."""
    return texts[int(draw * len(texts))]
