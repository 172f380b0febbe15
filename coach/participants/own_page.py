"""The participant's own page: its link, and what it shows. Callers hold the transaction.

A link is good for 24 hours and only until the next one; a stop, an erasure and a new number end it. Only its hash is
stored. `schedules.enrolment.lifecycle` deletes it on a stop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, func, select, true

from coach.accounts.signed_in import SignedIn
from coach.adherence.days import Day, days_of, trimmed
from coach.audit import PERSON
from coach.participants.list_rows import due_of, load_days, span_of
from coach.participants.record import CasePerson, find_person
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.people import OwnPageLink
from schedules.database.tables.safety import SOMEONE_ELSE
from schedules.database.upsert import upsert
from schedules.decisions.next_text import pause_in_force
from schedules.timing.local_time import local_date_of

GOOD_FOR = timedelta(hours=24)
DAYS = 42


@dataclass(frozen=True, slots=True)
class Tried:
    """A step that was sent, how often it was asked about, and how often it was done."""

    step: str
    asked: int
    done: int


@dataclass(frozen=True, slots=True)
class OwnPage:
    """What a participant sees of themselves."""

    person: CasePerson
    days: Sequence[Day]
    tried: Sequence[Tried]
    paused_until_on: date | None


def link_token(keys: InstallationKeys, message_sid: str) -> str:
    """Return the token of the link that answers a text; the same for a text that is delivered twice."""
    return keys.token("own page", message_sid)


def open_link(connection: Connection, participant_id: int, token: str, now: datetime) -> None:
    """Make this the participant's only link."""
    row = {"participant_id": participant_id, "token_hash": _hash(token), "expires_at": now + GOOD_FOR}
    upsert(connection, OwnPageLink, row, key=("participant_id",), update=("token_hash", "expires_at"))


def find_owner(connection: Connection, token: str, now: datetime) -> CasePerson | None:
    """Return whose page a link opens; None if it never did or does no longer."""
    good = (OwnPageLink.token_hash == _hash(token), OwnPageLink.expires_at > now)
    id = connection.execute(select(OwnPageLink.participant_id).where(*good)).scalar()
    person = find_person(connection, id, true()) if id is not None else None
    gone = person is None or person.status != "active" or person.own_hold == SOMEONE_ELSE
    return None if gone else person


def as_actor(person: CasePerson) -> SignedIn:
    """Return the participant as the one who changes something of their own."""
    return SignedIn(0, PERSON, "lead", person.clinic_id)


def load_own_page(connection: Connection, person: CasePerson, now: datetime) -> OwnPage:
    """Load what the page shows."""
    asked, reasons = load_days(connection, [person], now, DAYS)
    days = days_of(span_of(person, now, DAYS), asked.get(person.enrolment_id, ()), reasons.get(person.id, {}))
    today = local_date_of(now, person.time_zone)
    return OwnPage(
        person,
        trimmed(days),
        _tried(connection, person.enrolment_id),
        pause_in_force(person.paused_until_on, due_of(person), today),
    )


def _tried(connection: Connection, enrolment_id: int) -> list[Tried]:
    done = func.count().filter(CheckIn.habit.is_(True))
    rows = connection.execute(
        select(Decision.action, func.count(), done)
        .join(CheckIn, CheckIn.step_decision_id == Decision.id)
        .where(CheckIn.enrolment_id == enrolment_id, Decision.action.is_not(None), Decision.action != "none")
        .group_by(Decision.action)
        .order_by(func.count().desc(), Decision.action)
    )
    return [Tried(step or "", asked, times) for step, asked, times in rows]


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
