"""When a coach's text leaves that is meant for a date and a time. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from schedules.timing.local_time import instant_of, local_date_of, parse_wall_time
from schedules.timing.quiet_hours import QuietHours, Window, next_daytime, permitted_today

FURTHEST = timedelta(days=60)
A_WEEK = 8  # days, with both ends
PROMPT_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class LeaveAt:
    """A date and a wall time as typed, in the participant's own time zone."""

    on: str
    at: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What a coach wrote. `once` identifies the form: submitting it twice sends one text. `leave` is None for now."""

    body: str
    once: str
    leave: LeaveAt | None = None


@dataclass(frozen=True, slots=True)
class Reachable:
    """What decides when somebody may be texted."""

    time_zone: str
    bedtime_at: time | None
    quiet: QuietHours


def when_to_leave(leave: LeaveAt, to: Reachable, now: datetime) -> datetime:
    """Return the instant that is meant; in quiet hours, when these end. Raises ValueError if it is past or too far."""
    on, at = _typed(leave)
    today = local_date_of(now, to.time_zone)
    wanted = instant_of(on, at, to.time_zone) if today <= on <= today + FURTHEST else None
    if wanted is None or wanted <= now:
        raise ValueError(f"Choose a time that is still to come, at most {FURTHEST.days} days ahead.")
    for ahead in range(A_WEEK):
        window = permitted_today(wanted + timedelta(days=ahead), to.bedtime_at, to.time_zone, to.quiet)
        if window is not None and wanted < window.closes_at:
            return max(wanted, window.opens_at)
    raise ValueError("Their quiet hours and bedtime leave no time for texts: change one of them first.")


def hours_today(to: Reachable, now: datetime) -> Window | None:
    """Return when somebody may be texted today; None if not at all."""
    return permitted_today(now, to.bedtime_at, to.time_zone, to.quiet)


def next_opening(to: Reachable, now: datetime) -> datetime:
    """Return when a text written now may leave to somebody who has not written lately: now, or when they wake up."""
    window = next_daytime(now, to.bedtime_at, to.time_zone, to.quiet)
    return now if window is None else max(now, window.opens_at)


def waits_until(to: Reachable, heard_at: datetime | None, now: datetime) -> datetime | None:
    """Return until when a text written now waits for texting hours; None if it leaves at once."""
    if heard_at is not None and now - heard_at <= PROMPT_WITHIN:
        return None
    opens_at = next_opening(to, now)
    return opens_at if opens_at > now else None


def _typed(leave: LeaveAt) -> tuple[date, time]:
    try:
        return date.fromisoformat(leave.on.strip()), parse_wall_time(leave.at)
    except ValueError:
        raise ValueError("Give both a date and a time, such as 2026-12-24 and 17:30.") from None
