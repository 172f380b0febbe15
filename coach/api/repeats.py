"""Requests that may be repeated under an `Idempotency-Key`. Callers hold the transaction that does what is asked.

The first request inserts its row before it does anything: another at the same moment waits for that row, finds its
answer and does nothing. A request that is refused rolls its row back, so that it may be mended and sent again.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from coach.api.desk import Desk
from coach.api.problems import wrong_field
from coach.database.api_tables import ApiRequest
from schedules.database.upsert import insert_or_ignore

OTHER_REQUEST = "it was used for another request: use a new one"


class Repeatable:
    """A request under an `Idempotency-Key`, or without one: then every time is the first."""

    def __init__(self, connection: Connection, desk: Desk, key: str | None, asked: str) -> None:
        self._connection, self._key_id, self._given = connection, desk.caller.key_id, key is not None
        self._name = desk.keys.token("idempotency", key)
        self._body = desk.keys.token("request", asked)

    def begin(self, now: datetime) -> Any | None:
        """Return the answer of the first time; None if this is it. Raises Problem for another request's key."""
        if not self._given:
            return None
        names = {"api_key_id": self._key_id, "name_hash": self._name}
        new = names | {"body_hash": self._body, "created_at": now}
        if insert_or_ignore(self._connection, ApiRequest, new, key=("api_key_id", "name_hash")) is not None:
            return None
        query = select(ApiRequest.body_hash, ApiRequest.answer).where(*self._mine())
        first = self._connection.execute(query).one()
        if first.body_hash != self._body:
            raise wrong_field("Idempotency-Key", OTHER_REQUEST)
        return first.answer

    def end(self, participant_id: int, answer: object) -> None:
        """Keep the answer."""
        if self._given:
            values = {"participant_id": participant_id, "answer": answer}
            self._connection.execute(update(ApiRequest).where(*self._mine()).values(values))

    def _mine(self) -> tuple[Any, Any]:
        return ApiRequest.api_key_id == self._key_id, ApiRequest.name_hash == self._name
