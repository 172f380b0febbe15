"""What each step does for one person: stored by the worker, read where it is told. Callers hold the transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select, update

from coach.database.tables import OwnEffects as Stored
from coach.reflections.own_steps import OwnEffects, OwnStep, in_order
from schedules.database.prepared import find_first
from schedules.database.types import readable
from schedules.database.upsert import upsert

OF_PERSON = select(readable(Stored.steps), Stored.told_on).where(Stored.participant_id == bindparam("person"))


def load_own_effects(connection: Connection, participant_id: int) -> OwnEffects:
    """Load what is known of one person."""
    row = find_first(connection, OF_PERSON, person=participant_id)
    if row is None:
        return OwnEffects()
    return OwnEffects(in_order([OwnStep(**one) for one in row.steps or ()]), row.told_on)


def store_own_steps(
    connection: Connection, people: Collection[int], found: Mapping[int, Sequence[OwnStep]], now: datetime
) -> None:
    """Replace the estimates of these people; of whom nothing was found, nothing stays."""
    old = update(Stored).where(Stored.participant_id.in_(people)).values(steps=None, computed_at=now)
    connection.execute(old)
    rows = [
        {"participant_id": id, "computed_at": now, "steps": [asdict(one) for one in in_order(found[id])]}
        for id in people
        if found.get(id)
    ]
    if rows:
        upsert(connection, Stored, rows, key=("participant_id",), update=("computed_at", "steps"))


def record_told(connection: Connection, participant_id: int, on: date) -> None:
    """Note that they were told today."""
    row = {"participant_id": participant_id, "told_on": on}
    upsert(connection, Stored, row, key=("participant_id",), update=("told_on",))
