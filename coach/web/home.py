"""The coach's home page: who needs them and why, with this week's adherence."""

from dataclasses import dataclass
from datetime import date, datetime

from flask import Blueprint, abort, redirect, render_template, url_for
from sqlalchemy import Connection, select
from werkzeug.wrappers import Response

from coach.flags import acknowledge
from coach.models import Flag
from coach.summaries import compute_week
from coach.triage import Summary, totals
from coach.web.access import CARING, for_roles, viewer
from coach.web.site import site
from schedules.db import reading, writing
from schedules.local_time import dates_of_week, iso_week_of, local_date_of
from schedules.models import Clinic, Enrolment, Participant

home = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class Line:
    """One participant as the list shows them."""

    summary: Summary
    name: str | None
    time_zone: str
    next_due_at: datetime | None
    paused_until_on: date | None
    open_flags: tuple[int, ...]


@home.get("/")
@for_roles()
def index() -> str:
    """Everyone this coach may see, most pressing first."""
    runtime = site().runtime
    now = runtime.now()
    with reading(runtime.engine) as connection:
        zone = _zone_of_clinic(connection)
        week = iso_week_of(local_date_of(now, zone))
        summaries = [one for batch in compute_week(connection, week, now, viewer().scope) for one in batch]
        lines = _lines(connection, summaries)
    lines.sort(key=lambda line: (line.summary.judgement.rank, line.summary.participant_id))
    return render_template(
        "home.html",
        lines=lines,
        week=week,
        days=dates_of_week(week),
        whole=totals(summaries),
        needing=sum(line.summary.judgement.rank <= 5 for line in lines),
        simulated=not runtime.settings.sends_for_real,
    )


def _zone_of_clinic(connection: Connection) -> str:
    found = connection.execute(select(Clinic.time_zone).where(Clinic.id == viewer().clinic_id)).scalar()
    return found or "UTC"


def _lines(connection: Connection, summaries: list[Summary]) -> list[Line]:
    ids = [summary.participant_id for summary in summaries]
    people = {
        row.id: row
        for row in connection.execute(
            select(
                Participant.id,
                Participant.first_name,
                Participant.time_zone,
                Enrolment.next_due_at,
                Enrolment.next_due_on,
                Enrolment.paused_until_on,
            )
            .join(Enrolment, Enrolment.participant_id == Participant.id)
            .where(Participant.id.in_(ids))
        )
    }
    flags: dict[int, tuple[int, ...]] = {}
    for participant_id, flag_id in connection.execute(
        select(Flag.participant_id, Flag.id)
        .where(Flag.acknowledged_at.is_(None), Flag.participant_id.in_(ids))
        .order_by(Flag.id)
    ):
        flags[participant_id] = (*flags.get(participant_id, ()), flag_id)
    return [
        Line(
            summary,
            person.first_name,
            person.time_zone,
            person.next_due_at,
            _pause_in_force(person.next_due_on, person.paused_until_on),
            flags.get(person.id, ()),
        )
        for summary in summaries
        for person in (people[summary.participant_id],)
    ]


def _pause_in_force(next_due_on: date | None, paused_until_on: date | None) -> date | None:
    """The date a pause ends on, if it still skips the next evening."""
    return paused_until_on if next_due_on and paused_until_on and next_due_on < paused_until_on else None


@home.post("/flags/<int:flag_id>/acknowledge")
@for_roles(*CARING)
def seen(flag_id: int) -> Response:
    """A coach has seen it: the flag closes, and the texts held for a crisis go on."""
    runtime = site().runtime
    with writing(runtime.engine) as connection:
        if acknowledge(connection, flag_id, viewer().id, runtime.now(), viewer().scope) is None:
            abort(404)
    return redirect(url_for("home.index"), code=303)
