"""How long texts and receipts wait on PostgreSQL for rows that somebody has locked: all of them wait on one thread."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

# How many seconds each of its tries waits, of which a text has two and half a one.
EACH, LEAST = 0.3, 0.02
TRIES = 2.5
# All texts together wait so many seconds within a period. After that each waits for a moment only.
TOGETHER, PERIOD = 1.0, 10.0


class RowPatience:
    """One web process's. What cannot be applied in time is read for danger, kept, and applied by a job."""

    def __init__(self) -> None:
        self._waited: deque[tuple[float, float]] = deque()

    @contextmanager
    def take(self) -> Iterator[float]:
        """Return how many seconds to wait for a row, and count what took as long."""
        began = monotonic()
        while self._waited and self._waited[0][0] < began - PERIOD:
            self._waited.popleft()
        left = TOGETHER - sum(seconds for _, seconds in self._waited)
        patience = max(LEAST, min(EACH, left / TRIES))
        try:
            yield patience
        finally:
            ended = monotonic()
            if ended - began >= patience:
                self._waited.append((ended, ended - began))
