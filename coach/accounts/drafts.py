"""What a coach typed into a form that was not taken: kept until it is sent after all, at most a day. Encrypted.

Callers hold the transaction. Only the account that typed it sees it again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, select

from coach.accounts.clinics import country_of
from coach.accounts.signed_in import SignedIn
from coach.database.desk_tables import Draft
from coach.database.tables import InboundReply
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.people import Participant
from schedules.database.tables.safety import Flag

KEPT = timedelta(days=1)
MOST = 20  # of one account
LONGEST = 20_000  # characters of one form
LONGEST_ADDRESS = 200
PHONE = "phone"
NAMING = ("participant", "id")  # the fields of a form that hold a participant's id
Typed = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A form's fields by name, where the form goes, and why it was not taken."""

    address: str
    participant_id: int | None
    name: str | None
    typed: Typed
    why: str
    kept_at: datetime

    def value(self, name: str) -> str:
        """The first value of a field; empty if it had none."""
        values = self.typed.get(name) or ("",)
        return values[0]


def keep_draft(
    connection: Connection,
    account_id: int,
    address: str,
    typed: Typed,
    why: str,
    now: datetime,
    keys: InstallationKeys,
) -> bool:
    """Keep a form in place of an earlier one to the same address. Return False if it is too long to be kept."""
    size = sum(len(name) + sum(map(len, values)) for name, values in typed.items())
    known = connection.execute(select(CoachAccount.clinic_id).where(CoachAccount.id == account_id)).first()
    if size > LONGEST or len(address) > LONGEST_ADDRESS or known is None:
        return False
    drop_draft(connection, account_id, address)
    forget_old(connection, now)
    mine = select(Draft.address).where(Draft.account_id == account_id).order_by(Draft.kept_at.desc())
    too_many = connection.execute(mine.offset(MOST - 1)).scalars().all()
    connection.execute(delete(Draft).where(Draft.account_id == account_id, Draft.address.in_(too_many)))
    row = {"account_id": account_id, "address": address, "typed": dict(typed), "why": why[:300], "kept_at": now}
    whom = {
        "participant_id": _about(connection, address, typed),
        "number_hash": _number_of(typed, country_of(connection, known.clinic_id), keys),
    }
    connection.execute(insert(Draft).values(row | whom))
    return True


def _number_of(typed: Typed, country: str, keys: InstallationKeys) -> str | None:
    """The keyed hash of the phone number in a form, which may be of somebody who is enrolled only later."""
    from schedules.enrolment.roster_file import read_phone  # noqa: PLC0415  (slow to load, and needed only here)

    try:
        return keys.number_hash(read_phone(" ".join(typed.get(PHONE, ())), country))
    except ValueError:
        return None


def _about(connection: Connection, address: str, typed: Typed) -> int | None:
    """Whom a form is about: erasing them erases what was typed about them."""
    _, room, given, *_ = f"{address}///".split("/")
    if _is_id(given) and room in ("inbox", "flags"):
        column, id = (
            (InboundReply.participant_id, InboundReply.id) if room == "inbox" else (Flag.participant_id, Flag.id)
        )
        return connection.execute(select(column).where(id == int(given))).scalar()
    named = [given] if room == "participants" and _is_id(given) else _named(typed)
    if len(named) != 1:
        return None
    return connection.execute(select(Participant.id).where(Participant.id == int(named[0]))).scalar()


def _named(typed: Typed) -> list[str]:
    """The participants whom a form names in its fields."""
    return [value for name in NAMING for value in typed.get(name, ()) if _is_id(value)]


def _is_id(given: str) -> bool:
    return given.isdecimal() and len(given) <= 9


def drop_drafts_naming(connection: Connection, participant_id: int) -> None:
    """Forget the forms about several people of whom this is one; those about one person go with the person."""
    rows = connection.execute(
        select(Draft.account_id, Draft.address, Draft.typed).where(Draft.participant_id.is_(None)).with_for_update()
    ).all()
    for row in rows:
        if participant_id in map(int, _named(row.typed)):
            drop_draft(connection, row.account_id, row.address)


def load_drafts(connection: Connection, coach: SignedIn, now: datetime) -> list[KeptDraft]:
    """Load what is kept for an account, latest first; whom it is about only if they may see that person now."""
    rows = connection.execute(
        select(Draft.address, Participant.id, Participant.first_name, Draft.typed, Draft.why, Draft.kept_at)
        .outerjoin(Participant, and_(Participant.id == Draft.participant_id, coach.scope))
        .where(Draft.account_id == coach.id, Draft.kept_at > now - KEPT)
        .order_by(Draft.kept_at.desc())
    )
    return [KeptDraft(*row) for row in rows]


def drop_draft(connection: Connection, account_id: int, address: str) -> bool:
    """Forget one. Return whether there was one."""
    this = delete(Draft).where(Draft.account_id == account_id, Draft.address == address)
    return connection.execute(this).rowcount > 0


def forget_old(connection: Connection, now: datetime) -> int:
    """Forget all that were kept long enough. Return how many."""
    return connection.execute(delete(Draft).where(Draft.kept_at <= now - KEPT)).rowcount
