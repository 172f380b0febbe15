"""Claim what is due, hand it over, record what happened. Decides nothing: `delivery`, `outcomes` and `pacing` do.

The claim is committed before any request leaves, so that a death in between leaves a trace that `reconcile` resolves;
no database session is open while a request is under way. One thread claims and records, another hands over in lanes:
while some texts are under way the next are claimed, and what came back is recorded by the hundred.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic, sleep

import structlog
from sqlalchemy import Connection, Engine

from schedules.caps import count_claimed, give_back
from schedules.db import reading, writing
from schedules.dead_numbers import record_dead_number
from schedules.delivery import seconds_left, why_not_to_send
from schedules.enrolment import record_opt_out
from schedules.gateway import Gateway, Outcome, OutgoingText, Unknown
from schedules.keys import KeysMissingError, unseal
from schedules.lanes import Lanes, aside, pause
from schedules.outbox import LEASE, claim, expire_queued, load_claimed, note_refusals, requeue, settle
from schedules.outcomes import (
    LEFT,
    Claimed,
    Settled,
    may_have_left,
    queued_again,
    refused_with,
    settled_from,
    then,
)
from schedules.pacing import grant, is_halted, reserved, told_of
from schedules.senders import load_line, record_line, record_round

# A pass ends after this even if more is due: the worker shows that it lives, and begins another.
PASS_SECONDS = 50.0
# Texts in hand for each lane: enough to be busy while the next are claimed, few enough that none waits for long.
IN_HAND_A_LANE = 4
RECORD_AT_MOST, RECORD_EVERY, LOOK_EVERY = 500, 0.05, 0.01
# A text that has waited longer than this since it was claimed is looked at once more before it leaves.
FRESH_SECONDS = 2.0
# A lane that gets to a message this late into the lease leaves it to others: the request itself takes up to 20 s.
START_WITHIN = (LEASE - timedelta(seconds=60)).total_seconds()
# How long a text that waits for its slot goes on waiting once everything stops.
STOPS_WITHIN = 0.2

log = structlog.get_logger(__name__)


# The number a text goes to, and its words; or why it goes nowhere.
Opened = tuple[str, str] | Settled
Finished = tuple[Claimed, Outcome | Settled]


@dataclass(frozen=True, slots=True)
class InHand:
    """A claimed text: `claimed_mono` is the monotonic instant of its claim, `leave_mono` when its slot begins."""

    message: Claimed
    opened: Opened
    claimed_mono: float
    leave_mono: float


@dataclass(frozen=True)
class Dispatcher:
    """Everything sending needs. `now` is the process's clock; as many texts are handed over at once as it has lanes.

    `rate` is in texts a second over all workers, 0 for no limit, of the `sender` they share. Once `stopping` is set
    nothing more begins. `finished` outlives a pass that the database broke off: the next one records it first.
    """

    engine: Engine
    gateway: Gateway
    now: Callable[[], datetime]
    worker: str
    lanes: Lanes
    sender: str = "simulator"
    rate: float = 0.0
    stopping: Event = field(default_factory=Event)
    finished: "SimpleQueue[Finished]" = field(default_factory=SimpleQueue)
    under_way: set[int] = field(default_factory=set)


def dispatch_due(dispatcher: Dispatcher) -> Counter[str]:
    """Send everything due now. Returns how many were sent, failed, unknown, expired, suppressed, retried; `halted` is 1
    if the line is shut for what only the operator can mend.
    """
    totals, ends, more = Counter[str](), monotonic() + PASS_SECONDS, True
    with writing(dispatcher.engine) as connection:
        line = load_line(connection, dispatcher.sender)
        totals["expired"] += expire_queued(connection, dispatcher.now(), line.shut_for or "window_closed")
    while more or dispatcher.under_way:
        more = more and not dispatcher.stopping.is_set() and monotonic() < ends
        if more and len(dispatcher.under_way) <= dispatcher.lanes.count * IN_HAND_A_LANE // 2:
            more = _claim_more(dispatcher)
        if dispatcher.under_way:
            totals += _record(dispatcher, _came_back(dispatcher))
    with reading(dispatcher.engine) as connection:
        line = load_line(connection, dispatcher.sender)
    if is_halted(line, dispatcher.now()):
        totals["halted"] = 1
        log.error("sending_halted", reason=line.shut_for, code=line.refused_code, says=told_of(line))
    return totals


def _claim_more(dispatcher: Dispatcher) -> bool:
    """Claim what there is room and leave for, and give it to the lanes. Returns whether to ask again."""
    now = dispatcher.now()
    room = dispatcher.lanes.count * IN_HAND_A_LANE
    with writing(dispatcher.engine) as connection:
        line = load_line(connection, dispatcher.sender, to_change=dispatcher.rate > 0)
        granted = grant(line, now, dispatcher.rate, room, len(dispatcher.under_way))
        ids = claim(connection, dispatcher.worker, now, granted.limit)
        if dispatcher.rate and ids:
            record_line(connection, dispatcher.sender, reserved(line, granted, len(ids)))
        claimed = count_claimed(connection, load_claimed(connection, ids), now) if ids else []
    began = monotonic()
    first, spacing = began + (granted.first_at - now).total_seconds(), granted.spacing.total_seconds()
    # All one after the other, and not when each leaves: in a lane, between other things, it takes twice the time.
    for place, (message, opened) in enumerate([(message, _open(message)) for message in claimed]):
        one = InHand(message, opened, began, first + place * spacing)
        dispatcher.under_way.add(message.id)
        dispatcher.lanes.do(partial(_hand_over, dispatcher, one))
    if ids or dispatcher.under_way or not granted.wait:
        return bool(ids or dispatcher.under_way) and not line.is_shut(now)
    return not dispatcher.stopping.wait(granted.wait.total_seconds())


def _hand_over(dispatcher: Dispatcher, one: InHand) -> None:
    """In a lane: wait for the slot, check once more, send. Whatever happens, something comes back."""
    outcome: Outcome | Settled
    try:
        outcome = _outcome(dispatcher, one)
    except Exception as error:  # a gateway's own fault: it must not take the rest with it
        log.error("gateway_failed", message=one.message.id, error=type(error).__name__)
        outcome = Unknown(type(error).__name__)
    dispatcher.finished.put((one.message, outcome))


def _outcome(dispatcher: Dispatcher, one: InHand) -> Outcome | Settled:
    while (early := one.leave_mono - monotonic()) > 0 and not dispatcher.stopping.is_set():
        pause(min(early, STOPS_WITHIN))
    waited = monotonic() - one.claimed_mono
    if dispatcher.stopping.is_set() or waited > START_WITHIN:
        return Settled(one.message.id, one.message.attempts, "queued", reason=LEFT)
    message, opened = one.message, one.opened
    if waited > FRESH_SECONDS:
        message = aside(partial(_looked_at_again, dispatcher, message))
        opened = _open(message)
    now = dispatcher.now()
    barred = why_not_to_send(message.facts, now)
    if barred:
        return Settled(message.id, message.attempts, barred[0], reason=barred[1])
    if isinstance(opened, Settled):
        return opened
    to, body = opened
    return dispatcher.gateway.send(OutgoingText(to, body, message.token, seconds_left(message.facts, now)))


def _open(message: Claimed) -> Opened:
    if message.sealed_to is None:
        return Settled(message.id, message.attempts, "suppressed", reason="erased")
    try:
        return unseal(message.sealed_to), unseal(message.sealed_body)
    except KeysMissingError:  # one row that is spoilt must not keep everybody else's waiting
        return Settled(message.id, message.attempts, "suppressed", reason="unreadable")


def _looked_at_again(dispatcher: Dispatcher, message: Claimed) -> Claimed:
    """The same claim with what holds now: a stop that came while it waited is a stop."""
    with reading(dispatcher.engine) as connection:
        [again] = load_claimed(connection, [message.id])
    return replace(again, attempts=message.attempts, facts=replace(again.facts, over_cap=message.facts.over_cap))


def _came_back(dispatcher: Dispatcher) -> list[Finished]:
    """What the lanes have finished: at least one, and what follows within a moment."""
    finished = [dispatcher.finished.get()]
    until = monotonic() + RECORD_EVERY
    while len(finished) < min(RECORD_AT_MOST, len(dispatcher.under_way)):
        try:
            finished.append(dispatcher.finished.get_nowait())
        except Empty:
            if monotonic() >= until:
                break
            sleep(LOOK_EVERY)  # to be woken for each would cost the lanes as much as their texts do
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


def _record_all(dispatcher: Dispatcher, finished: Sequence[Finished], now: datetime) -> Counter[str]:
    totals, settled, again = Counter[str](), list[Settled](), list[tuple[int, int, datetime]]()
    for message, outcome in finished:
        later = queued_again(message, outcome, now)
        if later:
            again.append((message.id, message.attempts, later[1]))
            totals[later[0]] += 1
        else:
            settled.append(settled_from(message, outcome))
            totals[_counted_as(settled[-1].state)] += 1
    with writing(dispatcher.engine) as connection:
        settle(connection, settled, now)
        requeue(connection, again)
        give_back(connection, (message for message, outcome in finished if not may_have_left(outcome)), now)
        note_refusals(connection, [(one.id, code) for one, what in finished if (code := refused_with(what))])
        for message, outcome in finished:
            _tell_of_number(connection, message, outcome, now)
        tried = [outcome for _, outcome in finished if not isinstance(outcome, Settled)]
        line = record_round(connection, dispatcher.sender, tried, now)
    if line.is_shut(now):
        log.warning("sender_shut", reason=line.shut_for, until=str(line.shut_until_at))
    _tell(settled, again)
    return totals


def _tell_of_number(connection: Connection, message: Claimed, outcome: Outcome | Settled, now: datetime) -> None:
    """What a refusal says of the number itself."""
    if then(outcome) == "opt_out" and message.sender is not None:
        record_opt_out(connection, message.number_hash, now, source="carrier (21610)")
    elif then(outcome) in ("opt_out", "hold"):  # a coach who stops pages is no participant who stops
        record_dead_number(connection, message.number_hash, refused_with(outcome) or 0, now)


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


def _counted_as(state: str) -> str:
    return "sent" if state in ("accepted", "sent", "delivered") else state
