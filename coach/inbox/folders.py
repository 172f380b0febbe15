"""The folders of the inbox: open and closed replies, sent texts, and texts that did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select, text

from coach.accounts.signed_in import SignedIn
from coach.database.tables import InboundReply, ReplyClaim
from coach.inbox.flags import URGENCY
from coach.inbox.replies import is_closed, is_open
from coach.inbox.thread import UNREADABLE, became
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import Flag
from schedules.database.types import readable
from schedules.outbox.states import NEVER_ARRIVED

PER_PAGE = 30
# The first two are cards, one a person: see `coach.inbox.cards`.
FOLDERS = ("open", "unknown", "closed", "sent", "failed")
# Literal SQL, as in their partial indexes: with bound values the database would not use those.
TEXTS = {
    "sent": "outbox_message.kind IN ('answer', 'coach')",
    "failed": "outbox_message.state IN ('undelivered', 'failed', 'expired', 'stuck')",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One reply as the inbox shows it; `participant_id` is None for an unknown number.

    `flag` and `flag_id` are the kind and id of its open flag; `claimed_by` is an email address. `unsent` is a coach's
    answer that did not arrive, and `unsent_why` says why.
    """

    id: int
    participant_id: int | None
    name: str | None
    time_zone: str
    received_at: datetime
    body: str
    read_as: str | None
    why: str | None
    answer: str | None
    flag: str | None
    flag_id: int | None
    claimed_by: str | None
    closed_at: datetime | None
    status: str | None
    unsent: str | None
    unsent_why: str | None


@dataclass(frozen=True, slots=True)
class SentItem:
    """A text of ours as a folder shows it, with its delivery status in words."""

    id: int
    participant_id: int
    name: str | None
    time_zone: str
    at: datetime
    body: str
    became: str
    detail: str | None
    failed: bool


@dataclass(frozen=True, slots=True)
class Folder:
    """A page of a folder."""

    items: Sequence[Any]
    total: int
    page: int
    pages: int


def count_open(connection: Connection, coach: SignedIn) -> int:
    """Count the replies that wait for a human."""
    return sum(count_waiting(connection, coach).values())


def count_waiting(connection: Connection, coach: SignedIn) -> dict[str, int]:
    """Count the replies that wait: `open` from participants, `unknown` from numbers that are nobody's."""
    nobodys = InboundReply.participant_id.is_(None)
    query = (
        select(nobodys, func.count())
        .select_from(InboundReply)
        .outerjoin(Participant, _is_sender())
        .where(is_open(), coach.may_see(InboundReply.participant_id))
        .group_by(nobodys)
    )
    found = {bool(row[0]): int(row[1]) for row in connection.execute(query)}
    return {"open": found.get(False, 0), "unknown": found.get(True, 0)}


def load_folder(connection: Connection, folder: str, coach: SignedIn, page: int) -> Folder:
    """Load a page of the closed replies, of the texts sent by coaches, or of those not delivered."""
    if folder in TEXTS:
        return _texts(connection, folder, coach.scope, page)
    return _replies(connection, coach, page)


def list_waiting(connection: Connection) -> list[dict[str, object]]:
    """List what waits for a human in all clinics, most urgent first: ids and reasons, no personal data."""
    flagged = _flagged_as()
    rows = connection.execute(
        select(
            InboundReply.participant_id,
            InboundReply.received_at,
            InboundReply.intent,
            readable(InboundReply.reading),
            InboundReply.retry_at,
            OutboxMessage.state,
            flagged.label("flag"),
        )
        .outerjoin(OutboxMessage, OutboxMessage.id == InboundReply.answered_by_id)
        .where(is_open())
        .order_by(case(URGENCY, value=flagged, else_=len(URGENCY)), InboundReply.received_at, InboundReply.id)
    )
    return [
        {
            "participant": row.participant_id,
            "received_at": row.received_at.isoformat().replace("+00:00", "Z"),
            "intent": row.intent,
            "why": row.flag or _why(row),
        }
        for row in rows
    ]


def _why(row: Any) -> str:
    """Return the reason in a word, without personal data."""
    if row.retry_at is not None or row.intent is None:
        return "not applied yet"
    if row.state in NEVER_ARRIVED:
        return "answer not sent"
    return str((row.reading or {}).get("for_coach") or "read")


def _flagged_as() -> Any:
    """Select the kind of a reply's open flag."""
    return (
        select(func.min(Flag.kind))  # crisis, medical, read, urgent: a reply has one in practice
        .where(Flag.reply_id == InboundReply.id, Flag.acknowledged_at.is_(None))
        .correlate(InboundReply)
        .scalar_subquery()
    )


def _is_sender() -> Any:
    return Participant.id == InboundReply.participant_id


def replies_query() -> Any:
    """Select replies with all that `item_from` needs."""
    open_flag = and_(Flag.reply_id == InboundReply.id, Flag.acknowledged_at.is_(None))
    return (
        select(
            InboundReply.id,
            readable(InboundReply.body, UNREADABLE),
            InboundReply.received_at,
            readable(InboundReply.reading),
            readable(InboundReply.answer, UNREADABLE),
            InboundReply.closed_at,
            Participant.id.label("participant_id"),
            readable(Participant.first_name),
            Participant.time_zone,
            Enrolment.status,
            Flag.kind.label("flag"),
            Flag.id.label("flag_id"),
            CoachAccount.email.label("claimed_by"),
            readable(OutboxMessage.body, UNREADABLE).label("sent"),
            OutboxMessage.state,
            OutboxMessage.reason,
            OutboxMessage.error_code,
        )
        .outerjoin(OutboxMessage, OutboxMessage.id == InboundReply.answered_by_id)
        .outerjoin(Participant, _is_sender())
        .outerjoin(Enrolment, Enrolment.participant_id == Participant.id)
        .outerjoin(Flag, open_flag)
        .outerjoin(ReplyClaim, ReplyClaim.reply_id == InboundReply.id)
        .outerjoin(CoachAccount, CoachAccount.id == ReplyClaim.coach_id)
    )


def _replies(connection: Connection, coach: SignedIn, page: int) -> Folder:
    query = replies_query().where(is_closed(), coach.may_see(InboundReply.participant_id))
    rows, total, page, pages = paged(connection, query.order_by(InboundReply.closed_at.desc(), InboundReply.id), page)
    return Folder([item_from(row) for row in rows], total, page, pages)


def paged(connection: Connection, query: Any, page: int) -> tuple[Sequence[Any], int, int, int]:
    """Return the rows of a page, how many there are on all, the page's number and how many pages there are."""
    total = connection.execute(query.order_by(None).with_only_columns(func.count())).scalar_one()
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(1, page), pages)
    return connection.execute(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all(), total, page, pages


def item_from(row: Any) -> Item:
    """Build an item from a row of `replies_query`."""
    reading, unsent = row.reading or {}, row.state in NEVER_ARRIVED
    return Item(
        id=row.id,
        participant_id=row.participant_id,
        name=row.first_name,
        time_zone=row.time_zone or "UTC",
        received_at=row.received_at,
        body=row.body,
        read_as=str(reading["intent"]).replace("_", " ") if reading.get("intent") else None,
        why=reading.get("why"),
        answer=row.answer,
        flag=row.flag,
        flag_id=row.flag_id,
        claimed_by=row.claimed_by,
        closed_at=row.closed_at,
        status=row.status,
        unsent=row.sent if unsent else None,
        unsent_why=became(row.state, row.reason, row.error_code)[0].rstrip(".") if unsent else None,
    )


def _texts(connection: Connection, folder: str, scope: ColumnElement[bool], page: int) -> Folder:
    query: object = (
        select(
            OutboxMessage.id,
            readable(OutboxMessage.body, UNREADABLE),
            OutboxMessage.state,
            OutboxMessage.reason,
            OutboxMessage.error_code,
            OutboxMessage.created_at,
            func.coalesce(OutboxMessage.accepted_at, OutboxMessage.due_at).label("at"),
            Participant.id.label("participant_id"),
            readable(Participant.first_name),
            Participant.time_zone,
        )
        # `+ 0` keeps the planner from starting at the enrolments, which would read everyone's texts.
        .join(Enrolment, Enrolment.id == OutboxMessage.enrolment_id + 0)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(text(TEXTS[folder]), scope)
        .order_by(OutboxMessage.created_at.desc(), OutboxMessage.id.desc())
    )
    rows, total, page, pages = paged(connection, query, page)
    return Folder([_sent(row) for row in rows], total, page, pages)


def _sent(row: Any) -> SentItem:
    status = became(row.state, row.reason, row.error_code)
    return SentItem(row.id, row.participant_id, row.first_name, row.time_zone, row.at, row.body, *status)
