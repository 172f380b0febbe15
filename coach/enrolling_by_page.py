"""Enrolling through a page: the roster's own import, for the clinic and within the scope of who is signed in.

Decides nothing. A form is a roster of one row.
"""

import base64
import binascii
import csv
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import phonenumbers
from phonenumbers import timezone
from sqlalchemy import Connection, select, update

from coach.answering import Coach
from coach.importing import Imported, import_roster, record_import
from content.catalogue import Catalogue
from schedules.keys import InstallationKeys
from schedules.models import Participant
from schedules.roster import COLUMNS, RosterError, read_phone

LARGEST_FILE = 500_000  # some 5,000 people; more than that is the command line's


@dataclass(frozen=True, slots=True)
class Enrolling:
    """Who enrols, where, and with what. `own` says that whoever is new becomes this coach's participant."""

    coach: Coach
    clinic_id: int
    catalogue: Catalogue
    keys: InstallationKeys
    now: datetime
    own: bool


def enrol_roster(connection: Connection, data: bytes, enrolling: Enrolling, *, confirmed: bool) -> Imported:
    """Apply a roster in the caller's transaction; on errors the caller rolls back."""
    where = (enrolling.clinic_id, enrolling.catalogue, enrolling.keys, enrolling.now)
    done = import_roster(connection, data, *where, confirmed=confirmed)
    if enrolling.own:
        created = [one.id for one in done.enrolled if one.what == "created"]
        mine = update(Participant).where(Participant.id.in_(created), Participant.coach_id.is_(None))
        connection.execute(mine.values(coach_id=enrolling.coach.id))
    done = replace(done, errors=(*done.errors, *_not_theirs(connection, done, enrolling)))
    if not done.errors:
        record_import(connection, done, enrolling.coach.email, enrolling.clinic_id, enrolling.now)
    return done


def _not_theirs(connection: Connection, done: Imported, enrolling: Enrolling) -> list[RosterError]:
    """Rows about someone who is in the clinic already and whom this coach may not see."""
    known = {one.id: one.row for one in done.enrolled if one.id is not None and one.what != "created"}
    theirs = select(Participant.id).where(Participant.id.in_(known), enrolling.coach.scope)
    seen = set(connection.execute(theirs).scalars())
    reason = "this number belongs to another coach's participant: ask who leads the clinic"
    return [RosterError(row, "phone", reason) for id, row in known.items() if id not in seen]


def roster_of_one(form: Mapping[str, str]) -> bytes:
    """The form of one person as a roster."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerow([form.get(name, "") for name in COLUMNS])
    return out.getvalue().encode()


def suggested_zones(phone: str, country: str) -> tuple[str, ...]:
    """The zones of a number's area: a suggestion, since people move and keep their numbers. Empty if unknown."""
    try:
        number = phonenumbers.parse(read_phone(phone, country))
    except (ValueError, phonenumbers.NumberParseException):
        return ()
    return tuple(name for name in timezone.time_zones_for_number(number) if name != "Etc/Unknown")[:4]


def packed(data: bytes) -> str:
    """A file as a form carries it from the preview to the confirmation."""
    return base64.b64encode(zlib.compress(data)).decode()


def unpacked(text: str) -> bytes | None:
    """The file again; None if the form was changed on its way."""
    try:
        return zlib.decompressobj().decompress(base64.b64decode(text, validate=True), LARGEST_FILE)
    except (ValueError, binascii.Error, zlib.error):
        return None
