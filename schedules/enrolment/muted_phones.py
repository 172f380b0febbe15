"""Hold and release the texts to a phone whose owner asked us not to write. Callers hold the transaction."""

from sqlalchemy import Connection, select, update

from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import MUTED


def unmute(connection: Connection, number_hash: str) -> bool:
    """End the hold of a phone that asked us not to write, in every clinic. Return whether there was one."""
    return _replace_hold(connection, number_hash, MUTED, None)


def mute(connection: Connection, number_hash: str) -> bool:
    """Hold again what `unmute` let go on. Return whether it was not held otherwise."""
    return _replace_hold(connection, number_hash, None, MUTED)


def _replace_hold(connection: Connection, number_hash: str, old: str | None, new: str | None) -> bool:
    theirs = select(Participant.id).where(Participant.number_hash == number_hash)
    held = update(Enrolment).where(Enrolment.participant_id.in_(theirs), Enrolment.held_for.is_not_distinct_from(old))
    return connection.execute(held.values(held_for=new)).rowcount > 0
