"""Claim what is due, hand it over, record what happened. Decides nothing: `schedules.delivery` does.

The claim is committed before any request leaves, so that a death in between leaves a trace that `reconcile` resolves;
no database session is open while a request is under way.
"""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy import Engine

from schedules.caps import count_claimed, give_back
from schedules.db import writing
from schedules.delivery import STATE_OF_STATUS, error_code, seconds_left, wait_for_daytime, why_not_to_send
from schedules.enrolment import record_opt_out
from schedules.gateway import Accepted, Gateway, NotProcessed, Outcome, OutgoingText, Refused, Unknown
from schedules.outbox import LEASE, Claimed, Settled, claim, expire_queued, load_claimed, requeue, settle

BATCH = 500
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=5), timedelta(minutes=5)
LONGEST_WAIT_ASKED_FOR = 3600.0
# A thread that gets to a message this late into the lease leaves it to others: the request itself takes up to 20 s.
START_WITHIN = LEASE - timedelta(seconds=60)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Dispatcher:
    """Everything sending needs. `now` is the process's clock; `pool` holds `SMS_CONCURRENCY` threads."""

    engine: Engine
    gateway: Gateway
    now: Callable[[], datetime]
    worker: str
    pool: ThreadPoolExecutor


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
        return count_claimed(connection, load_claimed(connection, ids), dispatcher.now()) if ids else []


def _hand_over(dispatcher: Dispatcher, claimed: list[Claimed]) -> list[tuple[Claimed, Outcome | Settled]]:
    """Check each message once more and send it; a message that may not leave comes back settled."""
    deadline = monotonic() + START_WITHIN.total_seconds()

    def hand_over(message: Claimed) -> Outcome | Settled:
        now = dispatcher.now()
        barred = why_not_to_send(message.facts, now)
        if barred:
            return Settled(message.id, message.attempts, barred[0], reason=barred[1])
        if message.to is None:
            return Settled(message.id, message.attempts, "suppressed", reason="erased")
        if monotonic() > deadline:
            return NotProcessed("lease nearly over")
        try:
            left = seconds_left(message.facts, now)
            return dispatcher.gateway.send(OutgoingText(message.to, message.body, message.token, left))
        except Exception as error:  # a gateway's own fault: it must not take the rest of the batch with it
            log.error("gateway_failed", message=message.id, error=type(error).__name__)
            return Unknown(type(error).__name__)

    return list(zip(claimed, dispatcher.pool.map(hand_over, claimed), strict=True))


def _record(dispatcher: Dispatcher, outcomes: list[tuple[Claimed, Outcome | Settled]]) -> Counter[str]:
    now, totals = dispatcher.now(), Counter[str]()
    settled: list[Settled] = []
    again: list[tuple[int, int, datetime]] = []
    opted_out: list[Claimed] = []
    for message, outcome in outcomes:
        later = queued_again(message, outcome, now)
        if later:
            again.append((message.id, message.attempts, later[1]))
            totals[later[0]] += 1
            continue
        if isinstance(outcome, Refused) and error_code(outcome.code).treat_as == "opted_out":
            opted_out.append(message)
        one = outcome if isinstance(outcome, Settled) else settled_from(message, outcome)
        settled.append(one)
        totals[_counted_as(one.state)] += 1
    with writing(dispatcher.engine) as connection:
        settle(connection, settled, now)
        requeue(connection, again)
        give_back(connection, (message for message, outcome in outcomes if not _left(outcome)), now)
        for message in opted_out:
            record_opt_out(connection, message.number_hash, now, source="carrier (21610)")
    _tell(settled, again)
    return totals


def _tell(settled: list[Settled], again: list[tuple[int, int, datetime]]) -> None:
    """What became of every message, by id: one line for all that were taken, and one for each that was not."""
    taken = [one.id for one in settled if _counted_as(one.state) == "sent"]
    if taken:
        log.info("texts_taken", messages=taken)
    for one in settled:
        if _counted_as(one.state) != "sent":
            log.warning("text_not_taken", message=one.id, state=one.state, code=one.error_code, reason=one.reason)
    for id, attempt, due_at in again:
        log.info("text_again_later", message=id, attempt=attempt, due_at=due_at.isoformat())


def _left(outcome: Outcome | Settled) -> bool:
    return isinstance(outcome, Accepted | Unknown)


def queued_again(message: Claimed, outcome: Outcome | Settled, now: datetime) -> tuple[str, datetime] | None:
    """What to count it as, and when to try again, if the text stays in the queue; None if it is settled."""
    if isinstance(outcome, NotProcessed):
        return "retried", now + retry_delay(message.attempts, outcome.retry_after)
    if isinstance(outcome, Settled) and outcome.state == "queued":
        return "postponed", wait_for_daytime(message.facts, now)
    if isinstance(outcome, Refused) and error_code(outcome.code).treat_as == "halt":
        return "halted", now + LONGEST_RETRY
    return None


def retry_delay(attempts: int, retry_after: float | None) -> timedelta:
    """Exponential backoff from 5 seconds to 5 minutes, never before the provider asked for (an hour at most)."""
    backoff = min(LONGEST_RETRY, FIRST_RETRY * (1 << min(attempts - 1, 10)))
    return max(backoff, timedelta(seconds=min(retry_after or 0, LONGEST_WAIT_ASKED_FOR)))


def settled_from(message: Claimed, outcome: Outcome) -> Settled:
    """The state an outcome means."""
    if isinstance(outcome, Accepted):
        state = STATE_OF_STATUS.get(outcome.status, "accepted")
        return Settled(message.id, message.attempts, state, outcome.sid)
    if isinstance(outcome, Refused):
        state = "suppressed" if error_code(outcome.code).treat_as == "opted_out" else "failed"
        return Settled(message.id, message.attempts, state, error_code=outcome.code, reason=outcome.reason[:40])
    return Settled(message.id, message.attempts, "unknown", reason=outcome.reason[:40])


def _counted_as(state: str) -> str:
    return "sent" if state in ("accepted", "sent", "delivered") else state
