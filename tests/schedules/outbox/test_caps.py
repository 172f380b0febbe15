"""What a clinic may send in a day: a runaway stops, what a human wrote still leaves, and tomorrow is a new day."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.limits import ClinicDay
from schedules.database.tables.messages import OutboxMessage
from schedules.gateway.protocol import MemoryGateway, NotProcessed, Unknown
from tests.schedules.sending import EVENING, at_eight, messages, tick
from tests.support import TestClock, enrol, person, rows


def allow(runtime: Runtime, texts: int | None) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Clinic).values(daily_texts=texts))


def day(runtime: Runtime) -> Any:
    [only] = rows(runtime.engine, ClinicDay)
    return only


def test_past_the_cap_nothing_planned_leaves_and_the_reason_is_kept(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 5)
    allow(runtime, 3)
    tick(runtime)
    assert len(memory.taken) == 3
    assert [(one.state, one.reason) for one in messages(runtime)[3:]] == [("suppressed", "over_cap")] * 2
    assert (day(runtime).texts, day(runtime).held) == (3, 2)
    tick(runtime)
    assert len(memory.taken) == 3


def test_the_next_day_counts_anew_by_the_clinics_own_calendar(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    at_eight(runtime, clock, 2)
    allow(runtime, 1)
    tick(runtime)
    clock.forward(hours=24)
    tick(runtime)
    assert len(memory.taken) == 2
    assert [one.local_on.isoformat() for one in rows(runtime.engine, ClinicDay)] == ["2026-03-02", "2026-03-03"]


def test_a_welcome_past_the_cap_waits_for_another_day(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    enrol(runtime, person(1), person(2), confirmed=False)
    allow(runtime, 1)
    tick(runtime)
    assert sorted(one.state for one in messages(runtime)) == ["accepted", "queued"]
    clock.forward(hours=24)
    tick(runtime)
    assert len(memory.taken) == 2


@pytest.mark.parametrize("kind", ["answer", "coach"])
def test_what_a_human_wrote_leaves_all_the_same(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway, kind: str
) -> None:
    at_eight(runtime, clock)
    allow(runtime, 0)
    tick(runtime)
    assert memory.taken == []
    with write_transaction(runtime.engine) as connection:
        connection.execute(
            insert(OutboxMessage).values(
                enrolment_id=messages(runtime)[0].enrolment_id,
                kind=kind,
                body="I will call you tomorrow.",
                token="t" * 32,
                state="queued",
                due_at=EVENING,
                expires_at=EVENING + timedelta(hours=1),
                created_at=EVENING,
            )
        )
    tick(runtime)
    assert [one.body for one in memory.taken] == ["I will call you tomorrow."]


def test_what_did_not_leave_is_given_back(runtime: Runtime, clock: TestClock, memory: MemoryGateway) -> None:
    at_eight(runtime, clock, 3)
    allow(runtime, 3)
    memory.answers = [NotProcessed("refused"), Unknown("TimeoutError")]
    tick(runtime)
    assert day(runtime).texts == 2, "one in doubt and one accepted; the third certainly did not leave"
    clock.forward(seconds=30)
    tick(runtime)
    assert (len(memory.taken), day(runtime).texts, day(runtime).held) == (3, 3, 0)


def test_without_a_number_of_its_own_a_clinic_may_send_three_a_person(
    runtime: Runtime, clock: TestClock, memory: MemoryGateway
) -> None:
    """A loop that plans the same people again and again."""
    [enrolment] = [one.enrolment_id for one in _planned(runtime, clock)]
    with write_transaction(runtime.engine) as connection:
        connection.execute(
            insert(OutboxMessage),
            [
                {
                    "enrolment_id": enrolment,
                    "kind": "nudge",
                    "body": "again",
                    "token": f"{number:032}",
                    "state": "queued",
                    "due_at": EVENING,
                    "expires_at": EVENING + timedelta(hours=1),
                    "created_at": EVENING,
                }
                for number in range(80)
            ],
        )
    tick(runtime)
    assert len(memory.taken) == 50
    assert (day(runtime).texts, day(runtime).held) == (50, 31)


def _planned(runtime: Runtime, clock: TestClock) -> list[Any]:
    at_eight(runtime, clock)
    tick(runtime)
    return messages(runtime)
