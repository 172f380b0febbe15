"""One's own account: time zone, phone for alerts, digest, two-step verification, sessions."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_security import current_user
from flask_security.utils import logout_user
from werkzeug.wrappers import Response

from coach.accounts.clinic_settings import ZONES, is_zone
from coach.accounts.own_settings import load_own_settings, save_own_settings
from coach.accounts.sessions import end_sessions
from coach.accounts.staff.names import StaffNameError, set_name
from coach.alerts.pagers import PagerError, confirm_pager, set_pager
from coach.audit import record
from coach.web.language.catalogs import LANGUAGES
from coach.web.sign_in.access import for_roles, signed_in
from coach.web.sign_in.limits import limited
from coach.web.site import site
from schedules.database.engine import read_transaction, write_transaction
from schedules.enrolment.roster_file import read_phone

account = Blueprint("account", __name__, url_prefix="/account")
DIGESTS = {"off": "Never", "weekly": "On Mondays", "daily": "Every day"}
ROLE_WORDS = {
    "coach": "Coach: sees the participants assigned to them",
    "lead": "Lead: sees everyone in the clinic",
    "researcher": "Researcher: sees no participants, only de-identified figures",
    "admin": "Admin: manages clinics and accounts",
}


@account.get("/")
@for_roles()
def index() -> str:
    """What one may change oneself."""
    return _page({}, {})


def _page(typed: dict[str, str], problems: dict[str, str]) -> str:
    with read_transaction(site().runtime.engine) as connection:
        row = load_own_settings(connection, signed_in().id)
    values = {
        "name": row.name or "",
        "phone": row.phone or "",
        "time_zone": row.time_zone or "",
        "digest": row.digest,
        "language": row.language or "en",
    } | typed
    return render_template(
        "account.html",
        values=values,
        problems=problems,
        clinic=row.clinic,
        waits_for_code=bool(row.phone) and row.phone_confirmed_at is None,
        role=ROLE_WORDS[signed_in().role],
        digests=DIGESTS,
        languages=LANGUAGES,
        zones=ZONES,
        codes_left=len(current_user.mf_recovery_codes or ()),
    )


@account.post("/")
@for_roles()
def save() -> Response | tuple[str, int]:
    """All settings, or none while one of them is wrong."""
    runtime, me = site().runtime, signed_in()
    typed = {name: request.form.get(name, "").strip() for name in ("name", "time_zone", "phone", "digest")}
    problems: dict[str, str] = {}
    if typed["time_zone"] and not is_zone(typed["time_zone"]):
        problems["time_zone"] = "Choose a time zone from the list."
    typed["language"] = request.form.get("language", current_user.language or "en")
    if typed["language"] not in LANGUAGES:
        problems["language"] = "Choose a language from the list."
    if typed["digest"] not in DIGESTS:
        problems["digest"] = "Choose how often to get the summary by email."
    try:
        phone = read_phone(typed["phone"], "us") if typed["phone"] else None
    except ValueError as error:
        problems["phone"] = f"{error}."
    if problems:
        return _page(typed, problems), 422
    try:
        with write_transaction(runtime.engine) as connection:
            set_name(connection, me.email, me.id, typed["name"], runtime.now())
            save_own_settings(connection, me.id, typed["time_zone"] or None, typed["digest"], typed["language"])
            code_sent = set_pager(connection, runtime.catalogue, runtime.keys, me.id, phone, runtime.now())
            record(connection, me.email, "changed", f"account {me.id}", runtime.now(), me.clinic_id)
    except PagerError as error:
        return _page(typed, {"phone": str(error)}), 422
    except StaffNameError as error:
        return _page(typed, {"name": str(error)}), 422
    flash("Saved. We texted a code to that phone. Enter it below." if code_sent else "Saved.")
    return redirect(url_for("account.index"), code=303)


@account.post("/pager-code")
@for_roles()
@limited("pager code")
def confirm_pager_code() -> Response | tuple[str, int]:
    """The code that was texted to the phone: from now on it is paged."""
    runtime, me = site().runtime, signed_in()
    try:
        with write_transaction(runtime.engine) as connection:
            confirm_pager(connection, runtime.keys, me.id, request.form.get("code", ""), runtime.now())
            record(connection, me.email, "confirmed pager", f"account {me.id}", runtime.now(), me.clinic_id)
    except PagerError as error:
        return _page({}, {"code": str(error)}), 422
    flash("Phone confirmed. Urgent alerts now go to this phone.")
    return redirect(url_for("account.index"), code=303)


@account.post("/sign-out-everywhere")
@for_roles()
def sign_out_everywhere() -> Response:
    """End every session of this account, this one too."""
    runtime, me = site().runtime, signed_in()
    datastore = current_app.extensions["security"].datastore
    datastore.set_uniquifier(current_user)
    datastore.put(current_user)
    with write_transaction(runtime.engine) as connection:
        end_sessions(connection, me.id)
        record(connection, me.email, "ended all sessions", f"account {me.id}", runtime.now(), me.clinic_id)
    logout_user()
    flash("You are signed out on all devices.")
    return redirect(url_for("security.login"), code=303)
