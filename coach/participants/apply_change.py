"""Apply a coach's change to a participant and log it. `coach.participants.changes` decides."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from coach.accounts.signed_in import SignedIn
from coach.adherence.standings import load_standings, store_standings
from coach.audit import record
from coach.database.tables import Note
from coach.participants.changes import Change, Subject, decide_change
from content.catalogue import Catalogue
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import held_for
from schedules.enrolment.lifecycle import EnrolmentFacts, change_timing, invite_again, load_enrolment, pause
from schedules.outbox.dead_numbers import clear_dead_number
from schedules.outbox.states import MAY_HAVE_BEEN_SEEN
from schedules.timing.local_time import local_date_of

LONGEST_NOTE = 2000


class NoteError(ValueError):
    """Why a note cannot be saved, in one sentence."""


def change_participant(
    connection: Connection,
    participant_id: int,
    what: str,
    form: Mapping[str, str],
    coach: SignedIn,
    catalogue: Catalogue,
    now: datetime,
) -> None:
    """Make one change.

    Raises:
        LookupError: the participant is outside the coach's scope.
        ChangeError: the change is not possible.
        KeyError: there is no such kind of change.
    """
    clinic_id = require_in_scope(connection, participant_id, coach)
    enrolment = load_enrolment(connection, participant_id, catalogue)
    change = decide_change(what, form, _subject(connection, enrolment, catalogue, now))
    _apply(connection, enrolment, change, now)
    record(connection, coach.email, "changed", f"participant {participant_id}", now, clinic_id, {"what": what})
    store_standings(connection, load_standings(connection, [participant_id], now).values(), now)


def require_in_scope(connection: Connection, participant_id: int, coach: SignedIn) -> int:
    """Return the participant's clinic id. Raises LookupError if the coach may not see them."""
    clinic_id = connection.execute(
        select(Participant.clinic_id).where(Participant.id == participant_id, coach.scope)
    ).scalar()
    if clinic_id is None:
        raise LookupError(f"participant {participant_id} is not in this coach's scope")
    return clinic_id


def _subject(connection: Connection, enrolment: EnrolmentFacts, catalogue: Catalogue, now: datetime) -> Subject:
    query = select(held_for()).join(Participant, Participant.id == Enrolment.participant_id)
    held = connection.execute(query.where(Enrolment.id == enrolment.id)).scalar_one()
    today = local_date_of(now, enrolment.timing.time_zone)
    return Subject(
        enrolment.status,
        held,
        enrolment.timing,
        today + timedelta(days=1) if _last_asked_on(connection, enrolment.id) == today else today,
        catalogue.languages,
        exclusions_of(catalogue),
    )


def _last_asked_on(connection: Connection, enrolment_id: int) -> date | None:
    return connection.execute(
        select(func.max(CheckIn.asked_on))
        .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
        .where(CheckIn.enrolment_id == enrolment_id, OutboxMessage.state.in_(MAY_HAVE_BEEN_SEEN))
    ).scalar()


def exclusions_of(catalogue: Catalogue) -> list[str]:
    """List every tag that bars steps, then every step, in the order offered."""
    return [*sorted(catalogue.exclusion_tags()), *catalogue.strategies]


def _apply(connection: Connection, enrolment: EnrolmentFacts, change: Change, now: datetime) -> None:
    if change.timing is not None:
        change_timing(connection, enrolment, change.timing, now)
    if change.paused_until_on is not None:
        pause(connection, enrolment, change.paused_until_on)
    if change.resume:
        _set_enrolment(connection, enrolment, paused_until_on=None)
    if change.release:
        _release(connection, enrolment, now)
    if change.cadence is not None:
        _set_enrolment(connection, enrolment, cadence=change.cadence)
    if change.exclude is not None:
        _set_enrolment(connection, enrolment, exclude=list(change.exclude))
    if change.language is not None:
        connection.execute(
            update(Participant).where(Participant.id == enrolment.participant_id).values(language=change.language)
        )


def _release(connection: Connection, enrolment: EnrolmentFacts, now: datetime) -> None:
    """End a hold. If the number was marked dead, clear that and invite the participant again."""
    if clear_dead_number(connection, enrolment.number_hash):
        invite_again(connection, enrolment, now)
    _set_enrolment(connection, enrolment, held_for=None)


def _set_enrolment(connection: Connection, enrolment: EnrolmentFacts, **values: Any) -> None:
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment.id).values(**values))


def write_note(connection: Connection, participant_id: int, body: str, coach: SignedIn, now: datetime) -> None:
    """Save a note about a participant. Raises LookupError outside the coach's scope, NoteError."""
    clinic_id = require_in_scope(connection, participant_id, coach)
    body = body.strip()
    if not body or len(body) > LONGEST_NOTE:
        raise NoteError(f"Write between 1 and {LONGEST_NOTE} characters.")
    connection.execute(insert(Note).values(participant_id=participant_id, coach_id=coach.id, body=body, written_at=now))
    record(connection, coach.email, "noted", f"participant {participant_id}", now, clinic_id)
