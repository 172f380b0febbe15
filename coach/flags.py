"""Flags: what is open, telling coaches of it, and acknowledging it. Decides by `coach.paging`.

A page and its mark on the flag are written in one transaction, and leave by the same outbox as every text: told once,
whatever dies when.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, exists, insert, or_, select, true, update

from coach.audit import record
from coach.models import Flag, MailMessage
from coach.paging import ESCALATE_AFTER, PAGED_KINDS, OpenFlag, Page, next_page
from content.catalogue import Catalogue, render
from schedules.db import readable, reading, writing
from schedules.keys import InstallationKeys
from schedules.models import CoachAccount, Enrolment, OutboxMessage, Participant
from schedules.statements import find_first

# A page that could not leave within a day is no news any more; the flag itself stays open.
PAGE_STANDS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pager:
    """What paging needs; `home_url` is where coaches sign in."""

    engine: Engine
    catalogue: Catalogue
    keys: InstallationKeys
    home_url: str


@dataclass(frozen=True, slots=True)
class Staff:
    """A clinic's active accounts, by what they are paged as."""

    coaches: tuple[int, ...]
    leads: tuple[int, ...]


def page_open_flags(pager: Pager, now: datetime) -> int:
    """Queue every page that is due. Returns how many."""
    with reading(pager.engine) as connection:
        if not connection.execute(select(exists().where(_is_due(now)))).scalar():
            return 0
    with writing(pager.engine) as connection:
        pages = _due_pages(connection, now)
        for page in pages:
            _queue(pager, connection, page, now)
    return len(pages)


def _is_due(now: datetime) -> ColumnElement[bool]:
    unescalated = and_(Flag.escalated_at.is_(None), Flag.paged_at <= now - ESCALATE_AFTER)
    return and_(Flag.acknowledged_at.is_(None), Flag.kind.in_(PAGED_KINDS), or_(Flag.paged_at.is_(None), unescalated))


def _due_pages(connection: Connection, now: datetime) -> list[Page]:
    rows = connection.execute(
        select(
            Flag.id,
            Flag.kind,
            Flag.participant_id,
            Participant.coach_id,
            Flag.paged_at,
            Flag.escalated_at,
            Participant.clinic_id,
        )
        .join(Participant, Participant.id == Flag.participant_id)
        .where(_is_due(now))
        .order_by(Flag.id)
        .with_for_update(of=Flag, skip_locked=True)
    ).all()
    staff = _staff(connection, {row.clinic_id for row in rows})
    pages = (
        next_page(OpenFlag(*row[:6]), staff[row.clinic_id].coaches, staff[row.clinic_id].leads, now) for row in rows
    )
    return [page for page in pages if page]


def _staff(connection: Connection, clinic_ids: set[int]) -> dict[int, Staff]:
    found: dict[tuple[int | None, str], list[int]] = defaultdict(list)
    for row in connection.execute(
        select(CoachAccount.id, CoachAccount.clinic_id, CoachAccount.role)
        .where(CoachAccount.clinic_id.in_(clinic_ids), CoachAccount.active)
        .order_by(CoachAccount.id)
    ):
        found[row.clinic_id, row.role].append(row.id)
    return {
        clinic_id: Staff(
            tuple(found[clinic_id, "coach"] + found[clinic_id, "lead"]),
            tuple(found[clinic_id, "lead"] + found[clinic_id, "admin"]),
        )
        for clinic_id in clinic_ids
    }


def _queue(pager: Pager, connection: Connection, page: Page, now: datetime) -> None:
    """A text to every phone and a mail to every address of the page's accounts, and the mark on the flag."""
    flag = page.flag
    key = "still_open_escalated" if page.level == "escalated" else f"coach_page_{flag.kind}"
    [text, *_] = pager.catalogue.texts_for(key, "en")
    facts = {"participant": f"participant {flag.participant_id}", "url": pager.home_url}
    body = render(text, **{placeholder.name: facts[placeholder.name] for placeholder in text.placeholders})
    for coach in _accounts(connection, page.coach_ids):
        if coach.phone:
            connection.execute(
                insert(OutboxMessage).values(
                    coach_id=coach.id,
                    kind="page",
                    body=body,
                    text_id=text.id,
                    text_version=text.version,
                    token=pager.keys.token("page", flag.id, page.level, coach.id),
                    state="queued",
                    due_at=now,
                    expires_at=now + PAGE_STANDS,
                    created_at=now,
                )
            )
        connection.execute(
            insert(MailMessage).values(
                coach_id=coach.id,
                flag_id=flag.id,
                kind="page",
                subject=f"{flag.kind.capitalize()}: participant {flag.participant_id} needs you now",
                body=f"{body}\n\n{pager.home_url}\n",
                state="queued",
                due_at=now,
            )
        )
    marked = {"paged_at": now} if page.level == "first" else {"escalated_at": now}
    connection.execute(update(Flag).where(Flag.id == flag.id).values(**marked))


def _accounts(connection: Connection, ids: Sequence[int]) -> Sequence[Any]:
    return connection.execute(
        select(CoachAccount.id, readable(CoachAccount.phone)).where(CoachAccount.id.in_(ids)).order_by(CoachAccount.id)
    ).all()


def acknowledge(
    connection: Connection, flag_id: int, coach_id: int, now: datetime, scope: ColumnElement[bool] | None = None
) -> int | None:
    """A coach has seen it: the flag closes, and texts held for a crisis go on. Returns the participant, or None if the
    flag is not in the coach's scope.
    """
    found = connection.execute(
        select(Flag.participant_id, Participant.clinic_id, CoachAccount.email)
        .join(Participant, Participant.id == Flag.participant_id)
        .join(CoachAccount, CoachAccount.id == coach_id)
        .where(Flag.id == flag_id, true() if scope is None else scope)
    ).one_or_none()
    if found is None:
        return None
    marked = connection.execute(
        update(Flag)
        .where(Flag.id == flag_id, Flag.acknowledged_at.is_(None))
        .values(acknowledged_at=now, acknowledged_by_id=coach_id)
    )
    if marked.rowcount:
        subject = f"participant {found.participant_id}"
        record(connection, found.email, "acknowledged", subject, now, found.clinic_id, {"flag": flag_id})
    still_open = exists().where(
        Flag.participant_id == found.participant_id, Flag.kind == "crisis", Flag.acknowledged_at.is_(None)
    )
    connection.execute(
        update(Enrolment)
        .where(Enrolment.participant_id == found.participant_id, Enrolment.held_for == "crisis", ~still_open)
        .values(held_for=None)
    )
    return int(found.participant_id)


# Built once: every text that comes in asks this.
OPEN_PAGE = (
    select(Flag.id, Flag.participant_id, CoachAccount.id.label("coach_id"))
    .join(MailMessage, MailMessage.flag_id == Flag.id)
    .join(CoachAccount, CoachAccount.id == MailMessage.coach_id)
    .where(CoachAccount.number_hash == bindparam("number"), Flag.acknowledged_at.is_(None))
    .order_by(Flag.id.desc())
    .limit(1)
)


def find_open_page(connection: Connection, number_hash: str) -> Any:
    """What a coach with this number was paged about last and nobody has seen: a text of theirs means that they have."""
    return find_first(connection, OPEN_PAGE, number=number_hash)
