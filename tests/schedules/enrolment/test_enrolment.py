"""Opting in, out and back, pauses, holds, and other times: what the next decision point becomes, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant, Suppression
from schedules.enrolment.lifecycle import (
    change_timing,
    hold,
    load_enrolment,
    pause,
    record_opt_out,
    record_return,
    resume,
)
from schedules.planning.planner import plan_due
from tests.schedules.sending import tick
from tests.support import TestClock, enrol, person, rows, say

PHONE = "+14155550001"
EVENING = datetime(2026, 3, 3, 1, tzinfo=UTC)  # 20:00 on 2 March in New York
ONE_DAY = timedelta(days=1)


def only(runtime: Runtime, table: Any) -> Any:
    [row] = rows(runtime.engine, table)
    return row


def change(runtime: Runtime, id: int, **timing: Any) -> None:
    with write_transaction(runtime.engine) as connection:
        enrolment = load_enrolment(connection, id, runtime.catalogue)
        change_timing(connection, enrolment, replace(enrolment.timing, **timing), runtime.now())


def due(runtime: Runtime) -> tuple[str, date]:
    enrolment = only(runtime, Enrolment)
    return f"{enrolment.next_due_at:%d %H:%M}", enrolment.next_due_on


def test_nothing_but_the_welcome_comes_before_yes(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1), confirmed=False)
    for _ in range(5):
        tick(runtime)
        clock.forward(hours=12)
    say(runtime, PHONE, "who is this?")
    say(runtime, PHONE, "4")
    clock.forward(days=1)
    tick(runtime)
    assert [one.kind for one in rows(runtime.engine, OutboxMessage)] == ["welcome"]
    assert rows(runtime.engine, Decision) == []


def test_stop_ends_the_texts_and_start_brings_them_back_with_a_new_consent(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    say(runtime, PHONE, "STOP")
    assert only(runtime, Enrolment).status == "stopped"
    clock.shows = EVENING
    assert tick(runtime).get("sent", 0) == 0
    assert say(runtime, PHONE, "START") is None, "the carrier has answered it"
    assert rows(runtime.engine, Suppression) == []
    assert [one.kind for one in rows(runtime.engine, ConsentEvent)] == ["given", "confirmed", "opted_out", "opted_in"]
    assert only(runtime, Enrolment).next_due_at == EVENING
    assert tick(runtime)["sent"] == 1


def test_an_opt_out_is_recorded_once_however_often_it_is_heard(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    number_hash = only(runtime, Participant).number_hash
    for new in (True, False):
        with write_transaction(runtime.engine) as connection:
            assert record_opt_out(connection, number_hash, clock(), source="carrier (21610)") is new
    assert [one.kind for one in rows(runtime.engine, ConsentEvent)].count("opted_out") == 1


def test_two_opt_outs_at_the_same_moment_are_one(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    number_hash = only(runtime, Participant).number_hash

    def opt_out(source: str) -> bool:
        with write_transaction(runtime.engine) as connection:
            return record_opt_out(connection, number_hash, clock(), source=source)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(opt_out, map(str, range(8)))) == [False] * 7 + [True]
    assert len(rows(runtime.engine, Suppression)) == 1


def test_who_returns_is_not_still_paused(sqlite_runtime: Runtime, clock: TestClock) -> None:
    runtime = sqlite_runtime
    [id] = enrol(runtime, person(1))
    with write_transaction(runtime.engine) as connection:
        pause(connection, load_enrolment(connection, id, runtime.catalogue), date(2026, 4, 1))
    say(runtime, PHONE, "STOP")
    with write_transaction(runtime.engine) as connection:
        record_return(connection, load_enrolment(connection, id, runtime.catalogue), "text message", clock(), "START")
    clock.shows = EVENING
    assert tick(runtime)["sent"] == 1


def test_who_returns_after_tonights_text_hears_tomorrow(sqlite_runtime: Runtime, clock: TestClock) -> None:
    enrol(sqlite_runtime, person(1))
    clock.shows = EVENING
    tick(sqlite_runtime)
    say(sqlite_runtime, PHONE, "STOP")
    say(sqlite_runtime, PHONE, "START")
    assert only(sqlite_runtime, Enrolment).next_due_at == EVENING + ONE_DAY


def test_a_pause_skips_evenings_with_their_reason_and_ends_by_itself(runtime: Runtime, clock: TestClock) -> None:
    [id] = enrol(runtime, person(1))
    with write_transaction(runtime.engine) as connection:
        pause(connection, load_enrolment(connection, id, runtime.catalogue), date(2026, 3, 4))
    for evening in range(3):
        clock.shows = EVENING + evening * ONE_DAY
        tick(runtime)
    reasons = {one.local_on.day: one.unavailable_reason for one in rows(runtime.engine, Decision)}
    assert reasons == {2: "paused", 3: "paused", 4: None}
    assert [one.local_on.day for one in rows(runtime.engine, OutboxMessage)] == [4]


def test_a_hold_keeps_evenings_back_until_it_ends(sqlite_runtime: Runtime, clock: TestClock) -> None:
    [id] = enrol(sqlite_runtime, person(1))
    for act, reason in ((lambda c, e: hold(c, e, "stop_or_not"), "held"), (resume, None)):
        with write_transaction(sqlite_runtime.engine) as connection:
            act(connection, load_enrolment(connection, id, sqlite_runtime.catalogue))
        clock.shows = only(sqlite_runtime, Enrolment).next_due_at
        tick(sqlite_runtime)
        assert rows(sqlite_runtime.engine, Decision)[-1].unavailable_reason == reason


def test_an_unknown_participant_is_a_lookup_error(sqlite_runtime: Runtime) -> None:
    with write_transaction(sqlite_runtime.engine) as connection, pytest.raises(LookupError, match="no participant 99"):
        load_enrolment(connection, 99, sqlite_runtime.catalogue)


@pytest.mark.parametrize(
    ("now", "timing", "expected"),
    [
        ("18:00", {"evening_at": time(19)}, ("03 00:00", date(2026, 3, 2))),  # later tonight
        ("18:00", {"evening_at": time(20, 30)}, ("03 01:30", date(2026, 3, 2))),
        ("18:00", {"evening_at": time(17)}, ("03 01:00", date(2026, 3, 2))),  # tonight at the old time still
        ("18:00", {"time_zone": "America/Los_Angeles"}, ("03 04:00", date(2026, 3, 2))),
        ("18:00", {"time_zone": "Europe/London"}, ("03 01:00", date(2026, 3, 2))),  # 23:00 there: kept, then recorded
        ("19:30", {"time_zone": "Asia/Tokyo"}, ("03 00:30", date(2026, 3, 2))),  # over there: due at once
        ("18:00", {"bedtime_at": time(22)}, ("03 01:00", date(2026, 3, 2))),
    ],
)
def test_other_times_move_the_next_text(
    sqlite_runtime: Runtime, clock: TestClock, now: str, timing: dict[str, Any], expected: tuple[str, date]
) -> None:
    [id] = enrol(sqlite_runtime, person(1))
    clock.shows = datetime.combine(date(2026, 3, 2), time.fromisoformat(now), UTC) + timedelta(hours=5)
    change(sqlite_runtime, id, **timing)
    assert due(sqlite_runtime) == expected


@pytest.mark.parametrize("timing", [{"evening_at": time(20, 30)}, {"time_zone": "America/Los_Angeles"}])
def test_no_change_brings_a_second_text_for_a_date(runtime: Runtime, clock: TestClock, timing: dict[str, Any]) -> None:
    [id] = enrol(runtime, person(1))
    clock.shows = EVENING
    tick(runtime)
    change(runtime, id, **timing)
    clock.forward(hours=23, minutes=59)
    tick(runtime)
    assert [one.local_on.day for one in rows(runtime.engine, Decision)] == [2]
    assert only(runtime, Enrolment).next_due_on == date(2026, 3, 3)


def test_two_slots_that_change_places_during_the_day_are_each_decided_once(runtime: Runtime, clock: TestClock) -> None:
    cells = person(1, programme="evening-and-morning")
    [id] = enrol(runtime, cells, confirmed=False)
    change(runtime, id, evening_at=time(8, 30))  # as they may by text, though no roster gives it
    enrol(runtime, cells)
    clock.shows = datetime(2026, 3, 3, 15, tzinfo=UTC)  # 10:00 on the 3rd: both have been
    tick(runtime)
    change(runtime, id, evening_at=time(20))
    clock.forward(days=1)
    tick(runtime)
    decided = [(one.local_on.day, one.slot) for one in rows(runtime.engine, Decision)]
    assert decided == [(3, "evening"), (3, "morning"), (4, "morning")]


def test_an_evening_moved_before_the_morning_does_not_bring_the_morning_again(
    runtime: Runtime, clock: TestClock
) -> None:
    [id] = enrol(runtime, person(1, programme="evening-and-morning"))
    clock.shows = datetime(2026, 3, 3, 15, tzinfo=UTC)  # 10:00 on the 3rd
    tick(runtime)
    change(runtime, id, evening_at=time(8))
    for _ in range(2):
        clock.forward(hours=12)
        tick(runtime)
    decided = [(one.local_on.day, one.slot) for one in rows(runtime.engine, Decision)]
    assert decided == [(2, "evening"), (3, "morning"), (3, "evening"), (4, "evening"), (4, "morning")]


def test_missed_evenings_are_still_recorded_when_the_time_changes_after_an_outage(
    runtime: Runtime, clock: TestClock
) -> None:
    [id] = enrol(runtime, person(1))
    clock.shows = EVENING + timedelta(days=2, hours=14)
    change(runtime, id, evening_at=time(19))
    tick(runtime)
    assert [(one.local_on.day, one.unavailable_reason) for one in rows(runtime.engine, Decision)] == [
        (day, "system_down") for day in (2, 3, 4)
    ]
    assert due(runtime) == ("06 00:00", date(2026, 3, 5))


def test_times_of_someone_not_yet_active_change_without_making_them_due(sqlite_runtime: Runtime) -> None:
    [id] = enrol(sqlite_runtime, person(1), confirmed=False)
    change(sqlite_runtime, id, evening_at=time(19), time_zone="Asia/Tokyo")
    enrolment = only(sqlite_runtime, Enrolment)
    assert (enrolment.evening_at, enrolment.next_due_at) == (time(19), None)
    assert only(sqlite_runtime, Participant).time_zone == "Asia/Tokyo"


def test_one_person_who_cannot_be_planned_keeps_nobody_else_waiting(runtime: Runtime, clock: TestClock) -> None:
    broken, _ = enrol(runtime, person(1), person(2))
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Enrolment).where(Enrolment.participant_id == broken).values(programme="gone"))
    totals = plan_due(runtime.engine, runtime.catalogue, runtime.keys, EVENING)
    assert dict(totals) == {"planned": 1, "skipped": 0, "stuck": 1}
    assert rows(runtime.engine, Enrolment)[0].next_due_at == EVENING, "planned as soon as it is mended"
