"""Sessions of browsers: begun at sign-in, checked at every request, over when idle, too old or ended."""

import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, redirect, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_security import (
    current_user,
    password_changed,
    password_reset,
    tf_profile_changed,
    user_authenticated,
    wan_deleted,
    wan_registered,
)
from flask_security.utils import logout_user

from coach.accounts.sessions import begin_session, end_session, end_sessions, find_session
from coach.audit import record
from coach.runtime import Runtime
from coach.web.sign_in.datastore import SessionUser
from coach.web.sign_in.limits import machine_now
from coach.web.site import Connection, site
from schedules.database.engine import read_transaction, write_transaction

KEY = "sid"
NOTED = {
    password_changed: "changed password",
    password_reset: "reset password",
    tf_profile_changed: "changed second step",
    wan_registered: "added a passkey",
    wan_deleted: "removed a passkey",
}


class SessionsThatIdle(SecureCookieSessionInterface):
    """Every page that a person opens starts the idle time anew; what an open page asks for by itself does not."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Whether this response renews the cookie."""
        by_itself = request.method == "GET" and "HX-Request" in request.headers
        return session.modified if by_itself else super().should_set_cookie(app, session)


def token_hash(runtime: Runtime) -> str:
    """Return the keyed hash of this browser's session id, under which its row is stored."""
    return runtime.keys.token("session", session.get(KEY, ""))


def add_sessions(app: Flask, runtime: Runtime) -> None:
    """Begin, check and end sessions, and record it."""
    app.config.update(PERMANENT_SESSION_LIFETIME=timedelta(minutes=runtime.settings.session_idle_minutes))
    app.session_interface = SessionsThatIdle()
    app.before_request(_end_closed_session)
    leave = app.view_functions["security.logout"]

    def sign_out() -> Any:
        _end_own_session(runtime)
        return leave()

    app.view_functions["security.logout"] = sign_out
    validate = app.view_functions["security.two_factor_token_validation"]

    def second_step() -> Any:
        # The library signs out whoever opens it when already signed in, by the back button or a second click.
        if current_user.is_authenticated and session.get("tf_state") != "validating_profile":
            return redirect(app.config["SECURITY_POST_LOGIN_VIEW"])
        return validate()

    app.view_functions["security.two_factor_token_validation"] = second_step
    user_authenticated.connect(lambda _, **told: _begin(runtime, **told), app, weak=False)
    for signal, action in NOTED.items():
        signal.connect(lambda _, action=action, **told: _change(runtime, action, told["user"]), app, weak=False)


def _end_closed_session() -> None:
    """End a session whose row is gone, too old or another account's. A cookie that was idle too long is not read."""
    if request.endpoint == "static" or not current_user.is_authenticated:
        return
    runtime = site().runtime
    with read_transaction(runtime.engine) as connection:
        found = find_session(connection, token_hash(runtime), machine_now())
    if found is None or found.account_id != current_user.id:
        logout_user()
        session.clear()


def _begin(runtime: Runtime, user: SessionUser, authn_via: object = None, **_more: object) -> None:
    # A cookie planted before signing in knows the form token of that session: it must not know this one's.
    session.pop("csrf_token", None)
    session.pop("_remember", None)  # no cookie outlives the session, whatever the form asked for
    _end_own_session(runtime)
    session.permanent, session[KEY] = True, secrets.token_urlsafe(32)
    with write_transaction(runtime.engine) as connection:
        begin_session(connection, user.id, token_hash(runtime), machine_now())
        if authn_via != ["change"]:  # whoever changes their password stays where they are
            _note(connection, runtime, "signed in", user)


def _end_own_session(runtime: Runtime) -> None:
    if KEY in session:
        with write_transaction(runtime.engine) as connection:
            end_session(connection, token_hash(runtime))
        session.pop(KEY)


def _change(runtime: Runtime, action: str, account: SessionUser) -> None:
    with write_transaction(runtime.engine) as connection:
        end_sessions(connection, account.id, but=token_hash(runtime))
        _note(connection, runtime, action, account)


def _note(connection: Connection, runtime: Runtime, action: str, account: SessionUser) -> None:
    record(connection, account.email, action, f"account {account.id}", runtime.now(), account.clinic_id)
