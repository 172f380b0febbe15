"""Texts claimed together, as last seen: trusted for a moment, then renewed before their requests are sent."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Lock
from time import monotonic

from sqlalchemy import Engine

from schedules.database.apart import isolate_failures
from schedules.database.engine import read_transaction, write_transaction
from schedules.outbox.claimed import load_claimed
from schedules.outbox.outcomes import ClaimedMessage
from schedules.outbox.queue import renew


class ClaimedBatch:
    """Texts that were claimed together. Whichever needs it first renews the claims of all of them."""

    def __init__(
        self,
        engine: Engine,
        worker: str,
        now: Callable[[], datetime],
        latest_now: Callable[[], datetime],
        claimed: Sequence[ClaimedMessage],
        seen_at: datetime,
    ) -> None:
        self._engine, self._worker, self._now, self._latest_now = engine, worker, now, latest_now
        self._ours = {one.id: one for one in claimed}
        self._seen_at, self._seen_mono = seen_at, monotonic()
        self._one_at_a_time = Lock()

    def age(self) -> float:
        """Return the seconds since we last knew these claims to be ours, by the clock that shows more.

        Monotonic time may stop while a machine is suspended, and the wall clock may be set.
        """
        return max(monotonic() - self._seen_mono, abs((self._now() - self._seen_at).total_seconds()))

    def take(self, id: int) -> ClaimedMessage | None:
        """Take a text that is to be sent now; None if another worker or a receipt has moved it on."""
        return self._ours.pop(id, None)

    def renew(self, older_than: float) -> None:
        """Renew the leases of the unsent texts and reload them, unless another thread has done so meanwhile."""
        with self._one_at_a_time:
            if self.age() <= older_than:
                return
            # Taken before the query, because the result may be as old as that.
            seen_mono, seen_at, before = monotonic(), self._now(), dict(self._ours)
            with write_transaction(self._engine) as connection:
                claims = {one.id: one.attempts for one in before.values()}
                ids = renew(connection, self._worker, claims, self._latest_now())
            with read_transaction(self._engine) as connection:
                # A text that can no longer be read is left out here, and set aside when it is claimed again.
                loaded = isolate_failures(connection, ids, partial(load_claimed, connection), lambda _id, _error: [])
            self._ours = {one.id: _keep_over_cap(before[one.id], one) for some in loaded for one in some}
            self._seen_mono, self._seen_at = seen_mono, seen_at


def _keep_over_cap(claimed: ClaimedMessage, now: ClaimedMessage) -> ClaimedMessage:
    """Return the reloaded text with the place in its clinic's day that it got when it was claimed."""
    return replace(now, facts=replace(now.facts, over_cap=claimed.facts.over_cap))
