"""Facts for `due.decide`, filled in where a test does not care."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from content.catalogue import Catalogue
from schedules.decisions.eligibility import Recipient
from schedules.decisions.facts import DueFacts
from schedules.timing.quiet_hours import QuietHours
from schedules.timing.slots import NextDue, Timing, instant_of_slot

NEW_YORK = "America/New_York"
STARTS_ON = date(2026, 3, 2)  # a Monday


def timing(catalogue: Catalogue, programme: str = "evening", **more: Any) -> Timing:
    return replace(Timing(catalogue.programmes[programme], NEW_YORK, time(20), None, QuietHours()), **more)


def due_on(times: Timing, day: date, slot: str = "evening") -> NextDue:
    [found] = [one for one in times.programme.slots if one.id == slot]
    return NextDue(instant_of_slot(found, day, times), day, slot)


def facts(times: Timing, day: date = STARTS_ON, slot: str = "evening", **more: Any) -> DueFacts:
    usual = DueFacts(
        enrolment_id=1,
        due=due_on(times, day, slot),
        timing=times,
        cadence="daily",
        policy="rotation",
        starts_on=STARTS_ON,
        person=Recipient("en", frozenset(), frozenset(), ()),
        switched_off=frozenset(),
        suppressed=False,
        held=False,
        paused_until_on=None,
        earlier=None,
        last_texted_on=None,
        prior_score=None,
    )
    return replace(usual, **more)


def half(_name: str) -> float:
    """A draw that is always the same."""
    return 0.5


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
