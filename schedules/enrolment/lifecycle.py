"""Writes of an enrollment: invite, confirm, opt out, return, pause, change. Callers hold the transaction.

An opt-out is stored by number hash (`suppression`), so that no import, other clinic or erasure resumes texts.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from content.catalogue import Catalogue, render
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, OwnPageLink, Participant, Suppression
from schedules.database.tables.safety import MUTED, SOMEONE_ELSE
from schedules.database.upsert import insert_or_ignore
from schedules.events.record import TYPE_OF_CONSENT, record_event
from schedules.outbox.queue import NewMessage, enqueue
from schedules.outbox.states import NEVER_ARRIVED
from schedules.timing.local_time import local_date_of
from schedules.timing.quiet_hours import next_daytime
from schedules.timing.retiming import due_after_change
from schedules.timing.slots import Decided, NextDue, Timing, next_due, timing_of

# A welcome not sent within this time refers to stale consent: a coach should ask again.
WELCOME_VALID_FOR = timedelta(days=3)
# Decisions dated later than this were made by a clock that was ahead; their evenings have not happened.
CLOCK_TOLERANCE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """One enrollment as needed to change it."""

    id: int
    participant_id: int
    number_hash: str
    language: str
    status: str
    timing: Timing
    due: NextDue | None


# The columns of `enrolment_from`. Statements with them are built once, because every inbound text runs them.
ENROLMENT_COLUMNS = (
    Enrolment.id.label("enrolment_id"),
    Enrolment.participant_id,
    Enrolment.programme,
    Enrolment.status,
    Enrolment.evening_at,
    Enrolment.bedtime_at,
    Enrolment.next_due_at,
    Enrolment.next_due_on,
    Enrolment.next_slot,
    Participant.number_hash,
    Participant.language,
    Participant.time_zone,
    Clinic.quiet_hours,
)
ENROLMENT_BY_PARTICIPANT = (
    select(*ENROLMENT_COLUMNS)
    .join(Participant, Participant.id == Enrolment.participant_id)
    .join(Clinic, Clinic.id == Participant.clinic_id)
    .where(Participant.id == bindparam("participant"))
    .with_for_update(of=Enrolment)
)


def load_enrolment(connection: Connection, participant_id: int, catalogue: Catalogue) -> EnrolmentFacts:
    """Load an enrollment and lock its row until the transaction ends. Raises LookupError if there is none."""
    row = connection.execute(ENROLMENT_BY_PARTICIPANT, {"participant": participant_id}).one_or_none()
    if row is None:
        raise LookupError(f"there is no participant {participant_id}")
    return enrolment_from(row, catalogue)


def enrolment_from(row: Any, catalogue: Catalogue) -> EnrolmentFacts:
    """Build the facts from a row with `ENROLMENT_COLUMNS`."""
    return EnrolmentFacts(
        row.enrolment_id,
        row.participant_id,
        row.number_hash,
        row.language,
        row.status,
        timing_of(row, catalogue),
        due=NextDue(row.next_due_at, row.next_due_on, row.next_slot) if row.next_due_at else None,
    )


def _load_decided(connection: Connection, enrolment_id: int, now: datetime) -> Decided:
    """Return the slots of an enrollment's last decided date."""
    here = (Decision.enrolment_id == enrolment_id, Decision.decided_at <= now + CLOCK_TOLERANCE)
    last_on = select(func.max(Decision.local_on)).where(*here).scalar_subquery()
    decided = connection.execute(select(Decision.local_on, Decision.slot).where(*here, Decision.local_on == last_on))
    return frozenset((one.local_on, one.slot) for one in decided)


def welcome_message(
    enrolment: EnrolmentFacts, clinic: str, catalogue: Catalogue, keys: InstallationKeys, now: datetime
) -> NewMessage:
    """Return the welcome text, due at the next daytime."""
    text = catalogue.texts_for("welcome", enrolment.language)[0]
    local_on = local_date_of(now, enrolment.timing.time_zone)
    return NewMessage(
        enrolment_id=enrolment.id,
        kind="welcome",
        slot="welcome",
        local_on=local_on,
        body=render(text, clinic=clinic),
        text_id=text.id,
        text_version=text.version,
        token=keys.token("welcome", enrolment.id, local_on),
        due_at=_next_daytime(enrolment.timing, now),
        expires_at=now + WELCOME_VALID_FOR,
        created_at=now,
    )


def _next_daytime(timing: Timing, now: datetime) -> datetime:
    window = next_daytime(now, timing.bedtime_at, timing.time_zone, timing.quiet)
    return max(now, window.opens_at) if window else now  # without a window it waits for other hours


def invite_again(connection: Connection, enrolment: EnrolmentFacts, now: datetime) -> None:
    """Requeue the welcome for somebody who has not confirmed, if the last one did not arrive."""
    latest = connection.execute(
        select(OutboxMessage.__table__)
        .where(OutboxMessage.enrolment_id == enrolment.id, OutboxMessage.kind == "welcome")
        .order_by(OutboxMessage.id.desc())
        .limit(1)
    ).first()
    if enrolment.status != "invited" or latest is None or latest.state not in NEVER_ARRIVED or not latest.body:
        return
    again = NewMessage(
        enrolment_id=enrolment.id,
        kind="welcome",
        body=latest.body,
        text_id=latest.text_id,
        text_version=latest.text_version,
        token=token_hex(16),
        due_at=_next_daytime(enrolment.timing, now),
        expires_at=now + WELCOME_VALID_FOR,
        created_at=now,
    )
    enqueue(connection, again)


def confirm(connection: Connection, enrolment: EnrolmentFacts, source: str, now: datetime, wording: str | None) -> None:
    """Record the double opt-in and activate the enrollment."""
    record_consent(connection, enrolment.participant_id, "confirmed", source, now, now, wording)
    _activate(connection, enrolment, now)


def record_opt_out(
    connection: Connection, number_hash: str, now: datetime, *, source: str, wording: str | None = None
) -> bool:
    """Stop every text to a number, in every clinic, from this instant. Returns whether this was new."""
    # A STOP and the carrier's refusal of a text may arrive at the same moment; only the first one counts.
    suppressed = {"number_hash": number_hash, "reason": source[:40], "since_at": now}
    if insert_or_ignore(connection, Suppression, suppressed, key=("number_hash",)) is None:
        return False
    theirs = select(Participant.id).where(Participant.number_hash == number_hash).order_by(Participant.id)
    people = list(connection.execute(theirs).scalars())
    for person in people:
        record_consent(connection, person, "opted_out", source, now, now, wording)
    connection.execute(delete(OwnPageLink).where(OwnPageLink.participant_id.in_(people)))
    connection.execute(
        update(Enrolment)
        .where(Enrolment.participant_id.in_(people), Enrolment.status.in_(("invited", "active")))
        .values(
            status="stopped", next_due_at=None, next_due_on=None, next_slot=None, held_for=_HOLD_EXCEPT_STOP_QUESTION
        )
    )
    return True


def record_return(connection: Connection, enrolment: EnrolmentFacts, source: str, now: datetime, wording: str) -> None:
    """Record START after a stop: new consent, and texts resume."""
    connection.execute(delete(Suppression).where(Suppression.number_hash == enrolment.number_hash))
    record_consent(connection, enrolment.participant_id, "opted_in", source, now, now, wording)
    resume(connection, enrolment)
    _activate(connection, enrolment, now)


def _activate(connection: Connection, enrolment: EnrolmentFacts, now: datetime) -> None:
    decided = _load_decided(connection, enrolment.id, now)
    following = next_due(enrolment.timing, since=now, decided=decided)
    _update_enrolment(
        connection, enrolment.id, status="active", held_for=_HOLD_EXCEPT_STOP_QUESTION, **_due_columns(following)
    )


def pause(connection: Connection, enrolment: EnrolmentFacts, until_on: date) -> None:
    """Skip the evenings before a date."""
    _update_enrolment(connection, enrolment.id, paused_until_on=until_on)


def resume(connection: Connection, enrolment: EnrolmentFacts) -> None:
    """End a pause and the hold of an uncertain stop; other holds are for a coach to end."""
    _update_enrolment(connection, enrolment.id, paused_until_on=None, held_for=_HOLD_EXCEPT_STOP_QUESTION)


def end_stop_question(connection: Connection, enrolment: EnrolmentFacts) -> None:
    """End the hold of an uncertain stop. A pause continues, and other holds are for a coach to end."""
    _update_enrolment(connection, enrolment.id, held_for=_HOLD_EXCEPT_STOP_QUESTION)


# The participant can settle whether they want to stop, but not who is at the phone.
_HOLD_EXCEPT_STOP_QUESTION = case((Enrolment.held_for == "stop_or_not", None), else_=Enrolment.held_for)


def hold(connection: Connection, enrolment: EnrolmentFacts, reason: str) -> None:
    """Send nothing planned until the person or a coach has spoken. Graver holds are not replaced."""
    graver = (SOMEONE_ELSE,) if reason == SOMEONE_ELSE else (SOMEONE_ELSE, MUTED)
    stays = case((Enrolment.held_for.in_(graver), Enrolment.held_for), else_=literal(reason))
    _update_enrolment(connection, enrolment.id, held_for=stays)


def exclude_tag(connection: Connection, enrolment: EnrolmentFacts, tag: str, *, excluded: bool = True) -> None:
    """Offer no step with this tag until it is allowed again, or (not ``excluded``) allow it again."""
    barred = connection.execute(select(Enrolment.exclude).where(Enrolment.id == enrolment.id)).scalar_one()
    if (tag in barred) != excluded:
        kept = [one for one in barred if one != tag]
        _update_enrolment(connection, enrolment.id, exclude=[*kept, tag] if excluded else kept)


def change_timing(connection: Connection, enrolment: EnrolmentFacts, timing: Timing, now: datetime) -> NextDue:
    """Change times, zone or program, and move the next decision point (`schedules.timing.retiming`).

    A new program also starts a new stratum (`policy_since_at`). The caller sets a cadence that the program has.
    """
    following = due_after_change(timing, enrolment.due, _load_decided(connection, enrolment.id, now), now)
    columns = _due_columns(following) if enrolment.status == "active" else {}
    columns |= {"evening_at": timing.evening_at, "bedtime_at": timing.bedtime_at}
    if timing.programme.id != enrolment.timing.programme.id:
        columns |= {"programme": timing.programme.id, "policy_since_at": now}
    _update_enrolment(connection, enrolment.id, **columns)
    connection.execute(
        update(Participant).where(Participant.id == enrolment.participant_id).values(time_zone=timing.time_zone)
    )
    return following


def agreed_to_be_randomised() -> ColumnElement[bool]:
    """Whether someone has agreed to be randomized since their policy last changed, as a column `agreed`.

    An earlier consent no longer counts: whoever was put back on rotation is asked again.
    """
    agreed = exists().where(
        ConsentEvent.participant_id == Enrolment.participant_id,
        ConsentEvent.kind == "randomised",
        or_(Enrolment.policy_since_at.is_(None), ConsentEvent.recorded_at >= Enrolment.policy_since_at),
    )
    return case((agreed, 1), else_=0).label("agreed")


def change_policy(connection: Connection, enrolment: EnrolmentFacts, policy: str, now: datetime) -> None:
    """Choose steps by another policy from now on. Decisions made before keep theirs."""
    _update_enrolment(connection, enrolment.id, policy=policy, policy_since_at=now)


def record_consent(
    connection: Connection,
    participant_id: int,
    kind: str,
    source: str,
    at: datetime,
    now: datetime,
    wording: str | None,
) -> None:
    """Add a row to the consent history, and tell other systems."""
    row = {"participant_id": participant_id, "kind": kind, "source": source, "at": at, "wording": wording}
    connection.execute(insert(ConsentEvent).values(**row, recorded_at=now))
    if kind in TYPE_OF_CONSENT:
        record_event(connection, TYPE_OF_CONSENT[kind], participant_id, now)


def _update_enrolment(connection: Connection, enrolment_id: int, **values: object) -> None:
    connection.execute(update(Enrolment).where(Enrolment.id == enrolment_id).values(**values))


def _due_columns(following: NextDue) -> dict[str, object]:
    return {"next_due_at": following.at, "next_due_on": following.on, "next_slot": following.slot}
