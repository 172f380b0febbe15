"""The inbox: what only a human can answer, with how it was read; claimed, answered, closed; what did not arrive."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coach.accounts.signed_in import SignedIn
from coach.inbox.answer import LONGEST_ANSWER, AnswerError, answer, claim_reply, close, release_reply, reopen
from coach.inbox.folders import FOLDERS, count_open, load_folder
from coach.web.sign_in.access import caring, signed_in
from coach.web.site import Connection, site
from coach.web.url_numbers import number
from schedules.database.engine import read_transaction, write_transaction

inbox = Blueprint("inbox", __name__, url_prefix="/inbox")
Deed = Callable[[Connection, SignedIn], object]


@inbox.get("/")
@caring
def index() -> str:
    """A folder: what waits, the most pressing first and then the oldest; what is closed, sent or did not arrive."""
    folder = request.args.get("folder", "open")
    if folder not in FOLDERS:
        abort(404)
    runtime, coach = site().runtime, signed_in()
    with read_transaction(runtime.engine) as connection:
        shown = load_folder(connection, folder, coach, request.args.get("page", 1, number))
        waiting = count_open(connection, coach)
    template = "inbox-texts.html" if folder in ("sent", "failed") else "inbox.html"
    return render_template(template, folder=folder, shown=shown, waiting=waiting, longest=LONGEST_ANSWER)


@inbox.get("/waiting")
@caring
def waiting() -> str:
    """How many wait: what an open page asks for every few seconds. `shown` is how many the page shows."""
    with read_transaction(site().runtime.engine) as connection:
        count = count_open(connection, signed_in())
    return render_template("inbox-waiting.html", count=count, shown=request.args.get("shown", 0, number))


@inbox.post("/<int:reply_id>/answer")
@caring
def send_answer(reply_id: int) -> Response:
    """Queue the coach's words and close the reply."""
    keys, body, now = site().runtime.keys, request.form.get("body", ""), site().runtime.now()
    return _act(
        lambda connection, coach: answer(connection, keys, reply_id, body, coach, now), "Your answer is on its way."
    )


@inbox.post("/<int:reply_id>/close")
@caring
def close_reply(reply_id: int) -> Response:
    """Nothing to answer."""
    now = site().runtime.now()
    return _act(lambda connection, coach: close(connection, reply_id, coach, now), "Closed.")


@inbox.post("/<int:reply_id>/reopen")
@caring
def reopen_reply(reply_id: int) -> Response:
    """It waits again after all."""
    now = site().runtime.now()
    return _act(lambda connection, coach: reopen(connection, reply_id, coach, now), "It is back in the inbox.")


@inbox.post("/<int:reply_id>/claim")
@caring
def claim(reply_id: int) -> Response:
    """Take it on, or over, so that no two answer it."""
    now = site().runtime.now()
    return _act(lambda connection, coach: claim_reply(connection, reply_id, coach, now), "Assigned to you.")


@inbox.post("/<int:reply_id>/release")
@caring
def release(reply_id: int) -> Response:
    """Let it go again."""
    return _act(lambda connection, coach: release_reply(connection, reply_id, coach), "Anyone can take it now.")


def _act(do: Deed, done: str) -> Response:
    try:
        with write_transaction(site().runtime.engine) as connection:
            do(connection, signed_in())
        flash(done)
    except LookupError:
        abort(404)
    except AnswerError as error:
        flash(str(error), "error")
    if request.form.get("back") == "person" and (person := request.form.get("person", type=number)):
        return redirect(url_for("participants.show", participant_id=person), code=303)
    return redirect(url_for("inbox.index"), code=303)
