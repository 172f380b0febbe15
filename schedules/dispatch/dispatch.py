"""Claims what is due, sends it, and records the outcome. Decisions are made in `outbox` and in `rate_limit`.

The claim is committed before any request is sent, so that a crash in between leaves a trace for `reconcile`. No
database session is open during a request. One thread claims and records while a pool sends: the next texts are claimed
while others are in flight, and outcomes are recorded in batches. A text that cannot be claimed, checked or recorded is
set aside as `stuck`; the others go on.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic, sleep

import structlog
from sqlalchemy import Connection, Engine

from schedules.database.apart import error_name, is_database_failure, isolate_failures
from schedules.database.engine import read_transaction, write_transaction
from schedules.dispatch.clock_witnesses import Witnesses
from schedules.dispatch.decrypted import Decrypted, decrypt
from schedules.dispatch.rate_limit import SenderState, describe_shut, grant, is_halted, reserve
from schedules.dispatch.recording import Finished, log_outcomes, record_outcomes
from schedules.dispatch.renew_claims import ClaimedBatch
from schedules.dispatch.senders import judge_round, load_sender, store_sender
from schedules.gateway.protocol import Gateway, HeldBackError, Outcome, OutgoingText, Unknown
from schedules.outbox.claimed import load_claimed
from schedules.outbox.daily_cap import count_claimed
from schedules.outbox.future_times import correct_prompt_texts
from schedules.outbox.outcomes import NOT_CHECKED, NOT_STARTED, ClaimedMessage, Settlement
from schedules.outbox.queue import (
    CLAIM_AT_ANY_HOUR,
    CLAIM_ORDER,
    LEASE,
    claim,
    expire_queued,
    set_claim_aside,
)
from schedules.outbox.states import AT_ANY_HOUR, seconds_left, why_not_to_send
from schedules.outbox.waiting import is_any_due

# A pass ends after this even if more is due, so that the worker can report a heartbeat.
PASS_SECONDS = 50.0
# Enough to keep threads busy while more are claimed, few enough that no text waits for long.
IN_FLIGHT_PER_THREAD = 4
RECORD_BATCH, RECORD_SECONDS, POLL_SECONDS = 500, 0.05, 0.01
# A text claimed longer ago than this is checked again before it is sent.
FRESH_SECONDS = 2.0
# A text checked longer ago than this when its request is about to be written goes back to the queue. Connecting may
# take 5 s; if it took longer, the process may have been suspended, and a STOP been received since.
LAST_LOOK_SECONDS = 10.0
# If renewing took this much of the new lease, leave the text to others: a request may take up to 20 s.
START_WITHIN = (LEASE - timedelta(seconds=60)).total_seconds()

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InFlight:
    """A claimed text; `leave_mono` is the monotonic instant at which its slot begins."""

    message: ClaimedMessage
    opened: Decrypted
    batch: ClaimedBatch
    leave_mono: float


@dataclass(frozen=True)
class Dispatcher:
    """Everything sending needs. `now` is the process's clock; the `pool` sends `at_once` texts in parallel.

    `rate` is in texts per second for all workers that share the `sender`; 0 is no limit. Once `stopping` is set,
    nothing new begins. `finished` survives a pass that a database error interrupted: the next pass records it first.
    `set_aside` counts texts set aside while claiming.
    """

    engine: Engine
    gateway: Gateway
    now: Callable[[], datetime]
    worker: str
    pool: ThreadPoolExecutor
    at_once: int
    sender: str = "simulator"
    rate: float = 0.0
    stopping: Event = field(default_factory=Event)
    finished: "SimpleQueue[Finished]" = field(default_factory=SimpleQueue)
    under_way: set[int] = field(default_factory=set)
    set_aside: Counter[str] = field(default_factory=Counter)
    witnesses: Witnesses = field(default_factory=Witnesses)

    def doubts(self, now: datetime) -> bool:
        """Return whether another clock contradicts ours, which shows `now`."""
        return self.witnesses.contradict(lambda: now) is not None

    def believed_now(self) -> datetime | None:
        """Return the time to compare with what another worker wrote by its clock; None if ours is contradicted."""
        now = self.now()
        return None if self.doubts(now) else self.witnesses.bounds(lambda: now)[0]

    def earliest_now(self) -> datetime:
        """Return the earliest time that it may be (`Witnesses.bounds`)."""
        return self.witnesses.bounds(self.now)[0]

    def latest_now(self) -> datetime:
        """Return the time to write if another worker compares its clock with it."""
        return self.witnesses.bounds(self.now)[1]


def dispatch_due(dispatcher: Dispatcher, *, only_at_any_hour: bool = False) -> Counter[str]:
    """Send everything due now. Returns how many texts were sent, failed, unknown, stuck and so on.

    `halted` is 1 if the sender is shut for something only the operator can fix. With `only_at_any_hour` (the time is in
    doubt) texts that must not arrive at night wait, and nothing expires.
    """
    (sender, waits), totals = _look(dispatcher), Counter[str]()
    if waits or dispatcher.under_way:
        totals += _send_due(dispatcher, only_at_any_hour)
        sender, _ = _look(dispatcher)
    totals += dispatcher.set_aside
    dispatcher.set_aside.clear()
    if is_halted(sender, dispatcher.earliest_now()):
        totals["halted"] = 1
        log.error("sending_halted", reason=sender.shut_for, code=sender.refused_code, says=describe_shut(sender))
    return totals


def _look(dispatcher: Dispatcher) -> tuple[SenderState, bool]:
    """Return the sender's state, and whether a text waits. Reads only: most passes find nothing."""
    with read_transaction(dispatcher.engine) as connection:
        return load_sender(connection, dispatcher.sender), is_any_due(connection, dispatcher.latest_now())


def _send_due(dispatcher: Dispatcher, only_at_any_hour: bool) -> Counter[str]:
    totals, ends, more = Counter[str](), monotonic() + PASS_SECONDS, True
    with write_transaction(dispatcher.engine) as connection:
        sender = load_sender(connection, dispatcher.sender)
        correct_prompt_texts(connection, dispatcher.earliest_now())
        now = dispatcher.now()
        if not (only_at_any_hour or dispatcher.doubts(now)):
            totals["expired"] += expire_queued(connection, now, sender.shut_for or "window_closed")
    while more or dispatcher.under_way:
        more = more and not dispatcher.stopping.is_set() and monotonic() < ends
        if more and len(dispatcher.under_way) <= dispatcher.at_once * IN_FLIGHT_PER_THREAD // 2:
            more = _claim_more(dispatcher, only_at_any_hour)
        if dispatcher.under_way:
            totals += _record_finished(dispatcher, _collect_finished(dispatcher))
    return totals


def _claim_more(dispatcher: Dispatcher, only_at_any_hour: bool = False) -> bool:
    """Claim as much as capacity and rate allow and pass it to the pool. Returns whether to call again."""
    now = dispatcher.now()
    only_at_any_hour = only_at_any_hour or dispatcher.doubts(now)  # clocks are set during a pass, too
    earliest, latest = dispatcher.witnesses.bounds(lambda: now)
    room = dispatcher.at_once * IN_FLIGHT_PER_THREAD
    with write_transaction(dispatcher.engine) as connection:
        sender = load_sender(connection, dispatcher.sender, to_change=dispatcher.rate > 0)
        granted = grant(sender, earliest, dispatcher.rate, room, len(dispatcher.under_way))
        order = CLAIM_AT_ANY_HOUR if only_at_any_hour else CLAIM_ORDER
        ids = claim(connection, dispatcher.worker, latest, granted.limit, order, claimed_at=earliest)
        if dispatcher.rate and ids:
            store_sender(connection, dispatcher.sender, reserve(sender, granted, len(ids)))
        load = partial(_load_claimed, connection, now)
        unreadable = partial(_set_unreadable_aside, dispatcher, connection, now)
        claimed = [one for some in isolate_failures(connection, ids, load, unreadable) for one in some]
    batch = ClaimedBatch(dispatcher.engine, dispatcher.worker, dispatcher.now, dispatcher.latest_now, claimed, now)
    first, spacing = monotonic() + (granted.first_at - earliest).total_seconds(), granted.spacing.total_seconds()
    for place, message in enumerate(claimed):
        one = InFlight(message, decrypt(message), batch, first + place * spacing)
        dispatcher.under_way.add(message.id)
        dispatcher.pool.submit(_send_and_report, dispatcher, one)
    if ids or dispatcher.under_way or not granted.wait:
        return bool(ids or dispatcher.under_way) and not sender.is_shut(earliest)
    return not dispatcher.stopping.wait(granted.wait.total_seconds())


def _load_claimed(connection: Connection, now: datetime, ids: Sequence[int]) -> list[ClaimedMessage]:
    return count_claimed(connection, load_claimed(connection, ids), now)


def _set_unreadable_aside(
    dispatcher: Dispatcher, connection: Connection, now: datetime, id: int, error: Exception
) -> list[ClaimedMessage]:
    """Set aside a text whose person, clinic or times cannot be read: nobody can say whether it may be sent."""
    log.error("text_set_aside", message=id, reason=error_name(error))
    set_claim_aside(connection, dispatcher.worker, id, NOT_CHECKED, now)
    dispatcher.set_aside["stuck"] += 1
    return []


def _send_and_report(dispatcher: Dispatcher, one: InFlight) -> None:
    """Send from a pool thread. Whatever happens, an outcome is reported."""
    outcome: Outcome | Settlement = Unknown("broken_off")
    try:
        outcome = _send_one(dispatcher, one)
    finally:  # or the pass would wait for it forever
        dispatcher.finished.put((one.message, outcome))


def _send_one(dispatcher: Dispatcher, one: InFlight) -> Outcome | Settlement:
    message = one.message
    try:
        ready = _prepare(dispatcher, one)
    except Exception as error:  # nothing was sent: retry later, or set aside
        log.error("text_not_checked", message=message.id, reason=error_name(error))
        left = _left(message)
        return left if is_database_failure(error) else replace(left, state="stuck", reason=NOT_CHECKED)
    if isinstance(ready, Settlement):
        return ready
    try:
        return dispatcher.gateway.send(ready)
    except HeldBackError:
        return _left(message)
    except Exception as error:  # a bug in the gateway must not affect other texts
        log.error("gateway_failed", message=message.id, error=type(error).__name__)
        return Unknown(type(error).__name__)


def _prepare(dispatcher: Dispatcher, one: InFlight) -> OutgoingText | Settlement:
    """Return what to send now, or why not: the claim must still be ours, and the text allowed at this moment."""
    if (early := one.leave_mono - monotonic()) > 0:
        dispatcher.stopping.wait(early)
    left = _left(one.message)
    if _time_to_check(dispatcher, one.message) is None:
        return left  # before the wrong clock renews its lease
    if one.batch.age() > FRESH_SECONDS and not dispatcher.stopping.is_set():
        one.batch.renew(FRESH_SECONDS)
    message = one.batch.take(one.message.id)
    now = _time_to_check(dispatcher, one.message)
    if message is None or now is None or dispatcher.stopping.is_set() or one.batch.age() > START_WITHIN:
        return left
    opened = one.opened if message is one.message else decrypt(message)
    barred = why_not_to_send(message.facts, now)
    if barred:
        return Settlement(message.id, message.attempts, barred[0], reason=barred[1])
    if isinstance(opened, Settlement):
        return opened
    to, body = opened
    may_leave = partial(_may_still_leave, dispatcher, one.batch, message)
    return OutgoingText(to, body, message.token, seconds_left(message.facts, now), may_leave)


def _left(message: ClaimedMessage) -> Settlement:
    """Return the settlement of a text that did not leave: any worker may claim it at once."""
    return Settlement(message.id, message.attempts, "queued", reason=NOT_STARTED)


def _may_still_leave(dispatcher: Dispatcher, batch: ClaimedBatch, message: ClaimedMessage) -> bool:
    """Look once more, when only the request remains to be written: `_prepare` may have been long ago."""
    now = _time_to_check(dispatcher, message)
    return now is not None and batch.age() <= LAST_LOOK_SECONDS and why_not_to_send(message.facts, now) is None


def _time_to_check(dispatcher: Dispatcher, message: ClaimedMessage) -> datetime | None:
    """Return the time by which a text may be sent or not; None if that cannot be told, because our clock was set."""
    if message.facts.kind in AT_ANY_HOUR:
        return dispatcher.earliest_now()
    return None if dispatcher.doubts(dispatcher.now()) else dispatcher.witnesses.latest(dispatcher.now)


def _collect_finished(dispatcher: Dispatcher) -> list[Finished]:
    """Return what the threads have finished: at least one outcome, and those that follow within a moment."""
    finished = [dispatcher.finished.get()]
    until = monotonic() + RECORD_SECONDS
    while len(finished) < min(RECORD_BATCH, len(dispatcher.under_way)):
        try:
            finished.append(dispatcher.finished.get_nowait())
        except Empty:
            if monotonic() >= until:
                break
            sleep(POLL_SECONDS)  # waking up for each one would slow down the sending threads
    return finished


def _record_finished(dispatcher: Dispatcher, finished: Sequence[Finished]) -> Counter[str]:
    try:
        totals = _record_all(dispatcher, finished, dispatcher.earliest_now())
    except Exception:
        for one in finished:  # database error: the next pass records these first
            dispatcher.finished.put(one)
        raise
    dispatcher.under_way.difference_update(message.id for message, _ in finished)
    return totals


def _record_all(dispatcher: Dispatcher, finished: Sequence[Finished], now: datetime) -> Counter[str]:
    with write_transaction(dispatcher.engine) as connection:
        done = record_outcomes(connection, finished, now, dispatcher.latest_now())
        tried = [outcome for _, outcome in finished if not isinstance(outcome, Settlement)]
        sender = judge_round(connection, dispatcher.sender, tried, now)
    if sender.is_shut(now):
        log.warning("sender_shut", reason=sender.shut_for, until=str(sender.shut_until_at))
    log_outcomes(done)
    return done.totals
