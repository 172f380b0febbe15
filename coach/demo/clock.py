"""A clock that can be moved forward, and never runs backward."""

from datetime import datetime

from coach.runtime import utc_now


class MovableClock:
    """Real time plus an offset. Call it for the current instant."""

    def __init__(self, shows: datetime) -> None:
        self._offset = shows - utc_now()
        self._frozen: datetime | None = shows

    def __call__(self) -> datetime:
        """Return the current instant."""
        return self._frozen or utc_now() + self._offset

    def set(self, shows: datetime) -> None:
        """Set the clock and stop it; an earlier instant is ignored."""
        self._frozen = max(shows, self())

    def run(self) -> None:
        """Run on from the current instant in real time."""
        if self._frozen:
            self._offset, self._frozen = self._frozen - utc_now(), None
