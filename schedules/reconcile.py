"""Find out what became of texts in doubt: a lost worker, a late answer, a dropped connection. Decides nothing.

A signed status callback (see `record_receipt`) is the fast way; asking the provider for its list is the sure one.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog
from sqlalchemy import Connection, and_, case, func, insert, or_, select, update

from schedules.apart import apart, why
from schedules.db import readable, reading, writing
from schedules.delivery import RANK, STATE_OF_STATUS, SURFACES_WITHIN, error_code, when_not_found
from schedules.dispatch import Dispatcher
from schedules.enrolment import record_opt_out
from schedules.finding import SKEW, Doubtful, Rival, whose_is_it
from schedules.gateway import GatewayDownError, ProviderMessage
from schedules.models import CoachAccount, DeliveryReceipt, Enrolment, OutboxMessage, Participant
from schedules.outbox import (
    RECIPIENT_PHONE,
    doubt_expired_leases,
    doubted_since,
    requeue,
    set_old_doubts_aside,
    set_text_aside,
    settle,
)
from schedules.outcomes import NOT_RECORDED, Settled
from schedules.setting_aside import set_aside

BATCH = 200
PASS_SECONDS = 20.0
LOOK_AT_ONCE = timedelta(seconds=20)
# So many questions in a row without an answer: the provider is not there.
IN_VAIN = 5
# As long as an id's column.
LONGEST_SID = 40

log = structlog.get_logger(__name__)


def reconcile(dispatcher: Dispatcher) -> Counter[str]:
    """Resolve what can be resolved now. Returns how many were reconciled (found or queued again), expired, stuck.

    Each text is asked about when it has just come into doubt and again when the provider has had its time, no more.
    """
    totals, ends = Counter[str](), monotonic() + PASS_SECONDS
    after: int | None = 0
    with writing(dispatcher.engine) as connection:
        doubt_expired_leases(connection, dispatcher.now())
    asking = Asking(dispatcher)
    while after is not None and monotonic() < ends and not (dispatcher.stopping.is_set() or asking.is_in_vain()):
        with reading(dispatcher.engine) as connection:
            doubtful, after = load_doubtful(connection, dispatcher.now(), after)
        found = dispatcher.lanes.map(asking.about, doubtful)
        answered = [(one, listed) for one, listed in zip(doubtful, found, strict=True) if listed is not None]
        with writing(dispatcher.engine) as connection:
            now = dispatcher.now()
            resolve, stuck = partial(_resolve_all, connection, now), partial(_cannot_be_resolved, connection, now)
            totals += sum(apart(connection, answered, resolve, stuck), Counter[str]())
    with writing(dispatcher.engine) as connection:
        totals["stuck"] += set_old_doubts_aside(connection, dispatcher.now())
    return totals


@dataclass
class Asking:
    """One pass of questions. What fails for one text fails for that one; after some in a row nobody is there at all."""

    dispatcher: Dispatcher
    failed_in_a_row: int = 0

    def is_in_vain(self) -> bool:
        """Whether the provider is not there: the next pass asks again."""
        return self.failed_in_a_row >= IN_VAIN

    def about(self, message: Doubtful) -> list[ProviderMessage] | None:
        """What may be this text at the provider; None if that could not be asked."""
        if self.is_in_vain():
            return None
        try:
            listed = find_at_provider(self.dispatcher, message)
        except GatewayDownError as error:
            log.warning("reconcile_postponed", message=message.id, reason=str(error))
            self.failed_in_a_row += 1
            return None
        except Exception as error:  # a gateway's own fault
            log.error("reconcile_failed", message=message.id, reason=why(error))
            return None
        self.failed_in_a_row = 0
        return listed


def load_doubtful(connection: Connection, now: datetime, after: int) -> tuple[list[Doubtful], int | None]:
    """Messages in doubt that are worth asking about now, by id, from the one after `after` on; the last id, if any.

    What cannot be read or decrypted stays in doubt: there is nothing to ask for.
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
    parts = apart(connection, ids, partial(_load_these, connection), lambda *_: [])
    # The newest doubts first: those that were asked about in vain before keep nobody else waiting.
    doubtful = sorted((one for part in parts for one in part), key=lambda one: one.doubted_at, reverse=True)
    return doubtful, ids[-1] if ids else None


def _load_these(connection: Connection, ids: Sequence[int]) -> list[Doubtful]:
    rows = connection.execute(
        select(
            OutboxMessage.id,
            OutboxMessage.attempts,
            readable(RECIPIENT_PHONE).label("phone"),
            func.coalesce(Participant.number_hash, CoachAccount.number_hash).label("number_hash"),
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
    # An erased person has no phone, and nothing to ask the provider for.
    return [Doubtful(**row._mapping) for row in rows if row.phone is not None and row.body is not None]


def find_at_provider(dispatcher: Dispatcher, message: Doubtful) -> list[ProviderMessage]:
    """The provider's messages with these words to this number since the claim; redacted ones may have been these."""
    listed = dispatcher.gateway.messages_to(message.phone, message.claimed_at - SKEW)
    return [one for one in listed if one.body in (message.body, "")]


def _not_anothers(
    connection: Connection, message: Doubtful, listed: Sequence[ProviderMessage]
) -> list[ProviderMessage]:
    """Those whose id is no other text's, by the text itself or by a receipt that carried its token."""
    sids = [one.sid for one in listed]
    taken: set[str | None] = set()
    for column in (OutboxMessage.provider_sid, OutboxMessage.unrecorded_sid):
        taken |= set(connection.execute(select(column).where(column.in_(sids))).scalars())
    told = select(DeliveryReceipt.provider_sid, DeliveryReceipt.outbox_message_id)
    marks = dict(connection.execute(told.where(DeliveryReceipt.provider_sid.in_(sids))).all())
    return [one for one in listed if one.sid not in taken and marks.get(one.sid, message.id) == message.id]


def load_rivals(connection: Connection, message: Doubtful) -> list[Rival]:
    """Other texts to the number of this one, in any clinic, that a listed message may be."""
    people = select(Enrolment.id).join(Participant, Participant.id == Enrolment.participant_id)
    coaches = select(CoachAccount.id).where(CoachAccount.number_hash == message.number_hash)
    rows = connection.execute(
        select(
            OutboxMessage.state,
            readable(OutboxMessage.body),
            OutboxMessage.claimed_at,
            case((OutboxMessage.state == "unknown", doubted_since)).label("doubted_at"),
        ).where(
            or_(
                OutboxMessage.enrolment_id.in_(people.where(Participant.number_hash == message.number_hash)),
                OutboxMessage.coach_id.in_(coaches),
            ),
            OutboxMessage.id != message.id,
            OutboxMessage.state.in_(("sending", "unknown", "stuck")),
            OutboxMessage.claimed_at.is_not(None),
            OutboxMessage.provider_sid.is_(None),
            OutboxMessage.unrecorded_sid.is_(None),
        )
    )
    return [Rival(**row._mapping) for row in rows]


Answered = tuple[Doubtful, list[ProviderMessage]]


def _resolve_all(connection: Connection, now: datetime, answered: Sequence[Answered]) -> Counter[str]:
    return Counter(_resolve(connection, message, listed, now) for message, listed in answered)


def _cannot_be_resolved(connection: Connection, now: datetime, answered: Answered, error: Exception) -> Counter[str]:
    message, _ = answered
    log.error("text_set_aside", message=message.id, reason=why(error))
    set_text_aside(connection, Settled(message.id, message.attempts, "stuck", reason=NOT_RECORDED), now)
    return Counter(stuck=1)


def _resolve(connection: Connection, message: Doubtful, listed: list[ProviderMessage], now: datetime) -> str:
    free = _not_anothers(connection, message, listed)
    found = whose_is_it(message, free, load_rivals(connection, message) if free else (), now)
    if isinstance(found, ProviderMessage):
        state = STATE_OF_STATUS.get(found.status, "accepted")
        settle(
            connection, [Settled(message.id, message.attempts, state, found.sid, found.error_code, "reconciled")], now
        )
        if error_code(found.error_code).treat_as == "opted_out":
            record_opt_out(connection, message.number_hash, now, source="carrier (21610)")
        return "reconciled"
    verdict = when_not_found(message.doubted_at, message.expires_at, now)
    if found == "not_told_apart":
        if verdict != "give_up":
            return "waiting"
        set_text_aside(connection, Settled(message.id, message.attempts, "stuck", reason=found), now)
        return "stuck"
    if verdict == "resend":
        requeue(connection, [(message.id, message.attempts, now)])
        return "reconciled"
    if verdict == "give_up":
        settle(connection, [Settled(message.id, message.attempts, "expired", reason="never_accepted")], now)
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
    set_aside_with_it = and_(OutboxMessage.unrecorded_sid == sid, OutboxMessage.token == (token or ""))
    found = connection.execute(
        select(OutboxMessage.id, OutboxMessage.state, Participant.number_hash)
        .outerjoin(Enrolment, Enrolment.id == OutboxMessage.enrolment_id)
        .outerjoin(Participant, Participant.id == Enrolment.participant_id)
        .where(wanted)
        .order_by(case((set_aside_with_it, 0), (OutboxMessage.provider_sid == sid, 1), else_=2))
        .limit(1)
        .with_for_update(of=OutboxMessage)  # or its participant is erased before the receipt is in
    ).first()
    if found is None:
        return "unmatched"
    if error_code(code).treat_as == "opted_out" and found.number_hash:
        stop = partial(record_opt_out, connection, found.number_hash, now, source="carrier (21610)")
        apart(connection, [found.id], lambda _: stop(), lambda id, error: _not_stopped(connection, id, error, now))
    move = partial(_move_forward, connection, found.id, sid, status, code, now)
    told = apart(connection, [sid], lambda _: move(keep_id=len(sid) <= LONGEST_SID), lambda *_: move(keep_id=False))
    if not told:
        set_aside(connection, "receipt", found.id, ValueError(status), now)
    return "moved" if any(told) else "seen"


def _not_stopped(connection: Connection, message_id: int, error: Exception, now: datetime) -> bool:
    set_aside(connection, "stop", message_id, error, now)
    return False


def _move_forward(
    connection: Connection, id: int, sid: str, status: str, code: int | None, now: datetime, *, keep_id: bool
) -> bool:
    """Store a receipt and move its message. The id is not kept where another text has it: the move is what counts."""
    receipt = {"outbox_message_id": id, "provider_sid": sid[:LONGEST_SID], "status": status, "error_code": code}
    connection.execute(insert(DeliveryReceipt).values(**receipt, received_at=now))
    state = STATE_OF_STATUS.get(status)
    if state is None:
        return False
    behind = tuple(name for name, rank in RANK.items() if rank < RANK[state])
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
