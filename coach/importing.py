"""Import a roster file: read, check, apply, all or nothing. The rules are `schedules.roster`."""

import csv
import io
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from coach.accounts import coaches_of
from coach.audit import record
from content.catalogue import Catalogue
from schedules.enrolling import Enrolled, Enroller
from schedules.keys import InstallationKeys
from schedules.models import Clinic
from schedules.quiet_hours import quiet_hours_from
from schedules.roster import RosterError, Rules, read_roster

LARGEST_FILE = 20_000_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or every reason why it did nothing."""

    enrolled: tuple[Enrolled, ...] = ()
    errors: tuple[RosterError, ...] = ()

    def count(self, what: str) -> int:
        """How many entries were created, updated or ignored."""
        return sum(one.what == what for one in self.enrolled)


def read_csv(data: bytes) -> tuple[list[str], list[list[str]]] | RosterError:
    """Heading and rows of a UTF-8 CSV file (comma or semicolon), or what is wrong with it as a whole."""
    if len(data) > LARGEST_FILE:
        return RosterError(1, "", "the file is larger than 20 MB: split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return RosterError(line, "", "this is not UTF-8 text: save the file as 'CSV UTF-8'")
    if "\x00" in text:
        return RosterError(1, "", "this is not a CSV file: it has binary content")
    first_line = text.partition("\n")[0]
    delimiter = ";" if first_line.count(";") > first_line.count(",") else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return RosterError(1, "", f"this is not a well-formed CSV file ({error}): save it again as CSV")
    if not rows or not any(cell.strip() for cell in rows[0]):
        return RosterError(1, "", "the file is empty: its first row must name the columns")
    return rows[0], rows[1:]


def import_roster(
    connection: Connection,
    data: bytes,
    clinic_id: int,
    catalogue: Catalogue,
    keys: InstallationKeys,
    now: datetime,
    *,
    confirmed: bool = False,
) -> Imported:
    """Apply a roster in the caller's transaction; on errors the caller rolls back."""
    read = read_csv(data)
    if isinstance(read, RosterError):
        return Imported(errors=(read,))
    clinic = connection.execute(select(Clinic.country, Clinic.quiet_hours).where(Clinic.id == clinic_id)).one()
    coaches = coaches_of(connection, clinic_id)
    rules = Rules(catalogue, coaches, clinic.country, quiet_hours_from(clinic.quiet_hours), now)
    entries, errors = read_roster(*read, rules)
    if errors:
        return Imported(errors=tuple(errors))
    enroller = Enroller(connection, clinic_id, coaches, catalogue, keys, now, confirmed)
    enrolled = enroller.apply(entries)
    return Imported(tuple(enrolled), tuple(enroller.errors))


def record_import(connection: Connection, done: Imported, actor: str, clinic_id: int, now: datetime) -> None:
    """Audit each person an import created or updated."""
    for one in done.enrolled:
        if one.id is not None and one.what in ("created", "updated"):
            record(connection, actor, one.what, f"participant {one.id}", now, clinic_id, {"by": "import"})
