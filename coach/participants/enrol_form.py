"""Enrolling through a page: the roster's own import, for the clinic and within the scope of who is signed in.

Decides nothing. A form is a roster of one row.
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

from coach.participants.roster import AT_ONCE, Imported, ImportRequest, decide_roster
from coach.participants.roster_jobs import ImportContext, claim, import_at_once, open_import, write_roster
from schedules.database.engine import read_transaction, write_transaction
from schedules.enrolment.roster_file import COLUMNS, read_phone

LARGEST_FILE = 500_000  # some 5,000 people; more than that is the command line's
WHILE_YOU_WAIT = 1_000  # people who are written before the page answers


@dataclass(frozen=True, slots=True)
class RequestedImport:
    """What became of a roster that somebody wants written. With an `import_id` it may still be going on."""

    done: Imported
    import_id: int | None = None


def ask_for_import(
    context: ImportContext, data: bytes, request: ImportRequest, clinic_id: int, coach_id: int
) -> RequestedImport:
    """Write a roster: a short one now, a long one by the next worker that looks for work."""
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
            file=data.decode(),
            state="running" if soon else "waiting",
            **given,
        )
    if soon:
        write_roster(context, import_id, data, request, decided)
    return RequestedImport(decided.outcome, import_id)


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
        opening = zlib.decompressobj()
        data = opening.decompress(base64.b64decode(text, validate=True), LARGEST_FILE)
    except (ValueError, binascii.Error, zlib.error):
        return None
    return data if opening.eof else None
