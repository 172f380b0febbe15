"""The weekly adherence summary: worst first, the weeks before in columns, counts beside every rate; print and CSV."""

from datetime import timedelta

from flask import Blueprint, Response, abort, render_template, request

from coach.adherence.triage import STATUSES
from coach.audit import record
from coach.summaries.as_of import load_week_apart, weeks_before
from coach.summaries.formats import csv_parts
from coach.summaries.jobs import last_full_week
from coach.summaries.stored import load_week_page, stored_weeks
from coach.web.sign_in.access import caring, own_zone, signed_in
from coach.web.sign_in.fresh import fresh
from coach.web.site import site
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction
from schedules.timing.local_time import dates_of_week

summary = Blueprint("summary", __name__, url_prefix="/summary")
PAST = 4
CALM_FROM = tuple(STATUSES).index("slipping")  # from here on nothing calls for somebody at once


def _week(newest: str) -> str:
    """The week asked for; the last full one if none is."""
    week = request.args.get("week", newest)
    try:
        dates_of_week(week)
    except ValueError:
        abort(404)
    return week


@summary.get("/")
@caring
def index() -> str:
    """A week of everyone in scope."""
    runtime, coach = site().runtime, signed_in()
    with read_transaction(runtime.engine) as connection:
        newest = last_full_week(runtime.now(), own_zone(connection))
        week = _week(newest)
        past = weeks_before(week, PAST)
        page = load_week_page(connection, week, coach.scope, request.args.get("page", 1, number), past)
        weeks = stored_weeks(connection, coach.scope, newest)
    return render_template(
        "summary.html",
        week=week,
        days=dates_of_week(week),
        next_on=dates_of_week(newest)[1] + timedelta(days=8),
        page=page,
        past=past,
        weeks=weeks,
        newest=newest,
        calm_from=CALM_FROM,
    )


@summary.get("/summary.csv")
@caring
@fresh
def as_file() -> Response:
    """The week as CSV: ids and counts, no names."""
    runtime, coach, now = site().runtime, signed_in(), site().runtime.now()
    with read_transaction(runtime.engine) as connection:
        week = _week(last_full_week(now, own_zone(connection)))
    with write_transaction(runtime.engine) as connection:
        record(connection, coach.email, "exported", f"summary {week}", now, coach.clinic_id)
    headers = {"Content-Disposition": f"attachment; filename=summary-{week}.csv"}
    parts = csv_parts(week, load_week_apart(runtime.engine, week, now, coach.scope))
    return Response(parts, mimetype="text/csv", headers=headers)
