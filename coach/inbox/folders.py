"""The folders of the inbox: open and closed replies, sent texts, and texts that did not arrive."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, text

from coach.accounts.signed_in import SignedIn
from coach.database.tables import InboundReply, ReplyClaim
from coach.inbox.thread import UNREADABLE, became
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import Flag
from schedules.database.types import readable
from schedules.outbox.states import NEVER_ARRIVED

PER_PAGE = 30
FOLDERS = ("open", "closed", "sent", "failed")
URGENCY = {"crisis": 0, "urgent": 1, "medical": 2, "read": 3}
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
    waiting = select(func.count()).select_from(InboundReply).outerjoin(Participant, _is_sender())
    return int(connection.execute(waiting.where(_is_open(), coach.may_see(InboundReply.participant_id))).scalar_one())


def load_folder(connection: Connection, folder: str, coach: SignedIn, page: int) -> Folder:
    """Load a page of one of `FOLDERS`."""
    if folder in TEXTS:
        return _texts(connection, folder, coach.scope, page)
    return _replies(connection, _is_open() if folder == "open" else _is_closed(), folder, coach, page)


def list_waiting(connection: Connection) -> list[dict[str, Any]]:
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
        .where(_is_open())
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


def _flagged() -> Any:
    """Select replies with an unacknowledged flag: these stay open even if answered."""
    return select(Flag.reply_id).where(Flag.acknowledged_at.is_(None))


def _is_open() -> ColumnElement[bool]:
    waiting = and_(InboundReply.for_coach, InboundReply.closed_at.is_(None))
    return or_(waiting, InboundReply.id.in_(_flagged()))


def _is_closed() -> ColumnElement[bool]:
    return and_(InboundReply.for_coach, InboundReply.closed_at.is_not(None), InboundReply.id.not_in(_flagged()))


def _replies(connection: Connection, which: ColumnElement[bool], folder: str, coach: SignedIn, page: int) -> Folder:
    open_flag = and_(Flag.reply_id == InboundReply.id, Flag.acknowledged_at.is_(None))
    query = (
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
        .where(which, coach.may_see(InboundReply.participant_id))
    )
    urgency = case(URGENCY, value=Flag.kind, else_=len(URGENCY))
    order = (urgency, InboundReply.received_at) if folder == "open" else (InboundReply.closed_at.desc(),)
    rows, total, page, pages = _paged(connection, query.order_by(*order, InboundReply.id), page)
    return Folder([_item(row) for row in rows], total, page, pages)


def _paged(connection: Connection, query: Any, page: int) -> tuple[Sequence[Any], int, int, int]:
    total = connection.execute(query.order_by(None).with_only_columns(func.count())).scalar_one()
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(1, page), pages)
    return connection.execute(query.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all(), total, page, pages


def _item(row: Any) -> Item:
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
    query: Any = (
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
    rows, total, page, pages = _paged(connection, query, page)
    return Folder([_sent(row) for row in rows], total, page, pages)


def _sent(row: Any) -> SentItem:
    status = became(row.state, row.reason, row.error_code)
    return SentItem(row.id, row.participant_id, row.first_name, row.time_zone, row.at, row.body, *status)
