"""The systems that are told what happens in a clinic, and what they have been told, for leads and admins."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from coach.events.endpoints import list_deliveries, list_endpoints, replay
from coach.events.health import is_failing
from coach.web.sign_in.access import for_roles, own_zone, signed_in
from coach.web.site import site
from schedules.database.engine import read_transaction, write_transaction
from schedules.events.record import TYPES

events = Blueprint("events", __name__, url_prefix="/events")
SHOWN = 50
TYPE_WORDS = {
    "participant.enrolled": "enrolled",
    "participant.confirmed": "confirmed",
    "participant.stopped": "stopped",
    "participant.erased": "erased",
    "night.known": "a night's answer",
    "flag.opened": "flag opened",
    "flag.acknowledged": "flag acknowledged",
    "summary.stored": "weekly summary",
}


@events.get("/")
@for_roles("lead", "admin")
def index() -> str:
    """Every webhook in reach, and the newest events."""
    runtime = site().runtime
    now = runtime.now()
    with read_transaction(runtime.engine) as connection:
        endpoints = list_endpoints(connection, signed_in().clinics)
        deliveries = list_deliveries(connection, [one.id for one in endpoints], SHOWN)
        zone = own_zone(connection)
    failing = {one.id for one in endpoints if is_failing(one, now)}
    return render_template(
        "events.html",
        endpoints=endpoints,
        deliveries=deliveries,
        failing=failing,
        type_words=TYPE_WORDS,
        every_type=len(TYPES),
        zone=zone,
    )


@events.post("/<int:endpoint_id>/replay")
@for_roles("lead", "admin")
def send_again(endpoint_id: int) -> Response:
    """Send again what was given up, and what waits for another try."""
    runtime, me = site().runtime, signed_in()
    with write_transaction(runtime.engine) as connection:
        count = replay(connection, endpoint_id, me.email, runtime.now(), whose=me.clinics)
    if count is None:
        abort(404)
    sent = "1 event is" if count == 1 else f"{count} events are"
    flash(f"{sent} sent again." if count else "Nothing has to be sent again: what waits is on its way.")
    return redirect(url_for("events.index"), code=303)
