"""Import a roster: read it, decide it, write it, all or nothing.

The rules are `schedules.enrolment.roster_file` and `.admitting`.

Reading and deciding take no turn to write. A short roster is then written in one transaction; a long one is staged in
many and switched in one (`schedules.enrolment.roster_apply`), by `coach.participants.roster_jobs`.
"""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, true

from coach.accounts.sign_ins import coaches_of
from coach.audit import record
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.rosters import RosterImport
from schedules.enrolment.roster_apply import apply_staged, load_number_facts, participants_by_row, queue_welcomes, stage
from schedules.enrolment.roster_file import MOST_PEOPLE, RosterError, RosterRules, read_roster
from schedules.enrolment.roster_rules import Admission, AdmittedEntry, EntryResult, admit
from schedules.timing.quiet_hours import quiet_hours_from

LARGEST_FILE = 20_000_000
BATCH = 250  # people looked up or staged at a time
AT_ONCE = 100  # people who are welcomed at a time, and who are written in one transaction

NEW_CLINIC = ("us", None)  # the country and the hours of one that is made with the import

# Where to look something up: a short transaction of its own, or the caller's.
Looking = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did or would do, or every reason why it does nothing."""

    enrolled: tuple[EntryResult, ...] = ()
    errors: tuple[RosterError, ...] = ()

    def count(self, what: str) -> int:
        """How many entries were created, updated or ignored."""
        return sum(one.what == what for one in self.enrolled)


@dataclass(frozen=True, slots=True)
class Importing:
    """Who imports, where, and with what.

    `clinic_id` is empty for a clinic that is made with the import. `reach` is whom of the clinic they may change;
    `owner` the coach whose participants the new ones become. Without an `actor` nothing is noted in the log.
    """

    clinic_id: int | None
    catalogue: Catalogue
    keys: InstallationKeys
    now: datetime
    confirmed: bool = False
    actor: str | None = None
    reach: ColumnElement[bool] = field(default_factory=true)
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """A roster that was read and decided, and what it comes to."""

    admitted: tuple[AdmittedEntry, ...]
    outcome: Imported


def read_csv(data: bytes) -> tuple[list[str], list[list[str]]] | RosterError:
    """Heading and rows of a UTF-8 CSV file (comma, semicolon or tab), or what is wrong with it as a whole."""
    if len(data) > LARGEST_FILE:
        return RosterError(1, "", "the file is larger than 20 MB: split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return RosterError(line, "", "this is not UTF-8 text: save the file as 'CSV UTF-8'")
    if "\x00" in text:
        return RosterError(1, "", "this is not a CSV file: it has binary content")
    try:
        rows = _rows_of(text)
    except csv.Error as error:
        return RosterError(1, "", f"this is not a well-formed CSV file ({error}): save it again as CSV")
    if not rows or not any(cell.strip() for cell in rows[0]):
        return RosterError(1, "", "the file is empty: its first row must name the columns")
    return rows[0], rows[1:]


def _rows_of(text: str) -> list[list[str]]:
    """Every row, up to one that is too many for the roster's own check. Raises csv.Error."""
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)  # the first of them where none is there
    rows: list[list[str]] = []
    people = 0
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
        rows.append(row)
        people += any(map(str.strip, row))
        if people > MOST_PEOPLE + 1:
            break
    return rows


def decide_roster(
    looking: Looking, data: bytes, importing: Importing, progress: Callable[[int, int], None] = lambda *_: None
) -> Decided:
    """What a roster comes to: nothing is written, and nobody waits. `progress` is told how many of how many."""
    read = read_csv(data)
    if isinstance(read, RosterError):
        return Decided((), Imported(errors=(read,)))
    with looking() as connection:
        rules, admission = _rules(connection, importing)
    entries, errors = read_roster(*read, rules)
    if errors:
        return Decided((), Imported(errors=tuple(errors)))
    admitted: list[AdmittedEntry] = []
    for start in range(0, len(entries), BATCH):
        batch = [(entry, importing.keys.number_hash(entry.phone)) for entry in entries[start : start + BATCH]]
        with looking() as connection:
            numbers = load_number_facts(
                connection,
                [number for _, number in batch],
                importing.clinic_id,
                importing.reach,
                importing.catalogue,
                rules.quiet,
            )
        admitted += [admit(entry, numbers[number], admission) for entry, number in batch]
        progress(len(admitted), len(entries))
    errors = [one.error for one in admitted if one.error]
    return Decided(tuple(admitted), Imported(tuple(one.enrolled for one in admitted), tuple(errors)))


def _rules(connection: Connection, importing: Importing) -> tuple[RosterRules, Admission]:
    where = Clinic.id == importing.clinic_id
    clinic = connection.execute(select(Clinic.country, Clinic.quiet_hours).where(where)).first()
    country, hours = clinic or NEW_CLINIC
    coaches = coaches_of(connection, importing.clinic_id) if importing.clinic_id is not None else {}
    quiet = quiet_hours_from(hours)
    return (
        RosterRules(importing.catalogue, coaches, country, quiet, importing.now),
        Admission(importing.catalogue, coaches, quiet, importing.now, importing.confirmed, importing.owner),
    )


def preview(engine: Engine, data: bytes, importing: Importing) -> Imported:
    """What importing a roster would do."""
    return decide_roster(lambda: read_transaction(engine), data, importing).outcome


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
    """A short roster, decided and written in the caller's transaction."""
    importing = Importing(clinic_id, catalogue, keys, now, confirmed)
    decided = decide_roster(lambda: nullcontext(connection), data, importing)
    return decided.outcome if decided.outcome.errors else write_at_once(connection, decided, importing, clinic_id)


def write_at_once(connection: Connection, decided: Decided, importing: Importing, clinic_id: int) -> Imported:
    """Write a short roster in the caller's transaction. Raises ChangedMeanwhileError if it must be decided anew."""
    row = insert(RosterImport).values(
        clinic_id=clinic_id,
        confirmed=importing.confirmed,
        own=importing.owner is not None,
        state="running",
        created_at=importing.now,
    )
    import_id = connection.execute(row.returning(RosterImport.id)).scalar_one()
    stage(connection, import_id, decided.admitted)
    apply_staged(connection, import_id, clinic_id, importing.now)
    ids = participants_by_row(connection, import_id, clinic_id)
    while follow_up(connection, import_id, importing, clinic_id):
        pass
    connection.execute(delete(RosterImport).where(RosterImport.id == import_id))
    enrolled = (replace(one, id=one.id or ids.get(one.row)) for one in decided.outcome.enrolled)
    return replace(decided.outcome, enrolled=tuple(enrolled))


def follow_up(connection: Connection, import_id: int, importing: Importing, clinic_id: int) -> int:
    """Welcome some of those who were made, and note them in the log. Returns how many; 0 once that is done."""
    where = (importing.catalogue, importing.keys, importing.now)
    some = queue_welcomes(connection, import_id, clinic_id, *where, at_most=AT_ONCE)
    for what, participant_id in some:
        if importing.actor and what != "ignored":
            subject = f"participant {participant_id}"
            record(connection, importing.actor, what, subject, importing.now, clinic_id, {"by": "import"})
    return len(some)
