"""After a clock that was ahead: everyone is texted again the next evening, and nobody twice in one."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from schedules.database.tables.work import PeriodicJob
from schedules.enrolment.lifecycle import change_timing, load_enrolment, record_opt_out, record_return
from schedules.gateway.protocol import MemoryGateway
from schedules.planning.reanchoring import reanchor
from schedules.worker.periodic import PeriodicRunner
from tests.schedules.sending import EVENING, Vanishing, tick
from tests.support import TestClock, enrol, person, rows, say

DAY = timedelta(days=1)
WRONG = EVENING + 40 * DAY - timedelta(hours=1)  # 20:00 in New York too, in summer time


def one_wrong_tick(runtime: Runtime, clock: TestClock, *, at: datetime, shows: datetime) -> None:
    clock.shows = shows
    tick(runtime)
    clock.shows = at


def live(runtime: Runtime, clock: TestClock, memory: MemoryGateway, days: int) -> list[int]:
    """Texts taken on each of some evenings, with a pass every half hour."""
    taken = []
    for day in range(days):
        before = len(memory.taken)
        for half_hour in range(-6, 7):
            clock.shows = EVENING + day * DAY + half_hour * timedelta(minutes=30)
            tick(runtime)
        taken.append(len(memory.taken) - before)
    return taken


@pytest.mark.parametrize("ahead", [timedelta(days=40, hours=3), timedelta(days=3), timedelta(hours=20), 400 * DAY])
def test_everyone_hears_on_the_next_evening_and_nobody_twice(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, ahead: timedelta
) -> None:
    clock.shows = EVENING - 2 * DAY
    enrol(runtime, person(1), person(2))
    one_wrong_tick(runtime, clock, at=EVENING - timedelta(hours=9), shows=EVENING - timedelta(hours=9) + ahead)
    assert memory.taken == []
    assert live(runtime, clock, memory, 4) == [2, 2, 2, 2]
    assert max(one.local_on for one in rows(runtime.engine, Decision)) == date(2026, 3, 5)


def test_what_left_under_the_wrong_clock_counts_for_the_evening_in_which_it_was_lived(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    clock.shows = EVENING - timedelta(hours=9)
    enrol(runtime, person(1), person(2))
    one_wrong_tick(runtime, clock, at=EVENING - timedelta(hours=8), shows=WRONG)
    assert len(memory.taken) == 2
    assert live(runtime, clock, memory, 3) == [0, 2, 2]
    texted = Counter((one.enrolment_id, one.local_on) for one in rows(runtime.engine, OutboxMessage))
    assert set(texted.values()) == {1}
    assert min(one.asked_on for one in rows(runtime.engine, CheckIn)) == date(2026, 3, 2)
    say(runtime, "+14155550001", "4")
    answered = [one.asked_on for one in rows(runtime.engine, CheckIn) if one.score == 4]
    assert answered == [date(2026, 3, 4)]


def test_a_text_in_doubt_under_the_wrong_clock_is_found_out_and_not_sent_twice(
    runtime: Runtime, clock: TestClock
) -> None:
    gateway = Vanishing(clock)
    lost = replace(runtime, gateway=gateway)
    clock.shows = EVENING - timedelta(hours=9)
    enrol(lost, person(1))
    one_wrong_tick(lost, clock, at=EVENING - timedelta(hours=8), shows=WRONG)
    assert live(lost, clock, gateway, 3)[1:] == [1, 1]
    assert [one.state for one in rows(lost.engine, OutboxMessage)].count("unknown") == 0


def test_five_days_with_a_clock_ahead_leave_every_evening_texted_once(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    clock.shows = EVENING - timedelta(hours=9)
    enrol(runtime, person(1))
    for day in range(5):
        one_wrong_tick(runtime, clock, at=EVENING + day * DAY, shows=WRONG + day * DAY)
    assert len(memory.taken) == 5
    clock.shows = EVENING + 4 * DAY + timedelta(minutes=10)
    tick(runtime)
    assert [one.local_on for one in rows(runtime.engine, OutboxMessage)] == [date(2026, 3, day) for day in range(2, 7)]
    clock.shows = EVENING + 5 * DAY
    tick(runtime)
    assert len(memory.taken) == 6


def test_what_they_text_reckons_their_evening_anew(runtime: Runtime, clock: TestClock) -> None:
    clock.shows = EVENING - timedelta(hours=9)
    enrol(runtime, person(1), person(2))
    one_wrong_tick(runtime, clock, at=EVENING - timedelta(hours=8), shows=EVENING + 40 * DAY + timedelta(hours=3))
    say(runtime, "+14155550001", "time 19:30")
    say(runtime, "+14155550002", "STOP")
    with write_transaction(runtime.engine) as connection:
        [_, two] = rows(runtime.engine, Enrolment)
        enrolment = load_enrolment(connection, two.participant_id, runtime.catalogue)
        record_opt_out(connection, enrolment.number_hash, clock(), source="text message")
        record_return(connection, enrolment, "text message", clock(), "START")
    assert [one.next_due_at for one in rows(runtime.engine, Enrolment)] == [EVENING - timedelta(minutes=30), EVENING]


def test_who_joined_while_the_clock_was_ahead_is_not_left_waiting(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    clock.shows = EVENING + 40 * DAY
    enrol(runtime, person(1))
    assert live(runtime, clock, memory, 2) == [1, 1]


def test_nobody_is_moved_whose_evening_lies_ahead_by_a_date_line(runtime: Runtime, clock: TestClock) -> None:
    clock.shows = datetime(2026, 3, 2, 6, tzinfo=EVENING.tzinfo)
    [id] = enrol(runtime, person(1, time_zone="Pacific/Kiritimati"))
    tick(runtime)
    with write_transaction(runtime.engine) as connection:
        enrolment = load_enrolment(connection, id, runtime.catalogue)
        change_timing(connection, enrolment, replace(enrolment.timing, time_zone="Pacific/Pago_Pago"), clock())
    [before] = rows(runtime.engine, Enrolment)
    assert before.next_due_at - clock() > timedelta(hours=48)
    assert reanchor(runtime.engine, runtime.catalogue, runtime.keys, clock()) == 0
    assert rows(runtime.engine, Enrolment) == [before]


def test_after_five_days_down_the_missed_evenings_are_told_and_the_next_is_texted(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    clock.shows = EVENING - timedelta(hours=9)
    enrol(runtime, person(1))
    clock.shows = EVENING + 5 * DAY + timedelta(minutes=10)
    tick(runtime)
    reasons = [one.unavailable_reason for one in rows(runtime.engine, Decision)]
    assert (reasons, len(memory.taken)) == (["system_down"] * 5 + [None], 1)


def test_a_welcome_and_a_claim_of_a_clock_ahead_wait_no_longer(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    clock.shows = EVENING + 40 * DAY
    enrol(runtime, person(1), confirmed=False)
    clock.shows = EVENING - timedelta(hours=9)
    tick(runtime)
    assert len(memory.taken) == 1
    with write_transaction(runtime.engine) as connection:
        claimed = {"state": "sending", "lease_until_at": EVENING + 40 * DAY}
        connection.execute(update(OutboxMessage).values(**claimed, provider_sid=None, accepted_at=None))
    tick(runtime)
    clock.forward(minutes=2)
    tick(runtime)
    assert [one.state for one in rows(runtime.engine, OutboxMessage)] == ["sent"]


def test_a_mark_or_a_claim_of_a_week_that_has_not_come_keeps_no_work_from_being_done(
    runtime: Runtime, clock: TestClock
) -> None:
    right, wrong = clock(), clock() + 40 * DAY
    periods = PeriodicRunner(runtime.engine, "a", clock)
    clock.shows = wrong
    assert periods.run("summary", "2026-W15", [7]) == 7
    clock.shows = right
    assert periods.run("summary", "2026-W09", [7]) == 7
    assert periods.run("summary", "2026-W09", [7]) == 0
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(PeriodicJob).values(claimed_by="dead", lease_until_at=wrong))
    assert periods.run("summary", "2026-W10", [7]) == 7


@pytest.mark.parametrize(
    ("before", "after", "texts"),
    [
        (("Pacific/Honolulu", time(18)), ("Pacific/Kiritimati", time(20)), 0),  # the same evening, another date
        (("America/New_York", time(20)), ("Asia/Tokyo", time(20)), 1),  # their evening in truth, ten hours later
        (("Pacific/Kiritimati", time(20)), ("Pacific/Honolulu", time(20, 30)), 0),
    ],
)
def test_an_evening_lived_has_one_text_whatever_date_it_has(
    runtime: Runtime,
    clock: TestClock,
    memory: MemoryGateway,
    before: tuple[str, time],
    after: tuple[str, time],
    texts: int,
) -> None:
    zone, at = before
    clock.shows = datetime(2026, 3, 1, tzinfo=EVENING.tzinfo)
    [id] = enrol(runtime, person(1, time_zone=zone, evening_time=f"{at:%H:%M}"))
    clock.shows = datetime.combine(date(2026, 3, 2), at, ZoneInfo(zone)).astimezone(EVENING.tzinfo)
    tick(runtime)
    sent = len(memory.taken)
    with write_transaction(runtime.engine) as connection:
        enrolment = load_enrolment(connection, id, runtime.catalogue)
        changed = replace(enrolment.timing, time_zone=after[0], evening_at=after[1])
        change_timing(connection, enrolment, changed, clock())
    for _ in range(12 * 4):
        clock.forward(minutes=15)
        tick(runtime)
    assert len(memory.taken) - sent == texts
