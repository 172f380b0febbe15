"""What to do for one person at one decision point, and when the next one is. Pure.

`decide` is the twin of `schedules.planner`: the planner gathers `DueFacts` and applies the `Plan`; every rule is here.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from content.catalogue import Catalogue, Programme, Slot, render, render_with
from content.wording import clock_time
from schedules.local_time import instant_of, local_date_of, local_time_of
from schedules.quiet_hours import QuietHours, Window, send_window
from schedules.strategy_choice import (
    NONE,
    Person,
    eligible_strategies,
    pick,
    pick_text,
    probabilities,
    texts_at_rest,
)

FOOTER_EVERY_DAYS = 30

# The slots of an enrolment's last decided date: (local date, slot).
Decided = Collection[tuple[date, str]]


@dataclass(frozen=True, slots=True)
class Timing:
    """All that says when a person's slots happen."""

    programme: Programme
    time_zone: str
    evening_at: time
    bedtime_at: time | None
    quiet: QuietHours


@dataclass(frozen=True, slots=True)
class NextDue:
    """A decision point: a slot on a local date, and its instant."""

    at: datetime
    on: date
    slot: str


@dataclass(frozen=True, slots=True)
class EarlierStep:
    """The last decision point that was due: the strategy it sent, or None if no step went out or none arrived."""

    decision_id: int
    strategy: str | None


@dataclass(frozen=True, slots=True)
class DueFacts:
    """One enrolment whose decision point has come, as the planner found it.

    `decided` are the slots already decided on the same date; `asked_today` is whether one of them asked the check-in.
    """

    enrolment_id: int
    due: NextDue
    timing: Timing
    cadence: str
    policy: str
    starts_on: date
    person: Person
    switched_off: frozenset[str]
    suppressed: bool
    held: bool
    paused_until_on: date | None
    earlier: EarlierStep | None
    last_texted_on: date | None
    prior_score: int | None
    decided: Decided = ()
    asked_today: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The logged decision. `draw` is empty when nothing was random."""

    available: bool
    unavailable_reason: str | None
    eligible: tuple[str, ...] = ()
    probabilities: dict[str, float] | None = None
    draw: float | None = None
    action: str | None = None
    text_id: str | None = None
    text_version: int | None = None


@dataclass(frozen=True, slots=True)
class PlannedText:
    """A text to put in the outbox. `asks` is whether it carries the check-in, `asks_about` the step's decision."""

    body: str
    window: Window
    asks: bool
    asks_about: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner writes, all or nothing."""

    choice: Choice
    text: PlannedText | None
    next_due: NextDue
    covariates: dict[str, int | None]


def slot_time(slot: Slot, timing: Timing) -> time:
    """The wall time of a slot for a person: relative to bedtime, their evening time, or the slot's own."""
    if slot.anchor == "bedtime" and timing.bedtime_at is not None:
        return (datetime.combine(date.min, timing.bedtime_at) + timedelta(days=1, minutes=slot.offset_minutes)).time()
    if slot.sends_step or slot.default_time is None:
        return timing.evening_at
    return slot.default_time


def slot_window(slot: Slot, due: NextDue, timing: Timing) -> Window | None:
    """When the text of a decision point may be handed over; None if never that day.

    Who moved their time to an hour that was past is due at the old time, and the window counts from there.
    """
    wanted = slot_time(slot, timing)
    if due.at > instant_of_slot(slot, due.on, timing):
        if local_date_of(due.at, timing.time_zone) != due.on:
            return None  # moved to a zone where that date is over
        wanted = local_time_of(due.at, timing.time_zone)
    box = timedelta(minutes=slot.time_box_minutes)
    return send_window(due.on, wanted, box, timing.bedtime_at, timing.time_zone, timing.quiet)


def instant_of_slot(slot: Slot, local_on: date, timing: Timing) -> datetime:
    """The instant of a slot on a date."""
    return instant_of(local_on, slot_time(slot, timing), timing.time_zone)


def next_due(timing: Timing, *, since: datetime, decided: Decided) -> NextDue:
    """The first decision point not before an instant, nor decided, nor on a date before the last decided one."""
    day = max([local_date_of(since, timing.time_zone) - timedelta(days=1), *(on for on, _ in decided)])
    while True:
        points = [NextDue(instant_of_slot(slot, day, timing), day, slot.id) for slot in timing.programme.slots]
        coming = [point for point in points if point.at >= since and (point.on, point.slot) not in decided]
        if coming:
            return min(coming, key=lambda point: point.at)
        day += timedelta(days=1)


def decide(facts: DueFacts, catalogue: Catalogue, now: datetime, draw: Callable[[str], float]) -> Plan:
    """The decision, the text if any, and the next decision point.

    `draw(name)` gives a number in [0, 1) that is always the same for the same person, slot, date and name.
    """
    slot = next((slot for slot in facts.timing.programme.slots if slot.id == facts.due.slot), None)
    window = slot_window(slot, facts.due, facts.timing) if slot else None
    following = _after(facts, slot)
    known = {"prior_score": facts.prior_score, "nights_since_start": (facts.due.on - facts.starts_on).days}
    reason = why_unavailable(facts, window, now)
    if reason or slot is None or window is None:
        return Plan(Choice(available=False, unavailable_reason=reason), None, following, known)
    choice, step = choose_step(facts, catalogue, draw) if slot.sends_step else (Choice(True, None), None)
    return Plan(choice, compose(facts, catalogue, slot, window, step, draw), following, known)


def _after(facts: DueFacts, slot: Slot | None) -> NextDue:
    """The next point, counted from where this one lies in the person's zone of today, so that no date is left out."""
    since = min(facts.due.at, instant_of_slot(slot, facts.due.on, facts.timing)) if slot else facts.due.at
    return next_due(facts.timing, since=since, decided=(*facts.decided, (facts.due.on, facts.due.slot)))


def why_unavailable(facts: DueFacts, window: Window | None, now: datetime) -> str | None:
    """Why nobody could have been texted, fixed before anything is random; None if they can be."""
    weekdays = facts.timing.programme.cadences[facts.cadence]
    rules = (
        ("opted_out", facts.suppressed),
        ("held", facts.held),
        ("paused", facts.paused_until_on is not None and facts.due.on < facts.paused_until_on),
        ("not_due", facts.due.on.isoweekday() not in weekdays),
        ("quiet_hours", window is None),
        ("system_down", window is not None and now >= window.closes_at),
    )
    return next((reason for reason, holds in rules if holds), None)


def choose_step(facts: DueFacts, catalogue: Catalogue, draw: Callable[[str], float]) -> tuple[Choice, str | None]:
    """The randomised choice, and the step's words if one was drawn."""
    eligible = eligible_strategies(catalogue.strategies, facts.person, facts.due.on, facts.switched_off)
    vector = probabilities(facts.policy, eligible, facts.person.past)
    drawn = draw("strategy")
    action = pick(vector, drawn)
    if action == NONE:
        return Choice(True, None, eligible, vector, drawn, NONE), None
    text = pick_text(texts_at_rest(catalogue.strategies[action], facts.person, facts.due.on), draw("text"))
    return Choice(True, None, eligible, vector, drawn, action, text.id, text.version), render_with(
        text, _facts_for_words(facts)
    )


def _facts_for_words(facts: DueFacts) -> dict[str, str]:
    """What a step may name of the person: their own bedtime, as they would write it."""
    bedtime = facts.timing.bedtime_at
    return {"bedtime": clock_time(bedtime, facts.person.language)} if bedtime else {}


def compose(
    facts: DueFacts,
    catalogue: Catalogue,
    slot: Slot,
    window: Window,
    step: str | None,
    draw: Callable[[str], float],
) -> PlannedText | None:
    """The words of the text: the step, the check-in where this slot asks it, and STOP/HELP once in 30 days."""
    asks_about = facts.earlier.decision_id if facts.earlier and facts.earlier.strategy else None
    parts = [step] if step else []
    asks = slot.asks_check_in and not facts.asked_today
    if asks:
        parts.append(_message(catalogue, facts, "check_in_score_and_habit" if asks_about else "check_in_score", draw))
    if parts and _footer_due(facts):
        parts.append(_message(catalogue, facts, "stop_help_footer", draw))
    if not parts:
        return None
    return PlannedText(" ".join(parts), window, asks, asks_about if asks else None)


def _message(catalogue: Catalogue, facts: DueFacts, key: str, draw: Callable[[str], float]) -> str:
    return render(pick_text(catalogue.texts_for(key, facts.person.language), draw(key)))


def _footer_due(facts: DueFacts) -> bool:
    last = facts.last_texted_on or facts.starts_on  # the welcome says STOP and HELP as well
    months, before = ((day - facts.starts_on).days // FOOTER_EVERY_DAYS for day in (facts.due.on, last))
    return months > before
