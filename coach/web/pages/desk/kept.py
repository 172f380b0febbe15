"""What was typed and not taken: read it, send it again, or throw it away."""

import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from coach.accounts.drafts import drop_draft
from coach.web.kept_words import drafts, put_aside
from coach.web.sign_in.access import for_roles
from coach.web.site import site
from schedules.database.engine import write_transaction

kept_words = Blueprint("kept", __name__, url_prefix="/kept")
# Fields that a form carries for itself; nobody typed them.
CARRIED = ("back", "person", "seen", "once", "next", "card", "ready", "insert")


@kept_words.get("/")
@for_roles()
def index() -> str:
    """All that is kept for this account."""
    return render_template("kept.html", drafts=drafts(), carried=CARRIED, once=secrets.token_hex(8))


@kept_words.post("/put-aside", endpoint="put_aside")
@for_roles()
def put_aside_words() -> tuple[str, int]:
    """What a page asks for before it is left: words in a box that is not being sent."""
    return ("", 204) if put_aside(request.form.get("address", "")) else ("", 400)


@kept_words.post("/discard")
@for_roles()
def discard() -> Response:
    """Throw one away."""
    with write_transaction(site().runtime.engine) as connection:
        if drop_draft(connection, current_user.id, request.form.get("address", "")):
            flash("Discarded.")
    return redirect(url_for("kept.index"), code=303)
