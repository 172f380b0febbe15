"""Claim what is due, hand it over, record what happened. Decides nothing: `schedules.delivery` does.

The claim is committed before any request leaves, so that a death in between leaves a trace that `reconcile` resolves;
no database session is open while a request is under way.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy import Engine

from schedules.db import writing
from schedules.delivery import STATE_OF_STATUS, error_code, why_not_to_send
from schedules.enrolment import record_opt_out
from schedules.gateway import Accepted, Gateway, NotProcessed, Outcome, OutgoingText, Refused
from schedules.outbox import LEASE, Claimed, Settled, claim, expire_queued, load_claimed, requeue, settle

BATCH = 500
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=5), timedelta(minutes=5)
# A thread that gets to a message this late into the lease leaves it to others: the request itself takes up to 20 s.
START_WITHIN = LEASE - timedelta(seconds=60)

log = structlog.get_logger(__name__)


class ProviderHaltedError(RuntimeError):
    """The provider refuses our account: sending stops until an operator mends it."""


@dataclass(frozen=True)
class Dispatcher:
    """Everything sending needs. `now` is the process's clock; `pool` holds `SMS_CONCURRENCY` threads."""

    engine: Engine
    gateway: Gateway
    now: Callable[[], datetime]
    worker: str
    pool: ThreadPoolExecutor
    results: Counter[str] = field(default_factory=Counter)


def dispatch_due(dispatcher: Dispatcher) -> Counter[str]:
    """Send everything due now. Returns how many were sent, failed, unknown, expired, suppressed, retried, halted."""
    totals: Counter[str] = Counter()
    with writing(dispatcher.engine) as connection:
        totals["expired"] += expire_queued(connection, dispatcher.now())
    while claimed := _claim_batch(dispatcher):
        outcomes = _hand_over(dispatcher, claimed)
        totals += _record(dispatcher, outcomes)
        if totals["halted"]:
            log.error("sending_halted", reason="the provider refused the account's key")
            break
    return totals


def _claim_batch(dispatcher: Dispatcher) -> list[Claimed]:
    with writing(dispatcher.engine) as connection:
        ids = claim(connection, dispatcher.worker, dispatcher.now(), BATCH)
        return load_claimed(connection, ids) if ids else []


def _hand_over(dispatcher: Dispatcher, claimed: list[Claimed]) -> list[tuple[Claimed, Outcome | Settled]]:
    """Check each message once more and send it; a message that may not leave comes back settled."""
    deadline = monotonic() + START_WITHIN.total_seconds()

    def hand_over(message: Claimed) -> Outcome | Settled:
        barred = why_not_to_send(message.facts, dispatcher.now())
        if barred:
            return Settled(message.id, barred[0], reason=barred[1])
        if message.to is None:
            return Settled(message.id, "suppressed", reason="erased")
        if monotonic() > deadline:
            return NotProcessed("lease nearly over")
        return dispatcher.gateway.send(OutgoingText(message.to, message.body, message.token))

    return list(zip(claimed, dispatcher.pool.map(hand_over, claimed), strict=True))


def _record(dispatcher: Dispatcher, outcomes: list[tuple[Claimed, Outcome | Settled]]) -> Counter[str]:
    now, totals = dispatcher.now(), Counter[str]()
    settled: list[Settled] = []
    again: list[tuple[int, datetime]] = []
    opted_out: list[Claimed] = []
    for message, outcome in outcomes:
        if isinstance(outcome, NotProcessed):
            again.append((message.id, now + retry_delay(message.attempts, outcome.retry_after)))
            totals["retried"] += 1
            continue
        if isinstance(outcome, Refused) and error_code(outcome.code).treat_as == "halt":
            again.append((message.id, now + LONGEST_RETRY))
            totals["halted"] += 1
            continue
        if isinstance(outcome, Refused) and error_code(outcome.code).treat_as == "opted_out":
            opted_out.append(message)
        one = outcome if isinstance(outcome, Settled) else settled_from(message.id, outcome)
        settled.append(one)
        totals[_counted_as(one.state)] += 1
    with writing(dispatcher.engine) as connection:
        settle(connection, settled, now)
        requeue(connection, again)
        for message in opted_out:
            record_opt_out(connection, message.number_hash, now, source="carrier (21610)")
    return totals


def retry_delay(attempts: int, retry_after: float | None) -> timedelta:
    """Exponential backoff from 5 seconds to 5 minutes, never before the provider asked for."""
    backoff = min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts - 1, 10)))
    return max(backoff, timedelta(seconds=retry_after or 0))


def settled_from(message_id: int, outcome: Outcome) -> Settled:
    """The state an outcome means."""
    if isinstance(outcome, Accepted):
        return Settled(message_id, STATE_OF_STATUS.get(outcome.status, "accepted"), outcome.sid)
    if isinstance(outcome, Refused):
        state = "suppressed" if error_code(outcome.code).treat_as == "opted_out" else "failed"
        return Settled(message_id, state, error_code=outcome.code, reason=outcome.reason[:40])
    return Settled(message_id, "unknown", reason=outcome.reason[:40])


def _counted_as(state: str) -> str:
    return "sent" if state in ("accepted", "sent", "delivered") else state
