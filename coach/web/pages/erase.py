"""Erasing a participant who asked for it: a page that says what goes and what stays, and one form that does it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coach.participants.record import find_person
from coach.privacy.erase import erase
from coach.web.sign_in.access import for_roles, signed_in
from coach.web.sign_in.fresh import fresh
from coach.web.site import site
from schedules.database.engine import checkpoint, read_transaction, write_transaction

MAY_ERASE = ("lead",)

erasing = Blueprint("erasing", __name__, url_prefix="/participants/<int:participant_id>/erase")
erasers = for_roles(*MAY_ERASE)


@erasing.get("")
@erasers
@fresh
def ask(participant_id: int) -> str:
    """What goes, what stays, and a box to tick."""
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        person = find_person(connection, participant_id, signed_in().scope) or abort(404)
    refused = request.method == "POST"
    return render_template("erase.html", person=person, refused=refused, provider=runtime.settings.sends_for_real)


@erasing.post("")
@erasers
@fresh
def do(participant_id: int) -> Response | tuple[str, int]:
    """Erase them, as `coach erase` does."""
    if request.form.get("sure") != "yes":
        return ask(participant_id), 400
    runtime = site().runtime
    with write_transaction(runtime.engine) as connection:
        if find_person(connection, participant_id, signed_in().scope) is None:
            abort(404)
        erase(
            connection,
            participant_id,
            runtime.now(),
            actor=signed_in().email,
            at_provider=runtime.settings.sends_for_real,
        )
    checkpoint(runtime.engine)
    flash(f"Participant {participant_id} was erased and will not be texted again.")
    return redirect(url_for("participants.index"), code=303)
