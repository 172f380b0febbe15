"""Applies the provider's status callbacks to their messages, and what they say about a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, and_, case, exists, func, insert, or_, select, update

from schedules.database.apart import isolate_failures
from schedules.database.set_aside import set_aside
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from schedules.database.tables.safety import DeadNumber
from schedules.dispatch.provider_match import MessageInDoubt
from schedules.enrolment.lifecycle import record_opt_out
from schedules.gateway.error_codes import failure_of
from schedules.outbox.dead_numbers import clear_dead_number, record_dead_number
from schedules.outbox.states import NOT_ARRIVED, STATE_OF_STATUS, STATE_RANK

# The width of the id column.
LONGEST_SID = 40


@dataclass(frozen=True, slots=True)
class ReceivingText:
    """A text that a receipt may be about, and what is known of its recipient's number now."""

    id: int
    token: str
    provider_sid: str | None
    enrolment_id: int | None
    coach_id: int | None
    claimed_at: datetime | None
    accepted_at: datetime | None
    number_hash: str | None
    dead_since: datetime | None


def record_receipt(
    connection: Connection,
    *,
    token: str | None,
    sid: str,
    status: str,
    code: int | None,
    now: datetime,
    to_hash: str | None = None,
) -> str:
    """Record one status callback, and advance its message if it says something new. Returns what happened.

    Callbacks may come in any order, twice, or before our create request returns: the token finds the message even then.
    `to_hash` is the number the text went to, which may no longer be the person's.
    """
    wanted = OutboxMessage.provider_sid == sid
    if token:
        wanted = or_(wanted, OutboxMessage.token == token)
    set_aside_with_it = and_(OutboxMessage.unrecorded_sid == sid, OutboxMessage.token == (token or ""))
    order = case((set_aside_with_it, 0), (OutboxMessage.provider_sid == sid, 1), else_=2)
    rows = connection.execute(FIND_RECEIVER.where(wanted).order_by(order).limit(3))
    matching = [one for row in rows if not _is_of_another(one := ReceivingText(**row._mapping), to_hash)]
    if not matching:
        return "unmatched"
    message = _choose_match(matching, token)
    move = partial(_move_forward, connection, message.id, sid, status, code, now)
    moves = isolate_failures(
        connection, [sid], lambda _: move(keep_id=len(sid) <= LONGEST_SID), lambda *_: move(keep_id=False)
    )
    if not moves:
        set_aside(connection, "receipt", message.id, ValueError(status), now)
    moved = any(moves)
    apply = partial(_apply_to_number, connection, message, status, code, to_hash, now, moved=moved)
    isolate_failures(
        connection, [message.id], lambda _: apply(), lambda id, error: _set_stop_aside(connection, id, error, now)
    )
    return "moved" if moved else "seen"


def _is_of_another(message: ReceivingText, to_hash: str | None) -> bool:
    """Whether a receipt is about a text that we no longer have: it went to another number, and this one never left.

    A database restored from a backup gives out the ids since then once more. Whoever gets the id of an enrollment that
    was lost has the same token for the same evening.
    """
    return message.claimed_at is None and None not in (to_hash, message.number_hash) and to_hash != message.number_hash


def _choose_match(matching: Sequence[ReceivingText], token: str | None) -> ReceivingText:
    """Return the text with this provider id, or the one with our token if the id was assigned twice.

    The token decides only if it belongs to somebody else's text without an id. For one person, a text may carry a
    different token because it was redated (`schedules.planning.reanchoring`).
    """
    first, *others = matching
    nameless = [one for one in others if one.provider_sid is None and one.enrolment_id != first.enrolment_id]
    return next((one for one in nameless if one.token == token != first.token), first)


FIND_RECEIVER = (
    select(
        OutboxMessage.id,
        OutboxMessage.token,
        OutboxMessage.provider_sid,
        OutboxMessage.enrolment_id,
        OutboxMessage.coach_id,
        OutboxMessage.claimed_at,
        OutboxMessage.accepted_at,
        func.coalesce(Participant.number_hash, CoachAccount.number_hash).label("number_hash"),
        DeadNumber.since_at.label("dead_since"),
    )
    .outerjoin(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
    .outerjoin(Participant, Participant.id == Enrolment.participant_id)
    .outerjoin(CoachAccount, CoachAccount.id == OutboxMessage.coach_id)
    .outerjoin(DeadNumber, DeadNumber.number_hash == func.coalesce(Participant.number_hash, CoachAccount.number_hash))
    .with_for_update(of=OutboxMessage)  # so that its participant cannot be erased before the receipt is stored
)


def _apply_to_number(
    connection: Connection,
    message: ReceivingText,
    status: str,
    code: int | None,
    to_hash: str | None,
    now: datetime,
    *,
    moved: bool,
) -> bool:
    """Apply what a receipt says about the number it went to, which may no longer be the person's."""
    number_hash = to_hash or message.number_hash
    handed_over = message.accepted_at or message.claimed_at or now
    if failure_of(code).then == "opt_out" and not message.coach_id and number_hash:
        _opt_out_by_carrier(connection, number_hash, handed_over, now)
    elif moved and number_hash and number_hash == message.number_hash:
        state = STATE_OF_STATUS.get(status)
        apply_number_code(connection, message, code if state in NOT_ARRIVED else None, handed_over, now)
        if state == "delivered" and message.dead_since and message.dead_since < handed_over:
            clear_dead_number(connection, number_hash)
    return True


def apply_number_code(
    connection: Connection,
    message: ReceivingText | MessageInDoubt,
    code: int | None,
    handed_over: datetime,
    now: datetime,
) -> None:
    """Apply a carrier's code about the number itself. A coach who stops pages has not opted out as a participant."""
    then = failure_of(code).then if code else None
    if then == "opt_out" and message.coach_id is None and message.number_hash:
        _opt_out_by_carrier(connection, message.number_hash, handed_over, now)
    elif then in ("opt_out", "hold") and message.number_hash:
        record_dead_number(connection, message.number_hash, code or 0, handed_over)


def _opt_out_by_carrier(connection: Connection, number_hash: str, handed_over: datetime, now: datetime) -> None:
    """Record an opt-out, unless the number's owner has texted START since the text was handed over."""
    returned = exists().where(
        ConsentEvent.participant_id == Participant.id,
        Participant.number_hash == number_hash,
        ConsentEvent.kind == "opted_in",
        ConsentEvent.at > handed_over,
    )
    if not connection.execute(select(returned)).scalar():
        record_opt_out(connection, number_hash, now, source="carrier (21610)")


def _set_stop_aside(connection: Connection, message_id: int, error: Exception, now: datetime) -> bool:
    set_aside(connection, "stop", message_id, error, now)
    return False


def _move_forward(
    connection: Connection, id: int, sid: str, status: str, code: int | None, now: datetime, *, keep_id: bool
) -> bool:
    """Store a receipt and advance its message. The id is dropped if another text has it: the state matters more."""
    receipt = {"outbox_message_id": id, "provider_sid": sid[:LONGEST_SID], "status": status, "error_code": code}
    connection.execute(insert(DeliveryReceipt).values(**receipt, received_at=now))
    state = STATE_OF_STATUS.get(status)
    if state is None:
        return False
    behind = tuple(name for name, rank in STATE_RANK.items() if rank < STATE_RANK[state])
    moved = connection.execute(
        update(OutboxMessage)
        .where(and_(OutboxMessage.id == id, OutboxMessage.state.in_(behind)))
        .values(
            state=state,
            provider_sid=sid if keep_id else OutboxMessage.provider_sid,
            error_code=code,
            accepted_at=case((OutboxMessage.accepted_at.is_(None), now), else_=OutboxMessage.accepted_at),
            settled_at=now,
        )
    )
    return moved.rowcount > 0
