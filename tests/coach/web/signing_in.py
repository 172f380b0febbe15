"""Signing in, as tests do it: accounts, the digits of an authenticator app, and forms with their token."""

import re
import time
from dataclasses import dataclass, field

from flask import Flask
from flask.testing import FlaskClient
from passlib.totp import TOTP
from werkzeug.test import TestResponse

from coach.accounts.sign_ins import add_account, ensure_clinic
from coach.runtime import Runtime
from schedules.database.engine import write_transaction

PASSWORD = "four quiet words here"
SET_UP = "/sign-in/second-step/set-up"
SECOND_STEP = "/sign-in/second-step"


def add_coach(runtime: Runtime, email: str, role: str = "coach", clinic: str | None = "Clinic") -> int:
    """A sign-in with `PASSWORD`; its id."""
    with write_transaction(runtime.engine) as connection:
        clinic_id = ensure_clinic(connection, clinic, runtime.now())[0] if clinic else None
        return add_account(connection, email, role, clinic_id, PASSWORD, runtime.now()).id


@dataclass
class Visitor:
    """A browser without script: follows forms, keeps cookies, holds an authenticator app."""

    client: FlaskClient
    key: str = ""
    skipped: int = field(default=0)
    given: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, app: Flask, key: str = "") -> "Visitor":
        return cls(app.test_client(), key)

    def open(self, path: str) -> TestResponse:
        return self.client.get(path)

    def submit(self, path: str, form_at: str | None = None, **fields: str) -> TestResponse:
        """Post a form with the token that its page carries."""
        page = self.client.get(form_at or path).get_data(as_text=True)
        return self.post(path, page, **fields)

    def post(self, path: str, page: str, **fields: str) -> TestResponse:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found, page
        return self.client.post(path, data={"csrf_token": found[1], **fields})

    def give_password(self, email: str, password: str = PASSWORD) -> TestResponse:
        return self.submit("/sign-in", email=email, password=password)

    def digits(self) -> str:
        """What the app shows; the next ones each time, since each works once."""
        shown_at = time.time() + 30 * self.skipped
        self.skipped += 1
        self.given.append(TOTP(key=self.key.replace("-", "").replace(" ", "")).generate(shown_at).token)
        return self.given[-1]

    def set_up_second_step(self) -> TestResponse:
        page = self.submit(SET_UP, setup="authenticator").get_data(as_text=True)
        found = re.search(r"Key:\s*<code>([^<]+)</code>", page)
        assert found, page
        self.key = found[1]
        return self.post(SECOND_STEP, page, code=self.digits())

    def sign_in_first(self, email: str) -> TestResponse:
        self.give_password(email)
        return self.set_up_second_step()

    def is_signed_in(self) -> bool:
        return self.open("/").status_code == 200
