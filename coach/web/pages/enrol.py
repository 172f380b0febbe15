"""Enrol one person by a form, or many from a file: every wrong cell is told, nothing is written until confirmed."""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as Redirect

from coach.accounts.clinics import country_of
from coach.accounts.sign_ins import coaches_of
from coach.participants.apply_change import exclusions_of
from coach.participants.enrol_form import (
    LARGEST_FILE,
    RequestedImport,
    ask_for_import,
    packed,
    roster_of_one,
    suggested_zones,
    unpacked,
)
from coach.participants.imports import find_import, list_imports
from coach.participants.roster import Imported, ImportRequest, preview
from coach.participants.roster_jobs import OPEN, ImportContext, cancel
from coach.participants.zone_choices import zone_choices
from coach.web.sign_in.access import caring, own_zone, signed_in, told_to
from coach.web.site import site
from schedules.database.engine import read_transaction
from schedules.enrolment.policy_choice import NOT_RANDOMISED, tags_that_allow
from schedules.enrolment.roster_file import COLUMNS
from schedules.enrolment.zone_words import read_zone_name
from schedules.worker.clock import worker_name

enrol = Blueprint("enrol", __name__, url_prefix="/enrol")
EXAMPLE = (
    ",".join(COLUMNS),
    "+1 415 555 0134,America/Los_Angeles,paper form,2026-11-02T10:30,"
    "Maria,20:00,22:30,en,evening,fall_risk;caffeine,,stockings_advised,,",
)
SHOWN_ERRORS, SHOWN_NOTES = 100, 20
SHOWN_IMPORTS = 5
# What a form without them says, field by field.
MISSING = {
    "phone": "enter the phone number",
    "time_zone": "choose the time zone",
    "consent_source": "write how they agreed",
    "consent_at": "write when they agreed",
}
LOOK_AGAIN = "2"  # seconds: a page that shows progress asks for itself again, without a script


def _importing(confirmed: bool = False, *, new_only: bool = False) -> ImportRequest:
    """What enrolling needs in this request. Whoever enrolls belongs to a clinic."""
    runtime, me = site().runtime, signed_in()
    if me.clinic_id is None:
        abort(403)
    owner = me.id if me.role == "coach" else None
    return ImportRequest(
        me.clinic_id, runtime.catalogue, runtime.keys, runtime.now(), confirmed, me.email, me.scope, owner, new_only
    )


def _desk() -> ImportContext:
    return site().runtime.desk(worker_name())


@enrol.get("/")
@caring
def index() -> str:
    """The form, and where a file goes."""
    return _form({}, {})


def _form(
    given: dict[str, str], errors: dict[str, str], suggestions: tuple[str, ...] = (), known: int | None = None
) -> str:
    runtime, me = site().runtime, signed_in()
    with read_transaction(runtime.engine) as connection:
        coaches = sorted(coaches_of(connection, me.clinic_id or 0))
        imports = list_imports(connection, me.imports, SHOWN_IMPORTS)
        zone = own_zone(connection)
    return render_template(
        "enrol.html",
        given=given,
        errors=errors,
        suggestions=suggestions,
        coaches=coaches,
        known=known,
        zones=zone_choices(runtime.now(), _zone_given(given)),
        catalogue=runtime.catalogue,
        exclusions=exclusions_of(runtime.catalogue),
        tags=tags_that_allow(runtime.catalogue),
        largest=LARGEST_FILE,
        imports=imports,
        zone=zone,
    )


def _zone_given(given: dict[str, str]) -> str:
    try:
        return read_zone_name(given.get("time_zone", ""))
    except ValueError:
        return ""


@enrol.post("/one")
@caring
def one() -> str | tuple[str, int] | Redirect:
    """Enrol the person of the form, or show it again with what is wrong."""
    given = {name: request.form.get(name, "").strip() for name in COLUMNS}
    given |= {name: ";".join(request.form.getlist(name)) for name in ("exclude", "tags")}
    if given["randomised_consent"]:  # the box is ticked
        given["randomised_consent"] = told_to(signed_in())
    done = _ask(roster_of_one(given), new_only=True).done
    errors = {error.column: error.reason for error in done.errors}
    errors |= {name: words for name, words in MISSING.items() if name in errors and not given[name]}
    if not done.errors and not done.enrolled:  # an empty row of a file is passed over; an empty form is not
        errors = dict(MISSING)
    known = next((one.id for one in done.enrolled if one.what == "ignored"), None)
    if errors:
        return _form(given, errors, _suggested(given), known), 400
    [person] = done.enrolled
    if person.what != "created":
        return _form(given, {"phone": f"this number {person.note}"}, (), known), 400
    name = given["first_name"] or "One person"
    told = f"{name} is enrolled. They get the welcome, and evening texts once they reply YES."
    flash(f"{told} They are {person.note}." if person.note == NOT_RANDOMISED else told)
    return redirect(url_for("participants.show", participant_id=person.id), code=303)


def _suggested(given: dict[str, str]) -> tuple[str, ...]:
    if given["time_zone"]:
        return ()
    with read_transaction(site().runtime.engine) as connection:
        country = country_of(connection, signed_in().clinic_id)
    return suggested_zones(given["phone"], country)


@enrol.post("/file")
@caring
def look_first() -> str | tuple[str, int] | Redirect:
    """What a file would do, row by row; nothing is written."""
    upload = request.files.get("file")
    data = upload.read(LARGEST_FILE + 1) if upload else b""
    if not data:
        flash("Choose a CSV file first.", "error")
        return redirect(url_for("enrol.index") + "#file", code=303)
    if len(data) > LARGEST_FILE:
        flash("The file is larger than 500 KB. Split it, or use 'coach participants import'.", "error")
        return redirect(url_for("enrol.index") + "#file", code=303)
    confirmed = request.form.get("confirmed") == "yes"
    return _preview(data, preview(site().runtime.engine, data, _importing(confirmed)), confirmed)


def _preview(data: bytes, done: Imported, confirmed: bool) -> str | tuple[str, int]:
    page = render_template(
        "enrol-preview.html",
        done=done,
        notes=[one for one in done.enrolled if one.note][:SHOWN_NOTES],
        errors=done.errors[:SHOWN_ERRORS],
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
    asked = _ask(data, confirmed=confirmed)
    if asked.done.errors:
        return _preview(data, asked.done, confirmed)
    if asked.import_id is not None:
        return redirect(url_for("enrol.progress", import_id=asked.import_id), code=303)
    promised = request.form.get("created", type=int)
    flash(_told(asked.done, meanwhile=(promised or 0) - asked.done.count("created")))
    return redirect(url_for("participants.index", sort="newest"), code=303)


@enrol.get("/imports/<int:import_id>")
@caring
def progress(import_id: int) -> str | Response:
    """How far the writing of a roster is."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        one = find_import(connection, signed_in().imports, import_id)
        zone = own_zone(connection)
    if one is None:
        abort(404)
    page = Response(
        render_template(
            "enrol-import.html",
            one=one,
            errors=one.errors[:SHOWN_ERRORS],
            zone=zone,
            may_cancel=one.state in ("waiting", "running"),
        )
    )
    if one.state in OPEN:
        page.headers["Refresh"] = LOOK_AGAIN
    return page


@enrol.post("/imports/<int:import_id>/cancel")
@caring
def stop(import_id: int) -> Redirect:
    """Write nothing of a roster that is not written yet."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        if find_import(connection, signed_in().imports, import_id) is None:
            abort(404)
    if cancel(_desk(), import_id):
        flash("Import canceled. Nothing was changed.")
    else:
        flash("Too late to cancel. The file has already been imported.", "error")
    return redirect(url_for("enrol.progress", import_id=import_id), code=303)


@enrol.get("/example.csv")
@caring
def example() -> Response:
    """A file to start from."""
    headers = {"Content-Disposition": "attachment; filename=participants.csv"}
    return Response("\r\n".join((*EXAMPLE, "")), mimetype="text/csv", headers=headers)


def _ask(data: bytes, *, confirmed: bool = False, new_only: bool = False) -> RequestedImport:
    me = signed_in()
    return ask_for_import(_desk(), data, _importing(confirmed, new_only=new_only), me.clinic_id or 0, me.id)


def _told(done: Imported, meanwhile: int = 0) -> str:
    counts = {what: done.count(what) for what in ("created", "updated", "ignored")}
    if counts["ignored"] == len(done.enrolled):
        return "Nothing was changed. Everyone in this file is already enrolled or cannot be enrolled."
    words = {"created": "enrolled", "updated": "updated", "ignored": "left unchanged"}
    told = ", ".join(f"{count} {words[what]}" for what, count in counts.items() if count).capitalize() + "."
    if meanwhile > 0:
        told += f" {meanwhile} of them were enrolled by someone else in the meantime."
    if on_rotation := sum(one.note == NOT_RANDOMISED for one in done.enrolled):
        told += f" {on_rotation} {NOT_RANDOMISED}."
    return told
