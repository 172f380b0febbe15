"""Find out what became of texts in doubt: a lost worker, a late answer, a dropped connection.

A signed status callback (see `schedules.dispatch.receipts`) is the fast way; asking the provider for its list is the
reliable one. Decides nothing.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog
from sqlalchemy import ColumnElement, Connection, case, func, or_, select

from schedules.database.apart import error_name, isolate_failures
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import DeliveryReceipt, OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.types import readable
from schedules.dispatch.dispatch import Dispatcher
from schedules.dispatch.provider_match import CLOCK_SKEW, MessageInDoubt, Rival, match_message
from schedules.dispatch.receipts import apply_number_code
from schedules.gateway.protocol import GatewayDownError, ProviderMessage
from schedules.outbox.claimed import RECIPIENT_PHONE
from schedules.outbox.future_times import correct_future_times
from schedules.outbox.outcomes import NOT_RECORDED, Settlement
from schedules.outbox.queue import (
    doubt_expired_leases,
    doubted_since,
    requeue,
    set_old_doubts_aside,
    set_text_aside,
    settle,
)
from schedules.outbox.states import NOT_ARRIVED, STATE_OF_STATUS, SURFACES_WITHIN, when_not_found
from schedules.outbox.waiting import is_any_in_doubt

BATCH = 200
PASS_SECONDS = 20.0
LOOK_AT_ONCE = timedelta(seconds=20)
# After this many failed requests in a row, the provider is considered down.
FAILURES_TO_GIVE_UP = 5

log = structlog.get_logger(__name__)


def reconcile(dispatcher: Dispatcher) -> Counter[str]:
    """Resolve what can be resolved now. Returns how many were reconciled (found or requeued), expired, stuck.

    Each text is looked up twice at most: when it comes into doubt, and when the provider has had its time. Nothing is
    resolved while our clock is contradicted.
    """
    totals, ends = Counter[str](), monotonic() + PASS_SECONDS
    after: int | None = 0
    now = dispatcher.believed_now()
    if now is None:
        return totals
    with read_transaction(dispatcher.engine) as connection:
        if not is_any_in_doubt(connection):
            return totals
    with write_transaction(dispatcher.engine) as connection:
        correct_future_times(connection, now)
        doubt_expired_leases(connection, now)
    asking = ProviderLookup(dispatcher)
    while after is not None and monotonic() < ends and not (dispatcher.stopping.is_set() or asking.is_in_vain()):
        with read_transaction(dispatcher.engine) as connection:
            doubtful, after = load_doubtful(connection, dispatcher.earliest_now(), after)
        found = dispatcher.pool.map(asking.about, doubtful)
        answered = [(one, listed) for one, listed in zip(doubtful, found, strict=True) if listed is not None]
        with write_transaction(dispatcher.engine) as connection:
            if (now := dispatcher.believed_now()) is None:
                return totals
            resolve, stuck = partial(_resolve_all, connection, now), partial(_cannot_be_resolved, connection, now)
            totals += sum(isolate_failures(connection, answered, resolve, stuck), Counter[str]())
    if now := dispatcher.believed_now():
        with write_transaction(dispatcher.engine) as connection:
            totals["stuck"] += set_old_doubts_aside(connection, now)
    return totals


@dataclass
class ProviderLookup:
    """The provider requests of one pass. A failure affects one text; several in a row end the pass."""

    dispatcher: Dispatcher
    failed_in_a_row: int = 0

    def is_in_vain(self) -> bool:
        """Return whether the provider seems down; the next pass tries again."""
        return self.failed_in_a_row >= FAILURES_TO_GIVE_UP

    def about(self, message: MessageInDoubt) -> list[ProviderMessage] | None:
        """Return the provider's messages that may be this text; None if the request failed."""
        if self.is_in_vain():
            return None
        try:
            listed = find_at_provider(self.dispatcher, message)
        except GatewayDownError as error:
            log.warning("reconcile_postponed", message=message.id, reason=str(error))
            self.failed_in_a_row += 1
            return None
        except Exception as error:  # a bug in the gateway
            log.error("reconcile_failed", message=message.id, reason=error_name(error))
            return None
        self.failed_in_a_row = 0
        return listed


def load_doubtful(connection: Connection, now: datetime, after: int) -> tuple[list[MessageInDoubt], int | None]:
    """Return a batch of messages in doubt worth asking about now, with ids above `after`; and its last id, if any.

    What cannot be read or decrypted stays in doubt, because there is nothing to ask for.
    """
    worth = (
        select(OutboxMessage.id)
        .where(
            OutboxMessage.state == "unknown",
            OutboxMessage.id > after,
            or_(doubted_since > now - LOOK_AT_ONCE, doubted_since <= now - SURFACES_WITHIN),
        )
        .order_by(OutboxMessage.id)
        .limit(BATCH)
    )
    ids = connection.execute(worth).scalars().all()
    parts = isolate_failures(connection, ids, partial(_load_these, connection), lambda *_: [])
    # Newest first, so that those that stay unresolved delay nobody else.
    doubtful = sorted((one for part in parts for one in part), key=lambda one: one.doubted_at, reverse=True)
    return doubtful, ids[-1] if ids else None


def _load_these(connection: Connection, ids: Sequence[int]) -> list[MessageInDoubt]:
    rows = connection.execute(
        select(
            OutboxMessage.id,
            OutboxMessage.attempts,
            readable(RECIPIENT_PHONE).label("phone"),
            func.coalesce(Participant.number_hash, CoachAccount.number_hash).label("number_hash"),
            OutboxMessage.coach_id,
            readable(OutboxMessage.body),
            OutboxMessage.claimed_at,
            doubted_since.label("doubted_at"),
            OutboxMessage.expires_at,
        )
        .outerjoin(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .outerjoin(Participant, Participant.id == Enrolment.participant_id)
        .outerjoin(CoachAccount, CoachAccount.id == OutboxMessage.coach_id)
        .where(OutboxMessage.id.in_(ids))
    )
    # An erased person has no phone to ask the provider about.
    return [MessageInDoubt(**row._mapping) for row in rows if row.phone is not None and row.body is not None]


def find_at_provider(dispatcher: Dispatcher, message: MessageInDoubt) -> list[ProviderMessage]:
    """Return the provider's messages with this body, or redacted, to this number since the claim."""
    listed = dispatcher.gateway.messages_to(message.phone, message.claimed_at - CLOCK_SKEW)
    return [one for one in listed if one.body in (message.body, "")]


def _without_other_texts(
    connection: Connection, message: MessageInDoubt, listed: Sequence[ProviderMessage]
) -> list[ProviderMessage]:
    """Drop messages whose id belongs to another text to this number, directly or by a receipt with its token.

    A text to another number may have the same id, if the provider gave it twice. What is listed for this number is this
    text all the same; its id cannot be recorded again, so the text is set aside instead of sent again.
    """
    sids, here = [one.sid for one in listed], _to_the_same_number(message)
    taken: set[str | None] = set()
    for column in (OutboxMessage.provider_sid, OutboxMessage.unrecorded_sid):
        taken |= set(connection.execute(select(column).where(column.in_(sids), here)).scalars())
    receipts = (
        select(DeliveryReceipt.provider_sid, DeliveryReceipt.outbox_message_id)
        .join(OutboxMessage, OutboxMessage.id == DeliveryReceipt.outbox_message_id)
        .where(DeliveryReceipt.provider_sid.in_(sids), here)
    )
    marks = dict(connection.execute(receipts).all())
    return [one for one in listed if one.sid not in taken and marks.get(one.sid, message.id) == message.id]


def _to_the_same_number(message: MessageInDoubt) -> ColumnElement[bool]:
    """The condition on `OutboxMessage` that a text goes to this number, in any clinic, or to a coach who has it."""
    people = select(Enrolment.id).join(Participant, Participant.id == Enrolment.participant_id)
    coaches = select(CoachAccount.id).where(CoachAccount.number_hash == message.number_hash)
    return or_(
        OutboxMessage.enrolment_id.in_(people.where(Participant.number_hash == message.number_hash)),
        OutboxMessage.coach_id.in_(coaches),
    )


def load_rivals(connection: Connection, message: MessageInDoubt) -> list[Rival]:
    """Return other texts to this number, in any clinic, that a listed message may be."""
    rows = connection.execute(
        select(
            OutboxMessage.state,
            readable(OutboxMessage.body),
            OutboxMessage.claimed_at,
            case((OutboxMessage.state == "unknown", doubted_since)).label("doubted_at"),
        ).where(
            _to_the_same_number(message),
            OutboxMessage.id != message.id,
            OutboxMessage.state.in_(("sending", "unknown", "stuck")),
            OutboxMessage.claimed_at.is_not(None),
            OutboxMessage.provider_sid.is_(None),
            OutboxMessage.unrecorded_sid.is_(None),
        )
    )
    return [Rival(**row._mapping) for row in rows]


Answered = tuple[MessageInDoubt, list[ProviderMessage]]


def _resolve_all(connection: Connection, now: datetime, answered: Sequence[Answered]) -> Counter[str]:
    return Counter(_resolve(connection, message, listed, now) for message, listed in answered)


def _cannot_be_resolved(connection: Connection, now: datetime, answered: Answered, error: Exception) -> Counter[str]:
    message, _ = answered
    log.error("text_set_aside", message=message.id, reason=error_name(error))
    set_text_aside(connection, Settlement(message.id, message.attempts, "stuck", reason=NOT_RECORDED), now)
    return Counter(stuck=1)


def _resolve(connection: Connection, message: MessageInDoubt, listed: list[ProviderMessage], now: datetime) -> str:
    free = _without_other_texts(connection, message, listed)
    found = match_message(message, free, load_rivals(connection, message) if free else (), now)
    if isinstance(found, ProviderMessage):
        state = STATE_OF_STATUS.get(found.status, "accepted")
        settle(
            connection,
            [Settlement(message.id, message.attempts, state, found.sid, found.error_code, "reconciled")],
            now,
        )
        code = found.error_code if state in NOT_ARRIVED else None
        apply_number_code(connection, message, code, message.claimed_at, now)
        return "reconciled"
    verdict = when_not_found(message.doubted_at, message.expires_at, now)
    if found == "not_told_apart":
        if verdict != "give_up":
            return "waiting"
        set_text_aside(connection, Settlement(message.id, message.attempts, "stuck", reason=found), now)
        return "stuck"
    if verdict == "resend":
        requeue(connection, [(message.id, message.attempts, now)])
        return "reconciled"
    if verdict == "give_up":
        settle(connection, [Settlement(message.id, message.attempts, "expired", reason="never_accepted")], now)
        return "expired"
    return "waiting"
