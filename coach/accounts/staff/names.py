"""What colleagues call an account's owner: "Dana Ruiz, RN". Pages show it for the email address, which stays the key.

Its owner sets it, or an admin. Callers hold the transaction.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection, or_, select, true, update

from coach.accounts.sign_ins import AccountError
from coach.audit import Detail, record
from schedules.database.tables.clinics import CoachAccount

LONGEST_NAME = 60


class StaffNameError(AccountError):
    """Why a name is not taken, in one sentence that says what to do."""


def read_name(typed: str, taken: Collection[str]) -> str | None:
    """Return a name as it is stored, None for none; `taken` are those of colleagues. Raises StaffNameError."""
    name = " ".join(typed.split())
    if len(name) > LONGEST_NAME:
        raise StaffNameError(f"This name has {len(name)} characters: shorten it to {LONGEST_NAME}.")
    if "@" in name or not name.isprintable():
        raise StaffNameError("Write a name as colleagues say it, such as Dana Ruiz, RN.")
    if name.casefold() in {one.casefold() for one in taken}:
        raise StaffNameError("A colleague has this name: add a middle initial or a title to tell the two of you apart.")
    return name or None


def load_names(connection: Connection, clinic_id: int | None) -> dict[str, str]:
    """Load the names of a clinic's staff and of the installation's own, by email; everybody's for no clinic."""
    here = or_(CoachAccount.clinic_id == clinic_id, CoachAccount.clinic_id.is_(None))
    named = select(CoachAccount.email, CoachAccount.name).where(CoachAccount.name.is_not(None))
    rows = connection.execute(named.where(true() if clinic_id is None else here))
    return {row.email: row.name for row in rows}


def set_name(connection: Connection, actor: str, account_id: int, typed: str, now: datetime) -> bool:
    """Store an account's name, and return whether it is another than before. Raises StaffNameError."""
    columns = (CoachAccount.email, CoachAccount.name, CoachAccount.clinic_id)
    account = connection.execute(select(*columns).where(CoachAccount.id == account_id)).one()
    names: Mapping[str, str] = load_names(connection, account.clinic_id)
    name = read_name(typed, [one for email, one in names.items() if email != account.email])
    if name == account.name:
        return False
    connection.execute(update(CoachAccount).where(CoachAccount.id == account_id).values(name=name))
    # The log itself holds no names.
    detail: dict[str, Detail] = {"what": "name", "named_from": account.name is not None, "named_to": name is not None}
    record(connection, actor, "changed", f"account {account_id}", now, account.clinic_id, detail)
    return True
