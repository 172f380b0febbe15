"""The inbox as cards: all that waits of one person together, the most urgent person first.

A card shows the last texts of both sides, and every text that has an open flag. Numbers that are nobody's have cards of
their own, one a number, in a folder for leads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, or_, select

from coach.accounts.signed_in import SignedIn
from coach.database.tables import InboundReply, ReplyClaim
from coach.inbox.claims import Colleague, colleagues_of
from coach.inbox.flags import URGENCY
from coach.inbox.folders import Folder, Item, item_from, paged, replies_query
from coach.inbox.replies import is_open, is_waiting
from coach.inbox.thread import UNREADABLE, Received, Sent, ThreadEntry, thread
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import Flag
from schedules.database.types import readable

# How many texts a card shows: of theirs and of ours, whatever became of them, and of those that wait.
THEIRS, OURS, WAITING = 2, 1, 8
KINDS: Mapping[str, str] = {
    "crisis": "Crisis",
    "urgent": "Urgent",
    "medical": "Medical",
    "read": "Please read",
    "other": "Without a flag",
}
OWNERS: Mapping[str, str] = {"mine": "Assigned to me", "nobody": "Assigned to nobody"}


@dataclass(frozen=True, slots=True)
class CardQuery:
    """Which cards: `folder` open or unknown, those with a flag of a kind, those assigned to me or nobody; a page."""

    folder: str = "open"
    kind: str = ""
    owner: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Card:
    """One person's part of the inbox. `waiting` are the replies to answer or close, oldest first.

    `count` is how many wait in all; `flagged` are replies that were dealt with but whose flag is open.
    """

    participant_id: int | None
    name: str | None
    time_zone: str
    status: str | None
    count: int
    waiting: Sequence[Item]
    flagged: Sequence[Item]
    bubbles: Sequence[ThreadEntry]
    colleagues: Sequence[Colleague] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What names the card on its page."""
        return str(self.participant_id or f"r{self.last.id}")

    @property
    def last(self) -> Item:
        """The reply that an answer answers: the latest that waits."""
        return self.waiting[-1] if self.waiting else self.flagged[-1]

    @property
    def claimed_by(self) -> str | None:
        """Who is answering."""
        return next((item.claimed_by for item in reversed(self.waiting) if item.claimed_by), None)

    @property
    def flags(self) -> dict[int, str]:
        """The open flags, the most urgent first."""
        found = {item.flag_id: item.flag for item in (*self.waiting, *self.flagged) if item.flag_id and item.flag}
        return dict(sorted(found.items(), key=lambda one: URGENCY.get(one[1], len(URGENCY))))

    @property
    def unsent(self) -> Item | None:
        """The latest reply whose answer did not arrive."""
        return next((item for item in reversed(self.waiting) if item.unsent is not None), None)


def load_cards(connection: Connection, coach: SignedIn, wanted: CardQuery) -> Folder:
    """Load a page of cards."""
    rows, total, page, pages = paged(connection, _senders(coach, wanted), wanted.page)
    if wanted.folder == "unknown":
        cards = _unknown(connection, [row.sender for row in rows])
    else:
        cards = _people(connection, [row.sender for row in rows])
    return Folder([card for card in cards if card.waiting or card.flagged], total, page, pages)


def _sender(folder: str) -> Any:
    return InboundReply.number_hash if folder == "unknown" else InboundReply.participant_id


def _senders(coach: SignedIn, wanted: CardQuery) -> Select[object]:
    """Select who has something open, the most urgent first and then whoever has waited longest."""
    urgency = case(URGENCY, value=Flag.kind, else_=len(URGENCY))
    open_flag = and_(Flag.reply_id == InboundReply.id, Flag.acknowledged_at.is_(None))
    of_folder = InboundReply.participant_id.is_(None) == (wanted.folder == "unknown")
    grouped = (
        select(
            _sender(wanted.folder).label("sender"),
            func.min(urgency).label("urgency"),
            func.min(InboundReply.received_at).label("since_at"),
        )
        .outerjoin(Participant, Participant.id == InboundReply.participant_id)
        .outerjoin(Flag, open_flag)
        .outerjoin(ReplyClaim, ReplyClaim.reply_id == InboundReply.id)
        .where(is_open(), of_folder, coach.may_see(InboundReply.participant_id), *_filters(coach, wanted))
        .group_by(_sender(wanted.folder))
        .subquery()
    )
    return select(grouped.c.sender).order_by(grouped.c.urgency, grouped.c.since_at, grouped.c.sender)


def _filters(coach: SignedIn, wanted: CardQuery) -> list[Any]:
    found: list[object] = []
    if wanted.kind == "other":
        found.append(Flag.id.is_(None))
    elif wanted.kind:
        found.append(Flag.kind == wanted.kind)
    if wanted.owner == "mine":
        found.append(ReplyClaim.coach_id == coach.id)
    elif wanted.owner:
        found.append(ReplyClaim.reply_id.is_(None))
    return found


def _people(connection: Connection, ids: Sequence[int]) -> list[Card]:
    of_them = InboundReply.participant_id.in_(ids)
    items, counts = _items(connection, of_them, InboundReply.participant_id)
    open_ones = [item.id for own in items.values() for item in own]
    bubbles, colleagues = _bubbles(connection, ids, open_ones), colleagues_of(connection, ids)
    return [_card(items.get(id, ()), counts.get(id, 0), bubbles.get(id, ()), colleagues.get(id, ())) for id in ids]


def _unknown(connection: Connection, hashes: Sequence[str]) -> list[Card]:
    of_them = and_(InboundReply.participant_id.is_(None), InboundReply.number_hash.in_(hashes))
    items, counts = _items(connection, of_them, InboundReply.number_hash)
    return [_card(own, counts.get(one, 0), thread((), map(_theirs, own))) for one in hashes if (own := items.get(one))]


def _items(connection: Connection, of_them: Any, sender: Any) -> tuple[dict[object, list[Item]], dict[object, int]]:
    """Load the open replies by sender, oldest first: the latest that wait and all that are flagged; count the rest."""
    place = func.row_number().over(partition_by=sender, order_by=InboundReply.id.desc())
    flagged = select(Flag.reply_id).where(Flag.acknowledged_at.is_(None))
    ranked = select(InboundReply.id, place.label("place")).where(of_them, is_waiting()).subquery()
    latest = select(ranked.c.id).where(ranked.c.place <= WAITING)
    shown = or_(InboundReply.id.in_(latest), InboundReply.id.in_(flagged))
    rows = connection.execute(
        replies_query().add_columns(sender.label("sender")).where(of_them, shown).order_by(InboundReply.id)
    )
    items: dict[object, list[Item]] = {}
    for row in rows:
        items.setdefault(row.sender, []).append(item_from(row))
    counted = connection.execute(select(sender, func.count()).where(of_them, is_waiting()).group_by(sender))
    return items, {row[0]: int(row[1]) for row in counted}


def _card(
    items: Sequence[Item], count: int, bubbles: Sequence[ThreadEntry], colleagues: Sequence[Colleague] = ()
) -> Card:
    waiting = [item for item in items if item.closed_at is None]
    flagged = [item for item in items if item.closed_at is not None]
    about = items[0] if items else None
    return Card(
        about.participant_id if about else None,
        about.name if about else None,
        about.time_zone if about else "UTC",
        about.status if about else None,
        count,
        waiting,
        flagged,
        bubbles,
        colleagues,
    )


def load_last_texts(connection: Connection, participant_id: int) -> list[ThreadEntry]:
    """Load a person's last texts as a card shows them."""
    return _bubbles(connection, [participant_id])[participant_id]


def _bubbles(connection: Connection, ids: Sequence[int], open_ones: Sequence[int] = ()) -> dict[int, list[ThreadEntry]]:
    """Load each person's last texts of both sides, and those of `open_ones`, oldest first."""
    theirs, ours = _received(connection, ids, open_ones), _sent(connection, ids)
    return {id: thread(ours.get(id, ()), theirs.get(id, ())) for id in ids}


def _received(connection: Connection, ids: Sequence[int], open_ones: Sequence[int]) -> dict[int, list[Received]]:
    place = func.row_number().over(partition_by=InboundReply.participant_id, order_by=InboundReply.id.desc())
    ranked = select(InboundReply.id, place.label("place")).where(InboundReply.participant_id.in_(ids)).subquery()
    last = select(ranked.c.id).where(ranked.c.place <= THEIRS)
    rows = connection.execute(
        select(
            InboundReply.participant_id,
            InboundReply.id,
            InboundReply.received_at,
            readable(InboundReply.body, UNREADABLE),
            readable(InboundReply.reading),
            InboundReply.used_as,
            readable(InboundReply.answer, UNREADABLE),
            is_waiting().label("open"),
        )
        .where(InboundReply.participant_id.in_(ids), or_(InboundReply.id.in_(last), InboundReply.id.in_(open_ones)))
        .order_by(InboundReply.id)
    )
    found: dict[int, list[Received]] = {}
    for row in rows:
        reading = row.reading or {}
        one = Received(
            *(row.id, row.received_at, row.body, reading.get("intent"), reading.get("why")),
            *(row.used_as, row.answer, bool(row.open)),
        )
        found.setdefault(row.participant_id, []).append(one)
    return found


def _sent(connection: Connection, ids: Sequence[int]) -> dict[int, list[Sent]]:
    at = func.coalesce(OutboxMessage.accepted_at, OutboxMessage.due_at)
    place = func.row_number().over(partition_by=OutboxMessage.enrolment_id, order_by=OutboxMessage.id.desc())
    enrolments = select(Enrolment.id).where(Enrolment.participant_id.in_(ids))
    ranked = select(OutboxMessage.id, place.label("place")).where(OutboxMessage.enrolment_id.in_(enrolments)).subquery()
    rows = connection.execute(
        select(
            Enrolment.participant_id,
            at.label("at"),
            OutboxMessage.kind,
            readable(OutboxMessage.body, UNREADABLE),
            OutboxMessage.state,
            OutboxMessage.reason,
            OutboxMessage.error_code,
        )
        .join(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .where(OutboxMessage.id.in_(select(ranked.c.id).where(ranked.c.place <= OURS)))
    )
    found: dict[int, list[Sent]] = {}
    for row in rows:
        found.setdefault(row.participant_id, []).append(Sent(*row[1:]))
    return found


def _theirs(item: Item) -> Received:
    waits = item.closed_at is None
    return Received(item.id, item.received_at, item.body, item.read_as, item.why, None, item.answer, waits)
