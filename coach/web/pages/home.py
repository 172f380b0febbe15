"""The home page: who needs someone, why, in their words, and the one next thing to do; a first look around."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from coach.accounts.break_glass import list_recent_access
from coach.accounts.clinics import facts_of
from coach.accounts.own_settings import set_tour
from coach.accounts.signed_in import LEADING
from coach.accounts.told_leads import list_told
from coach.alerts.paging import load_unknown
from coach.inbox.attention import close_look_again, load_attention
from coach.inbox.flags import load_words
from coach.inbox.folders import count_open
from coach.participants.actions.hand_over import count_handed_over
from coach.participants.apply_change import NoteError, write_note
from coach.participants.caseload import ListQuery, count_caseload, load_page
from coach.participants.list_rows import ListContext
from coach.web.kept_words import drafts
from coach.web.sign_in.access import CARING, caring, for_roles, may_act_as, signed_in
from coach.web.site import site
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction
from schedules.timing.local_time import local_date_of

home = Blueprint("home", __name__)
SHOWN = 20
# More than this share not delivered is a fault of ours or of the provider, not of single phones.
TOO_MANY_UNDELIVERED = 0.03


@home.get("/")
@for_roles()
def index() -> str:
    """Everyone this coach may see who needs them, most pressing first."""
    if not may_act_as(*CARING):
        return render_template("home-apart.html")
    runtime, coach = site().runtime, signed_in()
    with read_transaction(runtime.engine) as connection:
        clinic = facts_of(connection, coach.clinic_id)
        zone = current_user.time_zone or clinic.time_zone
        today = local_date_of(runtime.now(), zone)
        wanted = ListQuery(status="needing", page=request.args.get("page", 1, number), today=today)
        numbers = count_caseload(connection, coach.scope, today)
        context = ListContext(runtime.catalogue, runtime.keys, runtime.now(), clinic.country, coach.clinic_id)
        page = load_page(connection, coach.scope, wanted, context, SHOWN, numbers.total_of(wanted))
        ids = [line.id for line in page.lines]
        words, attention = load_words(connection, ids), load_attention(connection, ids, runtime.now(), today)
        gone = {} if numbers.people else count_handed_over(connection, coach, runtime.now())
        waiting = count_open(connection, coach)
        unknown = load_unknown(connection) if coach.sees_unknown else []
        is_lead = current_user.role == "lead"
        accesses = list_recent_access(connection, coach.clinic_id, runtime.now()) if is_lead else []
        deeds = list_told(connection, coach.clinic_id, runtime.now()) if is_lead else []
    return render_template(
        "home.html",
        numbers=numbers,
        page=page,
        words=words,
        attention=attention,
        gone=gone,
        waiting=waiting,
        unknown=unknown,
        accesses=accesses,
        account_deeds=deeds,
        zone=zone,
        contact=clinic.contact,
        leads=coach.role in LEADING,
        left=drafts(),
        tour=current_user.tour_closed_at is None,
        too_many=(numbers.undelivered_share or 0) > TOO_MANY_UNDELIVERED,
        simulated=not runtime.settings.sends_for_real,
    )


@home.post("/called")
@caring
def called() -> Response:
    """A coach says that they called somebody."""
    runtime, coach, participant_id = site().runtime, signed_in(), request.form.get("participant", 0, number)
    try:
        with write_transaction(runtime.engine) as connection:
            write_note(connection, participant_id, "Called.", coach, runtime.now(), action="called")
    except LookupError:
        abort(404)
    except NoteError as error:
        flash(str(error), "error")
    else:
        flash("Noted that you called. Add what was said to the notes on their page.")
    return redirect(url_for("home.index"), code=303)


@home.post("/looked-again")
@caring
def looked_again() -> Response:
    """Somebody whom a note asked to look at again was looked at."""
    runtime = site().runtime
    try:
        with write_transaction(runtime.engine) as connection:
            close_look_again(connection, request.form.get("note", 0, number), signed_in(), runtime.now())
    except LookupError:
        abort(404)
    flash("Done. The note stays on their page.")
    return redirect(url_for("home.index"), code=303)


@home.post("/tour")
@caring
def tour() -> Response:
    """Close the tour, or show it again."""
    runtime = site().runtime
    shown = request.form.get("to") == "show"
    with write_transaction(runtime.engine) as connection:
        set_tour(connection, signed_in().id, None if shown else runtime.now())
    return redirect(url_for("home.index"), code=303)
