"""Everything a participant's page shows, loaded in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from coach.adherence.days import Day, days_of
from coach.adherence.standings import CurrentStanding, load_standings
from coach.database.tables import AuditEvent, InboundReply, Note
from coach.inbox.thread import UNREADABLE, Received, Sent, ThreadEntry, thread
from coach.participants.list_rows import ScheduledPerson, due_of, load_days, people_query, span_of, standby_of
from coach.reflections.own_steps import OwnEffects
from coach.reflections.what_helps import load_own_effects
from content.catalogue import Catalogue
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.evenings import Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, OwnPlan, Participant
from schedules.database.tables.safety import Flag
from schedules.database.types import readable
from schedules.decisions.next_text import NextText, next_text, pause_in_force
from schedules.decisions.replay import LoggedDecision
from schedules.enrolment.lifecycle import agreed_to_be_randomised
from schedules.outbox.states import TAKEN_BACK
from schedules.planning.decision_log import COLUMNS, logged_from
from schedules.timing.local_time import local_date_of

DAYS = 42
TEXTS = 40
STEPS = 14
CHANGES = 10
CHANGED = (
    "changed",
    "created",
    "updated",
    "acknowledged",
    "noted",
    "called",
    "stopped",
    "undid",
    "took back",
    "edited",
)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A note, or a line of the change log."""

    at: datetime
    by: str
    words: str


@dataclass(frozen=True)
class CasePerson(ScheduledPerson):
    """A participant with everything their own page shows of them."""

    clinic_id: int
    language: str
    created_at: datetime
    phone: str
    policy: str
    policy_since_at: datetime | None
    agreed: int
    exclude: list[object]
    tags: list[object]
    plans: str | None
    plan: str | None
    plan_step: str | None
    plan_weekday: int | None
    clinic: str
    coach: str | None


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One participant: `person` is their row, `steps` their latest logged decisions, newest first."""

    person: CasePerson
    stands: CurrentStanding
    flags: Mapping[int, str]
    next_up: NextText
    paused_until_on: date | None
    days: Sequence[Day]
    bubbles: Sequence[ThreadEntry]
    steps: Sequence[LoggedDecision]
    notes: Sequence[LogEntry]
    changes: Sequence[LogEntry]
    helps: OwnEffects


def load_casefile(
    connection: Connection, participant_id: int, scope: ColumnElement[bool], catalogue: Catalogue, now: datetime
) -> CaseFile | None:
    """Load a participant's case file; None if they are not in scope."""
    person = find_person(connection, participant_id, scope)
    if person is None:
        return None
    stands = load_standings(connection, [person.id], now)[person.id]
    asked, reasons = load_days(connection, [person], now, DAYS)
    days = days_of(span_of(person, now, DAYS), asked.get(person.enrolment_id, ()), reasons.get(person.id, {}))
    return CaseFile(
        person,
        stands,
        stands.flags,
        next_text(standby_of(connection, person, catalogue)),
        pause_in_force(person.paused_until_on, due_of(person), local_date_of(now, person.time_zone)),
        days,
        load_thread(connection, person),
        _steps(connection, person.enrolment_id),
        _notes(connection, person.id),
        _changes(connection, person.id),
        load_own_effects(connection, person.id),
    )


def find_person(connection: Connection, participant_id: int, scope: ColumnElement[bool]) -> CasePerson | None:
    """Load a participant with enrolment, coach and clinic; None outside the scope."""
    more = (
        *(Participant.clinic_id, Participant.language, Participant.created_at, readable(Participant.phone, UNREADABLE)),
        *(Enrolment.policy, Enrolment.policy_since_at, agreed_to_be_randomised(), Enrolment.exclude, Enrolment.tags),
        *(Enrolment.plans, readable(OwnPlan.words, UNREADABLE).label("plan"), OwnPlan.step.label("plan_step")),
        OwnPlan.weekday.label("plan_weekday"),
        *(Clinic.name.label("clinic"), CoachAccount.email.label("coach")),
    )
    row = connection.execute(
        people_query(*more)
        .outerjoin(CoachAccount, CoachAccount.id == Participant.coach_id)
        .outerjoin(OwnPlan, OwnPlan.enrolment_id == Enrolment.id)
        .where(Participant.id == participant_id, scope)
    ).one_or_none()
    return CasePerson(**row._asdict()) if row else None


def load_thread(connection: Connection, person: CasePerson, texts: int = TEXTS) -> list[ThreadEntry]:
    """Load the latest texts of both sides."""
    at = func.coalesce(OutboxMessage.accepted_at, OutboxMessage.due_at)
    sent = connection.execute(
        select(
            at.label("at"),
            OutboxMessage.kind,
            readable(OutboxMessage.body, UNREADABLE),
            OutboxMessage.state,
            OutboxMessage.reason,
            OutboxMessage.error_code,
            OutboxMessage.settled_at,
            OutboxMessage.id,
        )
        .where(OutboxMessage.enrolment_id == person.enrolment_id)
        .order_by(at.desc(), OutboxMessage.id.desc())
        .limit(texts)
    ).all()
    taken_back = _taken_back_by(connection, person.id) if any(row.reason == TAKEN_BACK for row in sent) else {}
    received = connection.execute(
        select(
            InboundReply.id,
            InboundReply.received_at,
            readable(InboundReply.body, UNREADABLE),
            readable(InboundReply.reading),
            InboundReply.used_as,
            readable(InboundReply.answer, UNREADABLE),
            and_(InboundReply.for_coach, InboundReply.closed_at.is_(None)).label("open"),
        )
        .where(InboundReply.participant_id == person.id)
        .order_by(InboundReply.received_at.desc(), InboundReply.id.desc())
        .limit(texts)
    )
    entries = thread((_sent(row, taken_back) for row in sent), (_received(row) for row in received))
    return entries[-texts:]


def _sent(row: Any, taken_back: Mapping[int, str]) -> Sent:
    values = {name: value for name, value in row._mapping.items() if name in Sent.__slots__}
    return Sent(**values, code=row.error_code, by=taken_back.get(row.id))


def _taken_back_by(connection: Connection, participant_id: int) -> dict[int, str]:
    """Who took back which texts, by their ids."""
    rows = connection.execute(
        select(AuditEvent.actor, AuditEvent.detail)
        .where(AuditEvent.subject == f"participant {participant_id}", AuditEvent.action == "took back")
        .order_by(AuditEvent.id)
    )
    return {row.detail["text"]: row.actor for row in rows if "text" in row.detail}


def _received(row: Any) -> Received:
    reading = row.reading or {}
    return Received(
        row.id,
        row.received_at,
        row.body,
        reading.get("intent"),
        reading.get("why"),
        row.used_as,
        row.answer,
        bool(row.open),
    )


def _steps(connection: Connection, enrolment_id: int) -> list[LoggedDecision]:
    rows = connection.execute(
        select(*(getattr(Decision, name) for name in COLUMNS))
        .where(Decision.enrolment_id == enrolment_id)
        .order_by(Decision.local_on.desc(), Decision.id.desc())
        .limit(STEPS)
    )
    return [logged_from(row) for row in rows]


def _notes(connection: Connection, participant_id: int) -> list[LogEntry]:
    """Load the notes of coaches, and what they wrote when they acknowledged a flag, newest first."""
    written = connection.execute(
        select(Note.written_at, CoachAccount.email, readable(Note.body, UNREADABLE))
        .join(CoachAccount, CoachAccount.id == Note.coach_id)
        .where(Note.participant_id == participant_id)
        .order_by(Note.id.desc())
    )
    of_flags = connection.execute(
        select(Flag.acknowledged_at, CoachAccount.email, readable(Flag.note, UNREADABLE))
        .join(CoachAccount, CoachAccount.id == Flag.acknowledged_by_id)
        .where(Flag.participant_id == participant_id, Flag.note.is_not(None), Flag.acknowledged_at.is_not(None))
    )
    return sorted((LogEntry(*row) for row in (*written, *of_flags)), key=lambda entry: entry.at, reverse=True)


def _changes(connection: Connection, participant_id: int) -> list[LogEntry]:
    rows = connection.execute(
        select(AuditEvent.at, AuditEvent.actor, AuditEvent.action, AuditEvent.detail)
        .where(AuditEvent.subject == f"participant {participant_id}", AuditEvent.action.in_(CHANGED))
        .order_by(AuditEvent.id.desc())
        .limit(CHANGES)
    )
    return [
        LogEntry(row.at, row.actor, " ".join(filter(None, (row.action, (row.detail or {}).get("what")))))
        for row in rows
    ]
