"""The figures of the Effects page: computed once a week for each programme of a clinic, stored, read. Decides nothing.

A page must not wait for them: with ten thousand people they take a minute.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from coach.adherence.queries import nights
from coach.database.tables import EffectsReport
from coach.export.table_rows import EVER, is_drawn_at_random
from coach.summaries.jobs import last_full_week
from content.catalogue import Catalogue
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import setting_aside
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.people import Enrolment, Participant
from schedules.timing.local_time import local_date_of
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
    """One step for each batch of people, so that the claim is renewed; 1 for each report stored."""
    from coach.effects.figures import Tally  # noqa: PLC0415  (numpy is slow to load, and this is weekly)
    from coach.effects.outlook import as_json  # noqa: PLC0415  (only the job computes)
    from coach.effects.power_simulation import load_outlook  # noqa: PLC0415  (only the job computes)

    now = periods.now()
    with read_transaction(periods.engine) as connection:
        zone = connection.execute(select(Clinic.time_zone).where(Clinic.id == clinic_id)).scalar_one()
        programmes = _people_by_programme(connection, clinic_id)
    for programme, ids in programmes.items():
        tally = Tally(local_date_of(now, zone))
        for first in range(0, len(ids), BATCH):
            with read_transaction(periods.engine) as connection:
                _add_people(connection, catalogue, now, tally, ids[first : first + BATCH])
            yield 0
        with read_transaction(periods.engine) as connection:
            outlook = load_outlook(connection, catalogue, clinic_id, programme)
        figures = tally.figures() | {"outlook": outlook and as_json(outlook)}
        _store(periods, clinic_id, programme, week, figures)
        yield 1


def _people_by_programme(connection: Connection, clinic_id: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for programme, id in connection.execute(
        select(Enrolment.programme, Participant.id)
        .join(Participant, Participant.id == Enrolment.participant_id)
        .where(Participant.clinic_id == clinic_id, Participant.erased_at.is_(None), Enrolment.status != "invited")
        .order_by(Enrolment.programme, Participant.id)
    ):
        found[programme].append(id)
    return found


def _add_people(connection: Connection, catalogue: Catalogue, now: datetime, tally: Any, ids: Sequence[int]) -> None:
    from coach.effects.figures import AskedNight, Drawn  # noqa: PLC0415  (only the job computes)

    people = {
        row.id: row
        for row in connection.execute(
            select(Enrolment.id, Enrolment.participant_id, Enrolment.programme, Enrolment.starts_on).where(
                Enrolment.participant_id.in_(ids)
            )
        )
    }
    asked: dict[int, list[AskedNight]] = {id: [] for id in people}
    scores: dict[tuple[int, date], int | None] = {}
    for row in connection.execute(nights(*EVER, now).where(CheckIn.enrolment_id.in_(people))):
        asked[row.enrolment_id].append(AskedNight(row.asked_on, row.state, bool(row.answered), row.score))
        scores[row.enrolment_id, row.asked_on] = row.score
    for id, person in people.items():
        tally.add_person(person.starts_on, asked[id])
    for row in _drawn(connection, list(people)):
        person = people[row.enrolment_id]
        if is_drawn_at_random(catalogue, person.programme, row.slot):
            score = scores.get((row.enrolment_id, row.local_on + timedelta(days=1)))
            prior = row.covariates.get("prior_score")
            tally.add_decision(Drawn(person.participant_id, row.probabilities, row.action, score, prior))


def _drawn(connection: Connection, enrolment_ids: Sequence[int]) -> Any:
    """Decisions at which something was drawn."""
    return connection.execute(
        select(
            *(Decision.enrolment_id, Decision.slot, Decision.local_on),
            *(Decision.probabilities, Decision.action, Decision.covariates),
        )
        .where(Decision.enrolment_id.in_(enrolment_ids), Decision.available, Decision.action.is_not(None))
        .order_by(Decision.enrolment_id, Decision.local_on, Decision.id)
    )


def _store(periods: PeriodicRunner, clinic_id: int, programme: str, week: str, figures: dict[str, Any]) -> None:
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
