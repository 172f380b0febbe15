"""Load claimed texts with what holds for their recipients now. Callers hold the transaction."""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any, Protocol

from sqlalchemy import Connection, Text, func, select, type_coerce

from schedules.database.prepared import find_all, in_array
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.tables.safety import DEAD_NUMBER, held_for
from schedules.database.types import EncryptedText
from schedules.outbox.outcomes import ClaimedMessage, ClinicSender
from schedules.outbox.states import SendFacts
from schedules.timing.quiet_hours import QuietHours, quiet_hours_from

# A text is to a participant, or to a coach who is paged.
RECIPIENT_PHONE = func.coalesce(Participant.phone, CoachAccount.phone, type_=EncryptedText())

CLAIMED_MESSAGES = (
    select(
        OutboxMessage.id,
        # Not decrypted yet: that takes as long as the rest of a claim, and all who write wait for it.
        type_coerce(OutboxMessage.body, Text).label("sealed_body"),
        type_coerce(RECIPIENT_PHONE, Text).label("sealed_phone"),
        OutboxMessage.token,
        OutboxMessage.kind,
        OutboxMessage.local_on,
        OutboxMessage.expires_at,
        OutboxMessage.attempts,
        func.coalesce(Participant.number_hash, CoachAccount.number_hash).label("number_hash"),
        func.coalesce(Participant.time_zone, "UTC").label("time_zone"),
        func.coalesce(Enrolment.status, "active").label("status"),
        held_for(),
        Enrolment.heard_at,
        Enrolment.paused_until_on,
        Enrolment.bedtime_at,
        Clinic.id.label("clinic_id"),
        Clinic.time_zone.label("clinic_zone"),
        Clinic.daily_texts,
        Clinic.quiet_hours,
        Suppression.since_at,
    )
    .outerjoin(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
    .outerjoin(Participant, Participant.id == Enrolment.participant_id)
    .outerjoin(Clinic, Clinic.id == Participant.clinic_id)
    .outerjoin(CoachAccount, CoachAccount.id == OutboxMessage.coach_id)
    .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
    .where(in_array(OutboxMessage.id, "messages"))
)


class ClaimedRow(Protocol):
    """A row of `CLAIMED_MESSAGES`, for the type checker only."""

    id: int
    sealed_body: str
    sealed_phone: str | None
    token: str
    kind: str
    local_on: date | None
    expires_at: datetime
    attempts: int
    number_hash: str
    time_zone: str
    status: str
    held_for: str | None
    heard_at: datetime | None
    paused_until_on: date | None
    bedtime_at: time | None
    clinic_id: int | None
    clinic_zone: str
    daily_texts: int | None
    quiet_hours: list[Any] | None
    since_at: datetime | None


def load_claimed(connection: Connection, ids: Sequence[int]) -> list[ClaimedMessage]:
    """The claimed messages with what holds for whom they are to now, in the order of `ids`; those erased are not."""
    found: list[ClaimedRow] = find_all(connection, CLAIMED_MESSAGES, messages=ids)
    rows = {row.id: row for row in found}
    one_of_each = {row.clinic_id: row for row in rows.values()}
    quiet = {clinic_id: quiet_hours_from(row.quiet_hours) for clinic_id, row in one_of_each.items()}
    return [_claimed(rows[id], quiet[rows[id].clinic_id]) for id in ids if id in rows]


def _claimed(row: ClaimedRow, quiet: QuietHours) -> ClaimedMessage:
    return ClaimedMessage(
        id=row.id,
        sealed_to=row.sealed_phone,
        number_hash=row.number_hash,
        sealed_body=row.sealed_body,
        token=row.token,
        attempts=row.attempts,
        facts=SendFacts(
            kind=row.kind,
            local_on=row.local_on,
            expires_at=row.expires_at,
            status=row.status,
            suppressed=row.since_at is not None,
            held=row.held_for is not None,
            number_is_dead=row.held_for == DEAD_NUMBER,
            has_written=row.heard_at is not None,
            paused_until_on=row.paused_until_on,
            bedtime_at=row.bedtime_at,
            time_zone=row.time_zone,
            quiet=quiet,
        ),
        sender=ClinicSender(row.clinic_id, row.clinic_zone, row.daily_texts) if row.clinic_id else None,
    )
