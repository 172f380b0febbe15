"""Planning on both databases: one decision a date, always; one text at most; the same twice changes nothing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from coach.operations.measures import measure
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.work import SetAside, WorkerHeartbeat
from schedules.planning.planner import plan_due
from schedules.worker.clock import engine_jobs, run_once
from tests.schedules.sending import EVENING, at_eight, phone, tick, worker
from tests.support import TestClock, enrol, person, rows, say


def plan(runtime: Runtime) -> dict[str, int]:
    return dict(plan_due(runtime.engine, runtime.catalogue, runtime.keys, runtime.now()))


def everything(runtime: Runtime) -> list[Any]:
    return [rows(runtime.engine, table) for table in (Decision, OutboxMessage, CheckIn, Enrolment)]


def test_planning_twice_changes_nothing(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 3)
    assert plan(runtime) == {"planned": 3, "skipped": 0}
    before = everything(runtime)
    assert plan(runtime) == {"planned": 0, "skipped": 0}
    assert everything(runtime) == before
    assert len(before[0]) == len(before[1]) == len(before[2]) == 3


def test_nothing_is_planned_before_its_time(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    clock.forward(seconds=-1)
    assert plan(runtime) == {"planned": 0, "skipped": 0}


def test_a_decision_is_written_with_all_it_was_made_of(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    plan(runtime)
    [decision], [message], [check_in], [enrolment] = everything(runtime)
    assert decision.decided_at == EVENING
    assert decision.action in decision.probabilities
    assert 0 <= decision.draw < 1
    assert (message.decision_id, message.slot, message.local_on) == (decision.id, "evening", decision.local_on)
    assert (message.text_id, message.text_version) == (decision.text_id, decision.text_version)
    assert (message.due_at, message.expires_at) == (EVENING, EVENING + timedelta(hours=1))
    assert (check_in.outbox_message_id, check_in.step_decision_id) == (message.id, None)
    assert enrolment.next_due_at == EVENING + timedelta(days=1)


def test_a_text_planned_late_is_due_now_and_its_window_is_not_longer_for_it(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    clock.forward(minutes=20)
    assert plan(runtime)["planned"] == 1
    [message] = rows(runtime.engine, OutboxMessage)
    assert (message.due_at, message.expires_at) == (clock(), EVENING + timedelta(hours=1))


def test_after_a_three_day_outage_every_missed_date_has_its_row_and_nothing_is_sent_late(
    runtime: Runtime, clock: TestClock
) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    clock.forward(days=3, hours=1)
    tick(runtime)
    decisions = rows(runtime.engine, Decision)
    assert [(one.local_on.day, one.unavailable_reason) for one in decisions] == [
        (2, None),
        (3, "system_down"),
        (4, "system_down"),
        (5, "system_down"),
    ]
    assert [one.local_on.day for one in rows(runtime.engine, OutboxMessage)] == [2]
    clock.shows = EVENING + timedelta(days=4)
    assert tick(runtime)["sent"] == 1
    assert rows(runtime.engine, CheckIn)[-1].step_decision_id is None, "there was no step last evening"


def test_the_second_evening_asks_about_the_step_unless_it_did_not_arrive(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 2)
    tick(runtime)
    first, second = rows(runtime.engine, Decision)
    with write_transaction(runtime.engine) as connection:
        lost = update(OutboxMessage).where(OutboxMessage.decision_id == second.id)
        connection.execute(lost.values(state="undelivered"))
    clock.forward(days=1)
    tick(runtime)
    assert [one.step_decision_id for one in rows(runtime.engine, CheckIn)[2:]] == [first.id, None]


def test_the_last_known_score_goes_into_the_decision(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    say(runtime, phone(1), "6")
    for _ in range(2):
        clock.forward(days=1)
        tick(runtime)
    assert [one.covariates["prior_score"] for one in rows(runtime.engine, Decision)] == [None, 6, 6]


def test_evening_and_morning_are_planned_each_at_its_hour(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1, programme="evening-and-morning"))
    for _ in range(3):
        clock.shows = rows(runtime.engine, Enrolment)[0].next_due_at
        assert tick(runtime)["sent"] == 1
    evening, morning, _ = rows(runtime.engine, OutboxMessage)
    assert (f"{evening.due_at:%d %H:%M}", f"{morning.due_at:%d %H:%M}") == ("03 01:00", "03 14:30")
    [check_in] = rows(runtime.engine, CheckIn)
    assert (check_in.asked_on.day, check_in.step_decision_id) == (3, evening.decision_id)
    assert rows(runtime.engine, Decision)[1].action is None


def test_a_worker_leaves_one_heartbeat_and_clears_away_those_long_gone(runtime: Runtime, clock: TestClock) -> None:
    for name, hours in (("cron-1", 1), ("cron-2", 1), ("cron-2", 23), ("cron-3", 3)):
        with worker(runtime, name=name) as dispatcher:
            run_once(engine_jobs(dispatcher, runtime.catalogue, runtime.keys))
        clock.forward(hours=hours)
    assert [one.worker for one in rows(runtime.engine, WorkerHeartbeat)] == ["cron-2", "cron-3"]


CANNOT_BE_PLANNED = {
    "a programme no longer there": "UPDATE enrolment SET programme = 'gone' WHERE id = 2",
    "a slot no longer there, and no date": "UPDATE enrolment SET next_due_on = NULL WHERE id = 2",
    "a zone that no longer exists": "UPDATE participant SET time_zone = 'America/Atlantis' WHERE id = 2",
    "an evening time that is none": "UPDATE enrolment SET evening_at = '99:9' WHERE id = 2",
    "exclusions that are none": "UPDATE enrolment SET exclude = 'null' WHERE id = 2",
    "a language no longer there": "UPDATE participant SET language = 'xx' WHERE id = 2",
    "quiet hours that are none": (
        "UPDATE clinic SET quiet_hours = '[{\"days\": [9]}]' "
        "WHERE id = (SELECT clinic_id FROM participant WHERE id = 2)"
    ),
}


def two_clinics(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    enrol(runtime, person(2), clinic="Damaged")
    enrol(runtime, *(person(number) for number in range(3, 12)))
    clock.shows = EVENING


@pytest.mark.parametrize("damage", CANNOT_BE_PLANNED.values(), ids=CANNOT_BE_PLANNED.keys())
def test_whoever_cannot_be_planned_is_set_aside_and_all_others_are_planned(
    runtime: Runtime, clock: TestClock, damage: str
) -> None:
    two_clinics(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        connection.execute(text(damage))
    assert plan(runtime) == {"planned": 10, "skipped": 0, "stuck": 1}
    [aside] = rows(runtime.engine, SetAside)
    assert (aside.kind, aside.row_id, aside.since_at) == ("planning", 2, EVENING)
    with read_transaction(runtime.engine) as connection:
        measured = measure(connection, clock() + timedelta(minutes=30))
    assert (measured.set_aside, measured.planner_lag) == ({"planning": 1}, 0.0)


def test_whoever_was_set_aside_is_left_alone_for_a_while_and_planned_once_mended(
    runtime: Runtime, clock: TestClock
) -> None:
    two_clinics(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).where(Participant.id == 2).values(time_zone="America/Atlantis"))
    plan(runtime)
    clock.forward(seconds=30)
    assert plan(runtime) == {"planned": 0, "skipped": 0}
    clock.forward(minutes=1)
    assert plan(runtime)["stuck"] == 1
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).where(Participant.id == 2).values(time_zone="America/New_York"))
    clock.forward(minutes=5)
    assert plan(runtime) == {"planned": 1, "skipped": 0}
    assert rows(runtime.engine, SetAside) == []


def test_an_evening_that_is_decided_already_stops_nobody_elses(runtime: Runtime, clock: TestClock) -> None:
    two_clinics(runtime, clock)
    before = {one.id: one for one in rows(runtime.engine, Enrolment)}
    plan(runtime)
    with write_transaction(runtime.engine) as connection:  # as after a backup that was put back in part
        point = {name: getattr(before[2], name) for name in ("next_due_at", "next_due_on", "next_slot")}
        connection.execute(update(Enrolment).where(Enrolment.id == 2).values(point))
    enrol(runtime, *(person(number, evening_time="20:05") for number in range(20, 25)))
    clock.forward(minutes=5)
    assert plan(runtime) == {"planned": 5, "skipped": 0, "stuck": 1}
    assert len(rows(runtime.engine, OutboxMessage)) == 16


def test_the_texts_of_a_clinic_keep_their_pace_beside_one_that_cannot_be_written(
    runtime: Runtime, clock: TestClock
) -> None:
    two_clinics(runtime, clock)
    with write_transaction(runtime.engine) as connection:
        connection.execute(text("UPDATE enrolment SET evening_at = '99:9' WHERE id = 3"))
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, clock(), 1.0)
    due = sorted(one.due_at for one in rows(runtime.engine, OutboxMessage) if one.enrolment_id != 2)
    assert due == [EVENING + timedelta(seconds=number) for number in range(9)]
