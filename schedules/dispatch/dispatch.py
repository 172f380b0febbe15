"""Claim what is due, hand it over, record what happened. Decides nothing: `delivery`, `outcomes` and `pacing` do.

The claim is committed before any request leaves, so that a death in between leaves a trace that `reconcile` resolves;
no database session is open while a request is under way. One thread claims and records, a pool of them hands over:
while some texts are under way the next are claimed, and what came back is recorded by the hundred. A text that cannot
be claimed, checked or recorded is set aside as `stuck`: the others go on.
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

from schedules.database.apart import apart, is_everybodys, why
from schedules.database.encryption import KeysMissingError, unseal
from schedules.database.engine import read_transaction, write_transaction
from schedules.dispatch.claims import Batch
from schedules.dispatch.clock_witnesses import Witnesses
from schedules.dispatch.rate_limit import Line, grant, is_halted, reserved, told_of
from schedules.dispatch.recording import Finished, record_outcomes, tell
from schedules.dispatch.senders import load_line, record_line, record_round
from schedules.gateway.protocol import Gateway, Outcome, OutgoingText, Unknown
from schedules.outbox.daily_cap import count_claimed
from schedules.outbox.outcomes import LEFT, NOT_CHECKED, Claimed, Settled
from schedules.outbox.queue import AT_NIGHT_TOO, IN_ORDER, LEASE, claim, expire_queued, load_claimed, set_claim_aside
from schedules.outbox.states import seconds_left, why_not_to_send

# A pass ends after this even if more is due: the worker shows that it lives, and begins another.
PASS_SECONDS = 50.0
# Texts in hand for each thread: enough to be busy while the next are claimed, few enough that none waits for long.
IN_HAND_A_THREAD = 4
RECORD_AT_MOST, RECORD_EVERY, LOOK_EVERY = 500, 0.05, 0.01
# A text that has waited longer than this since it was claimed is looked at once more before it leaves.
FRESH_SECONDS = 2.0
# Where renewing a claim took this long into the new lease it is left to others: the request itself takes up to 20 s.
START_WITHIN = (LEASE - timedelta(seconds=60)).total_seconds()

log = structlog.get_logger(__name__)


# The number a text goes to, and its words; or why it goes nowhere.
Opened = tuple[str, str] | Settled


@dataclass(frozen=True, slots=True)
class InHand:
    """A text claimed in a batch; `leave_mono` is the monotonic instant at which its slot begins."""

    message: Claimed
    opened: Opened
    batch: Batch
    leave_mono: float


@dataclass(frozen=True)
class Dispatcher:
    """Everything sending needs. `now` is the process's clock; `at_once` texts are handed over at once, by the `pool`.

    `rate` is in texts a second over all workers, 0 for no limit, of the `sender` they share. Once `stopping` is set
    nothing more begins. `finished` outlives a pass that the database broke off: the next one records it first.
    `set_aside` counts what was set aside when it was claimed.
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


def dispatch_due(dispatcher: Dispatcher, *, only_at_any_hour: bool = False) -> Counter[str]:
    """Send everything due now. Returns how many texts were sent, failed, unknown, stuck and so on; `halted` is 1 if the
    line is shut for what only the operator can mend.

    With `only_at_any_hour` what must not leave at night rests, and nothing is too late: the time is in doubt.
    """
    totals, ends, more = Counter[str](), monotonic() + PASS_SECONDS, True
    with write_transaction(dispatcher.engine) as connection:
        line = load_line(connection, dispatcher.sender)
        if not only_at_any_hour:
            totals["expired"] += expire_queued(connection, dispatcher.now(), line.shut_for or "window_closed")
    while more or dispatcher.under_way:
        more = more and not dispatcher.stopping.is_set() and monotonic() < ends
        if more and len(dispatcher.under_way) <= dispatcher.at_once * IN_HAND_A_THREAD // 2:
            more = _claim_more(dispatcher, only_at_any_hour)
        if dispatcher.under_way:
            totals += _record(dispatcher, _came_back(dispatcher))
    totals += dispatcher.set_aside
    dispatcher.set_aside.clear()
    with read_transaction(dispatcher.engine) as connection:
        line = load_line(connection, dispatcher.sender)
    if is_halted(line, dispatcher.now()):
        totals["halted"] = 1
        log.error("sending_halted", reason=line.shut_for, code=line.refused_code, says=told_of(line))
    return totals


def _claim_more(dispatcher: Dispatcher, only_at_any_hour: bool = False) -> bool:
    """Claim what there is room and leave for, and give it to the pool. Returns whether to ask again."""
    now = dispatcher.now()
    room = dispatcher.at_once * IN_HAND_A_THREAD
    with write_transaction(dispatcher.engine) as connection:
        line = load_line(connection, dispatcher.sender, to_change=dispatcher.rate > 0)
        granted = grant(line, now, dispatcher.rate, room, len(dispatcher.under_way))
        ids = claim(connection, dispatcher.worker, now, granted.limit, AT_NIGHT_TOO if only_at_any_hour else IN_ORDER)
        if dispatcher.rate and ids:
            record_line(connection, dispatcher.sender, reserved(line, granted, len(ids)))
        load = partial(_load, connection, now)
        unreadable = partial(_unreadable, dispatcher, connection, now)
        claimed = [one for some in apart(connection, ids, load, unreadable) for one in some]
    batch = Batch(dispatcher.engine, dispatcher.worker, dispatcher.now, claimed, now)
    first, spacing = monotonic() + (granted.first_at - now).total_seconds(), granted.spacing.total_seconds()
    for place, message in enumerate(claimed):
        one = InHand(message, _open(message), batch, first + place * spacing)
        dispatcher.under_way.add(message.id)
        dispatcher.pool.submit(_hand_over, dispatcher, one)
    if ids or dispatcher.under_way or not granted.wait:
        return bool(ids or dispatcher.under_way) and not line.is_shut(now)
    return not dispatcher.stopping.wait(granted.wait.total_seconds())


def _load(connection: Connection, now: datetime, ids: Sequence[int]) -> list[Claimed]:
    return count_claimed(connection, load_claimed(connection, ids), now)


def _unreadable(
    dispatcher: Dispatcher, connection: Connection, now: datetime, id: int, error: Exception
) -> list[Claimed]:
    """A claimed text whose person, clinic or times cannot be read: nobody can say whether it may leave."""
    log.error("text_set_aside", message=id, reason=why(error))
    set_claim_aside(connection, dispatcher.worker, id, NOT_CHECKED, now)
    dispatcher.set_aside["stuck"] += 1
    return []


def _hand_over(dispatcher: Dispatcher, one: InHand) -> None:
    """In a thread of the pool: wait for the slot, check once more, send. Whatever happens, something comes back."""
    outcome: Outcome | Settled = Unknown("broken_off")
    try:
        outcome = _handed_over(dispatcher, one)
    finally:  # else a pass would wait for it for ever
        dispatcher.finished.put((one.message, outcome))


def _handed_over(dispatcher: Dispatcher, one: InHand) -> Outcome | Settled:
    message = one.message
    try:
        ready = _made_ready(dispatcher, one)
    except Exception as error:  # nothing has left: it waits for the database, or is set aside if it is its own fault
        log.error("text_not_checked", message=message.id, reason=why(error))
        left = Settled(message.id, message.attempts, "queued", reason=LEFT)
        return left if is_everybodys(error) else replace(left, state="stuck", reason=NOT_CHECKED)
    if isinstance(ready, Settled):
        return ready
    try:
        return dispatcher.gateway.send(ready)
    except Exception as error:  # a gateway's own fault: it must not take the rest with it
        log.error("gateway_failed", message=message.id, error=type(error).__name__)
        return Unknown(type(error).__name__)


def _made_ready(dispatcher: Dispatcher, one: InHand) -> OutgoingText | Settled:
    """What to hand over now, or why not: the claim is still ours, and the text may leave at this moment."""
    if (early := one.leave_mono - monotonic()) > 0:
        dispatcher.stopping.wait(early)
    if one.batch.age() > FRESH_SECONDS and not dispatcher.stopping.is_set():
        one.batch.renew(FRESH_SECONDS)
    message = one.batch.take(one.message.id)
    if message is None or dispatcher.stopping.is_set() or one.batch.age() > START_WITHIN:
        return Settled(one.message.id, one.message.attempts, "queued", reason=LEFT)
    opened, now = one.opened if message is one.message else _open(message), dispatcher.now()
    barred = why_not_to_send(message.facts, now)
    if barred:
        return Settled(message.id, message.attempts, barred[0], reason=barred[1])
    if isinstance(opened, Settled):
        return opened
    to, body = opened
    return OutgoingText(to, body, message.token, seconds_left(message.facts, now))


def _open(message: Claimed) -> Opened:
    if message.sealed_to is None:
        return Settled(message.id, message.attempts, "suppressed", reason="erased")
    try:
        return unseal(message.sealed_to), unseal(message.sealed_body)
    except KeysMissingError:  # one row that is spoilt must not keep everybody else's waiting
        return Settled(message.id, message.attempts, "suppressed", reason="unreadable")


def _came_back(dispatcher: Dispatcher) -> list[Finished]:
    """What the threads have finished: at least one, and what follows within a moment."""
    finished = [dispatcher.finished.get()]
    until = monotonic() + RECORD_EVERY
    while len(finished) < min(RECORD_AT_MOST, len(dispatcher.under_way)):
        try:
            finished.append(dispatcher.finished.get_nowait())
        except Empty:
            if monotonic() >= until:
                break
            sleep(LOOK_EVERY)  # to be woken for each would take the interpreter from those that send
    return finished


def _record(dispatcher: Dispatcher, finished: Sequence[Finished]) -> Counter[str]:
    try:
        totals = _record_all(dispatcher, finished, dispatcher.now())
    except Exception:
        for one in finished:  # the database is not there: the next pass records them first
            dispatcher.finished.put(one)
        raise
    dispatcher.under_way.difference_update(message.id for message, _ in finished)
    return totals


def _as_before(dispatcher: Dispatcher, connection: Connection, _tried: object, error: Exception) -> Line:
    log.error("sender_not_judged", reason=why(error))
    return load_line(connection, dispatcher.sender)


def _record_all(dispatcher: Dispatcher, finished: Sequence[Finished], now: datetime) -> Counter[str]:
    with write_transaction(dispatcher.engine) as connection:
        done = record_outcomes(connection, finished, now)
        tried = [outcome for _, outcome in finished if not isinstance(outcome, Settled)]
        [line] = apart(
            connection,
            [tried],
            lambda rounds: record_round(connection, dispatcher.sender, rounds[0], now),
            partial(_as_before, dispatcher, connection),
        ) or [Line()]
    if line.is_shut(now):
        log.warning("sender_shut", reason=line.shut_for, until=str(line.shut_until_at))
    tell(done)
    return done.totals
