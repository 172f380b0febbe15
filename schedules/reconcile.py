"""Find out what became of texts in doubt: a lost worker, a late answer, a dropped connection. Decides nothing.

A signed status callback (see `record_receipt`) is the fast way; asking the provider for its list is the sure one.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import structlog
from sqlalchemy import Connection, and_, case, func, insert, or_, select, update

from schedules.db import UtcInstant, readable, reading, writing
from schedules.dead_numbers import clear_dead_number, record_dead_number
from schedules.delivery import NOT_ARRIVED, RANK, STATE_OF_STATUS, SURFACES_WITHIN, when_not_found
from schedules.dispatch import Dispatcher
from schedules.enrolment import record_opt_out
from schedules.failures import failure_of
from schedules.gateway import GatewayDownError, ProviderMessage
from schedules.models import CoachAccount, DeliveryReceipt, Enrolment, OutboxMessage, Participant
from schedules.models_of_safety import DeadNumber
from schedules.outbox import RECIPIENT_PHONE, doubt_expired_leases, requeue, settle
from schedules.outcomes import Settled

BATCH = 200
PASS_SECONDS = 20.0
LOOK_AT_ONCE = timedelta(seconds=20)
# The provider's clock and ours may differ by this much.
SKEW = timedelta(minutes=2)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A message that may or may not have been taken."""

    id: int
    attempts: int
    phone: str
    number_hash: str
    coach_id: int | None
    body: str
    claimed_at: datetime
    doubted_at: datetime
    expires_at: datetime


def reconcile(dispatcher: Dispatcher) -> Counter[str]:
    """Resolve what can be resolved now. Returns how many were reconciled (found or queued again) and expired.

    Each text is asked about when it has just come into doubt and again when the provider has had its time, no more.
    """
    totals, ends = Counter[str](), monotonic() + PASS_SECONDS
    after: int | None = 0
    with writing(dispatcher.engine) as connection:
        doubt_expired_leases(connection, dispatcher.now())
    while after is not None and monotonic() < ends and not dispatcher.stopping.is_set():
        with reading(dispatcher.engine) as connection:
            doubtful, after = load_doubtful(connection, dispatcher.now(), after)
        try:
            found = list(dispatcher.lanes.map(lambda one: find_at_provider(dispatcher, one), doubtful))
        except GatewayDownError as error:
            log.warning("reconcile_postponed", reason=str(error))
            break
        with writing(dispatcher.engine) as connection:
            for message, listed in zip(doubtful, found, strict=True):
                totals[_resolve(connection, message, listed, dispatcher.now())] += 1
    return totals


def load_doubtful(connection: Connection, now: datetime, after: int) -> tuple[list[Doubtful], int | None]:
    """Messages in doubt that are worth asking about now, by id, from the one after `after` on; the last id, if any.

    Whose number or words cannot be decrypted stays in doubt: there is nothing to ask for.
    """
    doubted_at = func.coalesce(OutboxMessage.doubted_at, OutboxMessage.lease_until_at, type_=UtcInstant())
    rows = connection.execute(
        select(
            OutboxMessage.id,
            OutboxMessage.attempts,
            readable(RECIPIENT_PHONE).label("phone"),
            func.coalesce(Participant.number_hash, CoachAccount.number_hash).label("number_hash"),
            OutboxMessage.coach_id,
            readable(OutboxMessage.body),
            OutboxMessage.claimed_at,
            doubted_at.label("doubted_at"),
            OutboxMessage.expires_at,
        )
        .outerjoin(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .outerjoin(Participant, Participant.id == Enrolment.participant_id)
        .outerjoin(CoachAccount, CoachAccount.id == OutboxMessage.coach_id)
        .where(
            OutboxMessage.state == "unknown",
            RECIPIENT_PHONE.is_not(None),  # an erased person has no phone, and nothing to ask the provider for
            OutboxMessage.id > after,
            or_(doubted_at > now - LOOK_AT_ONCE, doubted_at <= now - SURFACES_WITHIN),
        )
        .order_by(OutboxMessage.id)
        .limit(BATCH)
    ).all()
    doubtful = [Doubtful(**row._mapping) for row in rows if row.phone is not None and row.body is not None]
    return doubtful, rows[-1].id if rows else None


def find_at_provider(dispatcher: Dispatcher, message: Doubtful) -> list[ProviderMessage]:
    """The provider's messages with these words to this number since the claim; redacted ones may have been these."""
    listed = dispatcher.gateway.messages_to(message.phone, message.claimed_at - SKEW)
    return [one for one in listed if one.body in (message.body, "")]


def _resolve(connection: Connection, message: Doubtful, listed: list[ProviderMessage], now: datetime) -> str:
    found = _not_another(connection, listed)
    if found:
        state = STATE_OF_STATUS.get(found.status, "accepted")
        settle(
            connection, [Settled(message.id, message.attempts, state, found.sid, found.error_code, "reconciled")], now
        )
        code = found.error_code if state in NOT_ARRIVED else None
        _tell_of_number(connection, message, code, message.claimed_at, now)
        return "reconciled"
    verdict = when_not_found(message.doubted_at, message.expires_at, now)
    if verdict == "resend":
        requeue(connection, [(message.id, message.attempts, now)])
        return "reconciled"
    if verdict == "give_up":
        settle(connection, [Settled(message.id, message.attempts, "expired", reason="never_accepted")], now)
        return "expired"
    return "waiting"


def _not_another(connection: Connection, listed: list[ProviderMessage]) -> ProviderMessage | None:
    """The first that is not known as another message: one phone in two clinics can get the same words twice."""
    sids = [one.sid for one in listed]
    known = set(
        connection.execute(select(OutboxMessage.provider_sid).where(OutboxMessage.provider_sid.in_(sids))).scalars()
    )
    return next((one for one in listed if one.sid not in known), None)


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
    """Record one status callback and move its message forward if it says something new. Returns what happened.

    Any order, twice, and earlier than the answer to the create are all normal: the token finds the message even then.
    `to_hash` is the number that the text went to, which need not be the person's any more.
    """
    wanted = OutboxMessage.provider_sid == sid
    if token:
        wanted = or_(wanted, OutboxMessage.token == token)
    found = connection.execute(
        RECEIVER.where(wanted).order_by(case((OutboxMessage.provider_sid == sid, 0), else_=1)).limit(1)
    ).first()
    if found is None:
        return "unmatched"
    connection.execute(
        insert(DeliveryReceipt).values(
            outbox_message_id=found.id, provider_sid=sid, status=status, error_code=code, received_at=now
        )
    )
    moved = _move_forward(connection, found.id, sid, status, code, now)
    same_number = to_hash is None or to_hash == found.number_hash
    if failure_of(code).then == "opt_out" and not found.coach_id and (to_hash or found.number_hash):
        record_opt_out(connection, to_hash or found.number_hash, now, source="carrier (21610)")
    elif moved and same_number:
        handed_over = found.accepted_at or found.claimed_at or now
        state = STATE_OF_STATUS.get(status)
        _tell_of_number(connection, found, code if state in NOT_ARRIVED else None, handed_over, now)
        if state == "delivered" and found.dead_since and found.dead_since < handed_over:
            clear_dead_number(connection, found.number_hash)
    return "moved" if moved else "seen"


RECEIVER = (
    select(
        OutboxMessage.id,
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
    .with_for_update(of=OutboxMessage)  # or its participant is erased before the receipt is in
)


def _tell_of_number(
    connection: Connection, message: Any, code: int | None, handed_over: datetime, now: datetime
) -> None:
    """What a carrier's code says of the number itself; a coach who stops pages is no participant who stops."""
    then = failure_of(code).then if code else None
    if then == "opt_out" and message.coach_id is None and message.number_hash:
        record_opt_out(connection, message.number_hash, now, source="carrier (21610)")
    elif then in ("opt_out", "hold") and message.number_hash:
        record_dead_number(connection, message.number_hash, code or 0, handed_over)


def _move_forward(connection: Connection, id: int, sid: str, status: str, code: int | None, now: datetime) -> bool:
    state = STATE_OF_STATUS.get(status)
    if state is None:
        return False
    behind = tuple(name for name, rank in RANK.items() if rank < RANK[state])
    moved = connection.execute(
        update(OutboxMessage)
        .where(and_(OutboxMessage.id == id, OutboxMessage.state.in_(behind)))
        .values(
            state=state,
            provider_sid=sid,
            error_code=code,
            accepted_at=case((OutboxMessage.accepted_at.is_(None), now), else_=OutboxMessage.accepted_at),
            settled_at=now,
        )
    )
    return moved.rowcount > 0
