"""What to do for one person at one decision point, and when the next one is. Pure.

The planner gathers `DueFacts` and applies the `Plan`. More rules: `schedules.strategy_choice`, `schedules.pace`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from content.catalogue import Catalogue, Programme, Slot, render_with
from content.wording import clock_time, fill
from schedules.history import EarlierStep
from schedules.local_time import instant_of, local_date_of, local_time_of
from schedules.pace import Notice, PaceFacts, is_due, nights_since, nights_until_last_asked, notice
from schedules.policies import CURRENT_VERSION, NONE, Known, needs_outcomes, probabilities
from schedules.quiet_hours import DEFAULT_END, EVENING_BEGINS, LEAVES_ROOM, QuietHours, Window, send_window, time_on
from schedules.strategy_choice import Person, eligibility, known_to, pick, pick_text, texts_at_rest

__all__ = ["Choice", "DueFacts", "EarlierStep", "NextDue", "Plan", "PlannedText", "Timing", "decide", "next_due"]

FOOTER_EVERY_DAYS = 30  # STOP and HELP are named as often

Draw = Callable[[str], float]
Decided = Collection[tuple[date, str]]  # the slots of an enrolment's last decided date: (local date, slot)


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
class DueFacts:
    """One enrolment whose decision point has come, as the planner found it.

    `last_texted_on` is the last date a text with the check-in left; `unanswered` counts the questions that reached
    them since they were last heard of. `decided` are the slots already decided on the same date; `asked_today` is
    whether one of them asked the check-in, `same_evening` whether one left this evening by another zone's date.
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
    unanswered: int = 0
    same_evening: bool = False
    decided: Decided = ()
    asked_today: bool = False
    number_is_dead: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The logged decision. `draw` is empty when nothing was random; `facts` is what `schedules.replay` needs."""

    available: bool
    unavailable_reason: str | None
    eligible: tuple[str, ...] = ()
    probabilities: dict[str, float] | None = None
    draw: float | None = None
    action: str | None = None
    text_id: str | None = None
    text_version: int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody gets who asks for another step (`schedules.asked_step`). `words` is empty where none is left."""

    facts: DueFacts
    choice: Choice
    words: str | None


@dataclass(frozen=True, slots=True)
class TextParts:
    """What a text is made of, before it is put into words: a step's words, the check-in, a notice, STOP and HELP."""

    step: str | None
    asks: bool
    notice: Notice | None
    footer: bool = False


@dataclass(frozen=True, slots=True)
class PlannedText:
    """A text to put in the outbox. `asks` is whether it carries the check-in, `asks_about` the step's decision."""

    body: str
    window: Window
    asks: bool
    asks_about: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the planner writes, all or nothing. `cadence` is the one that holds from now on."""

    choice: Choice
    text: PlannedText | None
    next_due: NextDue
    covariates: dict[str, int | None]
    cadence: str


def slot_time(slot: Slot, timing: Timing) -> time:
    """The wall time of a slot for a person: relative to bedtime, their evening time, or the slot's own."""
    if slot.anchor == "bedtime" and timing.bedtime_at is not None:
        return _from_bedtime(timing.bedtime_at, slot.offset_minutes, timing.quiet)
    own = timing.evening_at if slot.sends_step or slot.default_time is None else slot.default_time
    return own if slot.anchor == "bedtime" else _moved(own, timedelta(minutes=slot.offset_minutes)).time()


def _time_on(slot: Slot, local_on: date, timing: Timing) -> time:
    """The wall time of a slot by the hours of a date; where they leave none, the one that is wanted."""
    wanted = slot_time(slot, timing)
    return time_on(local_on.isoweekday(), wanted, timing.bedtime_at, timing.quiet) or wanted


def _from_bedtime(bedtime: time, offset_minutes: int, quiet: QuietHours) -> time:
    """Before bedtime, but while the evening is open; after it, the next morning. A bedtime past midnight is late."""
    wanted = _moved(bedtime, timedelta(days=bedtime < EVENING_BEGINS, minutes=offset_minutes))
    if offset_minutes >= 0:
        return wanted.time()
    closes = min(DEFAULT_END, *(_moved(end, -LEAVES_ROOM).time() for _, end in quiet.by_weekday))
    return min(wanted, _moved(closes, timedelta(0))).time()


def _moved(wall: time, by: timedelta) -> datetime:
    return datetime.combine(date(2000, 1, 2), wall) + by


def slot_window(slot: Slot, due: NextDue, timing: Timing) -> Window | None:
    """When the text of a decision point may be handed over; None if never that day.

    Who moved their time to an hour that was past is due at the old time, and the window counts from there.
    """
    wanted = _time_on(slot, due.on, timing)
    if due.at > instant_of_slot(slot, due.on, timing):
        if local_date_of(due.at, timing.time_zone) != due.on:
            return None  # moved to a zone where that date is over
        wanted = local_time_of(due.at, timing.time_zone)
    box = timedelta(minutes=slot.time_box_minutes)
    return send_window(due.on, wanted, box, timing.bedtime_at, timing.time_zone, timing.quiet)


def instant_of_slot(slot: Slot, local_on: date, timing: Timing) -> datetime:
    """The instant of a slot on a date."""
    return instant_of(local_on, _time_on(slot, local_on, timing), timing.time_zone)


def next_due(timing: Timing, *, since: datetime, decided: Decided) -> NextDue:
    """The first decision point not before an instant, nor decided, nor on a date before the last decided one."""
    day = max([local_date_of(since, timing.time_zone) - timedelta(days=1), *(on for on, _ in decided)])
    while True:
        points = [NextDue(instant_of_slot(slot, day, timing), day, slot.id) for slot in timing.programme.slots]
        coming = [point for point in points if point.at >= since and (point.on, point.slot) not in decided]
        if coming:
            return min(coming, key=lambda point: point.at)
        day += timedelta(days=1)


def decide(facts: DueFacts, catalogue: Catalogue, now: datetime, draw: Draw) -> Plan:
    """The decision, the text if any, and the next decision point.

    `draw(name)` gives a number in [0, 1) that is always the same for the same person, slot, date and name.
    """
    slot = next((slot for slot in facts.timing.programme.slots if slot.id == facts.due.slot), None)
    window = slot_window(slot, facts.due, facts.timing) if slot else None
    following = _after(facts, slot)
    pace = _pace_facts(facts)
    known = {"prior_score": facts.prior_score, "nights_since_start": nights_since(pace)}
    reason = why_unavailable(facts, slot, window, now)
    if reason or slot is None or window is None:
        return Plan(Choice(available=False, unavailable_reason=reason), None, following, known, facts.cadence)
    asks = slot.asks_check_in and not facts.asked_today
    said = notice(pace) if asks else None
    choice, step = choose_step(facts, catalogue, draw) if slot.sends_step else (Choice(True, None), None)
    cadence = said.cadence if said and said.holds and said.cadence else facts.cadence
    text = compose(facts, catalogue, window, TextParts(step, asks, said, asks and _footer_due(pace)), draw)
    return Plan(choice, text, following, known, cadence)


def _after(facts: DueFacts, slot: Slot | None) -> NextDue:
    """The next point, counted from where this one lies in the person's zone of today, so that no date is left out."""
    since = min(facts.due.at, instant_of_slot(slot, facts.due.on, facts.timing)) if slot else facts.due.at
    return next_due(facts.timing, since=since, decided=(*facts.decided, (facts.due.on, facts.due.slot)))


def _pace_facts(facts: DueFacts) -> PaceFacts:
    programme, on = facts.timing.programme, facts.due.on
    return PaceFacts(programme, facts.cadence, facts.starts_on, on, facts.last_texted_on, facts.unanswered)


def why_unavailable(facts: DueFacts, slot: Slot | None, window: Window | None, now: datetime) -> str | None:
    """Why nobody could have been texted, fixed before anything is random; None if they can be."""
    rules = (
        ("opted_out", facts.suppressed),
        ("dead_number", facts.number_is_dead),
        ("held", facts.held),
        ("paused", facts.paused_until_on is not None and facts.due.on < facts.paused_until_on),
        ("not_due", slot is None or not is_due(facts.timing.programme, facts.cadence, slot, facts.due.on)),
        ("same_evening", facts.same_evening),
        ("quiet_hours", window is None),
        ("system_down", window is not None and now >= window.closes_at),
    )
    return next((reason for reason, holds in rules if holds), None)


def choose_step(facts: DueFacts, catalogue: Catalogue, draw: Draw) -> tuple[Choice, str | None]:
    """The randomised choice, and the step's words if one was drawn."""
    person, on = facts.person, facts.due.on
    found = eligibility(catalogue, person, on, facts.switched_off)
    known = known_to(facts.policy, person, on, draw("tie") if needs_outcomes(facts.policy) else 0.0)
    version = CURRENT_VERSION.get(facts.policy, 0)
    vector = probabilities(facts.policy, version, found.eligible, known)
    drawn = draw("strategy")
    action = pick(vector, drawn)
    logged = _logged(facts, found.refused, known)
    if action == NONE:
        return Choice(True, None, found.eligible, vector, drawn, NONE, facts=logged), None
    texts, text_draw = texts_at_rest(catalogue, action, person, on), draw("text")
    text = pick_text(texts, text_draw)
    logged |= {"texts": [text.id for text in texts], "text_draw": text_draw}
    choice = Choice(True, None, found.eligible, vector, drawn, action, text.id, text.version, logged)
    return choice, render_with(text, _facts_for_words(facts))


def _logged(facts: DueFacts, refused: Mapping[str, str], known: Known) -> dict[str, Any]:
    """What the choice was made from, as JSON: all that a replay and an explanation need, and no more."""
    logged: dict[str, Any] = {
        "programme": facts.timing.programme.id,
        "cadence": facts.cadence,
        "exclude": sorted(facts.person.exclude),
        "tags": sorted(facts.person.tags),
        "refused": dict(refused),
        "recent": list(known.recent),
    }
    if needs_outcomes(facts.policy):
        logged["outcomes"] = {id: list(counts) for id, counts in known.outcomes.items()}
        logged["offered_on"] = {id: on.isoformat() for id, on in known.offered_on.items()}
        logged["tie_draw"] = known.tie_draw
    return logged


def _facts_for_words(facts: DueFacts) -> dict[str, str]:
    """What a step may name of the person: their own bedtime, as they would write it."""
    bedtime = facts.timing.bedtime_at
    return {"bedtime": clock_time(bedtime, facts.person.language)} if bedtime else {}


def compose(facts: DueFacts, catalogue: Catalogue, window: Window, parts: TextParts, draw: Draw) -> PlannedText | None:
    """The words of a text, or None if there are none."""
    asks_about = facts.earlier.decision_id if parts.asks and facts.earlier and facts.earlier.strategy else None
    said = [parts.step] if parts.step else []
    if parts.asks:
        question = "check_in_score_and_habit" if asks_about else "check_in_score"
        said.append(_message(catalogue, facts, question, draw))
    if parts.notice:
        said.append(_message(catalogue, facts, parts.notice.key, draw, parts.notice.cadence))
    if parts.footer:
        said.append(_message(catalogue, facts, "stop_help_footer", draw))
    return PlannedText(" ".join(said), window, parts.asks, asks_about) if said else None


def _message(catalogue: Catalogue, facts: DueFacts, key: str, draw: Draw, cadence: str | None = None) -> str:
    texts = catalogue.texts_for(key, facts.person.language)
    text = pick_text(texts, draw(key)) if len(texts) > 1 else texts[0]
    return fill(catalogue, text, {"cadence": cadence} if cadence else {})


def _footer_due(pace: PaceFacts) -> bool:
    return nights_since(pace) // FOOTER_EVERY_DAYS > nights_until_last_asked(pace) // FOOTER_EVERY_DAYS
