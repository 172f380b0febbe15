"""Enroll participants through a page, within the scope of the signed-in user.

It uses the roster import; the form for one person is a roster of one row.
"""

import base64
import binascii
import csv
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers
from phonenumbers import timezone

from coach.participants.csv_file import as_text
from coach.participants.roster import AT_ONCE, Imported, ImportRequest, decide_roster
from coach.participants.roster_jobs import ImportContext, claim, import_at_once, open_import, write_roster
from schedules.database.engine import read_transaction, write_transaction
from schedules.enrolment.roster_file import COLUMNS, read_phone
from schedules.enrolment.zone_words import zone_in_words
from schedules.timing.local_time import zone_names

LARGEST_FILE = 500_000  # about 5,000 people; larger files need the command line
WHILE_YOU_WAIT = 1_000  # up to this many people are written before the page responds


@dataclass(frozen=True, slots=True)
class RequestedImport:
    """The outcome of a requested import; with an `import_id` it may still be running."""

    done: Imported
    import_id: int | None = None


def ask_for_import(
    context: ImportContext, data: bytes, request: ImportRequest, clinic_id: int, coach_id: int
) -> RequestedImport:
    """Write a short roster now; leave a long one to the next free worker."""
    decided = decide_roster(lambda: read_transaction(context.engine), data, request)
    people = len(decided.admitted)
    if decided.outcome.errors:
        return RequestedImport(decided.outcome)
    if people <= AT_ONCE:
        return RequestedImport(import_at_once(context, data, request, clinic_id))
    soon = people <= WHILE_YOU_WAIT
    given = claim(context) if soon else {}
    with write_transaction(context.engine) as connection:
        import_id = open_import(
            connection,
            request,
            decided.outcome,
            coach_id=coach_id,
            file=as_text(data),
            state="running" if soon else "waiting",
            **given,
        )
    if soon:
        write_roster(context, import_id, data, request, decided)
    return RequestedImport(decided.outcome, import_id)


def roster_of_one(form: Mapping[str, str]) -> bytes:
    """Turn the form for one person into a roster."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerow([form.get(name, "") for name in COLUMNS])
    return out.getvalue().encode()


def suggested_zones(phone: str, country: str) -> tuple[str, ...]:
    """Suggest time zones in words from a number's area code; only a suggestion: people move and keep numbers."""
    return tuple(map(zone_in_words, zones_of_number(phone, country)))[:4]


def zones_of_number(phone: str, country: str) -> tuple[str, ...]:
    """Return the IANA names of the time zones of a number's area code; none if it is unknown."""
    try:
        number = phonenumbers.parse(read_phone(phone, country))
    except (ValueError, phonenumbers.NumberParseException):
        return ()
    zones = timezone.time_zones_for_number(number)
    return tuple(name for name in zones if name in zone_names() and not name.startswith("Etc/"))


def packed(data: bytes) -> str:
    """Encode a file for the form field that carries it from preview to confirmation."""
    return base64.b64encode(zlib.compress(data)).decode()


def unpacked(text: str) -> bytes | None:
    """Decode such a form field; None if it was tampered with."""
    try:
        opening = zlib.decompressobj()
        data = opening.decompress(base64.b64decode(text, validate=True), LARGEST_FILE)
    except (ValueError, binascii.Error, zlib.error):
        return None
    return data if opening.eof else None
