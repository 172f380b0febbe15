"""Sign-ins of coaches, and the clinics they belong to. The caller holds the transaction."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from argon2 import PasswordHasher
from sqlalchemy import Connection, exists, func, insert, select, update

from coach.accounts.passwords import normalize_password, why_not
from coach.accounts.told_leads import MADE, record_deed
from coach.audit import record
from coach.database.tables import AuditEvent
from schedules.database.tables.clinics import Clinic, CoachAccount

ROLES = ("coach", "lead", "researcher", "admin")
FIRST_CLINIC = "My clinic"
REMOVED = "removed "  # begins what a removed account has for an address, which nobody can have
HASHER = PasswordHasher()


class AccountError(ValueError):
    """Invalid input about an account or a clinic; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """A stored sign-in. `clinic_id` is None only for an admin of the whole installation."""

    id: int
    email: str
    role: str
    clinic_id: int | None


def find_clinic(connection: Connection, name: str) -> int | None:
    """Return the id of a clinic, or None."""
    return connection.execute(select(Clinic.id).where(Clinic.name == name)).scalar_one_or_none()


def clinic_name(given: str) -> str:
    """Return a clinic's name with white space normalized. Raises AccountError if it is empty or too long."""
    name = " ".join(given.split())
    if not name or len(name) > 120:
        raise AccountError("A clinic's name must have 1 to 120 characters.")
    return name


def ensure_clinic(connection: Connection, name: str, now: datetime) -> tuple[int, bool]:
    """Return the id of a clinic, created if it does not exist, and whether it was created."""
    name = clinic_name(name)
    existing = find_clinic(connection, name)
    if existing is not None:
        return existing, False
    created = connection.execute(insert(Clinic).values(name=name, created_at=now).returning(Clinic.id)).scalar_one()
    return created, True


def find_named_clinic(connection: Connection, name: str) -> int | None:
    """Return the id of a clinic; None while there is none at all. Raises AccountError if only others are there."""
    name = clinic_name(name)
    found = find_clinic(connection, name)
    if found is None and connection.execute(select(exists().select_from(Clinic))).scalar():
        raise AccountError(no_such_clinic(connection, name))
    return found


def no_such_clinic(connection: Connection, name: str) -> str:
    """Say in a sentence that there is no clinic of a name, and which one is most likely meant."""
    known = list(connection.execute(select(Clinic.name).order_by(Clinic.name)).scalars())
    likely = likely_clinic(known, name)
    if likely:
        return f"There is no clinic '{name}': did you mean '{likely}'?"
    return f"There is no clinic '{name}': choose from {', '.join(known) or 'none yet'}."


def about_new_clinic(connection: Connection, name: str) -> str | None:
    """Say that a clinic is new and which other is like it, in case it is misspelled; None if there is one of the name.

    Raises AccountError.
    """
    if find_clinic(connection, clinic_name(name)) is not None:
        return None
    likely = likely_clinic(connection.execute(select(Clinic.name)).scalars(), name)
    doubt = f" If you meant '{likely}', this went to the wrong clinic." if likely else ""
    return f"There was no clinic '{name}': it is created.{doubt}"


def likely_clinic(known: Iterable[str], name: str) -> str | None:
    """Return the name that is most like another, if any is like it at all."""
    by_plain = {one.casefold(): one for one in known}
    likely = get_close_matches(name.casefold(), by_plain, n=1)
    return by_plain[likely[0]] if likely else None


def only_clinic(connection: Connection) -> int | None:
    """Return the id of the only clinic, or None if there is none. Raises AccountError if there are several."""
    clinics = connection.execute(select(Clinic.id, Clinic.name).order_by(Clinic.name)).all()
    if len(clinics) > 1:
        raise AccountError(f"There are {len(clinics)} clinics: say which with --clinic.")
    return clinics[0].id if clinics else None


class HashedPassword(str):
    """A hashed password. Hash before the transaction: hashing is slow, and other writers would wait for it."""

    __slots__ = ()


def hash_password(password: str, *own: str) -> HashedPassword:
    """Hash a password, which takes a quarter of a second. Raises AccountError if it is refused.

    `own` are words that others know of its owner, such as the email address.
    """
    refused = why_not(password, own)
    if refused:
        raise AccountError(refused)
    return HashedPassword(HASHER.hash(normalize_password(password)))


def add_account(
    connection: Connection,
    email: str,
    role: str,
    clinic_id: int | None,
    password: str,
    now: datetime,
) -> Account:
    """Create a sign-in. Raises AccountError with one sentence."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415  (slow to load, and needed only here)

    try:
        email = validate_email(email, check_deliverability=False, test_environment=True).normalized.lower()
    except EmailNotValidError:
        raise AccountError(f"'{email}' is not an email address.") from None
    if not isinstance(password, HashedPassword):
        password = hash_password(password, email)
    if connection.execute(select(CoachAccount.id).where(CoachAccount.email == email)).first():
        raise AccountError(f"{email} has a sign-in already.")
    id = connection.execute(
        insert(CoachAccount)
        .values(
            clinic_id=clinic_id,
            email=email,
            role=role,
            password_hash=str(password),
            session_key=secrets.token_hex(32),
            created_at=now,
        )
        .returning(CoachAccount.id)
    ).scalar_one()
    return Account(id, email, role, clinic_id)


def find_account(connection: Connection, email: str) -> Account:
    """Return the account of an email address. Raises AccountError if there is none."""
    row = connection.execute(
        select(CoachAccount.id, CoachAccount.email, CoachAccount.role, CoachAccount.clinic_id).where(
            CoachAccount.email == email.strip().lower(), CoachAccount.email.not_like(f"{REMOVED}%")
        )
    ).first()
    if row is None:
        raise AccountError(f"There is no sign-in for {email}.")
    return Account(*row)


def coaches_of(connection: Connection, clinic_id: int) -> dict[str, int]:
    """Return the ids of a clinic's coaches and leads by email: the people a participant can be assigned to."""
    rows = connection.execute(
        select(CoachAccount.email, CoachAccount.id).where(
            CoachAccount.clinic_id == clinic_id,
            CoachAccount.role.in_(("coach", "lead")),
            CoachAccount.email.not_like(f"{REMOVED}%"),
        )
    )
    return dict(rows.all())


def set_export_right(connection: Connection, email: str, may_export: bool, actor: str, now: datetime) -> Account:
    """Grant or revoke the right to export, and write it to the audit log. Raises AccountError."""
    account = find_account(connection, email)
    this = CoachAccount.id == account.id
    before = connection.execute(select(CoachAccount.may_export).where(this)).scalar_one()
    connection.execute(update(CoachAccount).where(this).values(may_export=may_export))
    detail = {"may_export_from": before, "may_export_to": may_export}
    record(connection, actor, "changed", f"account {account.id}", now, account.clinic_id, detail)
    return account


ASKED = "asked for a password"  # by the account itself; an admin makes a link


def record_link(
    connection: Connection, actor: str, action: str, account_id: int, clinic_id: int | None, now: datetime
) -> None:
    """Record that a password link is being made, which ends those made before."""
    record_deed(connection, actor, action, account_id, clinic_id, now)


def last_link(connection: Connection, account_id: int) -> int:
    """Return the number of the password link that was recorded last for an account; 0 if there was none."""
    about = (AuditEvent.subject == f"account {account_id}", AuditEvent.action.in_((MADE, ASKED)))
    return connection.execute(select(func.max(AuditEvent.id)).where(*about)).scalar() or 0
