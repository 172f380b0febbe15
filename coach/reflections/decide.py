"""Decide when the Sunday summary is sent to a participant who asked for it, and what it says. Pure.

It is sent in the hour before their evening text, within the same quiet hours, and asks nothing: it never replaces a
nudge or a check-in. The welcome promises at most two texts a day, so programmes that already send two do not offer it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from coach.adherence.counts import SCORES_NEEDED, DayTally
from schedules.timing.local_time import local_date_of
from schedules.timing.quiet_hours import Window, send_window
from schedules.timing.slots import Timing

SLOT = "reflection"
BEFORE = timedelta(minutes=60)
SUNDAY = 7


@dataclass(frozen=True, slots=True)
class ReflectionFacts:
    """Someone whose summary is due. `week` tallies the seven days before today."""

    timing: Timing
    status: str
    suppressed: bool
    held: bool
    paused_until_on: date | None
    week: DayTally


@dataclass(frozen=True, slots=True)
class ReflectionText:
    """A text to queue: its key in the library, placeholder values, and when it may be sent."""

    key: str
    values: dict[str, str]
    window: Window
    local_on: date


def may_have_reflections(timing: Timing) -> bool:
    """Whether the programme sends one text a day, so that the summary is at most a second."""
    return len(timing.programme.slots) == 1


def next_reflection(timing: Timing, after: datetime) -> datetime | None:
    """Return the next time to send it; None if the quiet hours leave no room on any Sunday within a year."""
    today = local_date_of(after, timing.time_zone)
    sunday = today + timedelta(days=SUNDAY - today.isoweekday())
    for ahead in range(53):
        window = reflection_window(timing, sunday + timedelta(weeks=ahead))
        if window and window.opens_at > after:
            return window.opens_at
    return None


def reflection_window(timing: Timing, on: date) -> Window | None:
    """Return the hour before the evening text on a date, as far as quiet hours allow."""
    evening = datetime.combine(date(2000, 1, 2), timing.evening_at)
    wanted = (evening - BEFORE).time() if evening.time() > time(1) else timing.evening_at
    return send_window(on, wanted, BEFORE, timing.bedtime_at, timing.time_zone, timing.quiet)


def decide_reflection(facts: ReflectionFacts, now: datetime) -> ReflectionText | None:
    """Decide what to send now, if anything. A missed Sunday is not made up for."""
    on = local_date_of(now, facts.timing.time_zone)
    window = reflection_window(facts.timing, on) if on.isoweekday() == SUNDAY else None
    paused = facts.paused_until_on is not None and on < facts.paused_until_on
    silent = facts.status != "active" or facts.suppressed or facts.held or paused
    nothing = not facts.week.steps_asked and not facts.week.score_n
    if window is None or not window.holds(now) or silent or nothing or not may_have_reflections(facts.timing):
        return None
    week = facts.week
    values = {"done": str(week.done), "asked": str(week.steps_asked), "scored": str(week.score_n)}
    if week.score_n < SCORES_NEEDED or week.score_mean is None:
        return ReflectionText("weekly_reflection_too_few", values, window, on)
    return ReflectionText("weekly_reflection", values | {"mean": f"{week.score_mean:.1f}"}, window, on)
