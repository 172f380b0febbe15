"""Emergency access (break-glass): the page where an admin gives a reason, and the button that ends it."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coach.accounts.break_glass import LASTS, end_access, open_access
from coach.accounts.clinics import list_clinics
from coach.accounts.sign_ins import AccountError
from coach.web.sign_in.access import for_roles, own_account
from coach.web.sign_in.fresh import fresh
from coach.web.site import site
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction

emergency = Blueprint("emergency", __name__, url_prefix="/admin/emergency")
admins = for_roles("admin")


@emergency.get("/")
@admins
@fresh
def index() -> str:
    """What it is, and the form."""
    return _page({})


def _page(problems: dict[str, str]) -> str:
    with read_transaction(site().runtime.engine) as connection:
        clinics = list_clinics(connection, own_account().clinics)
    minutes = int(LASTS.total_seconds()) // 60
    values = request.form.to_dict()
    return render_template("emergency.html", clinics=clinics, values=values, problems=problems, minutes=minutes)


@emergency.post("/")
@admins
@fresh
def begin() -> Response | tuple[str, int]:
    """Open a clinic's care pages."""
    runtime = site().runtime
    clinic_id, reason = request.form.get("clinic_id", None, number), request.form.get("reason", "")
    public_url = runtime.settings.public_url.rstrip("/")
    try:
        with write_transaction(runtime.engine) as connection:
            open_access(connection, own_account(), clinic_id, reason, runtime.now(), public_url)
    except AccountError as error:
        field = "clinic_id" if "clinic" in str(error) else "reason"
        return _page({field: str(error)}), 422
    flash("The care pages are open. The clinic's leads have been told.")
    return redirect(url_for("home.index"), code=303)


@emergency.post("/end")
@admins
def end() -> Response:
    """End it before its time."""
    runtime = site().runtime
    with write_transaction(runtime.engine) as connection:
        end_access(connection, own_account(), runtime.now())
    g.pop("open_access", None)
    flash("Emergency access has ended.")
    return redirect(url_for("home.index"), code=303)
