"""Random weeks of random people, and an oracle that counts them by the definitions in plain loops.

Nothing here is shared with what it checks: the rows are written as the engine would, and the sums are reckoned from the
events alone.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from sqlalchemy import Connection, insert

from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant

MONDAY = date(2026, 3, 2)  # most of the zones go over to summer time on its Sunday
SUNDAY = MONDAY + timedelta(days=6)
FIRST = MONDAY - timedelta(days=34)
ZONES = ("America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Europe/Madrid", "Pacific/Kiritimati")
# What became of a text that was to ask: its state, and what the outbox says beside it.
ARRIVED, SILENT, REFUSED = ("delivered",), ("accepted", "sent"), ("undelivered", "failed")
KEPT = {
    ("expired", "window_closed"): "system_down",
    ("expired", "quiet_hours"): "quiet_hours",
    ("suppressed", "paused"): "paused",
    ("suppressed", "opted_out"): "opted_out",
    ("queued", None): "waiting",
    ("unknown", "worker_lost"): "waiting",
}
KINDS = (*["answered"] * 3, *["quiet"] * 2, "refused", "kept", *["none"] * 2)
_numbers = count(1)


@dataclass(frozen=True)
class Asked:
    """A question that was put in the outbox on a date."""

    state: str
    reason: str | None = None
    asks_step: bool = True
    score: int | None = None
    habit: bool | None = None


@dataclass(frozen=True)
class Life:
    """One person: a date's event is a question, the reason for none, or nothing at all (not confirmed, stopped)."""

    asked_in: str
    now_in: str
    starts_on: date
    status: str
    stopped_before: bool
    events: dict[date, Asked | str]


def answered(draw: Any, state: str, reason: str | None = None) -> Asked:
    asks_step = draw(st.booleans())
    score = draw(st.none() | st.integers(0, 10))
    habit = draw(st.none() | st.booleans()) if asks_step else None
    return Asked(state, reason, asks_step, score, habit)


@st.composite
def events(draw: Any) -> Asked | str:
    kind = draw(
        st.sampled_from(["answered", "answered", "answered", "quiet", "quiet", "refused", "kept", "none", "none"])
    )
    if kind == "answered":
        return answered(draw, draw(st.sampled_from((*ARRIVED, *SILENT, *REFUSED))))
    if kind == "quiet":
        return Asked(draw(st.sampled_from((*ARRIVED, *SILENT))), None, draw(st.booleans()))
    if kind == "refused":
        return Asked(draw(st.sampled_from(REFUSED)), None, draw(st.booleans()))
    if kind == "kept":
        state, reason = draw(st.sampled_from(sorted(KEPT, key=str)))
        return Asked(state, reason, draw(st.booleans()))
    return str(draw(st.sampled_from(["paused", "held", "not_due", "quiet_hours", "system_down"])))


@st.composite
def lives(draw: Any) -> Life:
    """Someone who confirms on some date, may stop on a later one, and may travel."""
    asked_in = draw(st.sampled_from(ZONES))
    starts_on = draw(st.dates(FIRST, SUNDAY))
    confirms_on = draw(st.just(starts_on) | st.dates(starts_on, SUNDAY + timedelta(days=2)))
    stops_on = draw(st.none() | st.none() | st.dates(starts_on, SUNDAY + timedelta(days=2)))
    days = [starts_on + timedelta(days=ahead) for ahead in range((SUNDAY - starts_on).days + 2)]
    lived = [day for day in days if confirms_on <= day and (stops_on is None or day < stops_on)]
    status = "stopped" if stops_on else "active" if confirms_on <= SUNDAY else "invited"
    now_in = draw(st.just(asked_in) | st.sampled_from(ZONES))
    return Life(asked_in, now_in, starts_on, status, stops_on is not None, {day: draw(events()) for day in lived})


def instant(day: date, zone: str) -> datetime:
    """Eight in the evening."""
    return datetime.combine(day, time(20), ZoneInfo(zone)).astimezone(UTC)


def reached(life: Life, day: date, asked: Asked, now: datetime) -> bool:
    """An answer proves delivery; else the carrier said so, or said nothing for 72 hours."""
    if asked.score is not None or asked.habit is not None or asked.state in ARRIVED:
        return True
    return asked.state in SILENT and now - instant(day, life.asked_in) >= timedelta(hours=72)


def expected(life: Life, now: datetime) -> dict[str, Any]:
    """The week by the definitions."""
    week = {day: event for day, event in life.events.items() if MONDAY <= day <= SUNDAY}
    questions = {day: event for day, event in week.items() if isinstance(event, Asked)}
    prompted = [one for day, one in questions.items() if reached(life, day, one, now)]
    undelivered = sum(one.state in REFUSED and not reached(life, day, one, now) for day, one in questions.items())
    steps = [one for one in prompted if one.asks_step]
    why = Counter(event for event in week.values() if isinstance(event, str))
    for day, one in questions.items():
        if one.state not in REFUSED and not reached(life, day, one, now):
            why[KEPT.get((one.state, one.reason), "waiting")] += 1
    today = now.astimezone(ZoneInfo(life.now_in)).date()
    over = max([today - timedelta(days=1), *week])
    dates = [day for ahead in range(7) if life.starts_on <= (day := MONDAY + timedelta(days=ahead)) <= over]
    nothing = sum(day not in week for day in dates)
    if nothing:
        why["opted_out" if life.stopped_before and life.status != "invited" else "not_confirmed"] += nothing
    scores = [one.score for one in prompted if one.score is not None]
    before = [
        event.score
        for day, event in life.events.items()
        if MONDAY - timedelta(days=28) <= day < MONDAY and isinstance(event, Asked) and event.score is not None
    ]
    done, not_done = sum(one.habit is True for one in steps), sum(one.habit is False for one in steps)
    replied = sum(one.score is not None or one.habit is not None for one in prompted)
    return {
        "prompted": len(prompted),
        "answered": replied,
        "steps_asked": len(steps),
        "done": done,
        "not_done": not_done,
        "no_reply": len(steps) - done - not_done,
        "undelivered": undelivered,
        "not_prompted": len(dates) - len(prompted) - undelivered,
        "response_rate": replied / len(prompted) if prompted else None,
        "adherence_strict": done / len(steps) if steps else None,
        "adherence_observed": done / (done + not_done) if done + not_done else None,
        "score_mean": sum(scores) / len(scores) if scores else None,
        "score_n": len(scores),
        "baseline_mean": sum(before) / len(before) if before else None,
        "baseline_n": len(before),
        "not_prompted_for": dict(why),
        "silent": silent(life, now),
    }


def silent(life: Life, now: datetime) -> int:
    """Questions of these two weeks delivered since their last answer."""
    run = 0
    for day in sorted(life.events):
        event = life.events[day]
        if isinstance(event, Asked) and MONDAY - timedelta(days=7) <= day <= SUNDAY:
            heard = event.score is not None or event.habit is not None
            run = 0 if heard else run + reached(life, day, event, now)
    return run


def write(connection: Connection, people: list[Life], now: datetime) -> tuple[int, list[int]]:
    """A clinic of its own with these people. Returns its id, and theirs in order."""
    clinic = connection.execute(
        insert(Clinic).values(name=f"Clinic {next(_numbers)}", created_at=now).returning(Clinic.id)
    ).scalar_one()
    return clinic, [write_life(connection, clinic, life, now) for life in people]


def write_life(connection: Connection, clinic: int, life: Life, now: datetime) -> int:
    person = connection.execute(
        insert(Participant)
        .values(
            clinic_id=clinic,
            number_hash=f"{next(_numbers):064x}",
            language="en",
            time_zone=life.now_in,
            created_at=now,
        )
        .returning(Participant.id)
    ).scalar_one()
    enrolment = connection.execute(
        insert(Enrolment)
        .values(
            participant_id=person,
            programme="evening",
            cadence="daily",
            policy="rotation",
            status=life.status,
            starts_on=life.starts_on,
            evening_at=time(20),
            exclude=[],
            tags=[],
        )
        .returning(Enrolment.id)
    ).scalar_one()
    if life.stopped_before:
        connection.execute(
            insert(ConsentEvent).values(participant_id=person, kind="opted_out", source="text", at=now, recorded_at=now)
        )
    for day, event in life.events.items():
        write_event(connection, enrolment, life, day, event)
    return int(person)


def write_event(connection: Connection, enrolment: int, life: Life, day: date, event: Asked | str) -> None:
    at = instant(day, life.asked_in)
    nothing = isinstance(event, str)
    decision = connection.execute(
        insert(Decision)
        .values(
            enrolment_id=enrolment,
            slot="evening",
            local_on=day,
            decided_at=at,
            available=not nothing,
            unavailable_reason=event if nothing else None,
            eligible=[],
            probabilities={},
            policy="rotation",
            policy_version=1,
            covariates={},
            facts={},
        )
        .returning(Decision.id)
    ).scalar_one()
    if isinstance(event, str):
        return
    message = connection.execute(
        insert(OutboxMessage)
        .values(
            enrolment_id=enrolment,
            decision_id=decision,
            kind="nudge",
            slot="evening",
            local_on=day,
            body="",
            token=f"{next(_numbers):032x}",
            state=event.state,
            reason=event.reason,
            due_at=at,
            expires_at=at,
            accepted_at=at if event.state in (*ARRIVED, *SILENT, *REFUSED) else None,
            created_at=at,
        )
        .returning(OutboxMessage.id)
    ).scalar_one()
    connection.execute(
        insert(CheckIn).values(
            enrolment_id=enrolment,
            asked_on=day,
            outbox_message_id=message,
            step_decision_id=decision if event.asks_step else None,
            score=event.score,
            habit=event.habit,
        )
    )
