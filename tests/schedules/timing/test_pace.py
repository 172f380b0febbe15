"""How often a person hears, as the programme's data says: stepping down, tapers, carrying on, weekdays, bedtimes."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from coach.runtime import Runtime
from content.catalogue import Catalogue, Programme, Slot
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.decisions.decide import decide
from schedules.decisions.facts import DueFacts, Plan
from schedules.decisions.history import History, PastCheckIn, unanswered
from schedules.timing.quiet_hours import quiet_hours_from
from schedules.timing.slots import slot_time
from tests.schedules.decisions.deciding import STARTS_ON, due_on, facts, half, timing
from tests.support import TestClock, enrol, person, rows, say, tick


def evening(catalogue: Catalogue, night: int, **more: Any) -> DueFacts:
    on = STARTS_ON + timedelta(days=night)
    return facts(timing(catalogue), on, last_texted_on=on - timedelta(days=1), **more)


def decided(catalogue: Catalogue, one: DueFacts) -> Plan:
    return decide(one, catalogue, one.due.at, half)


@pytest.mark.parametrize(
    ("silent", "cadence", "after"), [(4, "daily", "daily"), (5, "daily", "four-a-week"), (9, "weekends", "weekends")]
)
def test_steps_down_after_five_unanswered_evenings_and_says_so(
    catalogue: Catalogue, silent: int, cadence: str, after: str
) -> None:
    plan = decided(catalogue, evening(catalogue, 13, unanswered=silent, cadence=cadence))
    assert plan.cadence == after
    assert plan.text
    assert ("4 evenings a week" in plan.text.body) is (after != cadence)


def test_says_nothing_and_changes_nothing_on_an_evening_without_a_text(catalogue: Catalogue) -> None:
    plan = decided(catalogue, evening(catalogue, 13, unanswered=5, paused_until_on=date(2027, 1, 1)))
    assert (plan.text, plan.cadence) == (None, "daily")


@pytest.mark.parametrize(
    ("night", "cadence", "words"),
    [
        (55, "daily", None),
        (56, "daily", "4 evenings a week"),
        (57, "daily", None),
        (56, "four-a-week", None),
        (112, "daily", "weekends only"),
        (112, "four-a-week", "weekends only"),
        (84, "daily", "RESUME"),
        (85, "daily", None),
    ],
)
def test_offers_a_taper_and_asks_to_carry_on_when_the_programme_says(
    catalogue: Catalogue, night: int, cadence: str, words: str | None
) -> None:
    plan = decided(catalogue, evening(catalogue, night, cadence=cadence))
    assert plan.text
    said = [each for each in ("4 evenings a week", "weekends only", "RESUME") if each in plan.text.body]
    assert said == ([words] if words else [])
    assert plan.cadence == cadence, "an offer changes nothing"


def test_what_fell_due_in_a_long_silence_is_said_with_the_next_text(catalogue: Catalogue) -> None:
    on = STARTS_ON + timedelta(days=70)
    plan = decided(catalogue, facts(timing(catalogue), on, last_texted_on=STARTS_ON + timedelta(days=50)))
    assert plan.text
    assert "4 evenings a week" in plan.text.body


def test_a_morning_question_belongs_to_the_evening_before(catalogue: Catalogue) -> None:
    times = timing(catalogue, "evening-and-morning")
    met = []
    for ahead in range(7):
        on = STARTS_ON + timedelta(days=ahead)
        for slot in ("morning", "evening"):
            plan = decided(catalogue, facts(times, on, slot, cadence="weekends"))
            if plan.choice.available:
                met.append((on.isoweekday(), slot))
    assert met == [(1, "morning"), (6, "evening"), (7, "morning"), (7, "evening")]


def bedtime_programme(catalogue: Catalogue, offset: int) -> Programme:
    slot = Slot("evening", True, True, "bedtime", offset, time(20), 120)
    return replace(catalogue.programmes["evening"], id="before-bed", slots=(slot,))


@pytest.mark.parametrize(
    ("bedtime", "offset", "at"),
    [
        (time(21), -60, time(20)),
        (time(22, 30), -60, time(20, 30)),
        (time(0, 30), -60, time(20, 30)),
        (None, -60, time(20)),
        (time(22, 30), 660, time(9, 30)),
    ],
)
def test_a_new_programme_before_bedtime_needs_no_code(
    catalogue: Catalogue, bedtime: time | None, offset: int, at: time
) -> None:
    programme = bedtime_programme(catalogue, offset)
    times = replace(timing(catalogue, bedtime_at=bedtime), programme=programme)
    assert slot_time(programme.slots[0], times) == at
    assert decided(catalogue, facts(times, STARTS_ON)).text


def test_a_late_bedtime_leaves_room_before_the_clinics_evening_closes(catalogue: Catalogue) -> None:
    early = quiet_hours_from([{"days": [1, 2, 3, 4, 5, 6, 7], "start": "08:00", "end": "20:00"}])
    times = timing(catalogue, bedtime_at=time(23), quiet=early)
    assert slot_time(bedtime_programme(catalogue, -60).slots[0], times) == time(19, 30)


def test_a_slot_may_lie_before_the_persons_own_time(catalogue: Catalogue) -> None:
    slot = replace(catalogue.programmes["evening"].slots[0], offset_minutes=-45)
    assert slot_time(slot, timing(catalogue)) == time(19, 15)


def test_a_cadence_that_a_programme_does_not_have_is_its_default(catalogue: Catalogue) -> None:
    assert decided(catalogue, evening(catalogue, 1, cadence="fortnightly")).choice.available


def asked(*days: tuple[int, int | None, bool | None, str]) -> list[PastCheckIn]:
    return [PastCheckIn(date(2026, 3, day), score, habit, state) for day, score, habit, state in days]


@pytest.mark.parametrize(
    ("check_ins", "heard", "count"),
    [
        ([], None, 0),
        (asked((5, None, None, "delivered"), (4, None, None, "sent"), (3, 4, None, "delivered")), None, 2),
        (asked((5, None, None, "delivered"), (4, None, True, "delivered")), None, 1),
        (asked((5, None, None, "undelivered"), (4, None, None, "delivered"), (3, None, None, "expired")), None, 1),
        (asked((5, None, None, "delivered"), (4, None, None, "delivered")), date(2026, 3, 4), 1),
    ],
)
def test_silence_is_counted_from_when_they_were_last_heard_of(
    check_ins: list[PastCheckIn], heard: date | None, count: int
) -> None:
    assert unanswered(History(check_ins=check_ins, heard_on=heard)) == count


def test_five_silent_evenings_make_it_four_a_week_told_once_and_a_word_restores_it(
    runtime: Runtime, clock: TestClock
) -> None:
    enrol(runtime, person(1))
    for _ in range(7):
        clock.shows = next_due_at(runtime)
        tick(runtime)
    bodies = [one.body for one in rows(runtime.engine, OutboxMessage)]
    assert [number for number, body in enumerate(bodies) if "4 evenings a week" in body] == [5]
    assert rows(runtime.engine, Enrolment)[0].cadence == "four-a-week"
    say(runtime, "+14155550001", "daily")
    for _ in range(3):
        clock.shows = next_due_at(runtime)
        tick(runtime)
    [enrolment] = rows(runtime.engine, Enrolment)
    assert enrolment.cadence == "daily", "whoever has just written is not silent"
    assert "4 evenings" not in rows(runtime.engine, OutboxMessage)[-1].body


def next_due_at(runtime: Runtime) -> datetime:
    due: datetime = rows(runtime.engine, Enrolment)[0].next_due_at
    return due


def test_the_next_point_is_the_same_whatever_was_said(catalogue: Catalogue) -> None:
    plan = decided(catalogue, evening(catalogue, 13, unanswered=5))
    assert plan.next_due == due_on(timing(catalogue), STARTS_ON + timedelta(days=14))
