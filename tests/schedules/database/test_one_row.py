"""One row never stops others: what cannot be claimed, checked or recorded is set aside, seen, and not sent again."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update

from coach.accounts.scope import OPERATES
from coach.accounts.signed_in import SignedIn
from coach.inbox.answer import write
from coach.privacy.erase import erase
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.work import SetAside
from schedules.dispatch.dispatch import dispatch_due
from schedules.gateway.protocol import Accepted, MemoryGateway, NotProcessed, Outcome, OutgoingText, Refused
from schedules.planning.planner import plan_due
from tests.schedules.sending import EVENING, at_eight, messages, phone, states, tick, worker
from tests.support import TestClock, enrol, person, rows

ALL_WEEK = [1, 2, 3, 4, 5, 6, 7]
COACH = SignedIn(1, "c@x.example", OPERATES, None)


def plan(runtime: Runtime) -> None:
    plan_due(runtime.engine, runtime.catalogue, runtime.keys, runtime.now())


def send(runtime: Runtime, gateway: MemoryGateway | None = None) -> dict[str, int]:
    with worker(runtime, gateway) as dispatcher:
        return dict(dispatch_due(dispatcher))


def spoil(engine: Engine, sql: str) -> None:
    with write_transaction(engine) as connection:
        connection.execute(text(sql))


def states_by_id(runtime: Runtime) -> list[tuple[str, str | None]]:
    """Also where a row holds what cannot be read."""
    with read_transaction(runtime.engine) as connection:
        query = select(OutboxMessage.state, OutboxMessage.reason).order_by(OutboxMessage.id)
        return [(state, reason) for state, reason in connection.execute(query)]


def test_a_coachs_text_to_someone_whose_hours_leave_no_time_waits_and_stops_no_other(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    [alone] = enrol(runtime, person(1, evening_time="17:30", bedtime="18:00"), clinic="A")
    enrol(runtime, *(person(number) for number in range(10, 15)), clinic="B")
    clock.shows = EVENING + timedelta(hours=2)
    with write_transaction(runtime.engine) as connection:
        write(connection, runtime.keys, alone, "How are you?", "once", COACH, clock())
        narrow = [{"days": ALL_WEEK, "start": "18:00", "end": "20:00"}]
        connection.execute(update(Clinic).where(Clinic.name == "A").values(quiet_hours=narrow))
    clock.shows = EVENING + timedelta(days=1)
    totals = tick(runtime)
    assert (totals["sent"], totals["postponed"], len(memory.taken)) == (5, 1, 5)
    assert states(runtime)[0] == "queued"
    clock.forward(days=3)
    tick(runtime)
    assert states_by_id(runtime)[0] == ("expired", "window_closed")


def test_a_text_to_someone_with_no_time_left_leaves_once_the_hours_are_wide_again(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    [alone] = enrol(runtime, person(1, evening_time="17:30", bedtime="18:00"))
    with write_transaction(runtime.engine) as connection:
        narrow = [{"days": ALL_WEEK, "start": "18:00", "end": "20:00"}]
        connection.execute(update(Clinic).values(quiet_hours=narrow))
        write(connection, runtime.keys, alone, "How are you?", "once", COACH, clock())
    assert tick(runtime)["postponed"] == 1
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).values(quiet_hours=None))
    clock.forward(hours=1)
    assert tick(runtime)["sent"] == 1
    assert [one.body for one in memory.taken] == ["How are you?"]


@dataclass
class Odd:
    """An outcome no gateway should give."""

    sid: Any = "SM1"
    status: Any = "queued"


@pytest.mark.parametrize(
    "odd",
    [
        Accepted("SM1", ["queued"]),  # type: ignore[arg-type]
        Refused(10**30, "code"),
        Refused(21211, "NUL \x00 in it"),
        Refused(21211, None),  # type: ignore[arg-type]
        NotProcessed("slow", retry_after=float("nan"), slow_down=True),
        NotProcessed("slow", retry_after=float("inf")),
        Odd(),
    ],
    ids=lambda odd: repr(odd)[:40],
)
def test_an_outcome_nobody_thought_of_stops_no_other(runtime: Runtime, clock: TestClock, odd: Any) -> None:
    at_eight(runtime, clock, 5)
    plan(runtime)
    gateway = MemoryGateway(clock)

    class Mistaken(MemoryGateway):
        def send(self, text: OutgoingText) -> Outcome:
            return odd if text.to.endswith("0001") else gateway.send(text)

    totals = send(runtime, Mistaken(clock))
    assert totals["sent"] == 4
    assert sorted(states(runtime))[:4] == ["accepted"] * 4
    assert states(runtime)[0] != "sending"


SPOILT = {
    "a bedtime that is no time": "UPDATE enrolment SET bedtime_at = '99:9' WHERE id = 1",
    "a zone that no longer exists": "UPDATE participant SET time_zone = 'America/Atlantis' WHERE id = 1",
    "a clinic's zone that no longer exists": (
        "UPDATE clinic SET time_zone = 'America/Atlantis' WHERE id = (SELECT clinic_id FROM participant WHERE id = 1)"
    ),
    "quiet hours that are none": (
        "UPDATE clinic SET quiet_hours = '[{\"days\": [9]}]' "
        "WHERE id = (SELECT clinic_id FROM participant WHERE id = 1)"
    ),
    "quiet hours of another shape": (
        "UPDATE clinic SET quiet_hours = '{\"a\": 1}' WHERE id = (SELECT clinic_id FROM participant WHERE id = 1)"
    ),
    "a number that is none": "UPDATE participant SET phone = 'spoilt' WHERE id = 1",
    "a token that is none": "UPDATE outbox_message SET token = 'zzz' WHERE id = 1",
}


@pytest.mark.parametrize("spoilt", SPOILT.values(), ids=SPOILT.keys())
@pytest.mark.parametrize("answer", [None, NotProcessed("refused")], ids=["taken", "not taken"])
def test_a_damaged_row_stops_no_other_text(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, spoilt: str, answer: Outcome | None
) -> None:
    enrol(runtime, person(1), clinic="Damaged")
    enrol(runtime, *(person(number) for number in range(2, 7)))
    clock.shows = EVENING
    plan(runtime)
    spoil(runtime.engine, spoilt)
    memory.answers = [answer] * 6
    for _ in range(4):
        with worker(runtime) as dispatcher:
            dispatch_due(dispatcher)
        clock.forward(minutes=6)
    assert [state for state, _ in states_by_id(runtime)[1:]] == ["accepted"] * 5
    assert len({one.to for one in memory.taken} - {"+14155550001"}) == 5
    assert states_by_id(runtime)[0][0] in ("stuck", "suppressed", "accepted")


def test_a_text_that_cannot_be_checked_does_not_leave_and_is_seen(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 3)
    plan(runtime)
    spoil(runtime.engine, SPOILT["a zone that no longer exists"])
    assert send(runtime) == {"sent": 2, "stuck": 1}
    assert states_by_id(runtime) == [("stuck", "not_checked"), ("accepted", None), ("accepted", None)]
    assert len(memory.taken) == 2


def refuse(runtime: Runtime, which: str) -> None:
    """Have the database refuse changes of some texts."""
    if runtime.engine.dialect.name == "sqlite":
        told = f"BEFORE UPDATE ON outbox_message WHEN {which} BEGIN SELECT RAISE(ABORT, 'refused'); END"
        spoil(runtime.engine, f"CREATE TRIGGER refused {told}")
        return
    spoil(
        runtime.engine,
        "CREATE FUNCTION refused() RETURNS trigger AS $$ BEGIN "
        f"IF {which} THEN RAISE EXCEPTION 'refused'; END IF; RETURN NEW; END $$ LANGUAGE plpgsql",
    )
    told = "BEFORE UPDATE ON outbox_message FOR EACH ROW EXECUTE FUNCTION refused()"
    spoil(runtime.engine, f"CREATE TRIGGER refused {told}")


def allow(runtime: Runtime) -> None:
    if runtime.engine.dialect.name == "sqlite":
        spoil(runtime.engine, "DROP TRIGGER refused")
    else:
        spoil(runtime.engine, "DROP FUNCTION refused() CASCADE")


@pytest.mark.parametrize(
    ("which", "left_as"),
    [
        ("NEW.id IN (3, 7) AND NEW.state = 'accepted'", "stuck"),
        ("NEW.id IN (3, 7) AND NEW.state <> 'sending'", "sending"),  # not even that it is stuck can be written
    ],
)
def test_whatever_the_database_refuses_for_some_texts_is_recorded_for_all_others(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, which: str, left_as: str
) -> None:
    at_eight(runtime, clock, 20)
    plan(runtime)
    refuse(runtime, which)
    try:
        assert send(runtime)["sent"] == 18
        assert [one.id for one in messages(runtime) if one.state == left_as] == [3, 7]
        assert len(memory.taken) == 20
    finally:
        allow(runtime)


def test_somebody_erased_while_their_text_waits_in_a_lane_stops_no_other(
    runtime: Runtime, clock: TestClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schedules.dispatch.dispatch.FRESH_SECONDS", -1.0)  # each is looked at again
    ids = at_eight(runtime, clock, 3)
    plan(runtime)

    class Erases(MemoryGateway):
        def send(self, text: OutgoingText) -> Outcome:
            if not self.taken:
                with write_transaction(runtime.engine) as connection:
                    erase(connection, ids[1], clock(), actor="coach", at_provider=False)
            return super().send(text)

    gateway = Erases(clock)
    with worker(runtime, gateway, at_once=1) as dispatcher:
        dispatch_due(dispatcher)
    assert [one.to for one in gateway.taken] == [phone(1), phone(3)]
    assert states(runtime) == ["accepted", "accepted"]


def test_nothing_is_set_aside_on_an_ordinary_evening(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock, 5)
    assert tick(runtime).get("stuck", 0) == 0
    assert rows(runtime.engine, SetAside) == []
