"""Clinics and sign-ins, for admins."""

import secrets
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_security.recoverable import generate_reset_link
from werkzeug.wrappers import Response

from coach.accounts.administration import (
    SignIn,
    StoredClinic,
    add_clinic,
    add_sign_in,
    change_clinic,
    change_sign_in,
    load_clinic,
    load_clinics,
    load_sign_ins,
    reset_second_step,
)
from coach.accounts.clinic_settings import DAYS, LIMITS, ZONES, ClinicSettings, hours_of, read_clinic
from coach.accounts.removal import remove_account
from coach.accounts.sign_ins import ROLES, AccountError, hash_password, record_link
from coach.accounts.signed_in import SignedIn
from coach.accounts.staff.names import StaffNameError, set_name
from coach.accounts.told_leads import MADE
from coach.api.keys import list_keys
from coach.participants.narrowed_hours import Outside, find_outside, move_inside
from coach.web.pages.account import ROLE_WORDS
from coach.web.sign_in.access import for_roles, signed_in
from coach.web.sign_in.fresh import fresh
from coach.web.site import Connection, site
from coach.web.template_filters import public_address
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction
from schedules.enrolment.policy_choice import POLICY_NAMES
from schedules.timing.quiet_hours import quiet_hours_from

admin = Blueprint("admin", __name__, url_prefix="/admin")
admins = for_roles("admin")
Answer = str | tuple[str, int] | Response
OUTSIDE_SHOWN = 100


def me() -> SignedIn:
    """The admin of this request."""
    return signed_in()


@admin.get("/")
@admins
def index() -> str:
    """Every clinic and every sign-in in reach; what the environment has set."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        clinics, sign_ins = load_clinics(connection, me()), load_sign_ins(connection, me())
        keys = list_keys(connection, me().clinics)
    return render_template(
        "admin.html",
        clinics=clinics,
        sign_ins=sign_ins,
        keys=keys,
        settings=runtime.settings,
        safety=runtime.catalogue.safety,
        whole=me().clinic_id is None,
    )


@admin.route("/clinics/new", methods=["GET", "POST"])
@admins
def new_clinic() -> Answer:
    """Add a clinic."""
    if me().clinic_id is not None:
        abort(403)
    empty = {"country": "us", "time_zone": "America/New_York"} | _typed_hours(None)
    return _clinic_form(None, empty)


@admin.route("/clinics/<int:clinic_id>", methods=["GET", "POST"])
@admins
def clinic(clinic_id: int) -> Answer:
    """A clinic's settings."""
    with read_transaction(site().runtime.engine) as connection:
        row = load_clinic(connection, me(), clinic_id) or abort(404)
    names = ("name", "contact", "country", "time_zone", "programme", "policy", *LIMITS)
    typed = {name: _shown(getattr(row, name)) for name in names}
    return _clinic_form(row, typed | _typed_hours(row.quiet_hours))


def _shown(value: object) -> str:
    return "" if value is None else str(value)


def _typed_hours(table: list[Any] | None) -> dict[str, str]:
    typed: dict[str, str] = {}
    for day, (_, start, end) in enumerate(hours_of(table), start=1):
        typed |= {f"from_{day}": start, f"until_{day}": end}
    return typed


def _clinic_form(row: StoredClinic | None, typed: dict[str, str]) -> Answer:
    runtime, problems = site().runtime, {}
    outside: list[Outside] = []
    if request.method == "POST":
        typed = request.form.to_dict()
        read = read_clinic(typed, tuple(runtime.catalogue.safety), tuple(runtime.catalogue.programmes), POLICY_NAMES)
        outside = _outside(row, read) if row is not None else []
        problems = dict(read.problems) | _without_time(outside)
        if not problems and (not outside or typed.get("moves") == "yes"):
            try:
                _save(row, read)
                flash("Saved.")
                return redirect(url_for("admin.index"), code=303)
            except AccountError as error:
                problems = {"name": str(error)}
    page = render_template(
        "admin-clinic.html",
        clinic=row,
        values=typed,
        problems=problems,
        days=DAYS,
        zones=ZONES,
        limits=LIMITS,
        safety=runtime.catalogue.safety,
        programmes=runtime.catalogue.programmes,
        policies=POLICY_NAMES,
        outside=outside[:OUTSIDE_SHOWN],
        outside_in_all=len(outside),
    )
    return (page, 422) if problems else page


def _outside(row: StoredClinic, read: ClinicSettings) -> list[Outside]:
    """Whose time the hours that were typed would change, if they are other hours."""
    runtime = site().runtime
    if read.problems or read.values["quiet_hours"] == row.quiet_hours:
        return []
    with read_transaction(runtime.engine) as connection:
        quiet = quiet_hours_from(read.values["quiet_hours"])
        return find_outside(connection, row.id, quiet, runtime.catalogue)


def _without_time(outside: list[Outside]) -> dict[str, str]:
    count = sum(one.moves_to is None for one in outside)
    if not count:
        return {}
    people = "1 person goes" if count == 1 else f"{count} people go"
    says = f"{people} to bed before these hours start and would get no texts. Change their bedtimes first."
    return {"from_1": says}


def _save(row: StoredClinic | None, read: ClinicSettings) -> None:
    runtime = site().runtime
    with write_transaction(runtime.engine) as connection:
        if row is None:
            add_clinic(connection, me(), read.values, runtime.now())
            return
        changed = change_clinic(connection, me(), row, read.values, runtime.now())
    if "quiet_hours" in changed:
        move_inside(runtime.engine, row.id, runtime.catalogue, runtime.now())


@admin.route("/sign-ins/new", methods=["GET", "POST"])
@admins
@fresh
def new_sign_in() -> Answer:
    """Add a sign-in; its owner chooses the password by a link."""
    runtime, problem = site().runtime, None
    if request.method == "POST":
        try:
            nobodys = hash_password(secrets.token_urlsafe(32))
            with write_transaction(runtime.engine) as connection:
                role, email = request.form.get("role", ""), request.form.get("email", "")
                made = add_sign_in(connection, me(), email, role, _clinic_chosen(), nobodys, runtime.now())
                set_name(connection, me().email, made, request.form.get("name", ""), runtime.now())
            return _link_page(made)
        except AccountError as error:
            problem = error
    with read_transaction(runtime.engine) as connection:
        page = _sign_in_page(connection, None, problem or "")
    return (page, 422) if problem else page


def _clinic_chosen() -> int | None:
    return request.form.get("clinic_id", None, number)


def _sign_in_page(connection: Connection, row: SignIn | None, problem: AccountError | str = "") -> str:
    return render_template(
        "admin-sign-in.html",
        row=row,
        problem=str(problem),
        wrong="name" if isinstance(problem, StaffNameError) else "role" if row else "email",
        values=request.form,
        clinics=load_clinics(connection, me()),
        roles={role: ROLE_WORDS[role] for role in ROLES},
        whole=me().clinic_id is None,
    )


def _found(connection: Connection, sign_in_id: int) -> SignIn:
    rows = load_sign_ins(connection, me(), sign_in_id)
    return rows[0] if rows else abort(404)


@admin.route("/sign-ins/<int:sign_in_id>", methods=["GET", "POST"])
@admins
@fresh
def sign_in(sign_in_id: int) -> Answer:
    """Name, role, clinic, access and the right to export."""
    runtime, problem = site().runtime, None
    with read_transaction(runtime.engine) as connection:
        row = _found(connection, sign_in_id)
    if request.method == "POST":
        values = {
            "role": request.form.get("role", ""),
            "clinic_id": _clinic_chosen(),
            "active": "active" in request.form,
            "may_export": "may_export" in request.form,
        }
        try:
            with write_transaction(runtime.engine) as connection:
                change_sign_in(connection, me(), row, values, runtime.now())
                set_name(connection, me().email, row.id, request.form.get("name", row.name or ""), runtime.now())
            flash("Saved.")
            return redirect(url_for("admin.index"), code=303)
        except AccountError as error:
            problem = error
    with read_transaction(runtime.engine) as connection:
        page = _sign_in_page(connection, row, problem or "")
    return (page, 422) if problem else page


@admin.post("/sign-ins/<int:sign_in_id>/link")
@admins
@fresh
def link(sign_in_id: int) -> Answer:
    """A new link to choose a password with, to hand over; it ends those made before."""
    runtime = site().runtime
    with write_transaction(runtime.engine) as connection:
        row = _found(connection, sign_in_id)
        if not row.active:
            return _sign_in_page(connection, row, "This account has no access: give it access, then make a link."), 422
        record_link(connection, me().email, MADE, row.id, row.clinic_id, runtime.now())
    return _link_page(sign_in_id)


def _link_page(sign_in_id: int) -> str:
    accounts = current_app.extensions["security"].datastore
    owner = accounts.find_user(id=sign_in_id)
    as_asked, token = generate_reset_link(accounts.linked(owner))  # type: ignore[no-untyped-call]
    address = public_address(as_asked, url_for("security.reset_password", token=token))
    return render_template("admin-link.html", email=owner.email, address=address)


@admin.post("/sign-ins/<int:sign_in_id>/second-step")
@admins
@fresh
def second_step(sign_in_id: int) -> Response:
    """Set a lost second step back."""
    runtime = site().runtime
    with write_transaction(runtime.engine) as connection:
        row = _found(connection, sign_in_id)
        reset_second_step(connection, me().email, row.id, row.clinic_id, runtime.now())
    flash(f"{row.email} will set up two-step verification again at the next sign-in.")
    return redirect(url_for("admin.index"), code=303)


@admin.post("/sign-ins/<int:sign_in_id>/remove")
@admins
@fresh
def remove(sign_in_id: int) -> Answer:
    """Remove an account for good, after a tick in a box."""
    runtime, problem = site().runtime, ""
    with read_transaction(runtime.engine) as connection:
        row = _found(connection, sign_in_id)
    try:
        if request.form.get("sure") != "yes":
            raise AccountError("Tick the box to remove this account.")
        with write_transaction(runtime.engine) as connection:
            remove_account(connection, me().email, row.id, runtime.now())
        flash(f"{row.email} was removed.")
        return redirect(url_for("admin.index"), code=303)
    except AccountError as error:
        problem = str(error)
    with read_transaction(runtime.engine) as connection:
        return _sign_in_page(connection, row, problem), 422
