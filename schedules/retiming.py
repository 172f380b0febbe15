"""When somebody is due next whose times, zone or programme have changed. Pure."""

from dataclasses import replace
from datetime import datetime

from schedules.due import Decided, NextDue, Timing, instant_of_slot, next_due
from schedules.local_time import local_date_of


def due_after_change(timing: Timing, waiting: NextDue | None, decided: Decided, now: datetime) -> NextDue:
    """The next decision point under the new timing; one already decided is not decided again.

    Whoever moves tonight's time to an hour that is past still hears tonight, at the old time. A point whose date is
    over in the new zone is due at once: the planner records why nobody could be texted.
    """
    if waiting and _would_be_left_out(waiting, timing, now):
        is_over = waiting.on < local_date_of(now, timing.time_zone)
        return replace(waiting, at=min(waiting.at, now) if is_over else waiting.at)
    return next_due(timing, since=now, decided=decided)


def _would_be_left_out(waiting: NextDue, timing: Timing, now: datetime) -> bool:
    slot = next((slot for slot in timing.programme.slots if slot.id == waiting.slot), None)
    return slot is not None and instant_of_slot(slot, waiting.on, timing) < now
