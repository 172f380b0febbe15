"""Enrol one person by a form, or many from a file: every wrong cell is told, nothing is written until confirmed."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response as Redirect

from coach.accounts import coaches_of
from coach.changing import exclusions_of
from coach.enrolling_by_page import (
    LARGEST_FILE,
    Enrolling,
    enrol_roster,
    packed,
    roster_of_one,
    suggested_zones,
    unpacked,
)
from coach.importing import Imported
from coach.web.access import viewer
from coach.web.signed_in import caring, signed_in
from coach.web.site import site
from schedules.db import reading
from schedules.local_time import zone_names
from schedules.models import Clinic
from schedules.roster import COLUMNS

enrol = Blueprint("enrol", __name__, url_prefix="/enrol")
EXAMPLE = (
    ",".join(COLUMNS),
    "+1 415 555 0134,America/Los_Angeles,paper form,2026-11-02T10:30,Maria,20:00,22:30,en,evening,fall_risk;caffeine,",
)
SHOWN_ROWS = 500


def _enrolling() -> Enrolling:
    """What enrolling needs in this request; an installation's admin without a clinic has nowhere to enrol."""
    runtime, me = site().runtime, viewer()
    if me.clinic_id is None:
        abort(403)
    return Enrolling(
        signed_in(), me.clinic_id, runtime.catalogue, runtime.keys, runtime.now(), own=current_user.role == "coach"
    )


@enrol.get("/")
@caring
def index() -> str:
    """The form, and where a file goes."""
    return _form({}, {}) if viewer().clinic_id is not None else render_template("enrol-nowhere.html")


def _form(given: dict[str, str], errors: dict[str, str], suggestions: tuple[str, ...] = ()) -> str:
    runtime, me = site().runtime, viewer()
    with reading(runtime.engine) as connection:
        coaches = sorted(coaches_of(connection, me.clinic_id or 0))
    return render_template(
        "enrol.html",
        given=given,
        errors=errors,
        suggestions=suggestions,
        coaches=coaches,
        zones=sorted(zone_names()),
        catalogue=runtime.catalogue,
        exclusions=exclusions_of(runtime.catalogue),
        largest=LARGEST_FILE,
    )


@enrol.post("/one")
@caring
def one() -> str | tuple[str, int] | Redirect:
    """Enrol the person of the form, or show it again with what is wrong."""
    given = {name: request.form.get(name, "").strip() for name in COLUMNS}
    given["exclude"] = ";".join(request.form.getlist("exclude"))
    done = _apply(roster_of_one(given), confirmed=False, keep=True)
    errors = {error.column: error.reason for error in done.errors}
    if not done.errors and not done.enrolled:  # an empty row of a file is passed over; an empty form is not
        errors = {"phone": "write a phone number"}
    if errors:
        return _form(given, errors, _suggested(given)), 400
    [person] = done.enrolled
    if person.id is None:
        return _form(given, {"phone": f"this number {person.note}"}), 400
    flash(_told(done))
    return redirect(url_for("participants.show", participant_id=person.id), code=303)


def _suggested(given: dict[str, str]) -> tuple[str, ...]:
    if given["time_zone"]:
        return ()
    with reading(site().runtime.engine) as connection:
        country = connection.execute(select(Clinic.country).where(Clinic.id == viewer().clinic_id)).scalar_one()
    return suggested_zones(given["phone"], country)


@enrol.post("/file")
@caring
def preview() -> str | tuple[str, int] | Redirect:
    """What a file would do, row by row; nothing is written."""
    upload = request.files.get("file")
    data = upload.read(LARGEST_FILE + 1) if upload else b""
    if not data:
        flash("Choose a CSV file first.", "error")
        return redirect(url_for("enrol.index") + "#file", code=303)
    if len(data) > LARGEST_FILE:
        flash("The file is larger than 500 kB: split it, or use 'coach participants import'.", "error")
        return redirect(url_for("enrol.index") + "#file", code=303)
    confirmed = request.form.get("confirmed") == "yes"
    return _preview(data, _apply(data, confirmed=confirmed, keep=False), confirmed)


def _preview(data: bytes, done: Imported, confirmed: bool) -> str | tuple[str, int]:
    page = render_template(
        "enrol-preview.html",
        done=done,
        shown=done.enrolled[:SHOWN_ROWS],
        errors=done.errors[:SHOWN_ROWS],
        packed=packed(data),
        confirmed=confirmed,
    )
    return (page, 400) if done.errors else page


@enrol.post("/confirm")
@caring
def confirm() -> str | tuple[str, int] | Redirect:
    """Do what the preview showed; checked again, since the world may have moved on."""
    data, confirmed = unpacked(request.form.get("packed", "")), request.form.get("confirmed") == "yes"
    if data is None:
        abort(400)
    done = _apply(data, confirmed=confirmed, keep=True)
    if done.errors:
        return _preview(data, done, confirmed)
    flash(_told(done))
    return redirect(url_for("participants.index", sort="newest"), code=303)


@enrol.get("/example.csv")
@caring
def example() -> Response:
    """A file to start from."""
    headers = {"Content-Disposition": "attachment; filename=participants.csv"}
    return Response("\r\n".join((*EXAMPLE, "")), mimetype="text/csv", headers=headers)


def _apply(data: bytes, *, confirmed: bool, keep: bool) -> Imported:
    """Import in one transaction; undone if anything is wrong, or if it is only a preview."""
    enrolling = _enrolling()
    with site().runtime.engine.connect() as connection, connection.begin() as transaction:
        done = enrol_roster(connection, data, enrolling, confirmed=confirmed)
        if done.errors or not keep:
            transaction.rollback()
    return done


def _told(done: Imported) -> str:
    counts = {what: done.count(what) for what in ("created", "updated", "ignored")}
    words = {"created": "enrolled", "updated": "updated", "ignored": "left as they are"}
    return ", ".join(f"{count} {words[what]}" for what, count in counts.items() if count).capitalize() + "."
