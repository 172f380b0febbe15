"""When a coach's text leaves that is meant for a date and a time. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from schedules.timing.local_time import instant_of, local_date_of, parse_wall_time, zone
from schedules.timing.quiet_hours import QuietHours, next_daytime, permitted_today

FURTHEST = timedelta(days=60)
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
    """Return the instant that is meant. Raises ValueError if it is past, too far ahead, or outside texting hours."""
    on, at = _typed(leave)
    today = local_date_of(now, to.time_zone)
    wanted = instant_of(on, at, to.time_zone) if today <= on <= today + FURTHEST else None
    if wanted is None or wanted <= now:
        raise ValueError(f"Choose a time that is still to come, at most {FURTHEST.days} days ahead.")
    window = permitted_today(wanted, to.bedtime_at, to.time_zone, to.quiet)
    if window is None:
        raise ValueError("No text may leave on that day: choose another day.")
    if not window.holds(wanted):
        hours = (one.astimezone(zone(to.time_zone)) for one in (window.opens_at, window.closes_at))
        opens, closes = (f"{one:%I:%M %p}".lstrip("0").lower() for one in hours)
        raise ValueError(f"Texts may reach them from {opens} to {closes} their time on that day: choose one of them.")
    return wanted


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
