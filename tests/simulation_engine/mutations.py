"""Bugs injected into the engine to check that they are found: a name, and how to inject and remove each.

The first four are the roots of the design; the rest are slips that somebody could make. Each is found within 200
seeds (`python3 dev.py bench simulate-engine --mutation NAME`), most within a few. One whose target is not there any
more says so instead of passing.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from sqlalchemy import text, update

from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment
from tests.simulation_engine.putting_in import Mutation, swap
from tests.simulation_engine.scheduling import Scheduler
from tests.simulation_engine.waiting import Clocked, sleep

# The four roots.


def _one_row_stops_all(real: Any) -> Any:
    """Recording raises for as long as one certain text is in the batch."""

    def record(dispatcher: Any, finished: Any, now: Any) -> Any:
        if any(message.id % 7 == 3 for message, _ in finished):
            raise ValueError("a row that cannot be recorded")
        return real(dispatcher, finished, now)

    return record


def _never_done(_real: Any) -> Any:
    return lambda *_, **__: 0


def _claim_believed(real: Any) -> Any:
    """Nothing is looked at again before it leaves, however long ago it was claimed."""
    return type("ClaimedBatch", (real,), {"age": lambda _: 0.0})


# Slips.


def _blindly_again(real: Any) -> Any:
    """A request without an answer is taken for one that was not made."""
    from schedules.gateway.protocol import NotProcessed, Unknown  # noqa: PLC0415  (what a mutation changes)

    def queued(message: Any, outcome: Any, now: Any) -> Any:
        return real(message, NotProcessed("x") if isinstance(outcome, Unknown) else outcome, now)

    return queued


def _requeue_lost(_real: Any) -> Any:
    """The text of a lost worker goes back to the queue instead of into doubt."""

    def lost(connection: Any, now: Any) -> int:
        mine = update(OutboxMessage).where(OutboxMessage.state == "sending", OutboxMessage.lease_until_at <= now)
        return int(connection.execute(mine.values(state="queued", due_at=now)).rowcount)

    return lost


def _without(*names: str) -> Callable[[Any], Any]:
    """`why_not_to_send` that does not look at some facts."""
    unset: dict[str, Any] = {
        "suppressed": False,
        "held": False,
        "paused_until_on": None,
        "status": "active",
    }

    def make(real: Any) -> Any:
        return lambda facts, now: real(replace(facts, **{name: unset[name] for name in names}), now)

    return make


def _plan_blind(**changed: Any) -> Callable[[Any], Any]:
    """`decide` that is told otherwise of some facts."""

    def make(real: Any) -> Any:
        def decide(facts: Any, *rest: Any) -> Any:
            return real(replace(facts, **changed), *rest)

        return decide

    return make


def _pause_ends_early(real: Any) -> Any:
    return lambda connection, enrolment, until_on: real(connection, enrolment, until_on - timedelta(days=1))


def _no_unique_sid(real: Any) -> Any:
    """A MessageSid that comes again is another text."""

    def keep(connection: Any, taken: Any, kept: Any) -> Any:
        there = real(connection, taken, kept)
        return there if there is not None else real(connection, replace(taken, sid=f"{taken.sid[:40]}-again"), kept)

    return keep


def _move_anywhere(_real: Any) -> Any:
    from schedules.outbox.states import STATE_OF_STATUS  # noqa: PLC0415  (what a mutation changes)

    def move(connection: Any, id: int, sid: str, status: str, code: Any, now: Any, *, keep_id: bool) -> bool:
        state = STATE_OF_STATUS.get(status, "accepted")
        kept = {"provider_sid": sid} if keep_id else {}
        values = kept | {"state": state, "error_code": code, "accepted_at": now, "settled_at": now}
        connection.execute(update(OutboxMessage).where(OutboxMessage.id == id).values(**values))
        return True

    return move


def _not_moved_on(real: Any) -> Any:
    """`next_due_at` stays, where a text was planned."""

    def move_on(connection: Any, plans: Any) -> None:
        real(connection, plans)
        for one in plans:
            if one.row.id % 2:
                stuck = update(Enrolment).where(Enrolment.id == one.row.id)
                connection.execute(stuck.values(next_due_at=one.plan.next_due.at + timedelta(days=1)))

    return move_on


def _first_found(_real: Any) -> Any:
    """The newest message of the provider, whosever it is."""
    return lambda connection, listed: next(iter(listed), None)


def _answer_unwritten(real: Any) -> Any:
    """A yes/no is read and acknowledged but not stored."""
    from coach.conversation.intentions import RecordAnswer  # noqa: PLC0415  (what a mutation changes)

    record = real[RecordAnswer]
    return real | {RecordAnswer: lambda self, found, one: record(self, found, replace(one, habit=None))}


def _planned_twice(real: Any) -> Any:
    """No unique key: what two workers plan at once is there twice."""

    def write(connection: Any, plans: Any, *rest: Any) -> None:
        real(connection, plans, *rest)
        again = "SELECT * FROM outbox_message WHERE kind = 'nudge' AND state = 'queued' AND slot = 'evening'"
        for row in connection.execute(text(again)).mappings().all():
            values = dict(row) | {"id": None, "slot": "again", "token": row["token"][:-1] + "x", "decision_id": None}
            names = ", ".join(values)
            into = f"INSERT INTO outbox_message ({names}) VALUES ({', '.join(':' + name for name in values)})"
            connection.execute(text(into), values)

    return write


def _by_the_wall(_real: Any) -> Any:
    """Jobs are repeated by a scheduler that reckons in wall time."""

    def run_forever(jobs: Any, stopping: Any) -> None:
        scheduler = Scheduler(timezone=UTC)
        for job in jobs:
            every = {"seconds": job.seconds, "next_run_time": Clocked.now(UTC)}
            scheduler.add_job(job.run, "interval", coalesce=True, misfire_grace_time=None, max_instances=1, **every)
        scheduler.start()
        while not stopping.is_set():
            sleep(1.0)

    return run_forever


def _until_midnight(window: Any) -> Any:
    return window and replace(window, closes_at=window.closes_at + timedelta(hours=5))


MUTATIONS: dict[str, Mutation] = {
    "root 1: one row stops everybody": Mutation(swap(("_record_all", _one_row_stops_all)), "stops"),
    "root 2: what failed is never read again": Mutation(
        swap(("apply_unapplied", _never_done)), "stops", "crises", "lost", "deadlock"
    ),
    "root 3: the wall clock is believed": Mutation(swap(("run_forever", _by_the_wall)), "clock_jumps"),
    "root 4: a claim is believed": Mutation(swap(("ClaimedBatch", _claim_believed)), "suspends"),
    "stop is not looked at again before it leaves": Mutation(swap(("ClaimedBatch", _claim_believed)), "stops"),
    "a lost answer is sent again blindly": Mutation(
        swap(("queued_again", _blindly_again)), "drops", "receipts_disordered"
    ),
    # A receipt moves the text on before its lease has ended: only where those are lost does it show.
    "a lost worker's text is queued again": Mutation(
        swap(("doubt_expired_leases", _requeue_lost)), "kills", "receipts_lost"
    ),
    "a stop is not looked at when sending": Mutation(
        swap(("why_not_to_send", _without("suppressed", "status"))), "stops"
    ),
    "a hold is not looked at when sending": Mutation(swap(("why_not_to_send", _without("held"))), "crises"),
    "a hold is not looked at at all": Mutation(
        swap(("why_not_to_send", _without("held")), ("decide", _plan_blind(held=False))), "crises"
    ),
    "a pause ends a day early": Mutation(swap(("lifecycle.pause", _pause_ends_early)), "pauses"),
    "a pause is not looked at": Mutation(
        swap(("why_not_to_send", _without("paused_until_on")), ("decide", _plan_blind(paused_until_on=None))), "pauses"
    ),
    "START changes nothing": Mutation(swap(("record_return", _never_done)), "stops"),
    # Where receipts come they are sooner than the list.
    "reconcile believes too early": Mutation(
        swap(("SURFACES_WITHIN", lambda real: timedelta(seconds=1))),
        *("drops", "late_takes", "listing_late", "receipts_lost"),
    ),
    "reconcile never runs": Mutation(swap(("reconcile", lambda real: lambda *_: Counter[str]())), "drops"),
    "the same MessageSid is applied twice": Mutation(
        swap(("receive.keep", _no_unique_sid)), "stops", "twice", "commit_in_doubt"
    ),
    "receipts move backward": Mutation(swap(("_move_forward", _move_anywhere)), "receipts_disordered"),
    "next_due_at skips a day": Mutation(swap(("_advance", _not_moved_on)), "stops"),
    "an evening is planned twice": Mutation(swap(("planner._write", _planned_twice)), "stops"),
    "quiet hours are ignored": Mutation(
        swap(
            ("is_quiet", lambda real: lambda *_: False),
            ("slot_window", lambda real: lambda slot, due, timing: _until_midnight(real(slot, due, timing))),
        ),
        "outages",
    ),
    "a crisis pages nobody": Mutation(swap(("page_open_flags", _never_done)), "crises"),
    "a yes/no is not stored": Mutation(swap(("apply.CHANGES", _answer_unwritten)), "twice"),
}
