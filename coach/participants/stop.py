"""Stop a participant at somebody's word: from a command, or from another system. Callers hold the transaction."""

from datetime import datetime

from sqlalchemy import Connection, select

from coach.accounts.signed_in import SignedIn
from coach.audit import record
from schedules.database.tables.people import Participant
from schedules.enrolment.lifecycle import record_opt_out

LONGEST_REASON = 300


def stop_participant(connection: Connection, participant_id: int, reason: str, by: SignedIn, now: datetime) -> bool:
    """Stop every text to a participant, for good unless they text START; return whether this was new.

    Raises LookupError outside the scope, and ValueError for a reason that is empty or too long.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise ValueError(f"must have 1 to {LONGEST_REASON} characters")
    query = select(Participant.number_hash, Participant.clinic_id).where(
        Participant.id == participant_id, Participant.erased_at.is_(None), by.scope
    )
    participant = connection.execute(query).one_or_none()
    if participant is None:
        raise LookupError(f"there is no participant {participant_id}")
    new = record_opt_out(connection, participant.number_hash, now, source="told a coach", wording=reason)
    if new:
        record(connection, by.email, "stopped", f"participant {participant_id}", now, participant.clinic_id)
    return new
