"""Records the outcomes of texts that were sent, so that one that cannot be recorded blocks no other."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import Connection

from schedules.database.apart import error_name, isolate_failures
from schedules.database.set_aside import set_aside
from schedules.enrolment.lifecycle import record_opt_out
from schedules.gateway.protocol import Outcome
from schedules.outbox.daily_cap import give_back
from schedules.outbox.dead_numbers import record_dead_number
from schedules.outbox.outcomes import (
    ClaimedMessage,
    Settlement,
    consequence_of,
    may_have_left,
    queued_again,
    refused_with,
    settled_from,
    stuck_from,
)
from schedules.outbox.queue import note_refusals, requeue, set_text_aside, settle

Finished = tuple[ClaimedMessage, Outcome | Settlement]
# A text to requeue: its message, the finished attempt, and when it is due.
Retry = tuple[int, int, datetime]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RecordResult:
    """What was recorded for a batch of texts."""

    settled: list[Settlement]
    again: list[Retry]
    totals: Counter[str]


def record_outcomes(
    connection: Connection, finished: Sequence[Finished], now: datetime, doubted_at: datetime | None = None
) -> RecordResult:
    """Settle or requeue what was sent, in the caller's transaction; set aside what cannot be recorded.

    Without an answer a text is in doubt from `doubted_at` on, `now` if not given.
    """
    parts = isolate_failures(
        connection,
        finished,
        partial(_write, connection, now, doubted_at or now),
        partial(_write_as_stuck, connection, now),
    )
    about_numbers = [one for one in finished if consequence_of(one[1]) in ("opt_out", "hold")]
    isolate_failures(
        connection,
        about_numbers,
        partial(_apply_to_numbers, connection, now),
        partial(_set_stop_aside, connection, now),
    )
    settled, again = [one for part in parts for one in part.settled], [one for part in parts for one in part.again]
    return RecordResult(settled, again, sum((part.totals for part in parts), Counter[str]()))


def _write(connection: Connection, now: datetime, doubted_at: datetime, finished: Sequence[Finished]) -> RecordResult:
    done = RecordResult([], [], Counter())
    for message, outcome in finished:
        later = queued_again(message, outcome, now)
        if later:
            done.again.append((message.id, message.attempts, later[1]))
            done.totals[later[0]] += 1
        else:
            done.settled.append(settled_from(message, outcome))
            done.totals[_total_of(done.settled[-1].state)] += 1
    settle(connection, done.settled, now, doubted_at)
    requeue(connection, done.again)
    note_refusals(connection, [(one.id, code) for one, what in finished if (code := refused_with(what))])
    give_back(connection, (message for message, outcome in finished if not may_have_left(outcome)), now)
    return done


def _write_as_stuck(connection: Connection, now: datetime, finished: Finished, error: Exception) -> RecordResult:
    """Record a text whose outcome cannot be stored as stuck, keeping whether the provider accepted it."""
    message, outcome = finished
    log.error("text_set_aside", message=message.id, reason=error_name(error))
    stuck = stuck_from(message, outcome)
    set_text_aside(connection, stuck, now)
    return RecordResult([stuck], [], Counter(stuck=1))


def _apply_to_numbers(connection: Connection, now: datetime, finished: Sequence[Finished]) -> None:
    """Apply what refusals say about numbers, even if the text itself cannot be recorded: no opt-out is lost."""
    for message, outcome in finished:
        if consequence_of(outcome) == "opt_out" and message.sender is not None:
            record_opt_out(connection, message.number_hash, now, source="carrier (21610)")
        else:  # a coach who stops pages has not opted out as a participant
            record_dead_number(connection, message.number_hash, refused_with(outcome) or 0, now)


def _set_stop_aside(connection: Connection, now: datetime, finished: Finished, error: Exception) -> None:
    set_aside(connection, "stop", finished[0].id, error, now)


def log_outcomes(done: RecordResult) -> None:
    """Log all accepted texts in one line, and one line for each other text."""
    taken = [one.id for one in done.settled if _total_of(one.state) == "sent"]
    if taken:
        log.info("texts_taken", messages=taken)
    for one in done.settled:
        if _total_of(one.state) != "sent":
            log.warning("text_not_taken", message=one.id, state=one.state, code=one.error_code, reason=one.reason)
    for id, attempt, due_at in done.again:
        log.info("text_again_later", message=id, attempt=attempt, due_at=due_at.isoformat())


def _total_of(state: str) -> str:
    return "sent" if state in ("accepted", "sent", "delivered") else state
