"""Queue the digests and reminders that are due. `coach.mail.digest` decides which; `coach.mail.send` sends them.

A mail is unique by coach, kind and period, so that it is queued once even by two workers or after a restart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import Connection, Engine, and_, func, select

from coach.accounts.scope import scope_of_coach
from coach.alerts.escalation import PAGED_KINDS
from coach.database.desk_tables import Leave, on_leave
from coach.database.tables import MailMessage
from coach.mail.digest import (
    Digest,
    DigestFacts,
    Due,
    as_nag,
    as_plain_text,
    compose_digest,
    digests_due,
    nag_due,
    next_digest_on,
)
from coach.mail.unsubscribe import unsubscribe_url
from coach.summaries.as_of import load_totals, load_week_as_of, weeks_before
from coach.summaries.compute import compute_week
from coach.summaries.jobs import job_name
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import setting_aside
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.people import Participant
from schedules.database.tables.safety import Flag
from schedules.database.tables.work import PeriodicJob
from schedules.database.upsert import insert_or_ignore
from schedules.timing.local_time import dates_of_week, iso_week_of, zone

TEMPLATES = Path(__file__).parent / "templates"
# Mails older than this cannot become due again.
LOOKBACK = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class DigestContext:
    """What queueing digests needs.

    Without a mail server none is queued: otherwise outdated digests would go out once there is one.
    """

    engine: Engine
    keys: InstallationKeys
    public_url: str
    has_server: bool = True


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to queue."""

    coach_id: int
    kind: str
    period: str
    subject: str
    body: str
    html: str | None = None


@dataclass(frozen=True, slots=True)
class DigestRecipient:
    """A coach or lead who gets digests. `zone` is their own time zone, or else their clinic's."""

    id: int
    role: str
    clinic_id: int
    digest: str
    zone: str


@dataclass(frozen=True, slots=True)
class FlagToMail:
    """An unacknowledged flag, and the clinic and coach of its participant."""

    participant_id: int
    kind: str
    opened_at: datetime
    clinic_id: int
    coach_id: int | None


def queue_digests(context: DigestContext, now: datetime) -> int:
    """Queue the digests and reminders that are due. Return how many were queued."""
    queued = 0
    if not context.has_server:
        return queued
    with read_transaction(context.engine) as connection:
        flags = _load_open_flags(connection, now)
        recipients = _load_recipients(connection)
        already_queued = _already_queued(connection, now)
        stored_mornings = _stored_mornings(connection)
    for recipient in recipients:
        with setting_aside(context.engine, "digest", recipient.id, now):
            for due in _due(recipient, flags, now):
                key = (recipient.id, _kind(due), due.period)
                stored = stored_mornings.get(job_name(recipient.clinic_id), "")
                if key in already_queued or (due.kind == "weekly" and stored < _monday_after(due.period)):
                    continue
                with read_transaction(context.engine) as connection:
                    mail = _compose(connection, context, recipient, due, flags, now)
                queued += _queue(context.engine, mail, now) if mail else 0
    return queued


def _kind(due: Due) -> str:
    return "nag" if due.kind == "nag" else "digest"


def _monday_after(week: str) -> str:
    return (dates_of_week(week)[1] + timedelta(days=1)).isoformat()


def _load_recipients(connection: Connection) -> list[DigestRecipient]:
    rows = connection.execute(
        select(
            CoachAccount.id,
            CoachAccount.role,
            CoachAccount.clinic_id,
            CoachAccount.digest,
            func.coalesce(CoachAccount.time_zone, Clinic.time_zone).label("zone"),
        )
        .join(Clinic, Clinic.id == CoachAccount.clinic_id)
        .where(CoachAccount.active, CoachAccount.role.in_(("coach", "lead")))
        .order_by(CoachAccount.id)
    )
    return [DigestRecipient(**row._asdict()) for row in rows]


def _load_open_flags(connection: Connection, now: datetime) -> list[FlagToMail]:
    """Load the open flags; that of a coach on leave counts as their stand-in's."""
    coach = func.coalesce(Leave.stand_in_id, Participant.coach_id).label("coach_id")
    rows = connection.execute(
        select(Flag.participant_id, Flag.kind, Flag.opened_at, Participant.clinic_id, coach)
        .join(Participant, Participant.id == Flag.participant_id)
        .outerjoin(Leave, and_(Leave.coach_id == Participant.coach_id, on_leave(now)))
        .where(Flag.acknowledged_at.is_(None), Flag.kind.in_(PAGED_KINDS))
        .order_by(Flag.id)
    )
    return [FlagToMail(**row._asdict()) for row in rows]


def _already_queued(connection: Connection, now: datetime) -> set[tuple[int, str, str]]:
    rows = connection.execute(
        select(MailMessage.coach_id, MailMessage.kind, MailMessage.period).where(
            MailMessage.period.is_not(None), MailMessage.due_at > now - LOOKBACK
        )
    )
    return {(row[0], row[1], row[2] or "") for row in rows}


def _stored_mornings(connection: Connection) -> dict[str, str]:
    """Return the morning for which each clinic's summaries were last stored, by job name."""
    jobs = select(PeriodicJob.name, PeriodicJob.done_for).where(PeriodicJob.name.startswith("summaries:"))
    return dict(connection.execute(jobs).all())


def _due(recipient: DigestRecipient, flags: Sequence[FlagToMail], now: datetime) -> list[Due]:
    local_now = now.astimezone(zone(recipient.zone))
    last_week = iso_week_of(local_now.date() - timedelta(days=local_now.isoweekday()))
    nag = nag_due([flag.opened_at for flag in _flags_for(recipient, flags)], local_now)
    return [*digests_due(recipient.digest, local_now, last_week), *([nag] if nag else [])]


def _flags_for(recipient: DigestRecipient, flags: Sequence[FlagToMail]) -> list[FlagToMail]:
    """Leads are reminded of all participants of the clinic, coaches of their own."""
    here = [flag for flag in flags if flag.clinic_id == recipient.clinic_id]
    return here if recipient.role == "lead" else [flag for flag in here if flag.coach_id == recipient.id]


def _compose(
    connection: Connection,
    context: DigestContext,
    recipient: DigestRecipient,
    due: Due,
    flags: Sequence[FlagToMail],
    now: datetime,
) -> NewMail | None:
    """Return the mail, or None if there is nobody to report on."""
    home_url = context.public_url + "/"
    if due.kind == "nag":
        subject, body = as_nag([(flag.participant_id, flag.kind) for flag in _flags_for(recipient, flags)], home_url)
        return NewMail(recipient.id, "nag", due.period, subject, body)
    facts = _gather(connection, context, recipient, due, now)
    if not facts.summaries:
        return None
    digest = compose_digest(facts)
    return NewMail(recipient.id, "digest", due.period, digest.subject, as_plain_text(digest), as_html(digest))


def _gather(
    connection: Connection, context: DigestContext, recipient: DigestRecipient, due: Due, now: datetime
) -> DigestFacts:
    """Gather the last week as stored (weekly digest), or this week up to yesterday (daily digest)."""
    today = now.astimezone(zone(recipient.zone)).date()
    scope = scope_of_coach(recipient.role, recipient.id, recipient.clinic_id)
    if due.kind == "weekly":
        week, batches = due.period, load_week_as_of(connection, due.period, now, scope)
    else:
        week = iso_week_of(today - timedelta(days=1))
        batches = compute_week(connection, week, now, scope)
    first, sunday = dates_of_week(week)
    totals = load_totals(connection, weeks_before(week), now, scope)
    return DigestFacts(
        due,
        first,
        min(sunday, today - timedelta(days=1)),
        [summary for batch in batches for summary in batch],
        [(earlier, totals[earlier][1]) for earlier in weeks_before(week) if earlier in totals],
        next_digest_on(recipient.digest, today),
        context.public_url + "/",
        unsubscribe_url(context.public_url, context.keys, recipient.id),
    )


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)


def as_html(digest: Digest) -> str:
    """Render the HTML mail with inline styles, because many mail programs ignore style sheets."""
    return css_inline.inline(_environment().get_template("digest.html").render(digest=digest))


def _queue(engine: Engine, mail: NewMail, now: datetime) -> int:
    with write_transaction(engine) as connection:
        row = {name: getattr(mail, name) for name in NewMail.__slots__} | {"state": "queued", "due_at": now}
        queued = insert_or_ignore(connection, MailMessage, row, key=("coach_id", "kind", "period"))
        return int(queued is not None)
