"""A forgotten password: the answer does not wait for the mail, so it takes as long for a name that nobody has."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from flask import Flask, abort, flash, redirect, request
from flask_security.recoverable import send_reset_password_instructions

from coach.accounts.sign_ins import ASKED, record_link
from coach.web.sign_in.datastore import SessionUser
from coach.web.sign_in.limits import find_tried, may_ask_for_password
from coach.web.site import site
from schedules.database.apart import error_name
from schedules.database.engine import write_transaction

SENTENCE = "If that address has an account, we have emailed it a link. The link works for one hour."

log = structlog.get_logger(__name__)


def add_forgotten_password(app: Flask) -> None:
    """Let requests for a new password be answered before the mail is written."""
    show = app.view_functions["security.forgot_password"]
    aside = app.extensions["forgotten"] = ThreadPoolExecutor(1, "forgotten")

    def ask() -> Any:
        if request.method != "POST":
            return show()
        if request.is_json:
            abort(400)
        if not may_ask_for_password():
            abort(429)
        aside.submit(_write_mail, app, find_tried(), request.host_url)
        flash(SENTENCE, "success")
        return redirect(request.path, code=303)

    app.view_functions["security.forgot_password"] = ask


def _write_mail(app: Flask, account: SessionUser | None, host_url: str) -> None:
    if account is None or not account.active:
        return
    try:
        with app.test_request_context(base_url=host_url):
            runtime = site().runtime
            with write_transaction(runtime.engine) as connection:
                record_link(connection, "unknown", ASKED, account.id, account.clinic_id, runtime.now())
            linked = app.extensions["security"].datastore.linked(account)
            send_reset_password_instructions(linked)  # type: ignore[no-untyped-call]
    except Exception as error:  # nobody waits for the result
        log.error("forgotten_password_not_mailed", account=account.id, reason=error_name(error))
