"""Erase a participant: remove everything except the bare id and the keyed hash of the number.

The hash keeps the number from being texted again. A text in flight may still arrive; its outcome then finds nothing to
update. The provider is asked to delete its copies (see `schedules.dispatch.provider_deletion`).
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from coach.accounts.drafts import drop_drafts_naming
from coach.audit import record
from coach.database.name_sheets import list_again
from coach.privacy.personal_data import rows_of, rows_of_number
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.dispatch.provider_deletion import enqueue_number_deletion
from schedules.enrolment.lifecycle import record_opt_out
from schedules.events.record import record_event
from schedules.outbox.dead_numbers import forget_unowned

ERASED_VALUES = {"phone": None, "first_name": None, "coach_id": None, "language": "en", "time_zone": "UTC"}


def erase(
    connection: Connection,
    participant_id: int,
    now: datetime,
    *,
    actor: str,
    at_provider: bool,
    on_request: bool = True,
) -> bool:
    """Remove everything known about a participant. Return whether there was anyone to erase.

    `at_provider` says whether a provider has copies to delete. With `on_request` the participant asked for it and is
    never texted again; otherwise (retention) only an opt-out of their own outlives them.
    """
    person = connection.execute(
        select(Participant.phone, Participant.number_hash, Participant.clinic_id)
        .where(Participant.id == participant_id, Participant.erased_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if person is None:
        return False
    if on_request:
        record_opt_out(connection, person.number_hash, now, source="erased")
    if person.phone and at_provider:
        enqueue_number_deletion(connection, person.phone, now)
    _remove(connection, participant_id, person.number_hash, now)
    record_event(connection, "participant.erased", participant_id, now)
    record(connection, actor, "erased", f"participant {participant_id}", now, person.clinic_id)
    return True


def erase_number(
    connection: Connection, phone: str, number_hash: str, now: datetime, *, actor: str, at_provider: bool
) -> bool:
    """Erase whoever has a number, in all clinics, and its texts that belong to nobody; it is never texted again.

    Return whether anything was held. The audit log has the beginning of the keyed hash, which identifies nobody.
    """
    query = select(Participant.id).where(Participant.number_hash == number_hash).order_by(Participant.id)
    people = connection.execute(query).scalars().all()
    for participant_id in people:
        erase(connection, participant_id, now, actor=actor, at_provider=False)
    if not _remove_unassigned(connection, number_hash) and not people:
        return False
    record_opt_out(connection, number_hash, now, source="erased")
    if at_provider:
        enqueue_number_deletion(connection, phone, now)
    record(connection, actor, "erased", f"number {number_hash[:12]}", now)
    return True


def _remove(connection: Connection, participant_id: int, number_hash: str, now: datetime) -> None:
    # Planning, receiving and recording receipts lock these rows first, so we wait for them here.
    enrolments = select(Enrolment.id).where(Enrolment.participant_id == participant_id)
    connection.execute(enrolments.with_for_update())
    connection.execute(select(OutboxMessage.id).where(OutboxMessage.enrolment_id.in_(enrolments)).with_for_update())
    for table, condition in reversed(rows_of(participant_id).items()):
        if table is not Participant.__table__:
            connection.execute(delete(table).where(condition))
    drop_drafts_naming(connection, participant_id)
    # Texts that arrived before they were enrolled, or that arrive during the erasure, carry the number only.
    _remove_unassigned(connection, number_hash)
    connection.execute(
        update(Participant)
        .where(Participant.id == participant_id)
        .values(ERASED_VALUES | {"number_hash": f"erased {participant_id}", "erased_at": now})
    )
    list_again(connection, participant_id)
    forget_unowned(connection, number_hash)


def _remove_unassigned(connection: Connection, number_hash: str) -> bool:
    removed = 0
    for table, condition in reversed(rows_of_number(number_hash).items()):
        removed += connection.execute(delete(table).where(condition)).rowcount
    return removed > 0
