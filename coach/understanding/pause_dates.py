"""On which date the texts resume after a pause that names days, a weekday, a date or a holiday. Pure."""

from datetime import date, timedelta

from coach.understanding.result import Command
from coach.understanding.words import holidays
from schedules.timing.cadence import LONGEST_PAUSE_DAYS

A_YEAR = 366


def pause_until(command: Command, first: date) -> date | None:
    """Return the date on which texts resume, None if it names none, or one later than we may pause.

    That is after `days` skipped evenings, or on the next matching weekday, date or holiday after ``first``, the first
    evening that is skipped.
    """
    start = pause_from(command, first)
    if start is not None:
        return _end_of_trip(command, start, first)
    if command.days is not None:
        return first + timedelta(days=command.days) if 0 < command.days <= LONGEST_PAUSE_DAYS else None
    if command.until_weekday is not None:
        return first + timedelta(days=(command.until_weekday - first.isoweekday() - 1) % 7 + 1)
    on = _named(command, first)
    if on is None:
        return None
    on += timedelta(days=command.days_after)
    if command.whole_weekend:
        on += timedelta(days=(1 - on.isoweekday()) % 7)
    return on if on <= first + timedelta(days=LONGEST_PAUSE_DAYS) else None


def pause_from(command: Command, first: date) -> date | None:
    """Return on which day a pause begins that is told ahead; None if it names none.

    A weekday may be that of yesterday, and a date up to a week ago: who is away already may still say since when.
    """
    if command.from_weekday is not None:
        before = first - timedelta(days=1)
        return before + timedelta(days=(command.from_weekday - before.isoweekday()) % 7)
    if command.from_day is None:
        return None
    return _next(command.from_day, command.from_month, first - timedelta(days=7))


def _end_of_trip(command: Command, start: date, first: date) -> date | None:
    on = start + timedelta(days=command.days) if command.days else None
    if on is None and command.until_day is not None:
        on = _next(command.until_day, command.until_month, start)
    latest = first + timedelta(days=LONGEST_PAUSE_DAYS)
    return on if on is not None and first < on <= latest else None


def _next(day: int, month: int | None, after: date) -> date | None:
    """Return the next such day after another."""
    days = (after + timedelta(days=ahead) for ahead in range(1, A_YEAR + 1))
    return next((one for one in days if (day, month) in ((one.day, None), (one.day, one.month))), None)


def _named(command: Command, first: date) -> date | None:
    """Return the next date or holiday that is named."""
    if command.until_holiday is not None:
        return holidays.next_on(command.until_holiday, first - timedelta(days=command.days_after))
    if command.until_day is None:
        return None
    return _next(command.until_day, command.until_month, first)
