"""What one worker claimed at once, as it was last seen: believed for a moment, then renewed before a request leaves."""

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
    """Texts that were claimed together. One renewal is for all of them, whichever needs it first."""

    def __init__(
        self,
        engine: Engine,
        worker: str,
        now: Callable[[], datetime],
        claimed: Sequence[ClaimedMessage],
        seen_at: datetime,
    ) -> None:
        self._engine, self._worker, self._now = engine, worker, now
        self._ours = {one.id: one for one in claimed}
        self._seen_at, self._seen_mono = seen_at, monotonic()
        self._one_at_a_time = Lock()

    def age(self) -> float:
        """Seconds since it was last certain that these are ours, by the clock that shows more.

        Monotonic time does not count while a machine is suspended; the wall clock may be set.
        """
        return max(monotonic() - self._seen_mono, abs((self._now() - self._seen_at).total_seconds()))

    def take(self, id: int) -> ClaimedMessage | None:
        """A text that is to leave now, with what holds now; None if another worker or a receipt has moved it on."""
        return self._ours.pop(id, None)

    def renew(self, older_than: float) -> None:
        """Begin the leases of what has not left anew, and look at it again, unless another has done so meanwhile."""
        with self._one_at_a_time:
            if self.age() <= older_than:
                return
            # Before it is asked: what comes back is as old as the question.
            seen_mono, seen_at, before = monotonic(), self._now(), dict(self._ours)
            with write_transaction(self._engine) as connection:
                ids = renew(connection, self._worker, {one.id: one.attempts for one in before.values()}, seen_at)
            with read_transaction(self._engine) as connection:
                # One that cannot be read any more is left out, and set aside when it is claimed the next time.
                loaded = isolate_failures(connection, ids, partial(load_claimed, connection), lambda _id, _error: [])
            self._ours = {one.id: _keep_over_cap(before[one.id], one) for some in loaded for one in some}
            self._seen_mono, self._seen_at = seen_mono, seen_at


def _keep_over_cap(claimed: ClaimedMessage, now: ClaimedMessage) -> ClaimedMessage:
    """What holds now, in the place that the text was given in its clinic's day when it was claimed."""
    return replace(now, facts=replace(now.facts, over_cap=claimed.facts.over_cap))
