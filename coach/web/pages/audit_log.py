"""The log: who saw, changed, exported or erased what. It is never changed itself; what it tells can be undone."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coach.audit import Search
from coach.audit import search as search_log
from coach.participants.actions.change_back import change_back, form_back
from coach.participants.changes import ChangeError
from coach.web.sign_in.access import for_roles, own_zone, signed_in
from coach.web.sign_in.limits import unknown_address
from coach.web.site import site
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction
from schedules.timing.local_time import instant_of

log = Blueprint("log", __name__, url_prefix="/log")
SHOWN = 50


@log.get("/")
@for_roles("lead", "admin")
def index() -> str:
    """A page of it, newest first."""
    wanted = {name: request.args.get(name, "").strip()[:254] for name in ("who", "what", "about", "from", "until")}
    with read_transaction(site().runtime.engine) as connection:
        zone = own_zone(connection)
        search = Search(
            wanted["who"],
            wanted["what"],
            wanted["about"],
            _midnight(wanted["from"], zone),
            _midnight(wanted["until"], zone, after=1),
            unknown_address(wanted["about"]),
        )
        found = search_log(connection, signed_in().audit_events, search, request.args.get("page", 1, number), SHOWN)
    undoable = {one.id for one in found.entries if form_back(one.action, one.subject, one.detail) and _may_undo()}
    return render_template("log.html", found=found, wanted=wanted, zone=zone, link=_link, undoable=undoable, told=told)


def _may_undo() -> bool:
    return signed_in().role == "lead"


def told(detail: Mapping[str, object]) -> list[str]:
    """An entry's details in words: what changed from what to what, and the rest."""
    said = []
    for name, value in detail.items():
        what, _, end = name.rpartition("_")
        words = (what if end == "from" else name).replace("_", " ")
        if end == "from" and f"{what}_to" in detail:
            said.append(f"{words}: {_shown(value)} → {_shown(detail[f'{what}_to'])}")
        elif end != "to" or f"{what}_from" not in detail:
            said.append(words if value is True else f"{words}: {_shown(value)}")
    return said


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)


@log.post("/<int:entry_id>/undo")
@for_roles("lead")
def undo(entry_id: int) -> Response:
    """Put back what a change replaced."""
    runtime = site().runtime
    try:
        with write_transaction(runtime.engine) as connection:
            about, _ = change_back(connection, entry_id, signed_in(), runtime.catalogue, runtime.now())
    except LookupError:
        abort(404)
    except ChangeError as error:
        flash(str(error), "error")
        return redirect(url_for("log.index"), code=303)
    flash("Undone: it is as it was before. The log has a new entry.")
    return redirect(url_for("participants.show", participant_id=about), code=303)


def _midnight(typed: str, zone: str, after: int = 0) -> datetime | None:
    """The beginning of a date, or of the day after it; None if it is no date."""
    try:
        return instant_of(date.fromisoformat(typed) + timedelta(days=after), time(0), zone)
    except (ValueError, OverflowError):
        return None


def _link(page: int) -> str:
    return url_for("log.index") + "?" + urlencode(request.args.to_dict() | {"page": str(page)})
