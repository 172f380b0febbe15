"""Open flags as a coach works through them: by urgency, one block a person, with the words; acknowledged with a note.

A crisis is acknowledged after it was opened, with a note of what was done. Whoever acknowledged a flag may take that
back for a minute.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, case, exists, func, or_, select

from coach.accounts.signed_in import SignedIn
from coach.alerts.acknowledging import AcknowledgedFlag, acknowledge, reopen_flags
from coach.alerts.calls import AT_HAND, ATTACKED, SWALLOWED, WHERE
from coach.audit import record
from coach.database.tables import InboundReply
from coach.inbox.thread import UNREADABLE
from coach.understanding import Intent
from coach.understanding.result import READ_TOGETHER
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import Flag
from schedules.database.types import readable

URGENCY: Mapping[str, int] = {"crisis": 0, "urgent": 1, "medical": 2, "read": 3}
NOTE_NEEDED = ("crisis",)
LONGEST_NOTE = 2000
UNDO_WITHIN = timedelta(minutes=1)
MOST = 200  # flags on the page
DANGER = 2  # the gravity of a crisis; a body in danger is graver


class FlagError(ValueError):
    """Why a flag cannot be acknowledged or reopened, in one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class ShownFlag:
    """A flag with the words that raised it, and how grave they are: see `gravity_of`.

    The participant's fields are None for an unknown number.
    """

    id: int
    kind: str
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    note: str | None
    paged_at: datetime | None
    escalated_at: datetime | None
    number_hash: str | None
    reply_id: int
    words: str
    participant_id: int | None
    name: str | None
    time_zone: str
    status: str | None
    gravity: int


@dataclass(frozen=True, slots=True)
class Block:
    """All open flags of one person, the one with the worst words first."""

    flags: Sequence[ShownFlag]

    @property
    def first(self) -> ShownFlag:
        """The worst one, which says who it is."""
        return self.flags[0]


def load_blocks(connection: Connection, coach: SignedIn) -> list[Block]:
    """Load the open flags in scope: the most urgent person first, then whoever has waited longest."""
    open_ones = select(*_columns()).where(Flag.acknowledged_at.is_(None))
    urgency = case(URGENCY, value=Flag.kind, else_=len(URGENCY))
    query = _joined(open_ones).where(coach.may_see(Flag.participant_id))
    rows = connection.execute(query.order_by(urgency, Flag.opened_at, Flag.id).limit(MOST))
    flags = [_shown(row) for row in rows]
    order: dict[tuple[int | None, str | None], int] = {}
    for flag in flags:
        order.setdefault(_whose(flag), len(order))
    flags.sort(key=lambda flag: (_how_bad(flag), flag.opened_at, flag.id), reverse=True)
    flags.sort(key=lambda flag: order[_whose(flag)])  # stable: within a person the worst comes first, then the newest
    return [Block(list(group)) for _, group in groupby(flags, _whose)]


def _whose(flag: ShownFlag) -> tuple[int | None, str | None]:
    return flag.participant_id, None if flag.participant_id else flag.number_hash


def load_words(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Load the worst words of each of these participants' open flags and of the texts since, of those the newest.

    Danger told again within the hour raises no flag of its own.
    """
    query = _joined(select(*_columns())).where(Flag.participant_id.in_(ids), Flag.acknowledged_at.is_(None))
    flags = [_shown(row) for row in connection.execute(query)]
    told = [(_how_bad(flag), flag.opened_at, flag.reply_id, flag.participant_id, flag.words) for flag in flags]
    told += _told_again(connection, ids)
    return {id: words for *_, id, words in sorted(told) if id}  # the last, the worst, counts


def _told_again(connection: Connection, ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Load the texts of danger without a flag of their own since somebody's open flags, and the last one handled."""
    opened = func.min(case((Flag.acknowledged_at.is_(None), Flag.opened_at))).label("opened")
    since = select(Flag.participant_id, opened, func.max(Flag.acknowledged_at).label("handled"))
    flags = since.where(Flag.participant_id.in_(ids)).group_by(Flag.participant_id).subquery()
    words, reading = readable(InboundReply.body, UNREADABLE).label("words"), readable(InboundReply.reading)
    query = select(InboundReply.id, flags.c.participant_id, InboundReply.received_at, words, reading.label("reading"))
    query = query.join(flags, flags.c.participant_id == InboundReply.participant_id).where(
        InboundReply.intent.in_((Intent.CRISIS.value, Intent.MEDICAL.value)),
        InboundReply.received_at >= flags.c.opened,
        or_(flags.c.handled.is_(None), InboundReply.received_at > flags.c.handled),
        ~exists().where(Flag.reply_id == InboundReply.id),
    )
    told = [(gravity_of(row.reading), row) for row in connection.execute(query)]
    return [((how, 0), row.received_at, row.id, row.participant_id, row.words) for how, row in told if how >= DANGER]


def _how_bad(flag: ShownFlag) -> tuple[int, int]:
    return flag.gravity, -URGENCY.get(flag.kind, len(URGENCY))


def gravity_of(reading: Mapping[str, Any] | None) -> int:
    """Rank a flagged text by its stored reading: where they are; a body in danger; a crisis; a worry; the rest.

    An attack, an overdose and a weapon at hand are a body in danger. Danger that several texts tell only together
    counts as nothing of the last one's, which may be a plain answer.
    """
    kept = reading or {}
    if WHERE in kept:
        return 4
    if str(kept.get("why") or "").startswith(READ_TOGETHER):
        return 0
    if not {ATTACKED, SWALLOWED, AT_HAND}.isdisjoint(kept) or kept.get("urgency") == "emergency":
        return 3
    if kept.get("intent") == Intent.CRISIS:
        return DANGER
    return 1 if kept.get("worrying") else 0


def load_latest(connection: Connection, coach: SignedIn, count: int = 10) -> list[ShownFlag]:
    """Load the flags in scope that were acknowledged last."""
    query = _joined(select(*_columns()).where(Flag.acknowledged_at.is_not(None)))
    query = query.where(coach.may_see(Flag.participant_id)).order_by(Flag.acknowledged_at.desc(), Flag.id.desc())
    return [_shown(row) for row in connection.execute(query.limit(count))]


def find_flag(connection: Connection, flag_id: int, coach: SignedIn) -> ShownFlag:
    """Load a flag. Raises LookupError outside the coach's scope."""
    query = _joined(select(*_columns()).where(Flag.id == flag_id)).where(coach.may_see(Flag.participant_id))
    row = connection.execute(query).first()
    if row is None:
        raise LookupError("this is not in the coach's scope")
    return _shown(row)


def acknowledge_flag(
    connection: Connection, flag_id: int, coach: SignedIn, now: datetime, note: str | None = None
) -> AcknowledgedFlag:
    """Close a flag that the coach has seen.

    Raises LookupError outside the coach's scope, FlagError if a note is needed, or there are too many words.
    """
    shown = find_flag(connection, flag_id, coach)
    words = read_note(shown.kind, note)
    done = acknowledge(connection, flag_id, coach.id, now, coach.may_see(Flag.participant_id), words)
    if done is None:
        raise LookupError("this is not in the coach's scope")
    return done


def read_note(kind: str, note: str | None) -> str | None:
    """Return the note to store, None for none. Raises FlagError."""
    words = (note or "").strip()
    if not words and kind in NOTE_NEEDED:
        raise FlagError("Write what was done, such as whom you called and what they said. Then mark it as handled.")
    if len(words) > LONGEST_NOTE:
        raise FlagError(f"This has {len(words)} characters; a note has at most {LONGEST_NOTE}. Shorten it.")
    return words or None


def reopen_flag(connection: Connection, flag_id: int, coach: SignedIn, now: datetime) -> ShownFlag:
    """Take an acknowledgement back: the flag is open, and holds texts, as before. Its note stays to be completed.

    Raises LookupError outside the coach's scope, FlagError if it is too late or was somebody else's.
    """
    shown = find_flag(connection, flag_id, coach)
    if shown.acknowledged_at is None:
        return shown
    if shown.acknowledged_by != coach.email or abs(now - shown.acknowledged_at) > UNDO_WITHIN:
        raise FlagError("This can be undone for a minute only, by whoever did it.")
    reopen_flags(connection, Flag.id == flag_id, now)
    subject = f"participant {shown.participant_id}" if shown.participant_id else "unknown number"
    clinic_id = connection.execute(select(Participant.clinic_id).where(Participant.id == shown.participant_id)).scalar()
    record(connection, coach.email, "reopened", subject, now, clinic_id, {"flag": flag_id})
    return shown


def _columns() -> tuple[Any, ...]:
    return (
        *(Flag.id, Flag.kind, Flag.opened_at, Flag.acknowledged_at, CoachAccount.email),
        *(readable(Flag.note, UNREADABLE), Flag.paged_at, Flag.escalated_at, Flag.number_hash, Flag.reply_id),
        *(readable(InboundReply.body, UNREADABLE), Participant.id.label("participant_id")),
        *(readable(Participant.first_name), Participant.time_zone, Enrolment.status),
        readable(InboundReply.reading).label("gravity"),
    )


def _joined(query: Any) -> Any:
    return (
        query.join(InboundReply, InboundReply.id == Flag.reply_id)
        .outerjoin(Participant, Participant.id == Flag.participant_id)
        .outerjoin(Enrolment, Enrolment.participant_id == Participant.id)
        .outerjoin(CoachAccount, CoachAccount.id == Flag.acknowledged_by_id)
    )


def _shown(row: Any) -> ShownFlag:
    values = dict(zip(ShownFlag.__slots__, row, strict=True))
    gravity = gravity_of(values["gravity"])
    return ShownFlag(**values | {"time_zone": values["time_zone"] or "UTC", "gravity": gravity})
