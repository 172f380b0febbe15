"""The home page: how many need someone, who they are, why, and the one next thing to do."""

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from coach.alerts.paging import load_unknown
from coach.inbox.answer import acknowledge_flag
from coach.inbox.folders import count_open
from coach.participants.caseload import ListQuery, count_caseload, load_page
from coach.web.pages.participants import reader
from coach.web.sign_in.access import CARING, caring, for_roles, own_zone, signed_in
from coach.web.site import site
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction

home = Blueprint("home", __name__)
SHOWN = 20
# More than this share not delivered is a fault of ours or of the provider, not of single phones.
TOO_MANY_UNDELIVERED = 0.03


@home.get("/")
@for_roles()
def index() -> str:
    """Everyone this coach may see who needs them, most pressing first."""
    if current_user.role not in CARING:
        return render_template("home-apart.html")
    runtime, coach = site().runtime, signed_in()
    wanted = ListQuery(status="needing", page=request.args.get("page", 1, number))
    with read_transaction(runtime.engine) as connection:
        numbers = count_caseload(connection, coach.scope)
        page = load_page(connection, coach.scope, wanted, reader(connection), SHOWN)
        waiting, zone = count_open(connection, coach), own_zone(connection)
        unknown = load_unknown(connection) if coach.sees_unknown else []
    return render_template(
        "home.html",
        numbers=numbers,
        page=page,
        waiting=waiting,
        unknown=unknown,
        zone=zone,
        too_many=(numbers.undelivered_share or 0) > TOO_MANY_UNDELIVERED,
        simulated=not runtime.settings.sends_for_real,
    )


@home.post("/flags/<int:flag_id>/acknowledge")
@caring
def seen(flag_id: int) -> Response:
    """A coach has seen it: the flag closes, and the texts it held go on."""
    runtime = site().runtime
    try:
        with write_transaction(runtime.engine) as connection:
            participant_id = acknowledge_flag(connection, flag_id, signed_in(), runtime.now())
    except LookupError:
        abort(404)
    if request.form.get("back") == "person" and participant_id:
        return redirect(url_for("participants.show", participant_id=participant_id), code=303)
    return redirect(url_for("home.index"), code=303)
