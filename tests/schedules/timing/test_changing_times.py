"""Whatever a person changes and whenever the system runs: each slot of each date is decided once, none left out."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.enrolment.lifecycle import change_timing, load_enrolment
from schedules.planning.planner import plan_due
from tests.support import TestClock, enrol, person

ZONES = ["America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London", "America/Nuuk", "Asia/Tokyo"]
WALLS = st.builds(time, st.integers(8, 20), st.sampled_from([0, 20, 59]))
TIME_PASSES = st.tuples(st.just("passes"), st.integers(1, 60 * 60))
CHANGES = st.one_of(
    st.fixed_dictionaries({"evening_at": WALLS}),
    st.fixed_dictionaries({"time_zone": st.sampled_from(ZONES)}),
    st.fixed_dictionaries({"time_zone": st.sampled_from(ZONES), "evening_at": WALLS}),
).map(lambda change: ("changes", change))
PROGRAMMES = st.sampled_from(["evening", "evening-and-morning"])
numbers = iter(range(1, 10_000))


@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PROGRAMMES, st.lists(st.one_of(TIME_PASSES, TIME_PASSES, CHANGES), min_size=5, max_size=25))
def test_each_slot_of_each_date_is_decided_once_and_no_date_is_left_out(
    sqlite_runtime: Runtime, clock: TestClock, programme: str, story: list[tuple[str, Any]]
) -> None:
    runtime, engine = sqlite_runtime, sqlite_runtime.engine
    clock.shows = datetime(2026, 3, 26, 15, tzinfo=UTC)
    [id] = enrol(runtime, person(next(numbers), programme=programme))
    for what, by in story:
        if what == "passes":
            clock.forward(minutes=by)
            plan_due(engine, runtime.catalogue, runtime.keys, clock())
        else:
            with write_transaction(engine) as connection:
                enrolment = load_enrolment(connection, id, runtime.catalogue)
                change_timing(connection, enrolment, replace(enrolment.timing, **by), clock())
    with read_transaction(engine) as connection:
        mine = select(Enrolment.id).where(Enrolment.participant_id == id).scalar_subquery()
        decided = connection.execute(
            select(Decision.local_on, Decision.slot).where(Decision.enrolment_id == mine).order_by(Decision.id)
        ).all()
        texts = connection.execute(
            select(OutboxMessage.slot, OutboxMessage.local_on, OutboxMessage.due_at, OutboxMessage.expires_at).where(
                OutboxMessage.enrolment_id == mine
            )
        ).all()
        waiting = connection.execute(select(Enrolment).where(Enrolment.participant_id == id)).one()
        zone = ZoneInfo(connection.execute(select(Participant.time_zone).where(Participant.id == id)).scalar_one())
    with write_transaction(engine) as connection:  # out of the way of the next story
        connection.execute(update(Enrolment).values(next_due_at=None))
    dates = [on for on, _ in decided]
    assert len(set(decided)) == len(decided)
    assert dates == sorted(dates)
    evenings = [on for on, slot in decided if slot == "evening"]
    assert all(later - earlier == timedelta(days=1) for earlier, later in pairwise(evenings))
    assert len({(slot, on) for slot, on, _, _ in texts}) == len(texts) <= len(decided)
    assert all(due_at < expires_at for _, _, due_at, expires_at in texts)
    assert (waiting.next_due_on, waiting.next_slot) not in decided
    assert waiting.next_due_at - clock() < timedelta(days=2, hours=2), (waiting.next_due_at.astimezone(zone), zone)
