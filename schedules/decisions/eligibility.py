"""Which steps could be offered tonight, and which one is: eligibility and a logged, replayable draw. Pure.

`eligibility` fixes what could be offered before anything random happens; `schedules.decisions.policies` computes the
probabilities; `draw_arm` turns one number in [0, 1) into an action. The decision row keeps all three (see
`schedules.decisions.replay`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from content.catalogue import Catalogue, Strategy, Text
from schedules.decisions.policies import NONE, RECENT_STEPS, PolicyInputs, needs_outcomes

__all__ = [
    "ASKED_SLOTS",
    "NONE",
    "Eligibility",
    "PastStep",
    "Recipient",
    "describe_reason",
    "draw_arm",
    "eligibility",
    "fresh_texts",
    "pick_text",
    "policy_inputs",
    "relevant_days",
]

# The slots for steps requested by text (see `schedules.planning.step_on_request`): their number is the daily limit.
ASKED_SLOTS = ("asked-1", "asked-2")
TEXT_REPEAT_DAYS = 30
# Long enough for five scored nights of a dozen steps, short enough to forget what no longer holds.
LEARNING_WINDOW_DAYS = 56


class PastStep(NamedTuple):
    """An earlier evening, latest first wherever several are given.

    `strategy` is `none` and `text_id` NULL if the step was withheld. `acts_on` says which night the step can change,
    and `score` is that night's, if known. `asked` marks a step that was requested, or chosen by a coach: it rests like
    any other, but its night is not learned from.
    """

    local_on: date
    strategy: str
    text_id: str | None
    score: int | None = None
    asked: bool = False
    acts_on: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """What the choice depends on: excluded tags or strategy ids, the person's own tags, language, and past evenings."""

    language: str
    exclude: frozenset[str]
    tags: frozenset[str]
    past: tuple[PastStep, ...]


@dataclass(frozen=True, slots=True)
class Eligibility:
    """The eligible strategy ids, sorted, and for every other strategy why it is not eligible.

    A reason is a key of `REFUSAL_REASONS`, with its detail after a space: `excluded fall_risk`, `rests 12`.
    """

    eligible: tuple[str, ...]
    refused: dict[str, str]


REFUSAL_REASONS: Mapping[str, str] = {
    "switched_off": "the clinic has switched it off",
    "retired": "it is no longer offered to anybody",
    "excluded": "they must not get it ({about})",
    "needs": "it is only for people with the tag {about}",
    "last_evening": "they had it the evening before",
    "rests": "it rests for {about} more days",
    "texts_used": f"they had each of its texts in the last {TEXT_REPEAT_DAYS} days",
}


def describe_reason(reason: str) -> str:
    """Return a reason of `Eligibility.refused` as a phrase."""
    word, _, about = reason.partition(" ")
    return REFUSAL_REASONS[word].format(about=about)


@dataclass(frozen=True, slots=True)
class _OpenStrategy:
    """A strategy the person may ever get, with what eligibility on a date depends on."""

    id: str
    min_days_between: int
    text_ids: frozenset[str]


@lru_cache(maxsize=2048)
def _open_strategies(
    catalogue: Catalogue, language: str, exclude: frozenset[str], tags: frozenset[str], switched_off: frozenset[str]
) -> tuple[tuple[_OpenStrategy, ...], Mapping[str, str]]:
    """Return the strategies open to people with these tags, by id, and why each of the others is not."""
    found, refused = [], {}
    for id, strategy in sorted(catalogue.strategies.items()):
        texts = strategy.texts_open_to(language, exclude)
        if not strategy.offered:
            refused[id] = "retired"
        elif id in switched_off:
            refused[id] = "switched_off"
        elif barred := {id, *strategy.exclude} & exclude:
            refused[id] = f"excluded {min(barred)}"
        elif missing := set(strategy.needs) - tags:
            refused[id] = f"needs {min(missing)}"
        elif not texts:
            refused[id] = f"excluded {min(strategy.exclusion_tags() & exclude)}"
        else:
            found.append(_OpenStrategy(id, strategy.min_days_between, frozenset(text.id for text in texts)))
    return tuple(found), refused


def eligibility(
    catalogue: Catalogue, person: Recipient, local_on: date, switched_off: Collection[str] = ()
) -> Eligibility:
    """Sort the library's strategies into those that could be offered on a date and those that could not."""
    found, never = _open_strategies(catalogue, person.language, person.exclude, person.tags, frozenset(switched_off))
    latest, used = _latest_strategies(person.past), recent_text_ids(person.past, local_on)
    last_on = {step.strategy: step.local_on for step in reversed(person.past)}
    eligible, refused = [], dict(never)
    for one in found:
        if one.id in latest:
            refused[one.id] = "last_evening"
        elif one.min_days_between and (days := _days_to_rest(one, last_on.get(one.id), local_on)):
            refused[one.id] = f"rests {days}"
        elif one.text_ids <= used:
            refused[one.id] = "texts_used"
        else:
            eligible.append(one.id)
    return Eligibility(tuple(eligible), refused)


def _latest_strategies(past: Sequence[PastStep]) -> set[str]:
    """Return the strategies of the last evening and of any steps requested since."""
    evening_on = next((step.local_on for step in past if not step.asked), date.min)
    return {step.strategy for step in past if step.local_on >= evening_on}


def _days_to_rest(one: _OpenStrategy, last_on: date | None, local_on: date) -> int:
    """Return how many more days a strategy with a minimum interval must rest."""
    return max(0, one.min_days_between - (local_on - last_on).days) if last_on else 0


def recent_text_ids(past: Iterable[PastStep], local_on: date) -> set[str | None]:
    """Return the ids of the texts used in the 30 days before a date, the thirtieth included."""
    horizon = local_on - timedelta(days=TEXT_REPEAT_DAYS)
    return {step.text_id for step in past if step.local_on >= horizon}


def fresh_texts(catalogue: Catalogue, strategy: str, person: Recipient, local_on: date) -> tuple[Text, ...]:
    """Return a strategy's texts in the person's language that they may get and have not had within 30 days."""
    used = recent_text_ids((step for step in person.past if step.strategy == strategy), local_on)
    texts = catalogue.strategies[strategy].texts_open_to(person.language, person.exclude)
    return tuple(text for text in texts if text.id not in used)


def relevant_days(strategies: Mapping[str, Strategy], policies: Collection[str]) -> int:
    """Return how many days back a choice may look: the longest rest, or the window of a learning policy."""
    rest = max(TEXT_REPEAT_DAYS, *(strategy.min_days_between for strategy in strategies.values()))
    return max(rest, LEARNING_WINDOW_DAYS) if any(map(needs_outcomes, policies)) else rest


def policy_inputs(policy: str, person: Recipient, local_on: date, tie_draw: float) -> PolicyInputs:
    """Return what a policy may look at: the last steps, and for a learning policy the outcomes of eight weeks."""
    month = local_on - timedelta(days=TEXT_REPEAT_DAYS)
    offered = (step.strategy for step in person.past if step.strategy != NONE and step.local_on >= month)
    recent = tuple(islice(offered, RECENT_STEPS))
    if not needs_outcomes(policy):
        return PolicyInputs(recent)
    since = local_on - timedelta(days=LEARNING_WINDOW_DAYS)
    learned = [step for step in person.past if step.strategy != NONE and step.local_on >= since]
    return _with_outcomes(recent, learned, tie_draw)


def _with_outcomes(recent: tuple[str, ...], steps: Sequence[PastStep], tie_draw: float) -> PolicyInputs:
    scores: dict[str, list[int]] = defaultdict(list)
    offered_on: dict[str, date] = {}
    for step in steps:
        offered_on.setdefault(step.strategy, step.local_on)
        if step.score is not None:
            scores[step.strategy].append(step.score)
    return PolicyInputs(recent, {id: (len(all), sum(all)) for id, all in sorted(scores.items())}, offered_on, tie_draw)


def draw_arm(vector: Mapping[str, float], draw: float) -> str:
    """Return the arm that a draw in [0, 1) falls on, with the arms laid end to end in order of id."""
    arms = sorted(arm for arm, chance in vector.items() if chance > 0)
    reached = 0.0
    for arm in arms:
        reached += vector[arm]
        if draw < reached:
            return arm
    return arms[-1]  # rounding can leave the sum just below 1


def pick_text(texts: Sequence[Text], draw: float) -> Text:
    """Return one of several texts, uniformly."""
    return texts[int(draw * len(texts))]
