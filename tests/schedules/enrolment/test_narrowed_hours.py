"""Hours narrowed below people's times: everybody goes on hearing, within the hours, once an evening."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from coach.participants.narrowed_hours import find_outside, move_inside
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import Decision
from schedules.database.tables.people import Enrolment
from schedules.decisions.decide import decide
from schedules.gateway.protocol import MemoryGateway
from schedules.timing.quiet_hours import QuietHours, quiet_hours_from, time_on
from tests.schedules.decisions.deciding import due_on, facts, half, timing, utc
from tests.schedules.sending import EVENING, tick
from tests.support import TestClock, enrol, person, rows

EVERY_DAY = list(range(1, 8))
UNTIL_EIGHT = [{"days": EVERY_DAY, "start": "08:00", "end": "20:00"}]
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("wanted", "bedtime", "hours", "expected"),
    [
        (time(19), None, ("08:00", "20:00"), time(19)),
        (time(20, 15), None, ("08:00", "20:00"), time(19, 30)),
        (time(20), None, ("08:00", "20:00"), time(19, 30)),  # the end itself is too late
        (time(20, 15), None, ("19:45", "20:00"), time(19, 45)),  # no room for half an hour
        (time(20, 59), None, ("08:00", "21:00"), time(20, 30)),  # a pass every ten minutes must not miss it
        (time(20, 45), None, ("08:00", "21:00"), time(20, 45)),
        (time(20, 30), None, ("08:00", "21:00"), time(20, 30)),
        (time(20), time(20, 5), ("08:00", "21:00"), time(19, 35)),  # bed soon after
        (time(8), None, ("12:00", "20:00"), time(8)),  # waits for the hours to begin
        (time(20), time(19), ("08:00", "21:00"), time(18, 30)),
        (time(20), time(0), ("08:00", "21:00"), time(20)),  # midnight binds nothing
        (time(20), time(17), ("17:30", "21:00"), None),
    ],
)
def test_a_time_too_late_for_a_day_comes_sooner(
    wanted: time, bedtime: time | None, hours: tuple[str, str], expected: time | None
) -> None:
    rules = quiet_hours_from([{"days": EVERY_DAY, "start": hours[0], "end": hours[1]}])
    assert {time_on(day, wanted, bedtime, rules) for day in EVERY_DAY} == {expected}


def test_only_the_day_that_is_narrower_is_sooner(catalogue: Catalogue) -> None:
    sundays = quiet_hours_from([{"days": [7], "start": "12:00", "end": "19:00"}])
    times = timing(catalogue, evening_at=time(20), quiet=sundays)
    sunday, monday = date(2026, 3, 8), date(2026, 3, 9)
    assert due_on(times, sunday).at == utc("2026-03-08T22:30")
    assert due_on(times, monday).at == utc("2026-03-10T00:00")
    plan = decide(facts(times, sunday), catalogue, utc("2026-03-08T22:30"), half)
    assert plan.text
    assert plan.text.window.closes_at == utc("2026-03-08T23:00")


def narrow(runtime: Runtime, table: list[dict[str, Any]]) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).values(quiet_hours=table))


def texts_of_evenings(runtime: Runtime, clock: TestClock, memory: MemoryGateway, days: range) -> list[int]:
    taken = []
    for day in days:
        before = len(memory.taken)
        for minutes in range(-60, 80, 10):
            clock.shows = EVENING + day * DAY + timedelta(minutes=minutes)
            tick(runtime)
        taken.append(len(memory.taken) - before)
    return taken


def test_hours_changed_behind_everybodys_back_silence_nobody(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    enrol(runtime, person(1, evening_time="20:15"))
    assert texts_of_evenings(runtime, clock, memory, range(1)) == [1]
    narrow(runtime, UNTIL_EIGHT)
    assert texts_of_evenings(runtime, clock, memory, range(1, 4))[1:] == [1, 1]


def test_whoever_is_moved_misses_no_evening_and_hears_no_word_of_it(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    enrol(runtime, person(1, evening_time="20:15"), person(2, evening_time="19:00"))
    clinic = rows(runtime.engine, Clinic)[0].id
    assert texts_of_evenings(runtime, clock, memory, range(1)) == [2]
    clock.shows = EVENING + timedelta(hours=3)  # 23:00
    narrow(runtime, UNTIL_EIGHT)
    assert move_inside(runtime.engine, clinic, runtime.catalogue, clock()) == 1
    tick(runtime)
    assert len(memory.taken) == 2
    assert [one.evening_at for one in rows(runtime.engine, Enrolment)] == [time(19, 30), time(19)]
    assert texts_of_evenings(runtime, clock, memory, range(1, 4)) == [2, 2, 2]
    assert {one.unavailable_reason for one in rows(runtime.engine, Decision)} == {None}


def test_tonights_text_comes_at_once_where_its_old_time_is_no_longer_allowed(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    enrol(runtime, person(1, evening_time="20:15"))
    clock.shows = EVENING - timedelta(minutes=10)  # 19:50
    narrow(runtime, UNTIL_EIGHT)
    move_inside(runtime.engine, rows(runtime.engine, Clinic)[0].id, runtime.catalogue, clock())
    tick(runtime)
    assert len(memory.taken) == 1
    assert texts_of_evenings(runtime, clock, memory, range(3)) == [0, 1, 1]


def test_the_list_before_saving_says_what_becomes_of_whom(runtime: Runtime, clock: TestClock) -> None:
    ids = enrol(
        runtime,
        person(1, evening_time="20:15"),
        person(2, evening_time="19:00"),
        person(3, evening_time="17:30", bedtime="18:00"),
    )
    clinic = rows(runtime.engine, Clinic)[0].id

    def told(table: list[dict[str, Any]]) -> dict[int, str]:
        with read_transaction(runtime.engine) as connection:
            found = find_outside(connection, clinic, quiet_hours_from(table), runtime.catalogue)
        return {ids.index(one.participant_id) + 1: one.words for one in found}

    assert told(UNTIL_EIGHT) == {1: "19:30"}
    assert told([{"days": [7], "start": "08:00", "end": "20:00"}]) == {1: "sooner on Sunday"}
    assert told([{"days": EVERY_DAY, "start": "18:30", "end": "21:00"}]) == {3: "no time is left before their bedtime"}
    assert told([]) == {}


def test_a_day_without_hours_before_bedtime_is_told_as_quiet(catalogue: Catalogue) -> None:
    late = QuietHours(((time(19), time(21)),) * 7)
    one = facts(timing(catalogue, evening_at=time(17), bedtime_at=time(18), quiet=late))
    plan = decide(one, catalogue, datetime.max.replace(tzinfo=one.due.at.tzinfo), half)
    assert plan.choice.unavailable_reason == "quiet_hours"


def test_whoever_chose_the_last_minute_before_is_texted_by_a_pass_every_ten_minutes(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    enrol(runtime, person(1), person(2, bedtime="20:05"))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).where(Enrolment.id == 1).values(evening_at=time(20, 59)))
    for day in range(3):
        for minutes in range(-67, 80, 10):  # 18:53, 19:03 and so on
            clock.shows = EVENING + day * DAY + timedelta(minutes=minutes)
            tick(runtime)
    assert sorted(one.to[-1] for one in memory.taken) == [*"111222"]
    assert {one.unavailable_reason for one in rows(runtime.engine, Decision)} == {None}
