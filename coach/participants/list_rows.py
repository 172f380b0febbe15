"""Participants as lists show them, loaded in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, select

from coach.adherence.days import AskedDate, DateSpan, Day, days_of
from coach.adherence.queries import nights
from coach.adherence.standings import CurrentStanding, load_standings, next_due_from
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.tables.safety import SOMEONE_ELSE, held_for
from schedules.database.types import readable
from schedules.decisions.next_text import NextText, NextTextFacts, next_text, pause_in_force
from schedules.planning.drawn_steps import with_drawn_steps
from schedules.timing.local_time import local_date_of
from schedules.timing.slots import NextDue, timing_of

GRID_DAYS, SPARK_DAYS = 14, 28


@dataclass(frozen=True, slots=True)
class ListContext:
    """What loading a list needs besides the connection; names are searched in one clinic, or without one in all."""

    catalogue: Catalogue
    keys: InstallationKeys
    now: datetime
    country: str = "us"
    clinic_id: int | None = None


@dataclass(frozen=True)
class ScheduledPerson:
    """A participant with their enrolment and what decides their next text."""

    id: int
    first_name: str | None
    time_zone: str
    enrolment_id: int
    status: str
    programme: str
    cadence: str
    starts_on: date
    evening_at: time
    bedtime_at: time | None
    paused_until_on: date | None
    held_for: str | None
    own_hold: str | None
    next_due_at: datetime | None
    next_due_on: date | None
    next_slot: str | None
    quiet_hours: list[Any] | None
    opted_out_at: datetime | None


@dataclass(frozen=True, slots=True)
class ParticipantRow:
    """One participant as a list shows them."""

    id: int
    name: str | None
    time_zone: str
    stands: CurrentStanding
    flags: Mapping[int, str]
    next_up: NextText
    paused_until_on: date | None
    days: Sequence[Day]

    @property
    def by_date(self) -> dict[date, Day]:
        """The days by date."""
        return {day.on: day for day in self.days}

    @property
    def scores(self) -> list[int | None]:
        """The scores of the last 28 days, for a sparkline."""
        return [day.score for day in self.days]


def load_rows(connection: Connection, ids: Sequence[int], context: ListContext) -> list[ParticipantRow]:
    """Load participants as lists show them, in the order given, in a fixed number of queries."""
    rows = connection.execute(people_query().where(Participant.id.in_(ids)))
    people = {row.id: ScheduledPerson(**row._asdict()) for row in rows}
    stands = load_standings(connection, ids, context.now)
    asked, reasons = load_days(connection, list(people.values()), context.now)
    standby = load_standby(connection, list(people.values()), context.catalogue)
    return [
        ParticipantRow(
            id,
            row.first_name,
            row.time_zone,
            stands[id],
            stands[id].flags,
            next_text(standby[row.enrolment_id]),
            pause_in_force(row.paused_until_on, due_of(row), local_date_of(context.now, row.time_zone)),
            days_of(span_of(row, context.now, SPARK_DAYS), asked.get(row.enrolment_id, ()), reasons.get(id, {})),
        )
        for id in ids
        if (row := people.get(id)) is not None
    ]


def people_query(*more: Any) -> Any:
    """Select participants with the columns of `ScheduledPerson`, and more."""
    return (
        select(
            Participant.id,
            readable(Participant.first_name),
            Participant.time_zone,
            Enrolment.id.label("enrolment_id"),
            Enrolment.status,
            Enrolment.programme,
            Enrolment.cadence,
            Enrolment.starts_on,
            Enrolment.evening_at,
            Enrolment.bedtime_at,
            Enrolment.paused_until_on,
            held_for(),
            Enrolment.held_for.label("own_hold"),
            Enrolment.next_due_at,
            Enrolment.next_due_on,
            Enrolment.next_slot,
            Clinic.quiet_hours,
            Suppression.since_at.label("opted_out_at"),
            *more,
        )
        .join(Enrolment, Enrolment.participant_id == Participant.id)
        .join(Clinic, Clinic.id == Participant.clinic_id)
        .outerjoin(Suppression, Suppression.number_hash == Participant.number_hash)
    )


def due_of(row: ScheduledPerson) -> NextDue | None:
    """The stored next decision point."""
    return next_due_from(row.next_due_at, row.next_due_on, row.next_slot)


def load_standby(
    connection: Connection, people: Sequence[ScheduledPerson], catalogue: Catalogue
) -> dict[int, NextTextFacts]:
    """Load what bears on the next text of some people, by enrollment."""
    return with_drawn_steps(connection, {row.enrolment_id: _standby_of(row, catalogue) for row in people})


def standby_of(connection: Connection, row: ScheduledPerson, catalogue: Catalogue) -> NextTextFacts:
    """Load what bears on someone's next text."""
    return load_standby(connection, [row], catalogue)[row.enrolment_id]


def _standby_of(row: ScheduledPerson, catalogue: Catalogue) -> NextTextFacts:
    return NextTextFacts(
        row.status,
        row.held_for,
        row.paused_until_on,
        row.cadence,
        timing_of(row, catalogue),
        due_of(row),
        someone_else=row.own_hold == SOMEONE_ELSE,
    )


def span_of(row: ScheduledPerson, now: datetime, days: int) -> DateSpan:
    """Return the last `days` dates of an enrolment, and until when they are decided."""
    today = local_date_of(now, row.time_zone)
    decided = today if row.next_due_on is not None and row.next_due_on > today else today - timedelta(days=1)
    silent_from, reason = None, None
    if row.status == "invited":
        silent_from, reason = row.starts_on, "not_confirmed"
    elif row.status == "stopped" and row.opted_out_at is not None:
        silent_from, reason = local_date_of(row.opted_out_at, row.time_zone), "opted_out"
    return DateSpan(today - timedelta(days=days - 1), today, row.starts_on, decided, silent_from, reason)


def load_days(
    connection: Connection, people: Sequence[ScheduledPerson], now: datetime, days: int = SPARK_DAYS
) -> tuple[dict[int, list[AskedDate]], dict[int, dict[date, str]]]:
    """Load the recent check-ins by enrolment, and the reasons for dates without one by participant."""
    ids = {row.enrolment_id: row.id for row in people}
    last = local_date_of(now, "UTC") + timedelta(days=1)
    first = last - timedelta(days=days + 1)
    asked: dict[int, list[AskedDate]] = {}
    query = nights(first, last, now).where(CheckIn.enrolment_id.in_(ids))
    query = query.outerjoin(Decision, Decision.id == CheckIn.step_decision_id)
    query = query.add_columns(OutboxMessage.state.label("text_state"), OutboxMessage.slot, Decision.action)
    for row in connection.execute(query):
        asked.setdefault(row.enrolment_id, []).append(
            AskedDate(row.asked_on, row.state, row.score, row.text_state, row.action, row.slot, row.why)
        )
    reasons: dict[int, dict[date, str]] = {}
    for row in connection.execute(
        select(Decision.enrolment_id, Decision.local_on, Decision.unavailable_reason).where(
            Decision.enrolment_id.in_(ids),
            Decision.local_on.between(first, last),
            Decision.unavailable_reason.is_not(None),
        )
    ):
        reasons.setdefault(ids[row.enrolment_id], {})[row.local_on] = row.unavailable_reason
    return asked, reasons
