"""Invite people who ask by their clinic's public form: by the rules of a roster, and never more than the welcome.

Anybody may fill in the form with anybody's number. So whoever is known already is left as they are, an opt-out stays,
and the answer on the page is the same for all.
"""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, exists, func, select, update

from coach.accounts.sign_ins import AccountError
from coach.audit import PERSON, record
from coach.participants.enrol_form import roster_of_one, zones_of_number
from coach.participants.roster import ImportRequest, decide_roster, write_at_once
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.people import ConsentEvent, Participant, Suppression
from schedules.enrolment.roster_file import read_telephone


@dataclass(frozen=True, slots=True)
class ClinicWithForm:
    """A clinic whose public form is open."""

    id: int
    name: str
    keyword: str
    country: str
    time_zone: str
    contact: str | None


class FormError(ValueError):
    """A field is wrong; the message is its name."""


def find_clinic_with_form(connection: Connection, word: str) -> ClinicWithForm | None:
    """Return the clinic with this keyword, if it has opened its form."""
    columns = (Clinic.id, Clinic.name, Clinic.country, Clinic.time_zone, Clinic.contact)
    row = connection.execute(select(*columns).where(Clinic.keyword == word.upper(), Clinic.public_form)).first()
    return ClinicWithForm(row.id, row.name, word.upper(), row.country, row.time_zone, row.contact) if row else None


def open_form(connection: Connection, actor: str, clinic_id: int, now: datetime, *, is_open: bool) -> None:
    """Open or close a clinic's public form. Raises AccountError if the clinic has no keyword to be its address."""
    mine = Clinic.id == clinic_id
    keyword, was_open = connection.execute(select(Clinic.keyword, Clinic.public_form).where(mine)).one()
    if is_open and keyword is None:
        raise AccountError("Choose a keyword first: it is the address of the form.")
    if was_open == is_open:
        return
    connection.execute(update(Clinic).where(mine).values(public_form=is_open))
    record(connection, actor, "changed", f"clinic {clinic_id}", now, clinic_id, {"public_form": is_open})


def invite_by_form(
    connection: Connection,
    clinic: ClinicWithForm,
    form: Mapping[str, str],
    agreed: str,
    catalogue: Catalogue,
    keys: InstallationKeys,
    now: datetime,
) -> None:
    """Invite whoever the form names, if they are new to the clinic and have not stopped. Raises FormError.

    `agreed` is the sentence they agreed to. Without a time zone that of their area code counts, else the clinic's.
    """
    phone = _phone(form.get("phone", ""), clinic.country)
    known = _is_known(connection, clinic.id, keys.number_hash(phone))
    row = roster_of_one(
        {
            "phone": phone,
            "first_name": form.get("first_name", ""),
            "time_zone": form.get("time_zone") or _zone(phone, clinic),
            "language": form.get("language", "en"),
            "consent_source": f"web form {clinic.keyword}",
            "consent_at": now.isoformat(),
        }
    )
    request = ImportRequest(clinic.id, catalogue, keys, now)
    decided = decide_roster(lambda: nullcontext(connection), row, request)
    for error in decided.outcome.errors:
        if not (known and error.column == "phone"):
            raise FormError(error.column)
    if known:
        return
    [invited] = write_at_once(connection, decided, request, clinic.id).enrolled
    if invited.id is None or invited.what != "created":
        return
    connection.execute(update(ConsentEvent).where(ConsentEvent.participant_id == invited.id).values(wording=agreed))
    record(connection, PERSON, "created", f"participant {invited.id}", now, clinic.id, {"by": "web form"})


def _phone(typed: str, country: str) -> str:
    try:
        return read_telephone(typed, country)
    except ValueError:
        raise FormError("phone") from None


def _zone(phone: str, clinic: ClinicWithForm) -> str:
    zones = zones_of_number(phone, clinic.country)
    return zones[0] if len(zones) == 1 else clinic.time_zone


def _is_known(connection: Connection, clinic_id: int, number: str) -> bool:
    """Whether the number is a participant's of this clinic, a coach's, or one that wants no texts."""
    known = (
        exists().where(Participant.clinic_id == clinic_id, Participant.number_hash == number),
        exists().where(CoachAccount.number_hash == number),
        exists().where(Suppression.number_hash == number),
    )
    return bool(connection.execute(select(known[0] | known[1] | known[2])).scalar())


def count_by_form(connection: Connection, clinic: ClinicWithForm, since: datetime) -> int:
    """Count the people whom the form has invited since an instant."""
    counted = (
        select(func.count())
        .select_from(ConsentEvent)
        .join(Participant, Participant.id == ConsentEvent.participant_id)
        .where(Participant.clinic_id == clinic.id, ConsentEvent.recorded_at > since)
        .where(ConsentEvent.source == f"web form {clinic.keyword}", ConsentEvent.kind == "given")
    )
    return connection.execute(counted).scalar_one()
