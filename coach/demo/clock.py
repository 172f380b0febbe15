"""A clock that runs at its own pace from wherever it is set, and never backwards."""

from datetime import datetime

from coach.runtime import utc_now


class MovableClock:
    """Real time plus an offset. Calling it gives the instant it shows."""

    def __init__(self, shows: datetime) -> None:
        self._offset = shows - utc_now()
        self._frozen: datetime | None = shows

    def __call__(self) -> datetime:
        """The instant it shows."""
        return self._frozen or utc_now() + self._offset

    def set(self, shows: datetime) -> None:
        """Show an instant, standing still; an earlier one is ignored."""
        self._frozen = max(shows, self())

    def run(self) -> None:
        """Go on from what it shows, at the pace of real time."""
        if self._frozen:
            self._offset, self._frozen = self._frozen - utc_now(), None
