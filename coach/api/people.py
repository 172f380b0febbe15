"""Participants as other systems see them. Callers hold the transaction."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from coach.adherence.days import days_of, trimmed
from coach.api.shapes import ChangedPerson, Night, Nights, PeoplePage, Person
from coach.participants.actions.own_plans import OFF
from coach.participants.list_rows import ScheduledPerson, load_days, people_query, span_of
from content.catalogue import Catalogue
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Enrolment, Participant
from schedules.enrolment.policy_choice import tags_that_bar

COLUMNS = (
    *(Participant.id, Enrolment.status, Participant.time_zone, Enrolment.evening_at, Enrolment.bedtime_at),
    *(Participant.language, Enrolment.programme, Enrolment.policy, Enrolment.tags, Enrolment.exclude),
    *(CoachAccount.email.label("coach"), Enrolment.paused_until_on, Enrolment.next_due_at, Participant.created_at),
    *(Enrolment.plans, Participant.updated_at, Enrolment.updated_at.label("enrolment_updated_at")),
)
# No decision is made for somebody who has not said YES (`coach.adherence.counts.not_prompted_for`).
NOT_CONFIRMED = "not_confirmed"
# What is being committed while a page is read shows in the next call.
LATE = timedelta(minutes=1)


def people() -> Select[object]:
    """Select participants with what `person_of` needs."""
    joined = select(*COLUMNS).join(Enrolment, Enrolment.participant_id == Participant.id)
    return joined.outerjoin(CoachAccount, CoachAccount.id == Participant.coach_id)


def find_person(connection: Connection, id: int, scope: ColumnElement[bool], catalogue: Catalogue) -> Person | None:
    """Load a participant; None outside the scope, and once they are erased."""
    row = connection.execute(people().where(Participant.id == id, scope)).one_or_none()
    return Person(**_values(row, catalogue)) if row else None


def find_changed(connection: Connection, id: int, notes: list[str], catalogue: Catalogue) -> ChangedPerson:
    """Load a participant of whom it is known that they are there, with what was not done."""
    row = connection.execute(people().where(Participant.id == id)).one()
    return ChangedPerson(**_values(row, catalogue), notes=notes)


def load_page(
    connection: Connection,
    scope: ColumnElement[bool],
    since: datetime | None,
    after: int,
    limit: int,
    catalogue: Catalogue,
    now: datetime,
) -> PeoplePage:
    """Load the participants after an id, in order of id; `since` leaves out who has not changed since."""
    query = people().where(scope, Participant.id > after).order_by(Participant.id).limit(limit + 1)
    if since is not None:
        columns = (Participant.created_at, Participant.updated_at, Enrolment.updated_at)
        query = query.where(or_(*(column >= since for column in columns)))
    rows = connection.execute(query).all()
    page = [Person(**_values(row, catalogue)) for row in rows[:limit]]
    more = len(rows) > limit
    return PeoplePage(participants=page, next_cursor=str(page[-1].id) if more else None, as_of=now - LATE)


def load_nights(connection: Connection, id: int, scope: ColumnElement[bool], days: int, now: datetime) -> Nights | None:
    """Load a participant's last dates; None outside the scope."""
    row = connection.execute(people_query().where(Participant.id == id, scope)).one_or_none()
    if row is None:
        return None
    person = ScheduledPerson(**row._asdict())
    asked, reasons = load_days(connection, [person], now, days)
    dates = days_of(span_of(person, now, days), asked.get(person.enrolment_id, ()), reasons.get(id, {}))
    return Nights(
        nights=[
            Night(
                asked_on=day.on.isoformat(),
                night_on=day.night_on.isoformat(),
                state=day.state,
                score=day.score,
                step=day.step,
                slot=day.slot,
                reason=day.reason or (NOT_CONFIRMED if day.state == "not_prompted" else None),
            )
            for day in trimmed(dates)
        ]
    )


def _values(row: Any, catalogue: Catalogue) -> Mapping[str, Any]:
    """Return a participant's fields. A tag is among the tags, whether steps need it or are barred by it."""
    barring = set(tags_that_bar(catalogue))
    changed = (row.created_at, row.updated_at, row.enrolment_updated_at)
    return {
        "id": row.id,
        "status": row.status,
        "time_zone": row.time_zone,
        "evening_time": f"{row.evening_at:%H:%M}",
        "bedtime": f"{row.bedtime_at:%H:%M}" if row.bedtime_at else None,
        "language": row.language,
        "programme": row.programme,
        "policy": row.policy,
        "tags": sorted({*row.tags, *barring.intersection(row.exclude)}),
        "exclude": sorted(set(row.exclude) - barring),
        "coach": row.coach,
        "plans": row.plans or OFF,
        "paused_until": row.paused_until_on.isoformat() if row.paused_until_on else None,
        "next_due_at": row.next_due_at,
        "created_at": row.created_at,
        "updated_at": max(filter(None, changed)),
    }
