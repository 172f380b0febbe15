"""Sign-ins of coaches, and the clinics they belong to. Callers hold the transaction."""

import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy import Connection, insert, select, update

from coach.audit import record
from schedules.database.tables.clinics import Clinic, CoachAccount

ROLES = ("coach", "lead", "researcher", "admin")
SHORTEST_PASSWORD = 8
FIRST_CLINIC = "My clinic"
HASHER = PasswordHasher()


class AccountError(ValueError):
    """One sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """A sign-in: `clinic_id` is empty only for an admin of the whole installation."""

    id: int
    email: str
    role: str
    clinic_id: int | None


def find_clinic(connection: Connection, name: str) -> int | None:
    """The id of a clinic."""
    return connection.execute(select(Clinic.id).where(Clinic.name == name)).scalar_one_or_none()


def clinic_name(given: str) -> str:
    """A clinic's name as it is kept. Raises AccountError for what is none."""
    name = " ".join(given.split())
    if not name or len(name) > 120:
        raise AccountError("A clinic's name must have 1 to 120 characters.")
    return name


def ensure_clinic(connection: Connection, name: str, now: datetime) -> tuple[int, bool]:
    """The id of a clinic, made if it is new, and whether it was."""
    name = clinic_name(name)
    known = find_clinic(connection, name)
    if known is not None:
        return known, False
    made = connection.execute(insert(Clinic).values(name=name, created_at=now).returning(Clinic.id)).scalar_one()
    return made, True


def only_clinic(connection: Connection) -> int | None:
    """The installation's clinic if it has exactly one. Raises AccountError if it has several."""
    clinics = connection.execute(select(Clinic.id, Clinic.name).order_by(Clinic.name)).all()
    if len(clinics) > 1:
        raise AccountError(f"There are {len(clinics)} clinics: say which with --clinic.")
    return clinics[0].id if clinics else None


class HashedPassword(str):
    """A password that was hashed already: before the transaction, in which others would wait for it."""

    __slots__ = ()


def hash_password(password: str) -> HashedPassword:
    """A quarter of a second of work. Raises AccountError for a password that is too short."""
    if len(password) < SHORTEST_PASSWORD:
        raise AccountError(f"The password must have at least {SHORTEST_PASSWORD} characters.")
    # As Flask-Security normalises what is typed into the page.
    return HashedPassword(HASHER.hash(unicodedata.normalize("NFKD", password)))


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
        raise AccountError(f"'{email}' is not an e-mail address.") from None
    if not isinstance(password, HashedPassword):
        password = hash_password(password)
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
    """The account of an e-mail address. Raises AccountError."""
    row = connection.execute(
        select(CoachAccount.id, CoachAccount.email, CoachAccount.role, CoachAccount.clinic_id).where(
            CoachAccount.email == email.strip().lower()
        )
    ).first()
    if row is None:
        raise AccountError(f"There is no sign-in for {email}.")
    return Account(*row)


def coaches_of(connection: Connection, clinic_id: int) -> dict[str, int]:
    """The clinic's sign-ins, by e-mail: whom a participant may be assigned to."""
    rows = connection.execute(
        select(CoachAccount.email, CoachAccount.id).where(
            CoachAccount.clinic_id == clinic_id, CoachAccount.role.in_(("coach", "lead"))
        )
    )
    return dict(rows.all())


def set_export_right(connection: Connection, email: str, may_export: bool, actor: str, now: datetime) -> Account:
    """Give or take the right to export, and record it. Raises AccountError."""
    account = find_account(connection, email)
    connection.execute(update(CoachAccount).where(CoachAccount.id == account.id).values(may_export=may_export))
    detail = {"may_export": may_export}
    record(connection, actor, "changed", f"account {account.id}", now, account.clinic_id, detail)
    return account
