"""The figures of the Effects page: computed once a week for each programme of a clinic, stored, read. Decides nothing.

A page must not wait for them: with ten thousand people they take a minute.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from coach.adherence.counts import PROMPTED
from coach.adherence.queries import nights
from coach.database.tables import EffectsReport
from coach.export.table_rows import EVER, ExportContext, load_decisions
from coach.reflections.what_helps import store_own_steps
from coach.summaries.jobs import last_full_week
from content.catalogue import Catalogue
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import setting_aside
from schedules.database.tables.clinics import Clinic, SharedBeliefs
from schedules.database.tables.evenings import CheckIn
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.upsert import upsert
from schedules.timing.local_time import dates_of_week, local_date_of
from schedules.worker.periodic import PeriodicRunner

BATCH = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """A report as it was computed."""

    clinic_id: int
    clinic: str
    time_zone: str
    programme: str
    week: str
    computed_at: datetime


def store_due_reports(periods: PeriodicRunner, catalogue: Catalogue) -> int:
    """Store last week's figures, once for each clinic, from six on Monday in its zone. Returns how many reports."""
    stored = 0
    with read_transaction(periods.engine) as connection:
        clinics = connection.execute(select(Clinic.id, Clinic.time_zone)).all()
    for clinic in clinics:
        with setting_aside(periods.engine, "effects", clinic.id, periods.now()):
            week = last_full_week(periods.now(), clinic.time_zone)
            stored += periods.run(f"effects:{clinic.id}", week, _steps(periods, catalogue, clinic.id, week))
    return stored


def _steps(periods: PeriodicRunner, catalogue: Catalogue, clinic_id: int, week: str) -> Iterator[int]:
    """One step for each batch of people, so that the claim is renewed; 1 for each report stored.

    None for a week before anybody's first evening: there is nothing to report, and to let made-up people live through
    the programme takes seconds, of a clinic's very first pass.
    """
    with read_transaction(periods.engine) as connection:
        starts = _people(connection, clinic_id)
    _, sunday = dates_of_week(week)
    if any(on <= sunday for on in starts.values()):
        yield from _compute(periods, catalogue, clinic_id, week, list(starts))


def _compute(
    periods: PeriodicRunner, catalogue: Catalogue, clinic_id: int, week: str, people: Sequence[int]
) -> Iterator[int]:
    from coach.effects.figures import Tally  # noqa: PLC0415  (numpy is slow to load, and this is weekly)
    from coach.effects.outlook import as_json  # noqa: PLC0415  (only the job computes)
    from coach.effects.power_simulation import load_outlook  # noqa: PLC0415  (only the job computes)

    now = periods.now()
    with read_transaction(periods.engine) as connection:
        zone = connection.execute(select(Clinic.time_zone).where(Clinic.id == clinic_id)).scalar_one()
    # A decision counts for the programme that it was made in, a person for the one that they are in.
    tallies: dict[str, Tally] = defaultdict(lambda: Tally(local_date_of(now, zone)))
    for first in range(0, len(people), BATCH):
        with read_transaction(periods.engine) as connection:
            _add_people(ExportContext(connection, catalogue, now), tallies, people[first : first + BATCH])
        yield 0
    found = {programme: tallies[programme].own_steps() for programme in tallies}
    for first in range(0, len(people), BATCH):
        _store_own(periods, people[first : first + BATCH], found)
        yield 0
    for programme in sorted(tallies):
        with read_transaction(periods.engine) as connection:
            outlook = load_outlook(connection, catalogue, clinic_id, programme)
        _share(periods, clinic_id, programme, tallies[programme].shared_beliefs())
        figures = tallies[programme].figures() | {"outlook": outlook and as_json(outlook)}
        _store(periods, clinic_id, programme, week, figures)
        yield 1


def _share(periods: PeriodicRunner, clinic_id: int, programme: str, steps: Mapping[str, object]) -> None:
    """Store what the adaptive policy may believe of each step from now on; the last beliefs stay if there are none."""
    if steps:
        row = {"clinic_id": clinic_id, "programme": programme, "computed_at": periods.now(), "steps": dict(steps)}
        with write_transaction(periods.engine) as connection:
            upsert(connection, SharedBeliefs, row, key=("clinic_id", "programme"), update=("computed_at", "steps"))


def _store_own(periods: PeriodicRunner, ids: Sequence[int], found: Mapping[str, Mapping[int, Any]]) -> None:
    """Store what each step does for each of these people in the programme that they are in."""
    with write_transaction(periods.engine) as connection:
        rows = connection.execute(
            select(Enrolment.participant_id, Enrolment.programme).where(Enrolment.participant_id.in_(ids))
        )
        own = {id: found[programme][id] for id, programme in rows if id in found.get(programme, {})}
        store_own_steps(connection, ids, own, periods.now())


def _people(connection: Connection, clinic_id: int) -> dict[int, date]:
    """Everyone who has said YES, each with the date of their first evening."""
    rows = connection.execute(
        select(Participant.id, Enrolment.starts_on)
        .join(Enrolment, Participant.id == Enrolment.participant_id)
        .where(Participant.clinic_id == clinic_id, Participant.erased_at.is_(None), Enrolment.status != "invited")
        .order_by(Participant.id)
    )
    return {row.id: row.starts_on for row in rows}


def _add_people(context: ExportContext, tallies: Mapping[str, Any], ids: Sequence[int]) -> None:
    from coach.effects.figures import AskedNight  # noqa: PLC0415  (only the job computes)

    people = {
        row.id: row
        for row in context.connection.execute(
            select(Enrolment.id, Enrolment.participant_id, Enrolment.programme, Enrolment.starts_on).where(
                Enrolment.participant_id.in_(ids)
            )
        )
    }
    asked: dict[int, list[AskedNight]] = {row.participant_id: [] for row in people.values()}
    about: set[tuple[int, date]] = set()
    for row in context.connection.execute(nights(*EVER, context.as_of).where(CheckIn.enrolment_id.in_(people))):
        id = people[row.enrolment_id].participant_id
        asked[id].append(AskedNight(row.asked_on, row.state, bool(row.answered), row.score))
        if row.state in PROMPTED:
            about.add((id, row.asked_on - timedelta(days=1)))
    programmes = {}
    for person in people.values():
        programmes[person.participant_id] = person.programme
        tallies[person.programme].add_person(person.starts_on, asked[person.participant_id])
    for one in load_decisions(context, ids):
        tally = tallies[one.programme or programmes[one.participant_id]]
        tally.add_decision(one, (one.participant_id, one.outcome_on or one.local_on) in about)


def _store(periods: PeriodicRunner, clinic_id: int, programme: str, week: str, figures: dict[str, object]) -> None:
    key = {"clinic_id": clinic_id, "programme": programme, "week": week}
    with write_transaction(periods.engine) as connection:
        # Who takes over from a worker that died begins again.
        connection.execute(delete(EffectsReport).filter_by(**key))
        connection.execute(insert(EffectsReport).values(**key, computed_at=periods.now(), figures=figures))


def list_reports(connection: Connection, clinics: ColumnElement[bool]) -> list[Stored]:
    """The latest report of each programme of these clinics, in order of their names."""
    latest = (
        select(func.max(EffectsReport.week))
        .where(EffectsReport.clinic_id == Clinic.id)
        .correlate(Clinic)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            *(EffectsReport.clinic_id, Clinic.name, Clinic.time_zone),
            *(EffectsReport.programme, EffectsReport.week, EffectsReport.computed_at),
        )
        .join(Clinic, Clinic.id == EffectsReport.clinic_id)
        .where(clinics, EffectsReport.week == latest)
        .order_by(Clinic.name, EffectsReport.programme)
    )
    return [Stored(*row) for row in rows]


def find_figures(connection: Connection, report: Stored) -> dict[str, Any]:
    """The numbers of a report."""
    found: dict[str, Any] = connection.execute(
        select(EffectsReport.figures).where(
            EffectsReport.clinic_id == report.clinic_id,
            EffectsReport.programme == report.programme,
            EffectsReport.week == report.week,
        )
    ).scalar_one()
    return found
