"""Apply a coach's change to a participant and log it. `coach.participants.changes` decides."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update

from coach.accounts.sign_ins import coaches_of
from coach.accounts.signed_in import SignedIn
from coach.adherence.standings import load_standings, store_standings
from coach.audit import record
from coach.database.tables import Note
from coach.participants.actions.own_plans import OFF, NewPlan
from coach.participants.changes import Change, ChangeError, Subject, decide_change, differences
from content.catalogue import Catalogue
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import held_for
from schedules.enrolment.lifecycle import (
    EnrolmentFacts,
    agreed_to_be_randomised,
    change_policy,
    change_timing,
    invite_again,
    load_enrolment,
    record_consent,
)
from schedules.enrolment.own_plans import forget_plan, keep_plan
from schedules.enrolment.policy_choice import tags_that_bar
from schedules.enrolment.roster_file import RosterRules
from schedules.outbox.dead_numbers import clear_dead_number
from schedules.outbox.states import MAY_HAVE_BEEN_SEEN
from schedules.timing.local_time import WEDNESDAY, local_date_of

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
) -> Change:
    """Make one change, and return it.

    Raises:
        LookupError: the participant is outside the coach's scope.
        ChangeError: the change is not possible.
        KeyError: there is no such kind of change.
    """
    clinic_id = require_in_scope(connection, participant_id, coach)
    enrolment = load_enrolment(connection, participant_id, catalogue)
    if what == "coach" and coach.role == "coach":
        raise ChangeError("coach", "Ask who leads the clinic to assign somebody else.")
    subject = _subject(connection, enrolment, catalogue, now)
    change = decide_change(what, form, subject)
    if change == Change(note=change.note):
        return change
    _apply(connection, enrolment, change, now)
    agreed = {"randomised_consent": True} if change.randomised_consent else {}
    detail = {"what": what, **differences(change, subject), **agreed}
    record(connection, coach.email, "changed", f"participant {participant_id}", now, clinic_id, detail)
    store_standings(connection, load_standings(connection, [participant_id], now).values(), now)
    return change


def require_in_scope(connection: Connection, participant_id: int, coach: SignedIn) -> int:
    """Return the participant's clinic id. Raises LookupError if the coach may not see them."""
    clinic_id = connection.execute(
        select(Participant.clinic_id).where(Participant.id == participant_id, coach.scope)
    ).scalar()
    if clinic_id is None:
        raise LookupError(f"participant {participant_id} is not in this coach's scope")
    return clinic_id


def _subject(connection: Connection, enrolment: EnrolmentFacts, catalogue: Catalogue, now: datetime) -> Subject:
    query = (
        select(
            *(
                held_for(),
                Enrolment.cadence,
                Enrolment.paused_until_on,
                Enrolment.exclude,
                Enrolment.tags,
                Enrolment.policy,
                Enrolment.plans,
            ),
            *(agreed_to_be_randomised(), Participant.clinic_id, Participant.coach_id, Clinic.country),
        )
        .join(Participant, Participant.id == Enrolment.participant_id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
    )
    row = connection.execute(query.where(Enrolment.id == enrolment.id)).one()
    today = local_date_of(now, enrolment.timing.time_zone)
    coaches = coaches_of(connection, row.clinic_id)
    return Subject(
        status=enrolment.status,
        held_for=row.held_for,
        timing=enrolment.timing,
        first_evening=today + timedelta(days=1) if _last_asked_on(connection, enrolment.id) == today else today,
        language=enrolment.language,
        cadence=row.cadence,
        paused_until_on=row.paused_until_on,
        coach_id=row.coach_id,
        exclude=row.exclude,
        tags=row.tags,
        policy=row.policy,
        agreed=bool(row.agreed),
        coaches=coaches,
        rules=RosterRules(catalogue, coaches, row.country, enrolment.timing.quiet, now),
        plans=row.plans or OFF,
    )


def _last_asked_on(connection: Connection, enrolment_id: int) -> date | None:
    return connection.execute(
        select(func.max(CheckIn.asked_on))
        .join(OutboxMessage, OutboxMessage.id == CheckIn.outbox_message_id)
        .where(CheckIn.enrolment_id == enrolment_id, OutboxMessage.state.in_(MAY_HAVE_BEEN_SEEN))
    ).scalar()


def exclusions_of(catalogue: Catalogue) -> list[str]:
    """List every tag that bars steps, then every step, in the order offered."""
    return [*tags_that_bar(catalogue), *catalogue.strategies]


def _apply(connection: Connection, enrolment: EnrolmentFacts, change: Change, now: datetime) -> None:
    if change.timing is not None:
        change_timing(connection, enrolment, change.timing, now)
    if change.randomised_consent is not None:
        source, person = change.randomised_consent, enrolment.participant_id
        record_consent(connection, person, "randomised", source, now, now, wording=None)
    if change.policy is not None:
        change_policy(connection, enrolment, change.policy, now)
    if change.release:
        _release(connection, enrolment, now)
    if change.own_plan is not None:
        _set_plan(connection, enrolment, change.own_plan, now)
    if change.enrolment:
        _set_enrolment(connection, enrolment, **change.enrolment)
    if change.person:
        mine = Participant.id == enrolment.participant_id
        connection.execute(update(Participant).where(mine).values(**change.person))


def _set_plan(connection: Connection, enrolment: EnrolmentFacts, plan: NewPlan, now: datetime) -> None:
    if plan.words is None:
        forget_plan(connection, enrolment.id)
        return
    place = (plan.step, None if plan.step else WEDNESDAY)
    today = local_date_of(now, enrolment.timing.time_zone)
    keep_plan(connection, enrolment.id, plan.words, place, today, now)


def _release(connection: Connection, enrolment: EnrolmentFacts, now: datetime) -> None:
    """End a hold. If the number was marked dead, clear that and invite the participant again."""
    if clear_dead_number(connection, enrolment.number_hash):
        invite_again(connection, enrolment, now)
    _set_enrolment(connection, enrolment, held_for=None)


def _set_enrolment(connection: Connection, enrolment: EnrolmentFacts, **values: object) -> None:
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment.id).values(**values))


def write_note(
    connection: Connection,
    participant_id: int,
    body: str,
    coach: SignedIn,
    now: datetime,
    *,
    again: str = "",
    action: str = "noted",
) -> None:
    """Save a note about a participant; `again` is the date to look at them again, if any.

    Raises LookupError outside the coach's scope, NoteError.
    """
    clinic_id = require_in_scope(connection, participant_id, coach)
    body = body.strip()
    if not body or len(body) > LONGEST_NOTE:
        raise NoteError(f"Write between 1 and {LONGEST_NOTE} characters.")
    on = read_look_again(again, now)
    connection.execute(
        insert(Note).values(
            participant_id=participant_id, coach_id=coach.id, body=body, written_at=now, look_again_on=on
        )
    )
    detail = {"look_again": on.isoformat()} if on else None
    record(connection, coach.email, action, f"participant {participant_id}", now, clinic_id, detail)


def read_look_again(given: str, now: datetime) -> date | None:
    """Return the date to look at someone again, None for none. Raises NoteError."""
    if not given.strip():
        return None
    try:
        on = date.fromisoformat(given.strip())
    except ValueError:
        on = date.min
    today = now.date()
    if not today - timedelta(days=1) <= on <= today + timedelta(days=366):  # a day less: west of Greenwich
        raise NoteError("Choose a date within the next year for “Look again on”, or leave it empty.")
    return on
