"""When somebody is due next after their times, zone or program have changed. Pure."""

from dataclasses import replace
from datetime import datetime

from content.catalogue import Slot
from schedules.timing.local_time import local_date_of
from schedules.timing.slots import Decided, NextDue, Timing, instant_of_slot, next_due, slot_window


def due_after_change(timing: Timing, waiting: NextDue | None, decided: Decided, now: datetime) -> NextDue:
    """Return the next decision point under the new timing; what is already decided is not decided again.

    Someone who moves tonight's time to an hour already past still gets tonight's text: at the old time, or at once if
    that is no longer allowed. A point whose date is over in the new zone is due at once too, and the planner records
    why the person could not be texted.
    """
    if waiting and _would_be_skipped(waiting, timing, now):
        sooner = replace(waiting, at=min(waiting.at, now))
        return sooner if _must_be_sooner(waiting, sooner, timing) else waiting
    return next_due(timing, since=now, decided=decided)


def _would_be_skipped(waiting: NextDue, timing: Timing, now: datetime) -> bool:
    slot = _slot_of(waiting, timing)
    return slot is not None and instant_of_slot(slot, waiting.on, timing) < now


def _must_be_sooner(waiting: NextDue, sooner: NextDue, timing: Timing) -> bool:
    """Return whether the planned instant is no longer possible: its date is over, or the quiet hours have changed."""
    slot = _slot_of(waiting, timing)
    if waiting.on < local_date_of(sooner.at, timing.time_zone) or slot is None:
        return True
    return slot_window(slot, waiting, timing) is None and slot_window(slot, sooner, timing) is not None


def _slot_of(waiting: NextDue, timing: Timing) -> Slot | None:
    return next((slot for slot in timing.programme.slots if slot.id == waiting.slot), None)
