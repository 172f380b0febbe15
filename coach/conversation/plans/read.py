"""Read a text as one about the sender's own plan: a wish, a plan we asked for, or what it is for. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from coach.conversation.state import PlanTalk, State
from coach.understanding import Reading
from coach.understanding.plans.screening import is_grave, why_not_kept
from coach.understanding.plans.vocabulary import plainly
from coach.understanding.plans.words import FoundPlan, find_plan, steps_in, weekday_in

LONGEST_PLACE = 6  # words that name a step or a day
OTHER_COMMANDS = ("pause", "resume", "delete_data")  # "when I come back I will …" is about our texts
FEWEST_LETTERS = 4  # of a title's word by which a step is named


def is_calm(state: State) -> bool:
    """Whether nothing is open that a coach has to see to first; "my plan" means something else in a crisis."""
    person = state.person
    return (
        person is not None
        and person.status == "active"
        and person.held_for is None
        and not (state.suppressed or state.flagged or state.silent or state.other_wrote)
    )


def as_plan_talk(
    known: PlanTalk, body: str, reading: Reading, titles: Mapping[str, Mapping[str, str]]
) -> PlanTalk | None:
    """Return what a text says of the plan, or None if it is no matter of plans. `titles` are those of the steps."""
    if known.wish:
        return known
    if known.wanted is None or known.asked is None or is_grave(reading):
        return None
    found = find_plan(body)
    return _a_plan(known, found, reading) if found else _a_place(known, body, reading, titles)


def _a_plan(known: PlanTalk, found: FoundPlan, reading: Reading) -> PlanTalk | None:
    unfit = why_not_kept(found.words)
    if reading.command is not None and reading.command.name in OTHER_COMMANDS and unfit != "harm":
        return None
    return replace(known, words=found.words, beside=found.beside, places=found.steps, unfit=unfit)


def _a_place(known: PlanTalk, body: str, reading: Reading, titles: Mapping[str, Mapping[str, str]]) -> PlanTalk | None:
    """Read the step or the day that a plan is for."""
    if known.asked != "step" or reading.score is not None:
        return None
    places, weekday = steps_in(body) or _by_title(body, titles), weekday_in(body)
    if len(plainly(body).split()) > LONGEST_PLACE or not (places or weekday):
        return None
    return replace(known, places=places, weekday=weekday)


def _by_title(body: str, titles: Mapping[str, Mapping[str, str]]) -> frozenset[str]:
    said = {word for word in plainly(body).split() if len(word) >= FEWEST_LETTERS}
    named = {id: set(" ".join(map(plainly, of.values())).split()) for id, of in titles.items()}
    return frozenset(id for id, words in named.items() if not said.isdisjoint(words))
