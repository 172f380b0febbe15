"""The writes of the outbox: enqueue, claim, settle, requeue, expire. Each is a single guarded statement.

Callers hold the transaction. Decides nothing; see `schedules.outbox.states`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    select,
    update,
)

from schedules.database.prepared import find_all, in_array, in_constants, run_for_rows, run_update
from schedules.database.tables.messages import OutboxMessage
from schedules.database.types import UtcInstant
from schedules.outbox.outcomes import Settlement
from schedules.outbox.states import AT_ANY_HOUR, PLANNED, STATE_RANK

LEASE = timedelta(seconds=150)
# How long we keep asking the provider what became of a text.
ASK_PROVIDER_FOR = timedelta(days=1)
# When a text came into doubt.
doubted_since = func.coalesce(OutboxMessage.doubted_at, OutboxMessage.lease_until_at, type_=UtcInstant())
# The claim is still ours: no receipt, other worker or later claim has moved the message on since.
STILL_CLAIMED = and_(
    OutboxMessage.id == bindparam("message"),
    OutboxMessage.attempts == bindparam("attempt"),
    in_constants(OutboxMessage.state, ("sending", "unknown")),
)
# Written as in the partial index: otherwise every claim of an answer or a page would scan the evening's queue.
NOT_A_NUDGE = OutboxMessage.kind != literal_column("'nudge'")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A text to queue, to a participant (`enrolment_id`) or a coach (`coach_id`). Without `due_at` it is due at once.

    `slot` and `local_on` make a planned text unique.
    """

    kind: str
    body: str
    token: str
    created_at: datetime
    expires_at: datetime
    due_at: datetime | None = None
    enrolment_id: int | None = None
    coach_id: int | None = None
    slot: str | None = None
    local_on: date | None = None
    text_id: str | None = None
    text_version: int | None = None


COLUMNS = tuple(one.name for one in fields(NewMessage))


def _queued_row(message: NewMessage) -> dict[str, object]:
    row = {name: getattr(message, name) for name in COLUMNS}
    return row | {"state": "queued", "due_at": message.due_at or message.created_at}


def enqueue(connection: Connection, message: NewMessage) -> int:
    """Queue a text. Returns its id. (The planner inserts an evening's nudges itself, a batch at a time.)"""
    statement = insert(OutboxMessage).values(_queued_row(message)).returning(OutboxMessage.id)
    return connection.execute(statement).scalar_one()


def enqueue_all(connection: Connection, messages: Iterable[NewMessage]) -> None:
    """Queue several texts in one statement."""
    if rows := [_queued_row(message) for message in messages]:
        connection.execute(insert(OutboxMessage), rows)


def _claiming(*which: ColumnElement[bool]) -> Update:
    due = (
        select(OutboxMessage.id)
        .where(OutboxMessage.state == literal_column("'queued'"), OutboxMessage.due_at <= bindparam("now"), *which)
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(bindparam("at_most"))
        .with_for_update(skip_locked=True)
        # Materialized, because PostgreSQL may rerun a plain subquery for each row and so exceed the limit.
        .cte("due")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    return (
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(select(due.c.id)))
        .values(
            state="sending",
            claimed_by=bindparam("worker"),
            claimed_at=bindparam("claimed_at"),
            lease_until_at=bindparam("lease_until"),
            attempts=OutboxMessage.attempts + 1,
        )
        .returning(OutboxMessage.id, cast(OutboxMessage.due_at, String).label("due"))  # damaged or not, for the order
    )


# Answers and pages never wait behind an evening's nudges.
CLAIM_PROMPT, CLAIM_ANY = _claiming(NOT_A_NUDGE, ~in_constants(OutboxMessage.kind, PLANNED)), _claiming()
CLAIM_ORDER = (CLAIM_PROMPT, CLAIM_ANY)
CLAIM_AT_ANY_HOUR = (_claiming(NOT_A_NUDGE, in_constants(OutboxMessage.kind, AT_ANY_HOUR)),)


def claim(
    connection: Connection,
    worker: str,
    now: datetime,
    limit: int,
    order: Sequence[Update] = CLAIM_ORDER,
    *,
    claimed_at: datetime | None = None,
) -> list[int]:
    """Claim up to `limit` due messages, oldest first; no two workers get the same one.

    `claimed_at` is for a clock in doubt: what the provider lists from then on must include these messages.
    """
    times = {"now": now, "claimed_at": claimed_at or now, "lease_until": now + LEASE}
    taken: list[tuple[str, int]] = []
    for statement in order:
        if limit > len(taken):
            found = find_all(connection, statement, worker=worker, at_most=limit - len(taken), **times)
            taken += sorted((row.due, row.id) for row in found)
    return [id for _, id in taken]


RENEW_LEASES = (
    update(OutboxMessage)
    .where(
        in_array(OutboxMessage.id, "messages"),
        OutboxMessage.state == literal_column("'sending'"),
        OutboxMessage.claimed_by == bindparam("worker"),
    )
    .values(lease_until_at=bindparam("lease_until"))
    .returning(OutboxMessage.id, OutboxMessage.attempts)
)


def renew(connection: Connection, worker: str, claims: Mapping[int, int], now: datetime) -> list[int]:
    """Renew the leases of claims (message to attempt). Returns the messages that are still this worker's to send.

    Goes by state, owner and attempt rather than by the lease's time: what nobody has taken is ours, however far the
    clocks of two machines differ.
    """
    found = find_all(connection, RENEW_LEASES, messages=list(claims), worker=worker, lease_until=now + LEASE)
    return [row.id for row in found if claims.get(row.id) == row.attempts]


SETTLE_CLAIM = (
    update(OutboxMessage)
    .where(STILL_CLAIMED)
    .values(
        state=bindparam("new_state"),
        provider_sid=bindparam("sid"),
        error_code=bindparam("code"),
        reason=bindparam("why"),
        accepted_at=bindparam("accepted"),
        doubted_at=bindparam("doubted"),
        settled_at=bindparam("at"),
        lease_until_at=bindparam("at"),
    )
)
SETTLE_COLUMNS = ("message", "attempt", "new_state", "sid", "code", "why", "accepted", "doubted")


def settle(
    connection: Connection, settled: Iterable[Settlement], now: datetime, doubted_at: datetime | None = None
) -> None:
    """Record the outcomes of messages still claimed; one that a receipt has already moved on is left alone."""
    rows = [
        (
            *(one.id, one.attempt, one.state, one.provider_sid, one.error_code, one.reason),
            now if STATE_RANK[one.state] > 0 and one.provider_sid is not None else None,
            (doubted_at or now) if one.state == "unknown" else None,
        )
        for one in settled
    ]
    run_for_rows(connection, SETTLE_CLAIM, SETTLE_COLUMNS, rows, at=now)


SET_CLAIM_ASIDE = (
    update(OutboxMessage)
    .where(STILL_CLAIMED)
    .values(
        state=literal_column("'stuck'"),
        reason=bindparam("why"),
        unrecorded_sid=bindparam("sid"),
        error_code=None,
        accepted_at=bindparam("accepted"),
        settled_at=bindparam("at"),
        lease_until_at=bindparam("at"),
    )
)
LONGEST_SID = 255


def set_text_aside(connection: Connection, one: Settlement, now: datetime) -> None:
    """Mark a claimed text as stuck: visible, and never resent automatically. An id means that it was accepted."""
    sid = one.provider_sid and str(one.provider_sid).encode("utf-8", "replace").decode().replace("\x00", "")
    accepted = None if sid is None else now
    values = {"why": (one.reason or "")[:40], "sid": sid and sid[:LONGEST_SID], "accepted": accepted}
    run_update(connection, SET_CLAIM_ASIDE, message=one.id, attempt=one.attempt, at=now, **values)


def set_claim_aside(connection: Connection, worker: str, id: int, reason: str, now: datetime) -> None:
    """As `set_text_aside`, for a claim of this worker of which only the id can be read."""
    mine = (OutboxMessage.id == id, OutboxMessage.state == "sending", OutboxMessage.claimed_by == worker)
    values = {"state": "stuck", "reason": reason, "settled_at": now, "lease_until_at": now}
    connection.execute(update(OutboxMessage).where(*mine).values(values))


REQUEUE_CLAIM = (
    update(OutboxMessage)
    .where(STILL_CLAIMED)
    .values(state="queued", due_at=bindparam("at"), claimed_by=None, lease_until_at=None)
)


def requeue(connection: Connection, due: Iterable[tuple[int, int, datetime]]) -> None:
    """Put messages that were certainly not accepted back in the queue: (id, attempt, when to retry)."""
    run_for_rows(connection, REQUEUE_CLAIM, ("message", "attempt", "at"), list(due))


NOTE_REFUSAL = (
    update(OutboxMessage)
    .where(OutboxMessage.id == bindparam("message"), OutboxMessage.state == literal_column("'queued'"))
    .values(error_code=bindparam("code"))
)


def note_refusals(connection: Connection, refused: Iterable[tuple[int, int]]) -> None:
    """Record why texts wait in the queue: (id, code of the refusal)."""
    run_for_rows(connection, NOTE_REFUSAL, ("message", "code"), list(refused))


def expire_queued(connection: Connection, now: datetime, reason: str) -> int:
    """Expire queued texts past their window, for a reason; those refused all along say so. Returns how many."""
    late = (
        update(OutboxMessage)
        .where(OutboxMessage.state == "queued", OutboxMessage.due_at <= now, OutboxMessage.expires_at <= now)
        .values(
            state="expired",
            reason=case((OutboxMessage.error_code.is_not(None), "never_accepted"), else_=reason),
            settled_at=now,
        )
    )
    return connection.execute(late).rowcount


def set_old_doubts_aside(connection: Connection, now: datetime) -> int:
    """Mark texts as stuck that could not be resolved for too long. Returns how many."""
    old = (
        update(OutboxMessage)
        .where(
            OutboxMessage.state == "unknown", doubted_since <= now - ASK_PROVIDER_FOR, OutboxMessage.expires_at <= now
        )
        .values(state="stuck", reason="not_found_out", settled_at=now)
    )
    return connection.execute(old).rowcount


def doubt_expired_leases(connection: Connection, now: datetime) -> int:
    """Put texts in doubt whose worker was lost, since it may have sent them. Returns how many."""
    lost = (
        update(OutboxMessage)
        .where(OutboxMessage.state == "sending", OutboxMessage.lease_until_at <= now)
        .values(state="unknown", reason="worker_lost", doubted_at=now)
    )
    return connection.execute(lost).rowcount
