"""Stop all texts to a participant who asked a coach for it. Only they can start again, by texting START."""

from datetime import datetime

from sqlalchemy import Connection, select

from coach.accounts.signed_in import SignedIn
from coach.adherence.standings import load_standings, store_standings
from coach.audit import record
from coach.participants.changes import ChangeError
from schedules.database.tables.people import Participant
from schedules.enrolment.lifecycle import record_opt_out

LONGEST_REASON = 300
SOURCE = "told a coach"


def stop_participant(connection: Connection, participant_id: int, reason: str, coach: SignedIn, now: datetime) -> bool:
    """Record an opt-out at the participant's word, in every clinic. Returns False if they had stopped already.

    Raises:
        LookupError: the participant is outside the coach's scope, or erased.
        ChangeError: there is no usable reason.
    """
    mine = (Participant.id == participant_id, coach.scope, Participant.erased_at.is_(None))
    found = connection.execute(select(Participant.number_hash, Participant.clinic_id).where(*mine)).one_or_none()
    if found is None:
        raise LookupError(f"participant {participant_id} is not in this coach's scope")
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST_REASON:
        raise ChangeError("reason", f"Write how they asked, in 1 to {LONGEST_REASON} characters.")
    new = record_opt_out(connection, found.number_hash, now, source=SOURCE, wording=reason)
    if new:
        record(connection, coach.email, "stopped", f"participant {participant_id}", now, found.clinic_id)
        store_standings(connection, load_standings(connection, [participant_id], now).values(), now)
    return new
