"""What to do for one person at one decision point, and when the next one is. Pure.

`decide` is the twin of `schedules.planner`: the planner gathers `DueFacts` and applies the `Plan`; every rule is here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from content.catalogue import Catalogue, Programme, Slot, render, render_with
from content.wording import clock_time
from schedules.local_time import instant_of, local_date_of
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
    """One enrolment whose decision point has come, as the planner found it."""

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


def slot_window(slot: Slot, local_on: date, timing: Timing) -> Window | None:
    """When the slot's text of a date may be handed over; None if never that day."""
    box = timedelta(minutes=slot.time_box_minutes)
    return send_window(local_on, slot_time(slot, timing), box, timing.bedtime_at, timing.time_zone, timing.quiet)


def next_due(timing: Timing, *, since: datetime, planned: tuple[date, str] | None) -> NextDue:
    """The first decision point after the last planned one and not before an instant."""
    order = {slot.id: number for number, slot in enumerate(timing.programme.slots)}
    done = (planned[0], order.get(planned[1], -1)) if planned else (date.min, -1)
    day = max(local_date_of(since, timing.time_zone) - timedelta(days=1), done[0])
    while True:
        for slot in timing.programme.slots:
            at = instant_of(day, slot_time(slot, timing), timing.time_zone)
            if (day, order[slot.id]) > done and at >= since:
                return NextDue(at, day, slot.id)
        day += timedelta(days=1)


def decide(facts: DueFacts, catalogue: Catalogue, now: datetime, draw: Callable[[str], float]) -> Plan:
    """The decision, the text if any, and the next decision point.

    `draw(name)` gives a number in [0, 1) that is always the same for the same person, slot, date and name.
    """
    following = next_due(facts.timing, since=facts.due.at - timedelta(days=2), planned=(facts.due.on, facts.due.slot))
    slot = next((slot for slot in facts.timing.programme.slots if slot.id == facts.due.slot), None)
    window = slot_window(slot, facts.due.on, facts.timing) if slot else None
    known = {"prior_score": facts.prior_score, "nights_since_start": (facts.due.on - facts.starts_on).days}
    reason = why_unavailable(facts, window, now)
    if reason or slot is None or window is None:
        return Plan(Choice(available=False, unavailable_reason=reason), None, following, known)
    choice, step = choose_step(facts, catalogue, draw) if slot.sends_step else (Choice(True, None), None)
    return Plan(choice, compose(facts, catalogue, slot, window, step, draw), following, known)


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
    if slot.asks_check_in:
        parts.append(_message(catalogue, facts, "check_in_score_and_habit" if asks_about else "check_in_score", draw))
    if parts and _footer_due(facts):
        parts.append(_message(catalogue, facts, "stop_help_footer", draw))
    if not parts:
        return None
    return PlannedText(" ".join(parts), window, slot.asks_check_in, asks_about if slot.asks_check_in else None)


def _message(catalogue: Catalogue, facts: DueFacts, key: str, draw: Callable[[str], float]) -> str:
    return render(pick_text(catalogue.texts_for(key, facts.person.language), draw(key)))


def _footer_due(facts: DueFacts) -> bool:
    if facts.last_texted_on is None:
        return False
    months, before = ((day - facts.starts_on).days // FOOTER_EVERY_DAYS for day in (facts.due.on, facts.last_texted_on))
    return months > before
