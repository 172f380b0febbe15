"""The Sunday summary: on request, once a Sunday, in the hour before the evening text, asking nothing."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from coach.adherence.counts import DayTally
from coach.reflections.decide import ReflectionFacts, decide_reflection, next_reflection
from coach.reflections.queue import queue_reflections
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.timing.quiet_hours import quiet_hours_from
from schedules.timing.slots import Timing
from tests.support import TestClock, enrol, person, rows, say, tick

PHONE = "+14155550001"
SUNDAY = datetime(2026, 3, 8, 23, tzinfo=UTC)  # 19:00 in New York, whose clocks changed that night


def evenings(runtime: Runtime, clock: TestClock, days: int) -> None:
    """Evenings at eight, each answered."""
    for day in range(days):
        clock.shows = datetime(2026, 3, 3, 1, tzinfo=UTC) + timedelta(days=day)
        tick(runtime)
        clock.forward(minutes=5)
        say(runtime, PHONE, "6" if day == 0 else "6 yes")


def reflections(runtime: Runtime) -> list[str]:
    return [message.body for message in rows(runtime.engine, OutboxMessage) if message.kind == "reflection"]


def test_a_week_is_told_once_on_sunday_before_the_evening_text(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    answer = say(runtime, PHONE, "weekly on")
    assert answer is not None
    assert "Sundays" in answer
    evenings(runtime, clock, 6)
    clock.shows = SUNDAY - timedelta(minutes=1)
    tick(runtime)
    assert reflections(runtime) == []
    for _ in range(3):
        clock.shows = max(clock.shows, SUNDAY) + timedelta(minutes=5)
        tick(runtime)
    [body] = reflections(runtime)
    assert "5 of 5 steps" in body
    assert "6.0" in body
    assert "?" not in body, "an answer to it would be read as an answer to the check-in"
    [message] = [one for one in rows(runtime.engine, OutboxMessage) if one.kind == "reflection"]
    assert message.accepted_at is not None
    assert message.expires_at <= datetime(2026, 3, 9, 0, tzinfo=UTC)
    [enrolment] = rows(runtime.engine, Enrolment)
    assert enrolment.next_reflection_at == SUNDAY + timedelta(days=7)


@pytest.mark.parametrize("said", ["pause 5", "STOP", "weekly off"])
def test_nobody_who_pauses_stops_or_ends_it_is_told(runtime: Runtime, clock: TestClock, said: str) -> None:
    enrol(runtime, person(1))
    say(runtime, PHONE, "weekly on")
    evenings(runtime, clock, 4)
    say(runtime, PHONE, said)
    clock.shows = SUNDAY + timedelta(minutes=5)
    tick(runtime)
    assert reflections(runtime) == []


def test_nobody_is_told_who_has_not_asked(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    evenings(runtime, clock, 4)
    clock.shows = SUNDAY + timedelta(minutes=5)
    tick(runtime)
    assert reflections(runtime) == []


def test_whoever_has_two_texts_a_day_is_not_offered_a_third(runtime: Runtime) -> None:
    enrol(runtime, person(1, programme="evening-and-morning"))
    answer = say(runtime, PHONE, "weekly on")
    assert answer is not None
    assert "two texts a day" in answer
    assert rows(runtime.engine, Enrolment)[0].next_reflection_at is None


def test_a_later_evening_time_moves_it_and_spanish_is_understood(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, language="es"))
    answer = say(runtime, PHONE, "semana sí")
    assert answer is not None
    assert "domingos" in answer
    evenings(runtime, clock, 3)
    say(runtime, PHONE, "text me at 8:30pm")
    clock.shows = SUNDAY
    queue = (runtime.engine, runtime.catalogue, runtime.keys)
    assert queue_reflections(*queue, clock.shows) == 0
    clock.forward(minutes=30)
    assert queue_reflections(*queue, clock.shows) == 1
    assert queue_reflections(*queue, clock.shows) == 0


@pytest.fixture
def due(catalogue: Catalogue) -> ReflectionFacts:
    quiet = quiet_hours_from(None)
    timing = Timing(catalogue.programmes["evening"], "America/New_York", time(20), None, quiet)
    return ReflectionFacts(timing, "active", False, False, None, DayTally(3, 5, 4.5, 6))


def test_what_is_said_depends_on_how_much_there_is(due: ReflectionFacts) -> None:
    said = decide_reflection(due, SUNDAY)
    assert said is not None
    assert (said.key, said.values["mean"]) == ("weekly_reflection", "4.5")
    few = decide_reflection(replace(due, week=DayTally(3, 5, 4.5, 4)), SUNDAY)
    assert few is not None
    assert few.key == "weekly_reflection_too_few"
    assert decide_reflection(replace(due, week=DayTally()), SUNDAY) is None
    assert decide_reflection(due, SUNDAY + timedelta(hours=1)) is None, "the evening text has its own hour"
    assert decide_reflection(due, SUNDAY + timedelta(days=1)) is None
    assert decide_reflection(replace(due, held=True), SUNDAY) is None
    assert decide_reflection(replace(due, paused_until_on=date(2026, 3, 9)), SUNDAY) is None


def test_the_next_sunday_is_by_the_person_s_own_clock(due: ReflectionFacts) -> None:
    assert next_reflection(due.timing, SUNDAY - timedelta(days=3)) == SUNDAY
    assert next_reflection(due.timing, SUNDAY) == SUNDAY + timedelta(days=7)
    tokyo = replace(due.timing, time_zone="Asia/Tokyo")
    assert next_reflection(tokyo, SUNDAY - timedelta(days=3)) == datetime(2026, 3, 8, 10, tzinfo=UTC)
