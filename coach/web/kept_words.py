"""Nothing typed is lost: a form that was not taken is kept for the account that got it, and comes back with the reason.

Every form of a page carries a signed note of whom it was given to. So the words of a session that has run out are kept
for their own account alone, and nobody else can have anything kept. They come back where the form stands (see `kept` in
the templates), else on the page `/kept/`.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from coach.accounts.drafts import KEPT, KeptDraft, drop_draft, keep_draft, load_drafts
from coach.web.sign_in.access import signed_in
from coach.web.sign_in.limits import machine_now
from coach.web.site import site
from schedules.database.engine import read_transaction, write_transaction

MARK = "kept_for"
# Whose forms hold secrets, or nothing worth keeping.
NEVER = ("account", "security", "unsubscribe", "phone")
NOT_TYPED = ("csrf_token", MARK, "resent", "address")
WORDS = ("body", "note")  # the fields that hold a coach's own words
SIGNED_OUT = "You were signed out before this was sent. Check your words and send them again."
SIGNED_IN_AGAIN = "You have signed in again since this page was opened. Check your words and send them again."
# Pages that show kept words in their own forms, and which forms these are.
IN_PLACE = {
    "inbox.index": ("inbox.send_answer",),
    "participants.show": ("inbox.send_answer", "participants.send", "participants.note"),
    "flags.show": ("flags.seen",),
}


def add_kept_words(app: Flask) -> None:
    """Keep what is typed into forms that are not taken, and give it back to the templates."""
    app.jinja_env.globals.update(kept=kept, kept_value=kept_value, kept_mark=kept_mark)
    app.before_request(_keep_of_ended_session)
    app.after_request(_forget_what_was_taken)
    app.register_error_handler(CSRFError, _keep_of_other_session)


def kept_mark() -> str:
    """The signed note of whom the forms of this page are given to; empty before signing in."""
    if not current_user.is_authenticated:
        return ""
    if MARK not in g:
        g.kept_for = _signer().dumps(current_user.id)
    return str(g.kept_for)


def kept(address: str) -> KeptDraft | None:
    """What is kept for the form that goes to an address, in this request."""
    return next((draft for draft in drafts() if draft.address == urlsplit(address).path), None)


def kept_value(address: str, name: str) -> str:
    """What is kept of one field of the form that goes to an address; empty if nothing is."""
    draft = kept(address)
    return draft.value(name) if draft else ""


def drafts() -> list[KeptDraft]:
    """All that is kept for the account of this request, latest first."""
    if "drafts" not in g:
        with read_transaction(site().runtime.engine) as connection:
            g.drafts = load_drafts(connection, signed_in(), machine_now())
    return list(g.drafts)


def keep(why: str, changed: Mapping[str, list[str]] | None = None) -> None:
    """Keep the form of this request, which its page did not take, if it has words.

    `changed` are fields that come back otherwise than they were typed.
    """
    typed = _typed() | dict(changed or {})
    if not any(value.strip() for name in WORDS for value in typed.get(name, ())):
        return
    with write_transaction(site().runtime.engine) as connection:
        keep_draft(connection, current_user.id, request.path, typed, why, machine_now(), site().runtime.keys)
    g.not_taken = True


def put_aside(address: str) -> bool:
    """Keep words of a form that is being left for another one. Return False for a form that shows none in its place."""
    try:
        endpoint, _ = current_app.create_url_adapter(request).match(address, "POST")  # type: ignore[union-attr]
    except (HTTPException, RequestRedirect):
        return False
    if not any(endpoint in forms for forms in IN_PLACE.values()):
        return False
    with write_transaction(site().runtime.engine) as connection:
        return keep_draft(connection, current_user.id, address, _typed(), "", machine_now(), site().runtime.keys)


def _typed() -> dict[str, list[str]]:
    names = [name for name in request.form if name not in NOT_TYPED and "password" not in name]
    return {name: request.form.getlist(name) for name in names}


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="kept words")


def _given_to() -> int | None:
    """The account that the posted form was given to; None without a note that is ours and recent."""
    if request.method != "POST" or request.blueprint in (None, *NEVER):
        return None
    try:
        return int(_signer().loads(request.form.get(MARK, ""), max_age=int(KEPT.total_seconds())))
    except (BadSignature, ValueError, TypeError):
        return None


def _keep_of_ended_session() -> Response | None:
    """A session that ended while its cookie is still there: the token of the form fits, the session does not."""
    if current_user.is_authenticated or (account_id := _given_to()) is None:
        return None
    return _kept_for(account_id, SIGNED_OUT)


def _keep_of_other_session(error: CSRFError) -> Response | tuple[str, int]:
    """A form of a session that ran out, or of one before this one."""
    account_id = _given_to()
    mine = not current_user.is_authenticated or current_user.id == account_id
    answer = _kept_for(account_id, SIGNED_OUT if not current_user.is_authenticated else SIGNED_IN_AGAIN)
    if account_id is not None and mine and answer is not None:
        return answer
    return current_app.handle_http_exception(_as_plain(error))  # type: ignore[return-value]  # as for any other


def _as_plain(error: CSRFError) -> HTTPException:
    from werkzeug.exceptions import BadRequest  # noqa: PLC0415

    return BadRequest(error.description)


def _kept_for(account_id: int | None, why: str) -> Response | None:
    typed = _typed()
    if account_id is None or not any(value.strip() for values in typed.values() for value in values):
        return None
    with write_transaction(site().runtime.engine) as connection:
        if not keep_draft(connection, account_id, request.path, typed, why, machine_now(), site().runtime.keys):
            return None
    g.not_taken = True
    back = _page_of_form()
    if current_user.is_authenticated:
        return redirect(back, code=303)  # type: ignore[return-value]  # Werkzeug's own class
    return redirect(url_for("security.login", next=back, kept=1), code=303)  # type: ignore[return-value]  # as above


def _page_of_form() -> str:
    """The page whose form this was, if it shows kept words in place; else the one that shows them all."""
    came_from = urlsplit(request.referrer or "")
    if came_from.netloc == request.host:
        try:
            endpoint, _ = current_app.create_url_adapter(request).match(came_from.path, "GET")  # type: ignore[union-attr]
        except (HTTPException, RequestRedirect):
            endpoint = ""
        if request.endpoint in IN_PLACE.get(endpoint, ()):
            return came_from.path + (f"?{came_from.query}" if came_from.query else "")
    return url_for("kept.index")


def _forget_what_was_taken(response: Response) -> Response:
    """A form that was taken leads elsewhere: whatever was kept for its address is of no use."""
    taken = request.method == "POST" and response.status_code in (302, 303) and "not_taken" not in g
    if taken and current_user.is_authenticated and request.blueprint not in (None, *NEVER):
        taken_for = {request.path, request.form.get("resent", "")}
        for draft in drafts():
            if draft.address in taken_for:
                with write_transaction(site().runtime.engine) as connection:
                    drop_draft(connection, current_user.id, draft.address)
    return response
