"""How often a sign-in may fail before it must wait: Flask-Limiter, counting in our own database.

Counts in memory would be each process's own, so that every further web process would multiply what a guesser may try.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Flask, Response, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits.storage import Storage
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from coach.database.tables import AttemptCount
from coach.web.site import site
from schedules.database.engine import read_transaction, write_transaction

PER_NAME = "10 per 15 minutes"  # one address of an account, from wherever
PER_PLACE = "60 per 15 minutes"  # one network address, whoever
RESETS_PER_NAME = "4 per hour"


class CountsInDatabase(Storage):
    """Fixed windows as rows of `attempt_count`. Expired rows of a name are taken over, old ones of others swept."""

    STORAGE_SCHEME = ["coach-database"]  # noqa: RUF012  (the library's own way to name one)

    @property
    def base_exceptions(self) -> type[Exception]:
        """What may go wrong below."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count up; the first of a window sets when it ends."""
        now = _now()
        for _ in range(3):
            try:
                with write_transaction(site().runtime.engine) as connection:
                    connection.execute(delete(AttemptCount).where(AttemptCount.until_at <= now))
                    counted = connection.execute(
                        update(AttemptCount)
                        .where(AttemptCount.name == key)
                        .values(count=AttemptCount.count + amount)
                        .returning(AttemptCount.count)
                    ).scalar()
                    if counted is None:
                        until_at = now + timedelta(seconds=expiry)
                        connection.execute(insert(AttemptCount).values(name=key, count=amount, until_at=until_at))
                    return counted or amount
            except IntegrityError:  # another process counted the first one: count with it
                continue
        return amount

    def get(self, key: str) -> int:
        """The count of the window that is open."""
        with read_transaction(site().runtime.engine) as connection:
            counted = select(AttemptCount.count).where(AttemptCount.name == key, AttemptCount.until_at > _now())
            return connection.execute(counted).scalar() or 0

    def get_expiry(self, key: str) -> float:
        """When it ends, in seconds since 1970."""
        with read_transaction(site().runtime.engine) as connection:
            until_at = connection.execute(select(AttemptCount.until_at).where(AttemptCount.name == key)).scalar()
        return until_at.timestamp() if until_at else time.time()

    def check(self) -> bool:
        """The database is checked by /readyz."""
        return True

    def reset(self) -> int:
        """Forget every count."""
        with write_transaction(site().runtime.engine) as connection:
            return connection.execute(delete(AttemptCount)).rowcount

    def clear(self, key: str) -> None:
        """Forget one."""
        with write_transaction(site().runtime.engine) as connection:
            connection.execute(delete(AttemptCount).where(AttemptCount.name == key))


def _now() -> datetime:
    """The clock of limits and sessions is the machine's, also where a demonstration's clock is moved."""
    return datetime.fromtimestamp(time.time(), UTC)


def _named() -> str:
    """Who is tried, hashed: an address that was only mistyped into the form is nobody's to keep."""
    name = request.form.get("email", "") or str(session.get("tf_user_id", ""))
    return site().runtime.keys.token("attempts", name.strip().lower())


def _was_refused(response: Response) -> bool:
    """A sign-in that works leads elsewhere."""
    return response.status_code not in (302, 303)


def add_limits(app: Flask) -> None:
    """Count refused attempts at each step of a sign-in, and every request for a new password."""
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri="coach-database://",
        strategy="fixed-window",
        headers_enabled=False,
    )
    places = (PER_PLACE, get_remote_address)
    for endpoint in ("login", "two_factor_token_validation", "mf_recovery"):
        for limit, key in ((PER_NAME, _named), places):
            _limit(app, endpoint, limiter.limit(limit, key_func=key, methods=["POST"], deduct_when=_was_refused))
    for limit, key in ((RESETS_PER_NAME, _named), places):
        _limit(app, "forgot_password", limiter.limit(limit, key_func=key, methods=["POST"]))


def _limit(app: Flask, endpoint: str, limit: Callable[[Any], Any]) -> None:
    name = f"security.{endpoint}"
    app.view_functions[name] = limit(app.view_functions[name])
