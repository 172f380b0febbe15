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


def _named(command: Command, first: date) -> date | None:
    """Return the next date or holiday that is named."""
    if command.until_holiday is not None:
        return holidays.next_on(command.until_holiday, first - timedelta(days=command.days_after))
    if command.until_day is None:
        return None
    days = (first + timedelta(days=ahead) for ahead in range(1, A_YEAR + 1))
    wanted = (command.until_day, command.until_month)
    return next((day for day in days if wanted in ((day.day, None), (day.day, day.month))), None)
