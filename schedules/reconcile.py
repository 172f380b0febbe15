"""Find out what became of texts in doubt: a lost worker, a late answer, a dropped connection. Decides nothing.

A signed status callback (see `record_receipt`) is the fast way; asking the provider for its list is the sure one.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, and_, case, insert, or_, select, update

from schedules.db import writing
from schedules.delivery import RANK, STATE_OF_STATUS, error_code, when_not_found
from schedules.dispatch import Dispatcher
from schedules.enrolment import record_opt_out
from schedules.gateway import GatewayDownError, ProviderMessage
from schedules.models import DeliveryReceipt, Enrolment, OutboxMessage, Participant
from schedules.outbox import Settled, doubt_expired_leases, requeue, settle

BATCH = 200
# The provider's clock and ours may differ by this much.
SKEW = timedelta(minutes=2)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A message that may or may not have been taken."""

    id: int
    phone: str
    body: str
    claimed_at: datetime
    lease_until_at: datetime
    expires_at: datetime


def reconcile(dispatcher: Dispatcher) -> Counter[str]:
    """Resolve what can be resolved now. Returns how many were reconciled (found or queued again) and expired."""
    totals: Counter[str] = Counter()
    with writing(dispatcher.engine) as connection:
        doubt_expired_leases(connection, dispatcher.now())
        doubtful = load_doubtful(connection)
    for message in doubtful:
        try:
            found = find_at_provider(dispatcher, message)
        except GatewayDownError as error:
            log.warning("reconcile_postponed", reason=str(error))
            break
        with writing(dispatcher.engine) as connection:
            totals[_resolve(connection, message, found, dispatcher.now())] += 1
    return totals


def load_doubtful(connection: Connection) -> list[Doubtful]:
    """The messages longest in doubt."""
    rows = connection.execute(
        select(
            OutboxMessage.id,
            Participant.phone,
            OutboxMessage.body,
            OutboxMessage.claimed_at,
            OutboxMessage.lease_until_at,
            OutboxMessage.expires_at,
        )
        .join(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(OutboxMessage.state == "unknown")
        .order_by(OutboxMessage.claimed_at)
        .limit(BATCH)
    )
    return [
        Doubtful(row.id, row.phone, row.body, row.claimed_at, row.lease_until_at, row.expires_at)
        for row in rows
        if row.phone and row.claimed_at and row.lease_until_at  # a claim set both; an erased person has no phone
    ]


def find_at_provider(dispatcher: Dispatcher, message: Doubtful) -> ProviderMessage | None:
    """The provider's message with these words to this number since the claim, if it lists one."""
    for listed in dispatcher.gateway.messages_to(message.phone, message.claimed_at - SKEW):
        if listed.body == message.body:
            return listed
    return None


def _resolve(connection: Connection, message: Doubtful, found: ProviderMessage | None, now: datetime) -> str:
    if found:
        state = STATE_OF_STATUS.get(found.status, "accepted")
        settle(connection, [Settled(message.id, state, found.sid, found.error_code, "reconciled")], now)
        return "reconciled"
    verdict = when_not_found(message.lease_until_at, message.expires_at, now)
    if verdict == "resend":
        requeue(connection, [(message.id, now)])
        return "reconciled"
    if verdict == "give_up":
        settle(connection, [Settled(message.id, "expired", reason="never_accepted")], now)
        return "expired"
    return "waiting"


def record_receipt(
    connection: Connection, *, token: str | None, sid: str, status: str, code: int | None, now: datetime
) -> str:
    """Record one status callback and move its message forward if it says something new. Returns what happened.

    Any order, twice, and earlier than the answer to the create are all normal: the token finds the message even then.
    """
    wanted = OutboxMessage.provider_sid == sid
    if token:
        wanted = or_(wanted, OutboxMessage.token == token)
    found = connection.execute(
        select(OutboxMessage.id, OutboxMessage.state, Participant.number_hash)
        .outerjoin(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .outerjoin(Participant, Participant.id == Enrolment.participant_id)
        .where(wanted)
        .limit(1)
    ).first()
    if found is None:
        return "unmatched"
    connection.execute(
        insert(DeliveryReceipt).values(
            outbox_message_id=found.id, provider_sid=sid, status=status, error_code=code, received_at=now
        )
    )
    if error_code(code).treat_as == "opted_out" and found.number_hash:
        record_opt_out(connection, found.number_hash, now, source="carrier (21610)")
    return "moved" if _move_forward(connection, found.id, sid, status, code, now) else "seen"


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
