"""Change clinics and sign-ins. The caller holds the transaction; every change is written to the audit log.

An admin of one clinic manages only that clinic and its sign-ins; an admin without a clinic manages all.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from coach.accounts.clinic_settings import LIMITS
from coach.accounts.sessions import end_sessions
from coach.accounts.sign_ins import REMOVED, ROLES, AccountError, HashedPassword, add_account, find_clinic
from coach.accounts.signed_in import SignedIn
from coach.accounts.told_leads import CHANGED, CREATED, RESET, record_deed
from coach.audit import record
from coach.database.sign_in_tables import Passkey
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.people import Participant


@dataclass(frozen=True, slots=True)
class StoredClinic:
    """A clinic's settings as they are stored, and how many participants it has."""

    id: int
    name: str
    contact: str | None
    country: str
    time_zone: str
    quiet_hours: list[object] | None
    daily_texts: int | None
    keep_texts_days: int | None
    keep_people_days: int | None
    programme: str | None
    policy: str | None
    people: int


@dataclass(frozen=True, slots=True)
class SignIn:
    """A sign-in as an admin sees it, with its clinic's name and how many participants it has."""

    id: int
    email: str
    role: str
    clinic_id: int | None
    active: bool
    may_export: bool
    has_second_step: bool
    clinic: str | None
    people: int
    name: str | None


def load_clinics(connection: Connection, admin: SignedIn, clinic_id: int | None = None) -> list[StoredClinic]:
    """The clinics in reach (one, if its id is given), by name."""
    people = select(func.count()).where(Participant.clinic_id == Clinic.id).scalar_subquery()
    names = [field.name for field in fields(StoredClinic) if field.name != "people"]
    columns = (*(getattr(Clinic, name) for name in names), people.label("people"))
    found = select(*columns).where(admin.clinics)
    if clinic_id is not None:
        found = found.where(Clinic.id == clinic_id)
    return [StoredClinic(**row._mapping) for row in connection.execute(found.order_by(Clinic.name))]


def load_clinic(connection: Connection, admin: SignedIn, clinic_id: int) -> StoredClinic | None:
    """One clinic in reach."""
    return next(iter(load_clinics(connection, admin, clinic_id)), None)


def load_sign_ins(connection: Connection, admin: SignedIn, sign_in_id: int | None = None) -> list[SignIn]:
    """The sign-ins in reach (one, if its id is given), without their secrets, by e-mail."""
    columns = (CoachAccount.id, CoachAccount.email, CoachAccount.role, CoachAccount.clinic_id, CoachAccount.active)
    people = select(func.count()).where(Participant.coach_id == CoachAccount.id).scalar_subquery()
    found = select(
        *columns, CoachAccount.may_export, CoachAccount.totp_secret.is_not(None), Clinic.name, people, CoachAccount.name
    ).outerjoin(Clinic, Clinic.id == CoachAccount.clinic_id)
    found = found.where(CoachAccount.email.not_like(f"{REMOVED}%"))
    if admin.clinic_id is not None:
        found = found.where(CoachAccount.clinic_id == admin.clinic_id)
    if sign_in_id is not None:
        found = found.where(CoachAccount.id == sign_in_id)
    return [SignIn(*row) for row in connection.execute(found.order_by(CoachAccount.email))]


def add_clinic(connection: Connection, admin: SignedIn, values: Mapping[str, Any], now: datetime) -> int:
    """Create a clinic and return its id. Raises AccountError if the name is taken or the admin belongs to a clinic."""
    if admin.clinic_id is not None:
        raise AccountError("Only an admin of the whole installation may add a clinic.")
    if find_clinic(connection, values["name"]) is not None:
        raise AccountError(f"There is a clinic '{values['name']}' already.")
    clinic_id = connection.execute(insert(Clinic).values(**values, created_at=now).returning(Clinic.id)).scalar_one()
    record(connection, admin.email, "created", f"clinic {clinic_id}", now, clinic_id)
    return clinic_id


def change_clinic(
    connection: Connection, admin: SignedIn, clinic: StoredClinic, values: Mapping[str, Any], now: datetime
) -> list[str]:
    """Store a clinic's settings and return the names of the columns that changed."""
    other = find_clinic(connection, values["name"])
    if other not in (None, clinic.id):
        raise AccountError(f"There is a clinic '{values['name']}' already.")
    changed = [name for name, value in values.items() if getattr(clinic, name) != value]
    if changed:
        connection.execute(update(Clinic).where(Clinic.id == clinic.id).values({n: values[n] for n in changed}))
        detail = {name: values[name] if name in LIMITS else True for name in changed}
        record(connection, admin.email, "changed", f"clinic {clinic.id}", now, clinic.id, detail)
    return changed


def add_sign_in(
    connection: Connection,
    admin: SignedIn,
    email: str,
    role: str,
    clinic_id: int | None,
    password: HashedPassword,
    now: datetime,
) -> int:
    """Create a sign-in with a password that nobody knows; its owner sets one through a link. Return its id."""
    _check_place(connection, admin, role, clinic_id)
    account = add_account(connection, email, role, clinic_id, password, now)
    record_deed(connection, admin.email, CREATED, account.id, clinic_id, now, {"role": role})
    return account.id


def change_sign_in(
    connection: Connection, admin: SignedIn, sign_in: SignIn, values: Mapping[str, Any], now: datetime
) -> list[str]:
    """Change role, clinic_id, active or may_export, and return the names of the columns that changed.

    A coach who moves to another clinic is unassigned from their participants.
    """
    changed = [name for name, value in values.items() if getattr(sign_in, name) != value]
    if sign_in.id == admin.id and changed:
        raise AccountError("You cannot change your own role, clinic, access or right to export: ask another admin.")
    if not changed:
        return []
    _check_place(connection, admin, values["role"], values["clinic_id"])
    stored = {name: values[name] for name in changed}
    if {"role", "clinic_id", "active"} & set(changed):
        end_sessions(connection, sign_in.id)
        stored["session_key"] = secrets.token_hex(32)  # ends password links too
    connection.execute(update(CoachAccount).where(CoachAccount.id == sign_in.id).values(stored))
    if "clinic_id" in changed:
        connection.execute(update(Participant).where(Participant.coach_id == sign_in.id).values(coach_id=None))
    detail = _from_to(sign_in, values, changed)
    if "clinic_id" in changed:
        record(connection, admin.email, CHANGED, f"account {sign_in.id}", now, sign_in.clinic_id, detail)
    record_deed(connection, admin.email, CHANGED, sign_in.id, values["clinic_id"], now, detail)
    return changed


def reset_second_step(
    connection: Connection, actor: str, account_id: int, clinic_id: int | None, now: datetime
) -> None:
    """Remove an authenticator app, its recovery codes and all passkeys, and end every session."""
    connection.execute(
        update(CoachAccount)
        .where(CoachAccount.id == account_id)
        .values(totp_secret=None, totp_counter=None, recovery_codes=None, session_key=secrets.token_hex(32))
    )
    connection.execute(delete(Passkey).where(Passkey.account_id == account_id))
    end_sessions(connection, account_id)
    record_deed(connection, actor, RESET, account_id, clinic_id, now)


def _check_place(connection: Connection, admin: SignedIn, role: str, clinic_id: int | None) -> None:
    if role not in ROLES:
        raise AccountError("Choose a role.")
    if clinic_id is None and (role != "admin" or admin.clinic_id is not None):
        raise AccountError("Choose a clinic: only an admin of the whole installation has none.")
    if clinic_id is not None and load_clinic(connection, admin, clinic_id) is None:
        raise AccountError("Choose a clinic that you administer.")


def _from_to(sign_in: SignIn, values: Mapping[str, object], changed: list[str]) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    for name in changed:
        word = name.removesuffix("_id")
        detail |= {f"{word}_from": getattr(sign_in, name), f"{word}_to": values[name]}
    return detail
