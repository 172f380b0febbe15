"""Loads and stores the state shared by all workers of one sender. Decisions are in `schedules.dispatch.rate_limit`."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from schedules.database.apart import error_name, is_database_failure, isolate_failures
from schedules.database.prepared import in_constants
from schedules.database.tables.messages import DeliveryReceipt
from schedules.database.tables.work import Sender
from schedules.dispatch.rate_limit import REFUSALS_TO_SHUT, SenderState, state_after_loss, state_after_round
from schedules.gateway.error_codes import failure_of
from schedules.gateway.protocol import Outcome

FINAL_STATUSES = ("delivered", "read", "undelivered", "failed")
# Some carriers send no delivery receipts; an old loss must not keep the sender half shut there.
RECENT_LOSS = timedelta(minutes=10)

log = structlog.get_logger(__name__)


def load_sender(connection: Connection, name: str, *, to_change: bool = False) -> SenderState:
    """Load a sender's state; `to_change` locks it until the transaction ends. One that cannot be read is free."""
    wanted = select(*(getattr(Sender, column.name) for column in fields(SenderState))).where(Sender.name == name)
    try:
        row = connection.execute(wanted.with_for_update() if to_change else wanted).first()
    except Exception as error:
        if is_database_failure(error):
            raise
        log.error("sender_not_read", sender=name, reason=error_name(error))
        return SenderState()
    if row is None and to_change:
        return _insert_sender(connection, name)
    return SenderState(*row) if row else SenderState()


def load_senders(connection: Connection) -> dict[str, SenderState]:
    """Load every sender's state by name."""
    names = connection.execute(select(Sender.name).order_by(Sender.name)).scalars().all()
    return {name: load_sender(connection, name) for name in names}


def _insert_sender(connection: Connection, name: str) -> SenderState:
    try:
        with connection.begin_nested():
            connection.execute(insert(Sender).values(name=name))
    except IntegrityError:  # another worker inserted it first
        return load_sender(connection, name, to_change=True)
    return SenderState()


def store_sender(connection: Connection, name: str, sender: SenderState) -> None:
    """Store a sender's new state."""
    connection.execute(update(Sender).where(Sender.name == name).values(**asdict(sender)))


def record_round(connection: Connection, name: str, outcomes: Sequence[Outcome], now: datetime) -> SenderState:
    """Record what a round of texts says about the sender. Returns its state."""
    before = load_sender(connection, name)
    losing = before.shut_for == "texts_lost" and _loss_code(connection, now) is not None
    if state_after_round(before, outcomes, now, losing=losing) == before:
        return before
    sender = state_after_round(load_sender(connection, name, to_change=True), outcomes, now, losing=losing)
    store_sender(connection, name, sender)
    return sender


def judge_round(connection: Connection, name: str, outcomes: Sequence[Outcome], now: datetime) -> SenderState:
    """As `record_round`. If that fails the sender stays as it was, so that the outcomes can be recorded."""

    def judge(rounds: Sequence[Sequence[Outcome]]) -> SenderState:
        return record_round(connection, name, rounds[0], now)

    def leave(_: object, error: Exception) -> SenderState:
        log.error("sender_not_judged", reason=error_name(error))
        return load_sender(connection, name)

    [sender] = isolate_failures(connection, [outcomes], judge, leave) or [SenderState()]
    return sender


def record_loss(connection: Connection, name: str, now: datetime) -> None:
    """Shut the sender if all of the latest receipts report texts lost for a fault of the account or the sender."""
    code = _loss_code(connection, now)
    if code is not None:
        store_sender(connection, name, state_after_loss(load_sender(connection, name, to_change=True), code, now))


def _loss_code(connection: Connection, now: datetime) -> int | None:
    """Return the code of the latest final receipts if all of them report such a fault, else None."""
    latest = (
        select(DeliveryReceipt.error_code)
        .where(in_constants(DeliveryReceipt.status, FINAL_STATUSES), DeliveryReceipt.received_at > now - RECENT_LOSS)
        .order_by(DeliveryReceipt.id.desc())
        .limit(REFUSALS_TO_SHUT)
    )
    codes = connection.execute(latest).scalars().all()
    lost = len(codes) == REFUSALS_TO_SHUT and all(failure_of(code).then == "shut" for code in codes)
    return codes[0] if lost else None
