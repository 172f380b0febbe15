"""Leave: who is away from when until when, and who stands in for them."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from coach.accounts.clinics import time_zone_of
from coach.accounts.signed_in import LEADING
from coach.accounts.staff.leave import AskedLeave, LeaveError, active_coaches, end_leave, load_leave, set_leave
from coach.web.sign_in.access import caring, signed_in
from coach.web.site import site
from coach.web.staff_names import named
from coach.web.template_filters import short_date
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction
from schedules.timing.local_time import local_date_of

leave = Blueprint("leave", __name__, url_prefix="/leave")


@leave.get("/")
@caring
def index() -> str:
    """The clinic's leave for leads, one's own for coaches."""
    return _page({}, {})


def _page(typed: dict[str, str], problems: dict[str, str]) -> str:
    runtime, me = site().runtime, signed_in()
    with read_transaction(runtime.engine) as connection:
        known, coaches = load_leave(connection, me.clinic_id, runtime.now()), active_coaches(connection, me.clinic_id)
        today = local_date_of(runtime.now(), time_zone_of(connection, me.clinic_id))
    leads = me.role in LEADING
    return render_template(
        "leave.html",
        known=[one for one in known if leads or me.id in (one.coach_id, coaches.get(one.stand_in or ""))],
        coaches=list(coaches),
        whose=list(coaches) if leads else [current_user.email],
        values={"coach": me.email, "first": "", "last": "", "stand_in": ""} | typed,
        problems=problems,
        leads=leads,
        today=today,
    )


@leave.post("/")
@caring
def add() -> Response | tuple[str, int]:
    """Set leave; a refusal shows the page again with what was typed."""
    runtime, me = site().runtime, signed_in()
    typed = {name: request.form.get(name, "").strip()[:254] for name in ("coach", "first", "last", "stand_in")}
    try:
        with write_transaction(runtime.engine) as connection:
            done = set_leave(connection, me, me.clinic_id, AskedLeave(**typed), runtime.now())
    except LookupError:
        abort(404)
    except LeaveError as error:
        return _page(typed, {error.field: str(error)}), 422
    who = "You are" if done.coach == me.email else f"{named(done.coach)} is"
    alerts = f"{named(done.stand_in)} is alerted" if done.stand_in else "The leads are alerted"
    flash(f"{who} on leave from {short_date(done.first_on)} through {short_date(done.last_on)}. {alerts} meanwhile.")
    return redirect(url_for("leave.index"), code=303)


@leave.post("/end")
@caring
def end() -> Response:
    """End a leave early, or call it off."""
    runtime, me = site().runtime, signed_in()
    try:
        with write_transaction(runtime.engine) as connection:
            ended = end_leave(connection, me, me.clinic_id, request.form.get("leave", 0, number), runtime.now())
    except LookupError:
        abort(404)
    whose = "Your leave" if ended.coach == me.email else f"The leave of {named(ended.coach)}"
    flash(f"{whose} has ended." if ended.begun else f"{whose} was called off.")
    return redirect(url_for("leave.index"), code=303)
