"""Queue the digests and reminders that are due; `coach.mail.send` sends them. Decides nothing.

`coach.mail.digest` does.

A mail is unique by coach, kind and period, so that two workers, or one that died and came back, queue it once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader
from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from coach.accounts.scope import scope_of_coach
from coach.alerts.escalation import PAGED_KINDS
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
from coach.summaries.as_of import load_totals, load_week, weeks_before
from coach.summaries.compute import compute_week
from coach.summaries.jobs import job_name
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import setting_aside
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.people import Participant
from schedules.database.tables.safety import Flag
from schedules.database.tables.work import PeriodicJob
from schedules.timing.local_time import dates_of_week, iso_week_of, zone

TEMPLATES = Path(__file__).parent / "templates"
# Older mails cannot be due again.
LOOKED_BACK = timedelta(days=9)


@dataclass(frozen=True, slots=True)
class DigestContext:
    """What queueing digests needs. Without a mail server none is queued: old news would leave once there is one."""

    engine: Engine
    keys: InstallationKeys
    public_url: str
    has_server: bool = True


@dataclass(frozen=True, slots=True)
class Mail:
    """One row to queue."""

    coach_id: int
    kind: str
    period: str
    subject: str
    body: str
    html: str | None = None


def queue_digests(context: DigestContext, now: datetime) -> int:
    """Queue whatever digests and reminders are due. Returns how many."""
    queued = 0
    if not context.has_server:
        return queued
    with read_transaction(context.engine) as connection:
        flags = _open_flags(connection)
        accounts = _accounts(connection)
        queued_before = _queued_before(connection, now)
        done_for = _done_for(connection)
    for account in accounts:
        with setting_aside(context.engine, "digest", account.id, now):
            for due in _due(account, flags, now):
                key = (account.id, _kind(due), due.period)
                stored = done_for.get(job_name(account.clinic_id), "")
                if key in queued_before or (due.kind == "weekly" and stored < _monday_after(due.period)):
                    continue
                with read_transaction(context.engine) as connection:
                    mail = _compose(connection, context, account, due, flags, now)
                queued += _queue(context.engine, mail, now) if mail else 0
    return queued


def _kind(due: Due) -> str:
    return "nag" if due.kind == "nag" else "digest"


def _monday_after(week: str) -> str:
    return (dates_of_week(week)[1] + timedelta(days=1)).isoformat()


def _accounts(connection: Connection) -> Sequence[Any]:
    """Those who have participants: coaches and leads, with their zone, or else their clinic's."""
    return connection.execute(
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
    ).all()


def _open_flags(connection: Connection) -> Sequence[Any]:
    return connection.execute(
        select(Flag.participant_id, Flag.kind, Flag.opened_at, Participant.clinic_id, Participant.coach_id)
        .join(Participant, Participant.id == Flag.participant_id)
        .where(Flag.acknowledged_at.is_(None), Flag.kind.in_(PAGED_KINDS))
        .order_by(Flag.id)
    ).all()


def _queued_before(connection: Connection, now: datetime) -> set[tuple[int, str, str]]:
    rows = connection.execute(
        select(MailMessage.coach_id, MailMessage.kind, MailMessage.period).where(
            MailMessage.period.is_not(None), MailMessage.due_at > now - LOOKED_BACK
        )
    )
    return {(row[0], row[1], row[2] or "") for row in rows}


def _done_for(connection: Connection) -> dict[str, str]:
    """The morning that each clinic's summaries were last stored on."""
    jobs = select(PeriodicJob.name, PeriodicJob.done_for).where(PeriodicJob.name.startswith("summaries:"))
    return dict(connection.execute(jobs).all())


def _due(account: Any, flags: Sequence[Any], now: datetime) -> list[Due]:
    local_now = now.astimezone(zone(account.zone))
    last_week = iso_week_of(local_now.date() - timedelta(days=local_now.isoweekday()))
    nag = nag_due([flag.opened_at for flag in _theirs(account, flags)], local_now)
    return [*digests_due(account.digest, local_now, last_week), *([nag] if nag else [])]


def _theirs(account: Any, flags: Sequence[Any]) -> list[Any]:
    """A lead is reminded of everyone in the clinic, a coach of their own."""
    here = [flag for flag in flags if flag.clinic_id == account.clinic_id]
    return here if account.role == "lead" else [flag for flag in here if flag.coach_id == account.id]


def _compose(
    connection: Connection, context: DigestContext, account: Any, due: Due, flags: Sequence[Any], now: datetime
) -> Mail | None:
    """The mail; None for someone who has nobody to hear of."""
    home_url = context.public_url + "/"
    if due.kind == "nag":
        subject, body = as_nag([(flag.participant_id, flag.kind) for flag in _theirs(account, flags)], home_url)
        return Mail(account.id, "nag", due.period, subject, body)
    facts = _facts(connection, context, account, due, now)
    if not facts.summaries:
        return None
    digest = compose_digest(facts)
    return Mail(account.id, "digest", due.period, digest.subject, as_plain_text(digest), as_html(digest))


def _facts(connection: Connection, context: DigestContext, account: Any, due: Due, now: datetime) -> DigestFacts:
    """The week that has ended as it is stored, or this week as far as yesterday."""
    today = now.astimezone(zone(account.zone)).date()
    scope = scope_of_coach(account.role, account.id, account.clinic_id)
    if due.kind == "weekly":
        week, batches = due.period, load_week(connection, due.period, now, scope)
    else:
        week = iso_week_of(today - timedelta(days=1))
        batches = compute_week(connection, week, now, scope)
    first, sunday = dates_of_week(week)
    totals = load_totals(connection, weeks_before(week), now, scope)
    return DigestFacts(
        due,
        first,
        min(sunday, today - timedelta(days=1)),
        [one for batch in batches for one in batch],
        [(earlier, totals[earlier][1]) for earlier in weeks_before(week) if earlier in totals],
        next_digest_on(account.digest, today),
        context.public_url + "/",
        unsubscribe_url(context.public_url, context.keys, account.id),
    )


@cache
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)


def as_html(digest: Digest) -> str:
    """The mail with its styles on the elements themselves, which is all that mail programs read."""
    return css_inline.inline(_environment().get_template("digest.html").render(digest=digest))


def _queue(engine: Engine, mail: Mail, now: datetime) -> int:
    with write_transaction(engine) as connection:
        dialect_insert: Any = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
        row = {name: getattr(mail, name) for name in Mail.__slots__} | {"state": "queued", "due_at": now}
        made = connection.execute(
            dialect_insert(MailMessage)
            .values(row)
            .on_conflict_do_nothing(index_elements=["coach_id", "kind", "period"])
            .returning(MailMessage.id)
        )
        return len(made.all())
