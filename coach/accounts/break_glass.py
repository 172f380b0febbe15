"""Emergency access: an admin, who otherwise sees no participant, opens one clinic's care pages for an hour.

It needs a reason, ends by itself, and is told to the clinic's leads. Callers hold the transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from coach.accounts.sign_ins import AccountError
from coach.accounts.signed_in import SignedIn
from coach.audit import record
from coach.database.sign_in_tables import BreakGlass
from coach.database.tables import MailMessage
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.types import readable

LASTS = timedelta(minutes=60)
TOLD_FOR = timedelta(days=7)  # how long the leads' home page tells of it
REASON_KEPT = timedelta(days=365)
SHORTEST_REASON, LONGEST_REASON = 10, 300
FEWEST_LETTERS = 4  # different ones: fewer are no words


@dataclass(frozen=True, slots=True)
class OpenAccess:
    """An emergency access that has not ended."""

    id: int
    clinic_id: int
    clinic: str
    until_at: datetime


@dataclass(frozen=True, slots=True)
class PastAccess:
    """An emergency access as the clinic's leads are told of it. `ended_at` is when it ended or will end."""

    email: str
    reason: str | None
    began_at: datetime
    ended_at: datetime


def read_reason(typed: str) -> str:
    """Return a reason in single spaces. Raises AccountError if it is too short or too long, or no words."""
    reason = " ".join(typed.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON:
        raise AccountError(f"Give a reason of {SHORTEST_REASON} to {LONGEST_REASON} characters.")
    if len({letter for letter in reason.casefold() if letter.isalpha()}) < FEWEST_LETTERS:
        raise AccountError("Say in words why you need to see this clinic's participants.")
    return reason


def open_access(
    connection: Connection, admin: SignedIn, clinic_id: int | None, reason: str, now: datetime, public_url: str
) -> None:
    """Open a clinic's care pages to an admin, ending any other emergency access of theirs, and tell the clinic's leads.

    Raises AccountError for a reason that is too short, or a clinic that they do not administer.
    """
    reason = read_reason(reason)
    clinic = connection.execute(select(Clinic.id).where(admin.clinics, Clinic.id == clinic_id)).scalar()
    if clinic is None or admin.role != "admin":
        raise AccountError("Choose a clinic that you administer.")
    end_access(connection, admin, now)
    values = {"account_id": admin.id, "clinic_id": clinic, "reason": reason, "began_at": now, "until_at": now + LASTS}
    made = connection.execute(insert(BreakGlass).values(values).returning(BreakGlass.id)).scalar_one()
    _tell(connection, admin, clinic, now, public_url)
    detail = {"emergency_access": made, "minutes": LASTS // timedelta(minutes=1)}
    record(connection, admin.email, "opened emergency access", f"clinic {clinic}", now, clinic, detail)


def end_access(connection: Connection, admin: SignedIn, now: datetime) -> None:
    """End an admin's emergency access, if one is open."""
    this = (BreakGlass.account_id == admin.id, BreakGlass.until_at > now)
    ended = update(BreakGlass).where(*this).values(until_at=now).returning(BreakGlass.id, BreakGlass.clinic_id)
    for row in connection.execute(ended).all():
        detail = {"emergency_access": row.id}
        about = f"clinic {row.clinic_id}"
        record(connection, admin.email, "ended emergency access", about, now, row.clinic_id, detail)


def find_open_access(connection: Connection, admin: SignedIn, now: datetime) -> OpenAccess | None:
    """Return an admin's open emergency access to a clinic that they still administer."""
    if admin.role != "admin":
        return None
    row = connection.execute(
        select(BreakGlass.id, BreakGlass.clinic_id, Clinic.name, BreakGlass.until_at)
        .join(Clinic, Clinic.id == BreakGlass.clinic_id)
        .where(admin.clinics, BreakGlass.account_id == admin.id)
        .where(BreakGlass.began_at <= now, BreakGlass.until_at > now)
    ).first()
    return OpenAccess(*row) if row else None


def list_recent_access(connection: Connection, clinic_id: int | None, now: datetime) -> Sequence[PastAccess]:
    """Who had emergency access to a clinic in the last days, the newest first."""
    rows = connection.execute(
        select(CoachAccount.email, readable(BreakGlass.reason), BreakGlass.began_at, BreakGlass.until_at)
        .join(CoachAccount, CoachAccount.id == BreakGlass.account_id)
        .where(BreakGlass.clinic_id == clinic_id, BreakGlass.until_at > now - TOLD_FOR)
        .order_by(BreakGlass.id.desc())
    )
    return [PastAccess(*row) for row in rows]


def forget_reasons(connection: Connection, now: datetime) -> None:
    """Clear the reasons of a year ago; that there was an access stays."""
    connection.execute(update(BreakGlass).where(BreakGlass.until_at < now - REASON_KEPT).values(reason=""))


def _tell(connection: Connection, admin: SignedIn, clinic_id: int, now: datetime, public_url: str) -> None:
    """Mail the clinic's leads; where it has none, the other admins who manage it."""
    active = select(CoachAccount.id).where(CoachAccount.active, CoachAccount.id != admin.id)
    leads = active.where(CoachAccount.role == "lead", CoachAccount.clinic_id == clinic_id)
    managing = (CoachAccount.clinic_id == clinic_id) | CoachAccount.clinic_id.is_(None)
    told = connection.execute(leads).scalars().all()
    told = told or connection.execute(active.where(CoachAccount.role == "admin", managing)).scalars().all()
    mail = {
        "kind": "emergency",
        "subject": f"RLS Coach: emergency access to clinic {clinic_id}",
        "body": (
            f"Account {admin.id}, an admin, opened the care pages of clinic {clinic_id} at {now:%Y-%m-%d %H:%M} UTC, "
            f"for {LASTS // timedelta(minutes=1)} minutes at most.\n\nThe reason is on the home page of the clinic's "
            f"leads, and what the admin looks at is in the audit log:\n{public_url}/log/\n"
        ),
        "state": "queued",
        "due_at": now,
    }
    if told:
        connection.execute(insert(MailMessage), [mail | {"coach_id": one} for one in told])
