"""Coaches in front of the pages: signed in as a browser would be after its sign-in, and sending the forms they see."""

import re
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import update
from werkzeug.test import TestResponse

from coach.accounts.sign_ins import add_account, ensure_clinic
from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.people import Participant
from tests.support import session_of

PASSWORD = "correct horse battery"
RAW_TOKEN = "0" * 40


@dataclass
class Browser:
    """A signed-in coach."""

    client: FlaskClient
    id: int
    email: str
    _tokens: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, status: int = 200) -> str:
        """A page's text, as its reader has it: without tags, in single spaces."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code)
        return words(answer.get_data(as_text=True))

    def html(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def post(self, path: str, form: dict[str, Any] | None = None, status: int = 303) -> str:
        """Send a form with the token that the pages of this session carry; the text of the page that follows."""
        answer: TestResponse = self.client.post(path, data={"csrf_token": self._token()} | (form or {}))
        assert answer.status_code == status, (path, answer.status_code, words(answer.get_data(as_text=True))[:600])
        return self.get(answer.headers["Location"]) if status == 303 else words(answer.get_data(as_text=True))

    def _token(self) -> str:
        """Read from a page once for each session: a page takes longer than most forms."""
        with self.client.session_transaction() as kept:
            raw = kept.get("csrf_token")
        if raw not in self._tokens:
            found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get("/").get_data(as_text=True))
            assert found
            with self.client.session_transaction() as kept:
                raw = kept["csrf_token"]
            self._tokens[raw] = found[1]
        return self._tokens[raw]


def form_token(app: Flask) -> str:
    """What every form carries in a session whose own token is RAW_TOKEN."""
    with app.test_request_context():
        session["csrf_token"] = RAW_TOKEN
        return str(generate_csrf())


def words(html: str) -> str:
    """The text of a page, without what only a screen reader or a script sees of it."""
    html = re.sub(r"<(script|style|title)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))).strip()


def sign_in(app: Flask, runtime: Runtime, role: str = "coach", *, email: str = "", clinic: str = "Clinic") -> Browser:
    """A new account of a clinic, signed in; everyone of the clinic without a coach becomes a coach's own."""
    email = email or f"{role}@example.org"
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, clinic, runtime.now())
        account = add_account(connection, email, role, clinic_id, PASSWORD, runtime.now())
        if role == "coach":
            connection.execute(
                update(Participant)
                .where(Participant.clinic_id == clinic_id, Participant.coach_id.is_(None))
                .values(coach_id=account.id)
            )
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(session_of(runtime, account.id))
    return Browser(client, account.id, email)
