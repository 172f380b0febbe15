"""Planning on both databases: one decision a date, always; one text at most; the same twice changes nothing."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from coach.runtime import Runtime
from schedules.clock import engine_jobs, run_once
from schedules.db import writing
from schedules.models import CheckIn, Decision, Enrolment, OutboxMessage
from schedules.models_of_work import WorkerHeartbeat
from schedules.planner import plan_due
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
    with writing(runtime.engine) as connection:
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
