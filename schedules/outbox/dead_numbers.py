"""Numbers that take no texts: recorded, cleared, forgotten with the last who had them, and counted.

Callers hold the transaction.
That nobody is texted on such a number in vain is `schedules.database.tables.safety.held_for`.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select

from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import DeadNumber, not_heard_since
from schedules.database.upsert import upsert


def record_dead_number(connection: Connection, number_hash: str, code: int, since_at: datetime) -> None:
    """A text that was handed over at an instant could not go to this number: the latest word counts."""
    row = {"number_hash": number_hash, "code": code, "since_at": since_at}
    upsert(connection, DeadNumber, row, key=("number_hash",), update=("code", "since_at"))


def clear_dead_number(connection: Connection, number_hash: str) -> bool:
    """It takes texts after all. Returns whether we thought otherwise."""
    return connection.execute(delete(DeadNumber).where(DeadNumber.number_hash == number_hash)).rowcount > 0


def forget_unowned(connection: Connection, number_hash: str) -> None:
    """Keep nothing of a number that is nobody's any more."""
    owned = [exists().where(owner.number_hash == number_hash) for owner in (Participant, CoachAccount)]
    connection.execute(delete(DeadNumber).where(DeadNumber.number_hash == number_hash, ~owned[0], ~owned[1]))


def count_held(connection: Connection) -> int:
    """How many participants hear nothing for their number's sake."""
    held = (
        select(func.count())
        .select_from(DeadNumber)
        .join(Participant, Participant.number_hash == DeadNumber.number_hash)
        # The sum keeps a database from going through everybody instead of these few.
        .join(Enrolment, Enrolment.participant_id == Participant.id + 0)
        .where(Enrolment.status.in_(("invited", "active")), not_heard_since())
    )
    return connection.execute(held).scalar_one()


def dead_pagers(connection: Connection) -> list[str]:
    """The e-mail addresses of active coaches whose phones cannot be paged."""
    query = (
        select(CoachAccount.email)
        .join(DeadNumber, DeadNumber.number_hash == CoachAccount.number_hash)
        .where(CoachAccount.active)
        .order_by(CoachAccount.email)
    )
    return list(connection.execute(query).scalars())
