"""While our clock is in doubt, no evening texts are planned or sent, replies are read, and the operator is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from coach.conversation.unapplied import apply_unapplied
from coach.database.tables import InboundReply
from coach.jobs import cron_jobs, recurring_jobs
from coach.operations.clock_doubts import words_of
from coach.operations.diagnosis.diagnose import check_clock, check_worker
from coach.operations.facts import DatabaseFacts, Facts
from coach.operations.heartbeat import Heartbeat
from coach.operations.job_log import Watch
from coach.operations.measures import measure
from coach.runtime import Runtime, open_runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.safety import Flag
from schedules.database.tables.work import PeriodicJob, WorkerHeartbeat
from schedules.dispatch.clock_witnesses import Witness, Witnesses
from schedules.gateway.protocol import MemoryGateway
from schedules.worker.clock import Job, run_once
from tests.support import BEARER, TestClock, enrol, person, rows, say, settings_for, staff, tick

HOUR = timedelta(hours=1)
EVENING = 10 * HOUR  # from the fixture's clock to 20:00 in New York


@pytest.fixture
def true_time(clock: TestClock) -> TestClock:
    """The time on the other clocks; ours may differ."""
    return TestClock(clock())


@pytest.fixture
def doubted(runtime: Runtime, true_time: TestClock) -> Runtime:
    """An installation with a database whose clock is right."""
    return replace(runtime, witnesses=Witnesses([Witness("database", true_time, 0, lambda: 0.0)]))


def contradicted(doubted: Runtime, true_time: TestClock, clock: TestClock, *, ahead: timedelta) -> Runtime:
    """The same installation with a wrong clock."""
    clock.shows = true_time.shows + ahead
    return replace(doubted, witnesses=Witnesses([Witness("database", true_time, 0, lambda: 0.0)]))


@pytest.mark.parametrize("ahead", [40 * 24 * HOUR, HOUR, -3 * HOUR, timedelta(minutes=-3)])
def test_nothing_is_planned_sent_or_given_up_while_the_clock_is_contradicted(
    doubted: Runtime, true_time: TestClock, clock: TestClock, ahead: timedelta
) -> None:
    enrol(doubted, person(1), person(2))
    true_time.shows += EVENING
    off = contradicted(doubted, true_time, clock, ahead=ahead)
    totals = tick(off)
    assert totals["halted"] > 0
    assert (totals["planned"], totals["sent"], totals["expired"]) == (0, 0, 0)
    assert rows(off.engine, Decision) == rows(off.engine, PeriodicJob) == []
    right = contradicted(doubted, true_time, clock, ahead=timedelta(seconds=90))
    assert tick(right)["sent"] == 2


def test_a_queued_text_waits_for_the_clock_and_leaves_in_its_window(
    doubted: Runtime, true_time: TestClock, clock: TestClock
) -> None:
    enrol(doubted, person(1))
    clock.shows = true_time.shows = true_time.shows + EVENING
    with doubted.dispatcher() as dispatcher:
        [plan] = [job for job in recurring_jobs(doubted, dispatcher) if job.name == "plan"]
        plan.run()
    tick(contradicted(doubted, true_time, clock, ahead=5 * HOUR))
    assert [one.state for one in rows(doubted.engine, OutboxMessage)] == ["queued"]
    tick(contradicted(doubted, true_time, clock, ahead=timedelta(0)))
    assert [one.state for one in rows(doubted.engine, OutboxMessage)] == ["accepted"]


def test_replies_are_taken_and_coaches_are_paged_all_the_same(
    doubted: Runtime, true_time: TestClock, clock: TestClock
) -> None:
    enrol(doubted, person(1))
    staff(doubted, coach="+14155559001", lead="+14155559002")
    assert isinstance(doubted.gateway, MemoryGateway)
    clock.shows = true_time.shows = true_time.shows + EVENING
    tick(doubted)
    taken = len(doubted.gateway.taken)
    off = contradicted(doubted, true_time, clock, ahead=3 * HOUR)
    assert say(off, "+14155550001", "4")
    assert [one.score for one in rows(off.engine, CheckIn)] == [4]
    assert say(off, "+14155550001", "I want to kill myself")
    tick(off)
    assert [one.paged_at is not None for one in rows(off.engine, Flag)] == [True]
    assert len(doubted.gateway.taken) > taken


def test_metrics_and_heartbeats_tell_whose_clock_is_off_and_stay_true(
    doubted: Runtime, true_time: TestClock, clock: TestClock
) -> None:
    off = contradicted(doubted, true_time, clock, ahead=40 * 24 * HOUR)
    tick(off)
    [beat] = rows(off.engine, WorkerHeartbeat)
    assert (beat.doubted_by, beat.seconds_ahead, beat.at) == ("database", 40 * 24 * 3600, true_time())
    with read_transaction(off.engine) as connection:
        measures = measure(connection, true_time())
    assert (measures.workers, measures.clocks_contradicted, measures.heartbeat_age) == (1, 1, 0)
    true_time.forward(minutes=3)  # each cron run is a worker of its own; the previous one is gone
    tick(contradicted(doubted, true_time, clock, ahead=timedelta(0)))
    with read_transaction(off.engine) as connection:
        assert measure(connection, true_time()).clocks_contradicted == 0


def test_a_heartbeat_that_lies_ahead_is_no_sign_of_life(runtime: Runtime, clock: TestClock) -> None:
    clock.shows += 40 * 24 * HOUR
    tick(runtime)
    with read_transaction(runtime.engine) as connection:
        measures = measure(connection, clock() - 40 * 24 * HOUR)
    assert (measures.workers, measures.heartbeat_age) == (0, None)


def test_the_metrics_page_names_it(client: FlaskClient, signed: Runtime, clock: TestClock) -> None:
    true_time = TestClock(clock() - HOUR)
    witnesses = Witnesses([Witness("provider", true_time, 0, lambda: 0.0)])
    tick(replace(signed, witnesses=witnesses))
    clock.shows = true_time.shows
    assert "coach_clocks_contradicted 1.0" in client.get("/metrics", headers=BEARER).get_data(as_text=True)


def test_doctor_says_what_is_wrong_and_what_to_do() -> None:
    says = words_of("provider", -7200, "The clock of web-1")
    facts = Facts(datetime.now(UTC), database=DatabaseFacts(contradicted=says, clock_ahead=0.0))
    [finding] = check_clock(facts)
    assert finding.level == "failed"
    assert finding.says.startswith("The clock of web-1 is 2 hours behind that of the texting provider: turn on")


def test_a_job_that_hangs_is_named_beside_the_heartbeat(runtime: Runtime, clock: TestClock) -> None:
    seconds = [0.0]
    tick(runtime)
    [beat] = rows(runtime.engine, WorkerHeartbeat)
    watch = Watch(beat.worker, Heartbeat(""), lambda: seconds[0])
    tells = watch.job(runtime.engine)

    def hangs() -> dict[str, int]:
        seconds[0] = 301.0
        tells.run()
        [beat] = rows(runtime.engine, WorkerHeartbeat)
        assert beat.hanging == "mail"
        with read_transaction(runtime.engine) as connection:
            assert measure(connection, clock()).jobs_hanging == 1
        return {}

    run_once(watch.over([Job("mail", 15, hangs)]))
    tells.run()
    assert rows(runtime.engine, WorkerHeartbeat)[0].hanging is None
    database = DatabaseFacts(revision="1", head="1", heartbeat_at=clock(), hanging="mail")
    assert "hangs (mail)" in check_worker(Facts(clock(), database=database))[0].says


def test_only_the_machines_own_clock_is_held_against_others(database_url: str, clock: TestClock) -> None:
    made_up = open_runtime(settings_for(database_url), clock)
    real = open_runtime(settings_for(database_url))
    try:
        assert made_up.witnesses.all == ()
        whose = [witness.whose for witness in real.witnesses.all]
        assert whose == (["database"] if database_url.startswith("postgresql") else [])
        assert real.witnesses.contradict(real.now) is None
    finally:
        made_up.engine.dispose()
        real.engine.dispose()


def test_a_run_from_cron_begins_with_what_somebody_waits_for_and_has_nothing_long_in_it(runtime: Runtime) -> None:
    with runtime.dispatcher() as dispatcher:
        short = [job.name for job in cron_jobs(runtime, dispatcher, long=False)]
        long = [job.name for job in cron_jobs(runtime, dispatcher, long=True)]
        everything = {job.name for job in recurring_jobs(runtime, dispatcher)}
    assert short[:8] == ["page", "unapplied", "urgent", "mail", "events", "plan", "reconcile", "send"]
    assert short[-1] == "last events"
    assert long == ["receipts", "effects"]
    assert set(short) | set(long) == everything | {"urgent", "last events"}
    assert not set(short) & set(long)


def test_what_a_clock_ahead_has_put_off_is_done_once_it_is_right(runtime: Runtime, clock: TestClock) -> None:
    enrol(runtime, person(1))
    staff(runtime, coach="+14155559001", lead="+14155559002")
    say(runtime, "+14155550001", "I want to kill myself")
    clock.forward(hours=3)
    tick(runtime)  # the page is sent by a clock three hours ahead
    say(runtime, "+14155550001", "please read this")
    with write_transaction(runtime.engine) as connection:
        connection.execute(
            update(InboundReply).where(InboundReply.id == 2).values(retry_at=clock() + timedelta(seconds=15))
        )
    clock.forward(hours=-3)
    assert page_due(runtime) == 1
    assert apply_unapplied(runtime.reception, clock()) == 1
    assert [one.escalated_at is not None for one in rows(runtime.engine, Flag, Flag.kind == "crisis")] == [True]


def page_due(runtime: Runtime) -> int:
    with runtime.dispatcher() as dispatcher:
        [page] = [job for job in recurring_jobs(runtime, dispatcher) if job.name == "page"]
        return page.run()["paged"]
