"""Numbers that cannot receive texts: recorded, cleared, deleted with their last owner, and counted.

`schedules.database.tables.safety.held_for` keeps texts from them. Callers hold the transaction.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select

from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import DeadNumber, not_heard_since
from schedules.database.upsert import upsert


def record_dead_number(connection: Connection, number_hash: str, code: int, since_at: datetime) -> None:
    """Record that a text handed over at `since_at` could not reach this number; the latest report counts."""
    row = {"number_hash": number_hash, "code": code, "since_at": since_at}
    upsert(connection, DeadNumber, row, key=("number_hash",), update=("code", "since_at"))


def clear_dead_number(connection: Connection, number_hash: str) -> bool:
    """Record that a number takes texts after all. Returns whether it was recorded as dead."""
    return connection.execute(delete(DeadNumber).where(DeadNumber.number_hash == number_hash)).rowcount > 0


def forget_unowned(connection: Connection, number_hash: str) -> None:
    """Delete the record of a number that nobody has any more."""
    owned = [exists().where(owner.number_hash == number_hash) for owner in (Participant, CoachAccount)]
    connection.execute(delete(DeadNumber).where(DeadNumber.number_hash == number_hash, ~owned[0], ~owned[1]))


def count_held(connection: Connection) -> int:
    """Return how many participants get nothing because of their number."""
    held = (
        select(func.count())
        .select_from(DeadNumber)
        .join(Participant, Participant.number_hash == DeadNumber.number_hash)
        # `+ 0` keeps the planner off that index, so that it starts from the few dead numbers.
        .join(Enrolment, Enrolment.participant_id == Participant.id + 0)
        .where(Enrolment.status.in_(("invited", "active")), not_heard_since())
    )
    return connection.execute(held).scalar_one()


def dead_pagers(connection: Connection) -> list[str]:
    """Return the e-mail addresses of active coaches whose phones cannot be paged."""
    query = (
        select(CoachAccount.email)
        .join(DeadNumber, DeadNumber.number_hash == CoachAccount.number_hash)
        .where(CoachAccount.active)
        .order_by(CoachAccount.email)
    )
    return list(connection.execute(query).scalars())
