"""Keys of other systems: made, found, listed and revoked. Callers hold the transaction."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Engine, insert, select, true, update
from sqlalchemy.exc import SQLAlchemyError

from coach.accounts.signed_in import SignedIn
from coach.audit import record
from coach.database.api_tables import ApiKey
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.turns import DatabaseBusyError

SCOPES = ("enrol", "read", "events")
PREFIX = "rls_"
LONGEST_LABEL = 60
PATIENCE = 0.05  # seconds


class KeyRefusedError(ValueError):
    """Why a key cannot be made, in one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The key behind a request: its clinic, and what it may do there."""

    key_id: int
    clinic_id: int
    scopes: frozenset[str]

    @property
    def name(self) -> str:
        """How the audit log names it."""
        return f"API key {self.key_id}"

    @property
    def acts_as(self) -> SignedIn:
        """What it may see and change: as somebody who leads its clinic."""
        return SignedIn(0, self.name, "lead", self.clinic_id)


@dataclass(frozen=True, slots=True)
class ListedKey:
    """A key as lists show it. The key itself is shown once, when it is made."""

    id: int
    clinic: str
    scopes: tuple[str, ...]
    label: str | None
    created_at: datetime
    last_used_on: date | None
    revoked_at: datetime | None


def read_scopes(given: str) -> tuple[str, ...]:
    """Read scopes separated by commas. Raises KeyRefusedError."""
    wanted = {one.strip() for one in given.split(",") if one.strip()}
    unknown = sorted(wanted - set(SCOPES))
    if unknown:
        raise KeyRefusedError(f"'{unknown[0]}' is not a scope: choose from {', '.join(SCOPES)}.")
    if not wanted:
        raise KeyRefusedError(f"Give at least one scope: choose from {', '.join(SCOPES)}.")
    return tuple(one for one in SCOPES if one in wanted)


def read_label(given: str | None) -> str | None:
    """Read what a key is for. Raises KeyRefusedError."""
    label = " ".join((given or "").split())
    if len(label) > LONGEST_LABEL:
        raise KeyRefusedError(f"A label may have at most {LONGEST_LABEL} characters.")
    return label or None


def add_key(
    connection: Connection,
    keys: InstallationKeys,
    clinic_id: int,
    scopes: Iterable[str],
    label: str | None,
    actor: str,
    now: datetime,
) -> tuple[int, str]:
    """Make a key for a clinic, and return its id and the key itself, which is kept nowhere."""
    token = PREFIX + secrets.token_urlsafe(32)
    told = ",".join(scopes)
    values = {"clinic_id": clinic_id, "token_hash": _hash(keys, token), "scopes": told, "label": label}
    made = insert(ApiKey).values(**values, created_at=now)
    id = connection.execute(made.returning(ApiKey.id)).scalar_one()
    record(connection, actor, "created", f"API key {id}", now, clinic_id, {"scopes": told})
    return id, token


def find_caller(connection: Connection, keys: InstallationKeys, token: str) -> Caller | None:
    """Return who calls with a key; None for one that is unknown or was revoked."""
    columns = (ApiKey.id, ApiKey.clinic_id, ApiKey.scopes)
    mine = select(*columns).where(ApiKey.token_hash == _hash(keys, token), ApiKey.revoked_at.is_(None))
    row = connection.execute(mine).one_or_none()
    return Caller(row.id, row.clinic_id, frozenset(row.scopes.split(","))) if row else None


def list_keys(connection: Connection, scope: ColumnElement[bool] | None = None) -> Sequence[ListedKey]:
    """List keys in order of id, those that were revoked too. `scope` is a condition on `Clinic`."""
    columns = (ApiKey.label, ApiKey.created_at, ApiKey.last_used_on, ApiKey.revoked_at)
    query = select(ApiKey.id, Clinic.name, ApiKey.scopes, *columns).join(Clinic, Clinic.id == ApiKey.clinic_id)
    rows = connection.execute(query.where(true() if scope is None else scope).order_by(ApiKey.id))
    return [ListedKey(row[0], row[1], tuple(row[2].split(",")), *row[3:]) for row in rows]


def revoke_key(
    connection: Connection, id: int, actor: str, now: datetime, scope: ColumnElement[bool] | None = None
) -> bool:
    """Revoke a key; return whether this was new. Raises LookupError outside the scope, a condition on `Clinic`."""
    where = (ApiKey.id == id, true() if scope is None else scope)
    query = select(ApiKey.clinic_id).join(Clinic, Clinic.id == ApiKey.clinic_id)
    clinic_id = connection.execute(query.where(*where)).scalar()
    if clinic_id is None:
        raise LookupError(f"there is no API key {id}")
    mine = update(ApiKey).where(ApiKey.id == id, ApiKey.revoked_at.is_(None))
    new = connection.execute(mine.values(revoked_at=now)).rowcount > 0
    if new:
        record(connection, actor, "revoked", f"API key {id}", now, clinic_id)
    return new


def note_use(engine: Engine, caller: Caller, on: date) -> bool:
    """Note the date on which a key was last used, in a transaction of its own; False while the database is busy."""
    try:
        with write_transaction(engine, PATIENCE) as connection:
            connection.execute(update(ApiKey).where(ApiKey.id == caller.key_id).values(last_used_on=on))
    except (SQLAlchemyError, DatabaseBusyError):
        return False
    return True


def _hash(keys: InstallationKeys, token: str) -> str:
    return keys.token("API key", token)
