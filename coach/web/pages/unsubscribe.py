"""The unsubscribe link of a digest, signed by its token. A GET only asks, since mail scanners follow links."""

from flask import Blueprint, abort, render_template

from coach.mail.unsubscribe import is_unsubscribe_token, set_digest
from coach.web.site import site
from schedules.database.engine import write_transaction

unsubscribe = Blueprint("unsubscribe", __name__)


@unsubscribe.get("/mail/unsubscribe/<int:coach_id>/<token>")
def ask(coach_id: int, token: str) -> str:
    """One button."""
    if not is_unsubscribe_token(site().runtime.keys, coach_id, token):
        abort(404)
    return render_template("unsubscribe.html", done=False)


@unsubscribe.post("/mail/unsubscribe/<int:coach_id>/<token>")
def end(coach_id: int, token: str) -> str:
    """One click, from the page or from the mail program itself; doing it twice changes nothing."""
    runtime = site().runtime
    if not is_unsubscribe_token(runtime.keys, coach_id, token):
        abort(404)
    with write_transaction(runtime.engine) as connection:
        set_digest(connection, coach_id, "off")
    return render_template("unsubscribe.html", done=True)
