"""Stored weekly summaries as pages show them: the latest version of each, in scope."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select

from coach.adherence.counts import Counts
from coach.adherence.triage import STATUSES, Judgement, Summary
from coach.database.tables import WeeklySummary
from coach.summaries.as_of import weeks_before
from coach.summaries.compute import COUNTS
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.types import readable

PER_PAGE = 50
GROUPS = ("Coach", "Programme", "Clinic")
NOBODY = "none"
STATUS_RANK = case(
    {status: rank for rank, status in enumerate(STATUSES)}, value=WeeklySummary.status, else_=len(STATUSES)
)
WORST_FIRST = (STATUS_RANK, WeeklySummary.participant_id)


@dataclass(frozen=True, slots=True)
class WeekLine:
    """One participant's week, with the counts of earlier weeks by week."""

    name: str | None
    summary: Summary
    before: Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class WeekPage:
    """One page of a week; `people` is the number of participants on all pages.

    `totals` adds up everyone; `groups` holds the number and the totals by coach, programme and clinic.
    """

    lines: Sequence[WeekLine]
    people: int
    page: int
    pages: int
    totals: Counts
    groups: Mapping[str, Mapping[str, tuple[int, Counts]]]


def stored_weeks(connection: Connection, scope: ColumnElement[bool], newest: str, count: int = 12) -> list[str]:
    """List the recent weeks with a summary in scope, latest first."""
    wanted = [newest, *weeks_before(newest, count - 1)]
    anywhere = _which(connection, wanted, select(WeeklySummary.id))
    here = select(WeeklySummary.id).join(Participant, Participant.id == WeeklySummary.participant_id).where(scope)
    return _which(connection, anywhere, here)  # to find none in scope, all in scope would have to be looked at


def _which(connection: Connection, weeks: Sequence[str], summaries: Any) -> list[str]:
    """Return the weeks of which there are such summaries."""
    if not weeks:
        return []
    probes = [select(summaries.where(WeeklySummary.week == week).exists()).scalar_subquery() for week in weeks]
    found = connection.execute(select(*(probe.label(f"week{index}") for index, probe in enumerate(probes)))).one()
    return [week for week, there in zip(weeks, found, strict=True) if there]


def _of_week(week: str, scope: ColumnElement[bool]) -> Any:
    """Select the latest version of everyone's summary of a week."""
    newer = WeeklySummary.__table__.alias("newer")
    is_latest = ~(
        select(newer.c.id)
        .where(
            newer.c.participant_id == WeeklySummary.participant_id,
            newer.c.week == WeeklySummary.week,
            newer.c.version > WeeklySummary.version,
        )
        .exists()
    )
    return (
        select(WeeklySummary.__table__)
        .join(Participant, Participant.id == WeeklySummary.participant_id)
        .where(scope, WeeklySummary.week == week, is_latest)
    )


def load_week_page(
    connection: Connection, week: str, scope: ColumnElement[bool], page: int, past: Sequence[str]
) -> WeekPage:
    """Load a page of a week, worst first, with each participant's counts in the `past` weeks."""
    groups = _groups(connection, week, scope)
    everyone = groups["Clinic"].values()
    people, totals = sum(count for count, _ in everyone), sum((counts for _, counts in everyone), Counts())
    pages = max(1, -(-people // PER_PAGE))
    page = min(max(1, page), pages)
    ordered = _of_week(week, scope).with_only_columns(WeeklySummary.id).order_by(*WORST_FIRST)
    ids = connection.execute(ordered.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).scalars().all()
    rows = connection.execute(
        select(WeeklySummary.__table__, readable(Participant.first_name))
        .join(Participant, Participant.id == WeeklySummary.participant_id)
        .where(WeeklySummary.id.in_(ids))
        .order_by(*WORST_FIRST)
    ).all()
    before = _before(connection, [row.participant_id for row in rows], past)
    lines = [WeekLine(row.first_name, _summary(row), before.get(row.participant_id, {})) for row in rows]
    return WeekPage(lines, people, page, pages, totals, groups)


def _groups(connection: Connection, week: str, scope: ColumnElement[bool]) -> dict[str, dict[str, tuple[int, Counts]]]:
    """Return the number and the total counts of each group, those of nobody last: everyone is added up once."""
    sums = [func.sum(getattr(WeeklySummary, name)) for name in COUNTS]
    columns = (Participant.coach_id, Enrolment.programme, Participant.clinic_id)
    query = _of_week(week, scope).join(Enrolment, Enrolment.participant_id == Participant.id)
    rows = connection.execute(query.with_only_columns(*columns, func.count(), *sums).group_by(*columns)).all()
    coaches = _names(connection, CoachAccount.id, CoachAccount.email, {row.coach_id for row in rows})
    clinics = _names(connection, Clinic.id, Clinic.name, {row.clinic_id for row in rows})
    found: dict[str, dict[str, tuple[int, Counts]]] = {title: {} for title in GROUPS}
    for coach_id, programme, clinic_id, people, *added in rows:
        names = (coaches.get(coach_id, NOBODY), programme, clinics[clinic_id])
        for title, name in zip(GROUPS, names, strict=True):
            before, sum_before = found[title].get(name, (0, Counts()))
            found[title][name] = before + people, sum_before + Counts(*map(int, added))
    return {title: dict(sorted(of.items(), key=lambda one: (one[0] == NOBODY, one[0]))) for title, of in found.items()}


def _names(connection: Connection, id: Any, name: Any, ids: Collection[int | None]) -> dict[int | None, str]:
    rows = connection.execute(select(id, name).where(id.in_([one for one in ids if one is not None])))
    return {row[0]: row[1] for row in rows}


def _before(connection: Connection, ids: Sequence[int], past: Sequence[str]) -> dict[int, dict[str, Counts]]:
    found: dict[int, dict[str, Counts]] = {}
    rows = connection.execute(
        select(WeeklySummary.__table__)
        .where(WeeklySummary.participant_id.in_(ids), WeeklySummary.week.in_(past))
        .order_by(WeeklySummary.version)
    )
    for row in rows:
        found.setdefault(row.participant_id, {})[row.week] = _counts(row)
    return found


def _summary(row: Any) -> Summary:
    return Summary(
        row.participant_id, _counts(row), Judgement(row.status, tuple(row.reasons)), row.not_prompted_for or {}
    )


def _counts(row: object) -> Counts:
    return Counts(*(getattr(row, name) for name in COUNTS))
