"""Open flags, page coaches about them, and acknowledge them. `coach.alerts.escalation` decides.

A page and its mark on the flag are written in one transaction and sent through the outbox like every text, so a page is
sent once whatever fails.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, String, and_, cast, exists, insert, or_, select, update

from coach.alerts.escalation import ESCALATE_AFTER, PAGED_KINDS, OpenFlag, Page, next_page
from coach.alerts.pagers import page_token
from coach.alerts.shared_phones import is_not_to_be_called
from coach.database.desk_tables import Leave, on_leave
from coach.database.tables import MailMessage
from content.catalogue import Catalogue, render_with
from schedules.database.apart import isolate_failures
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import clear_set_aside, load_set_aside, set_aside
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Participant, Suppression
from schedules.database.tables.safety import Flag
from schedules.database.types import readable
from schedules.events.record import record_event
from schedules.outbox.queue import NewMessage, enqueue

# A page not sent within a day is dropped; the flag stays open.
PAGE_STANDS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PagingContext:
    """What paging needs; `home_url` is the sign-in page."""

    engine: Engine
    catalogue: Catalogue
    keys: InstallationKeys
    home_url: str


@dataclass(frozen=True, slots=True)
class Staff:
    """A clinic's active accounts: `coaches` are paged first, `leads` on escalation."""

    coaches: tuple[int, ...]
    leads: tuple[int, ...]


class PagedAccount(NamedTuple):
    """An account to page, with its phone if it has one."""

    id: int
    phone: str | None
    confirmed: bool


class UnknownFlag(NamedTuple):
    """An open flag of an unknown number."""

    id: int
    kind: str
    opened_at: datetime


def page_open_flags(context: PagingContext, now: datetime) -> int:
    """Queue every page that is due. Returns how many."""
    with read_transaction(context.engine) as connection:
        if not connection.execute(select(exists().where(_is_due(now)))).scalar():
            return 0
    with write_transaction(context.engine) as connection:
        due = select(Flag.id).where(_is_due(now)).order_by(Flag.id).with_for_update(skip_locked=True)
        ids = connection.execute(due).scalars().all()
        _, before = load_set_aside(connection, "flag", now)

        def queue(some: Sequence[int]) -> list[int]:
            return [_queue(context, connection, page, now) for page in _pages(connection, some, now)]

        def aside(id: int, error: Exception) -> list[int]:
            set_aside(connection, "flag", id, error, now)
            return []

        batches = isolate_failures(connection, ids, queue, aside)
        paged = [id for batch in batches for id in batch]
        clear_set_aside(connection, "flag", before & set(paged))
    return len(paged)


def _is_due(now: datetime) -> ColumnElement[bool]:
    long_ago = or_(Flag.paged_at <= now - ESCALATE_AFTER, Flag.paged_at > now + ESCALATE_AFTER)
    unescalated = and_(Flag.escalated_at.is_(None), long_ago)
    return and_(Flag.acknowledged_at.is_(None), Flag.kind.in_(PAGED_KINDS), or_(Flag.paged_at.is_(None), unescalated))


def _pages(connection: Connection, flag_ids: Sequence[int], now: datetime) -> list[Page]:
    rows = connection.execute(
        select(
            Flag.id,
            Flag.kind,
            Flag.participant_id,
            Participant.coach_id,
            Flag.paged_at,
            Flag.escalated_at,
            Participant.clinic_id,
            Flag.code,
            cast(Flag.opened_at, String).label("opened"),  # damaged or not
            Flag.number_hash,
            Suppression.number_hash.is_not(None).label("stopped"),
        )
        .outerjoin(Participant, Participant.id == Flag.participant_id)
        .outerjoin(Suppression, Suppression.number_hash == Flag.number_hash)
        .where(Flag.id.in_(flag_ids))
        .order_by(Flag.id)
    ).all()
    staff = _staff(connection, {row.clinic_id for row in rows})
    away = dict(connection.execute(select(Leave.coach_id, Leave.stand_in_id).where(on_leave(now))).all())
    pages: list[Page | None] = []
    for row in rows:
        shared = is_not_to_be_called(connection, row.number_hash, now)
        flag, clinic = OpenFlag(*row[:6], row.code, row.opened, row.stopped, shared), staff[row.clinic_id]
        pages.append(next_page(flag, clinic.coaches, clinic.leads, now, away))
    return [page for page in pages if page]


def _staff(connection: Connection, clinic_ids: set[int | None]) -> dict[int | None, Staff]:
    """Return each clinic's staff; None stands for unknown numbers and maps to the staff of all clinics.

    A clinic without staff falls back to the installation's own accounts, then to the staff of all clinics.
    """
    by_role: dict[tuple[int | None, str], list[int]] = defaultdict(list)
    query = select(CoachAccount.id, CoachAccount.clinic_id, CoachAccount.role).where(CoachAccount.active)
    leading: list[int] = []
    caring: list[int] = []
    for row in connection.execute(query.order_by(CoachAccount.id)):
        by_role[row.clinic_id, row.role].append(row.id)
        (leading if row.role in ("lead", "admin") else caring if row.role == "coach" else []).append(row.id)
    anybody = Staff(tuple(leading + caring), tuple(leading))
    elsewhere = tuple(by_role[None, "lead"] + by_role[None, "admin"])
    staff: dict[int | None, Staff] = {None: anybody}
    for clinic_id in clinic_ids - {None}:
        leads = tuple(by_role[clinic_id, "lead"] + by_role[clinic_id, "admin"])
        own = Staff(tuple(by_role[clinic_id, "coach"] + by_role[clinic_id, "lead"]), leads)
        staff[clinic_id] = own if own.coaches or own.leads else Staff(elsewhere, elsewhere) if elsewhere else anybody
    return staff


def _queue(context: PagingContext, connection: Connection, page: Page, now: datetime) -> int:
    """Queue a text and a mail to each account, and mark the flag as paged. Returns the flag's id."""
    flag = page.flag
    who = f"participant {flag.participant_id}" if flag.participant_id else "an unknown number"
    key = "still_open_escalated" if page.level == "escalated" else f"coach_page_{flag.kind}"
    if flag.stopped:
        key = "coach_page_stopped"
    if flag.shared:
        key = "coach_page_private"
    [text, *_] = context.catalogue.texts_for(key, "en")
    body = render_with(
        text, {"participant": who, "url": context.home_url, "code": flag.code or "", "kind": flag.kind.upper()}
    )
    for coach in _accounts(connection, page.coach_ids):
        if coach.phone and coach.confirmed:
            message = NewMessage(
                coach_id=coach.id,
                kind="page",
                body=body,
                text_id=text.id,
                text_version=text.version,
                token=page_token(context.keys, flag.id, flag.opened, page.level, coach.id),
                expires_at=now + PAGE_STANDS,
                created_at=now,
            )
            enqueue(connection, message)
        connection.execute(
            insert(MailMessage).values(
                coach_id=coach.id,
                flag_id=flag.id,
                kind="page",
                subject=f"{flag.kind.capitalize()}: {who} needs you now",
                body=f"{body}\n\n{context.home_url}\n",
                state="queued",
                due_at=now,
            )
        )
    marked = {"paged_at": now} if page.level == "first" else {"escalated_at": now}
    connection.execute(update(Flag).where(Flag.id == flag.id).values(**marked))
    return flag.id


def _accounts(connection: Connection, ids: Sequence[int]) -> list[PagedAccount]:
    rows = connection.execute(
        select(CoachAccount.id, readable(CoachAccount.phone), CoachAccount.phone_confirmed_at.is_not(None))
        .where(CoachAccount.id.in_(ids))
        .order_by(CoachAccount.id)
    )
    return [PagedAccount(*row) for row in rows]


def open_flag(
    connection: Connection,
    reply_id: int,
    participant_id: int | None,
    number_hash: str,
    kind: str,
    now: datetime,
    *,
    holds: bool = False,
) -> None:
    """Open a flag on a reply; repeated calls for the same reply and kind open only one.

    Every flag is opened here, so that other systems hear of it. A number that is nobody's has no clinic to tell.
    """
    if connection.execute(select(exists().where(Flag.reply_id == reply_id, Flag.kind == kind))).scalar():
        return
    row = insert(Flag).values(
        participant_id=participant_id,
        number_hash=number_hash,
        reply_id=reply_id,
        kind=kind,
        holds=holds,
        code=f"{secrets.randbelow(10**6):06d}",
        opened_at=now,
    )
    flag_id = connection.execute(row.returning(Flag.id)).scalar_one()
    if participant_id is not None:
        record_event(connection, "flag.opened", participant_id, now, flag=flag_id, kind=kind)


def load_unknown(connection: Connection) -> list[UnknownFlag]:
    """Load the open flags of unknown numbers, oldest first."""
    query = select(Flag.id, Flag.kind, Flag.opened_at).where(
        Flag.participant_id.is_(None), Flag.acknowledged_at.is_(None)
    )
    return [UnknownFlag(*row) for row in connection.execute(query.order_by(Flag.id).limit(20))]
