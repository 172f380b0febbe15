"""Sessions as rows: a browser is signed in only while its row exists. Callers hold the transaction.

The cookie holds a random id, the row only a keyed hash of it. Signing out, a new password, another role or clinic, and
removed access delete rows, so that a copied cookie is worth nothing afterwards.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from coach.database.tables import WebSession

LONGEST = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Whose session it is, and since when."""

    account_id: int
    signed_in_at: datetime


def begin_session(connection: Connection, account_id: int, token_hash: str, now: datetime) -> None:
    """Open a session, and forget those that are over in any case."""
    connection.execute(delete(WebSession).where(WebSession.signed_in_at <= now - LONGEST))
    row = {"token_hash": token_hash, "account_id": account_id, "signed_in_at": now}
    connection.execute(insert(WebSession).values(row))


def find_session(connection: Connection, token_hash: str, now: datetime) -> OpenSession | None:
    """Return an open session; None if it was ended or is too old."""
    columns = (WebSession.account_id, WebSession.signed_in_at)
    open_ones = (WebSession.token_hash == token_hash, WebSession.signed_in_at > now - LONGEST)
    row = connection.execute(select(*columns).where(*open_ones)).first()
    return OpenSession(*row) if row else None


def end_session(connection: Connection, token_hash: str) -> None:
    """End one session."""
    connection.execute(delete(WebSession).where(WebSession.token_hash == token_hash))


def end_sessions(connection: Connection, account_id: int, *, but: str = "") -> None:
    """End all sessions of an account, but one if its hash is given."""
    connection.execute(delete(WebSession).where(WebSession.account_id == account_id, WebSession.token_hash != but))
