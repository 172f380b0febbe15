"""Whether an evening's texts can all be sent in time at the configured rate. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class DueGroup:
    """Texts due at one instant that must be sent before another."""

    due_at: datetime
    closes_at: datetime
    texts: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """A stretch in which texts wait for each other: its start, how many, how long it lasts, how many are too late."""

    starts_at: datetime
    texts: int
    lasts: timedelta
    too_late: int

    def words(self, rate: float) -> str:
        """Return one sentence for the operator, such as `3,200 texts need 53 minutes at 1 a second.`"""
        minutes = max(1, round(self.lasts.total_seconds() / 60))
        need = f"{self.texts:,} texts need {minutes:,} {'minute' if minutes == 1 else 'minutes'} at {rate:g} a second"
        return f"{need}: {self.too_late:,} would be too late." if self.too_late else f"{need}."


def worst_backlog(groups: Iterable[DueGroup], rate: float) -> Backlog | None:
    """Return the backlog with the most late texts, else the longest; None without a rate or with nothing due."""
    if not rate:
        return None
    backlogs = [_backlog(stretch, rate) for stretch in _stretches(sorted(groups, key=lambda one: one.due_at), rate)]
    return max(backlogs, key=lambda one: (one.too_late, one.lasts), default=None)


def _stretches(groups: Sequence[DueGroup], rate: float) -> list[list[DueGroup]]:
    """Group texts that run into each other: the next are due before the earlier ones have been sent."""
    stretches: list[list[DueGroup]] = []
    free_at: datetime | None = None
    for group in groups:
        if free_at is None or group.due_at >= free_at:
            stretches.append([])
            free_at = group.due_at
        stretches[-1].append(group)
        free_at += timedelta(seconds=group.texts / rate)
    return stretches


def _backlog(stretch: Sequence[DueGroup], rate: float) -> Backlog:
    sent, too_late, starts_at = 0, 0, stretch[0].due_at
    for group in stretch:
        in_time = int((group.closes_at - starts_at).total_seconds() * rate) - sent
        sent += group.texts
        too_late += max(0, min(group.texts, group.texts - max(0, in_time)))
    return Backlog(starts_at, sent, timedelta(seconds=sent / rate), too_late)
