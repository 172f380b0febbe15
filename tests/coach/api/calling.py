"""Another system that calls /api/v1 with a key."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from coach.accounts.sign_ins import ensure_clinic
from coach.api.keys import SCOPES, add_key
from coach.runtime import Runtime
from schedules.database.engine import write_transaction

PROBLEM = "application/problem+json"


@dataclass
class System:
    """A system with a key."""

    app: Flask
    key: str

    def call(
        self, method: str, path: str, body: Any = None, *, status: int = 200, headers: dict[str, str] | None = None
    ) -> Any:
        """Call, and return the JSON that comes back."""
        response = self.raw(method, path, body, headers=headers)
        told = response.get_json()
        assert response.status_code == status, (response.status_code, told)
        if status >= 400:
            assert response.content_type == PROBLEM
            assert told["status"] == status
        return told

    def raw(self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None) -> TestResponse:
        """Call, and return all that comes back."""
        sent = {"Authorization": f"Bearer {self.key}"} | (headers or {})
        given = {} if body is None else {"json": body}
        return self.app.test_client().open(f"/api/v1{path}", method=method, headers=sent, **given)

    def get(self, path: str, **more: Any) -> Any:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.call("POST", path, body, **more)

    def wrong_fields(self, method: str, path: str, body: Any = None) -> dict[str, str]:
        """The fields that a refusal names, with what it says of each."""
        told = self.call(method, path, body, status=422)
        return {one["field"]: one["reason"] for one in told["errors"]}


def key_of(runtime: Runtime, clinic: str = "Clinic", scopes: tuple[str, ...] = SCOPES) -> str:
    """A new key of a clinic."""
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, clinic, runtime.now())
        return add_key(connection, runtime.keys, clinic_id, scopes, None, "command line", runtime.now())[1]


def system(app: Flask, runtime: Runtime, clinic: str = "Clinic", scopes: tuple[str, ...] = SCOPES) -> System:
    """A system with a new key of a clinic."""
    return System(app, key_of(runtime, clinic, scopes))
