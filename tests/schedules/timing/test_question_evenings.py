"""Below every evening: the two evenings after a step belong to the question about its night."""

from datetime import date, datetime, time, timedelta

import pytest

from content.catalogue import Catalogue
from schedules.decisions.care_texts import CareDates
from schedules.decisions.decide import decide
from schedules.decisions.history import drawn_step
from schedules.decisions.next_text import NextTextFacts, is_asked_on, next_step_point, next_text
from schedules.timing.quiet_hours import QuietHours
from schedules.timing.slots import Timing, instant_of_slot, next_due
from tests.schedules.decisions.deciding import due_on, facts, half, timing

MONDAY, SATURDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 7), date(2026, 3, 8)
STEP, QUESTION = "step", "question"


def a_week(
    catalogue: Catalogue, cadence: str, step_on: date, acts_on: str | None, programme: str, slot: str
) -> list[str | None]:
    """What a person gets on the seven days after a step."""
    drawn = (drawn_step(step_on, acts_on),)
    found: list[str | None] = []
    for ahead in range(1, 8):
        on = step_on + timedelta(days=ahead)
        times = timing(catalogue, programme)
        no_care = CareDates(on, on)
        known = facts(times, on, slot, cadence=cadence, drawn=drawn, care=no_care)
        plan = decide(known, catalogue, due_on(times, on, slot).at, half)
        found.append((STEP if plan.choice.action else QUESTION) if plan.text else None)
    return found


@pytest.mark.parametrize(
    ("cadence", "step_on", "acts_on", "week"),
    [
        ("four-a-week", MONDAY, "tonight", [QUESTION, None, None, STEP, None, STEP, STEP]),
        ("four-a-week", MONDAY, None, [QUESTION, None, None, STEP, None, STEP, STEP]),
        ("four-a-week", MONDAY, "tomorrow", [None, QUESTION, None, STEP, None, STEP, STEP]),
        ("four-a-week", SUNDAY, "tomorrow", [None, QUESTION, STEP, None, STEP, None, STEP]),
        ("weekends", SATURDAY, "tonight", [QUESTION, None, None, None, None, None, STEP]),
        ("weekends", SATURDAY, "tomorrow", [None, QUESTION, None, None, None, None, STEP]),
        ("daily", MONDAY, "tomorrow", [STEP] * 7),
        # A person who has just chosen fewer texts is not asked about a step of the evenings before.
        ("weekends", MONDAY, "tonight", [None, None, None, None, STEP, STEP, None]),
    ],
)
def test_the_question_about_a_step_takes_the_place_of_the_next_text(
    catalogue: Catalogue, cadence: str, step_on: date, acts_on: str | None, week: list[str | None]
) -> None:
    assert a_week(catalogue, cadence, step_on, acts_on, "evening", "evening") == week


@pytest.mark.parametrize(
    ("acts_on", "mornings"),
    [
        ("tonight", [QUESTION, None, QUESTION, None, QUESTION, None, QUESTION]),
        ("tomorrow", [None, QUESTION, QUESTION, None, QUESTION, None, QUESTION]),
    ],
)
def test_a_morning_question_moves_to_the_morning_after_the_night_that_the_step_can_change(
    catalogue: Catalogue, acts_on: str, mornings: list[str | None]
) -> None:
    assert a_week(catalogue, "four-a-week", MONDAY, acts_on, "evening-and-morning", "morning") == mornings
    evenings = a_week(catalogue, "four-a-week", MONDAY, acts_on, "evening-and-morning", "evening")
    assert evenings == [None, STEP, None, STEP, None, STEP, STEP]


def test_the_row_says_that_only_the_night_was_asked_about(catalogue: Catalogue) -> None:
    on, drawn = MONDAY + timedelta(days=1), (drawn_step(MONDAY, "tonight"),)
    due = facts(timing(catalogue), on, cadence="four-a-week", drawn=drawn)
    plan = decide(due, catalogue, due.due.at, half)
    assert (plan.choice.available, plan.choice.unavailable_reason) == (False, "asked_only")
    assert plan.text
    assert plan.text.asks
    assert plan.text.body == "Legs last night, 0 none to 10 worst?"


def test_pages_and_replies_know_of_the_question_to_come(catalogue: Catalogue) -> None:
    times = Timing(catalogue.programmes["evening"], "America/New_York", time(20), None, QuietHours())
    slot = times.programme.slots[0]
    due = next_due(times, since=instant_of_slot(slot, MONDAY, times), decided=[(MONDAY, slot.id)])
    known = NextTextFacts("active", None, None, "four-a-week", times, due, drawn=(drawn_step(MONDAY, "tonight"),))
    coming = next_text(known)
    assert (coming.says, coming.at) == ("the check-in", datetime.fromisoformat("2026-03-04T01:00:00+00:00"))
    assert is_asked_on(known, MONDAY + timedelta(days=1))
    step = next_step_point(known)
    assert step
    assert step.on == MONDAY + timedelta(days=4)
