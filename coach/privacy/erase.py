"""Erase a person: everything is removed but the bare id and the keyed hash of their number, by which they stay unheard.

What is in flight at that moment may still arrive; its outcome finds nothing to be recorded on. The provider's own
copies are asked back (see `schedules.dispatch.provider_deletion`).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from coach.audit import record
from coach.database.tables import InboundReply, MailMessage, ReplyClaim
from coach.privacy.personal_data import rows_of
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import Flag
from schedules.dispatch.provider_deletion import enqueue_number_deletion
from schedules.enrolment.lifecycle import record_opt_out
from schedules.outbox.dead_numbers import forget_unowned

NOBODY = {"phone": None, "first_name": None, "coach_id": None, "language": "en", "time_zone": "UTC"}


@dataclass(frozen=True, slots=True)
class Erasing:
    """Who erases, and what goes with it. `at_provider`: there is a provider that has copies.

    `for_good`: they asked for it, and must not be texted again by anyone here. Otherwise (kept too long) only a stop
    they gave themselves outlives them.
    """

    actor: str
    at_provider: bool
    for_good: bool = True


def erase(connection: Connection, participant_id: int, erasing: Erasing, now: datetime) -> bool:
    """Remove all that is known of a participant. Returns whether there was anyone to erase."""
    person = connection.execute(
        select(Participant.phone, Participant.number_hash, Participant.clinic_id)
        .where(Participant.id == participant_id, Participant.erased_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if person is None:
        return False
    if erasing.for_good:
        record_opt_out(connection, person.number_hash, now, source="erased")
    if person.phone and erasing.at_provider:
        enqueue_number_deletion(connection, person.phone, now)
    _remove(connection, participant_id, person.number_hash, now)
    record(connection, erasing.actor, "erased", f"participant {participant_id}", now, person.clinic_id)
    return True


def _remove(connection: Connection, participant_id: int, number_hash: str, now: datetime) -> None:
    # Whoever plans, receives or records a receipt for this person locks these rows first: we wait for them.
    enrolments = select(Enrolment.id).where(Enrolment.participant_id == participant_id)
    connection.execute(enrolments.with_for_update())
    connection.execute(select(OutboxMessage.id).where(OutboxMessage.enrolment_id.in_(enrolments)).with_for_update())
    for table, condition in reversed(rows_of(participant_id).items()):
        if table is not Participant.__table__:
            connection.execute(delete(table).where(condition))
    # What they wrote before they were enrolled, or while they are being erased.
    strange = (InboundReply.number_hash == number_hash, InboundReply.participant_id.is_(None))
    flags = select(Flag.id).where(Flag.number_hash == number_hash, Flag.participant_id.is_(None))
    replies = select(InboundReply.id).where(*strange)
    connection.execute(delete(MailMessage).where(MailMessage.flag_id.in_(flags)))
    connection.execute(delete(Flag).where(Flag.id.in_(flags)))
    connection.execute(delete(ReplyClaim).where(ReplyClaim.reply_id.in_(replies)))
    connection.execute(delete(InboundReply).where(*strange))
    connection.execute(
        update(Participant)
        .where(Participant.id == participant_id)
        .values(NOBODY | {"number_hash": f"erased {participant_id}", "erased_at": now})
    )
    forget_unowned(connection, number_hash)
