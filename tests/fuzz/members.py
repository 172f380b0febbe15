"""Sign-ins of every role, signed in anew before each request, whatever a form before it has done to them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from coach.runtime import Runtime
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import CoachAccount
from tests.coach.web.coaches import RAW_TOKEN, form_token
from tests.coach.web.signing_in import add_coach
from tests.support import rows, session_of


@dataclass(repr=False)
class Member:
    """A sign-in and its browser."""

    app: Flask
    runtime: Runtime
    account: dict[str, Any]

    @classmethod
    def of(cls, app: Flask, runtime: Runtime, role: str) -> "Member":
        """A new sign-in of the first clinic."""
        id = add_coach(runtime, f"{role}@example.org", role)
        [row] = rows(runtime.engine, CoachAccount, CoachAccount.id == id)
        return cls(app, runtime, dict(row._mapping))

    @cached_property
    def token(self) -> str:
        """What every form of theirs carries."""
        return form_token(self.app)

    def signed_in(self) -> FlaskClient:
        """A browser that has just signed in, to the account as it was made."""
        with write_transaction(self.runtime.engine) as connection:
            connection.execute(update(CoachAccount).where(CoachAccount.id == self.account["id"]).values(self.account))
        client, cookie = self.app.test_client(), session_of(self.runtime, self.account["id"])
        with client.session_transaction() as fresh:
            fresh.update(cookie)
            fresh["csrf_token"] = RAW_TOKEN
        return client

    def get(self, path: str, query: list[tuple[str, str]] | None = None) -> TestResponse:
        """Open an address."""
        return self.signed_in().get(path, query_string=query or [])

    def post(self, path: str, pairs: list[tuple[str, str]], token: str | None = None) -> TestResponse:
        """Send a form, with the right token unless another is given."""
        form = MultiDict(pairs)
        form.setlist("csrf_token", [self.token if token is None else token])
        return self.signed_in().post(path, data=form)
