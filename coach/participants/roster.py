"""Import a roster, all or nothing: parse it, decide each entry, write it.

The rules are in `schedules.enrolment.roster_file` and `roster_rules`. Parsing and deciding take no write lock. A short
roster is written in one transaction; `coach.participants.roster_jobs` stages a long one in many and switches it in one
(`schedules.enrolment.roster_apply`).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select, true

from coach.accounts.sign_ins import coaches_of
from coach.audit import record
from coach.participants.csv_file import read_csv
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.rosters import RosterImport
from schedules.enrolment.roster_apply import (
    apply_staged,
    load_number_facts,
    participants_by_row,
    queue_welcomes,
    stage,
    unstage,
)
from schedules.enrolment.roster_file import RosterError, RosterRules, read_roster
from schedules.enrolment.roster_rules import Admission, AdmittedEntry, EntryResult, admit
from schedules.timing.quiet_hours import quiet_hours_from

BATCH = 250  # people looked up or staged at a time
AT_ONCE = 100  # people welcomed at a time; also the most written in one transaction

NEW_CLINIC = ("us", None, None, None)  # country, hours, program and policy of a clinic created by the import

# Opens a transaction to read in: a short one of its own, or the caller's.
OpenRead = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did or would do, or every error that prevents it."""

    enrolled: tuple[EntryResult, ...] = ()
    errors: tuple[RosterError, ...] = ()

    def count(self, what: str) -> int:
        """Count the entries that were created, updated or ignored."""
        return sum(one.what == what for one in self.enrolled)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Who imports, into which clinic, and with what.

    `clinic_id` is None if the import creates the clinic. `reach` limits whom they may change; `owner` is the coach to
    whom new participants are assigned. `new_only` refuses people who are enrolled already. Without an `actor` nothing
    is written to the audit log.
    """

    clinic_id: int | None
    catalogue: Catalogue
    keys: InstallationKeys
    now: datetime
    confirmed: bool = False
    actor: str | None = None
    reach: ColumnElement[bool] = field(default_factory=true)
    owner: int | None = None
    new_only: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """A parsed and decided roster, and its outcome."""

    admitted: tuple[AdmittedEntry, ...]
    outcome: Imported


def decide_roster(
    open_read: OpenRead, data: bytes, request: ImportRequest, progress: Callable[[int, int], None] = lambda *_: None
) -> Decided:
    """Decide a roster without writing or locking. `progress` is called with entries done and in total."""
    read = read_csv(data)
    if isinstance(read, RosterError):
        return Decided((), Imported(errors=(read,)))
    with open_read() as connection:
        rules, admission = _rules(connection, request)
    entries, errors = read_roster(read.heading, read.rows, rules, read.heading_row)
    if errors:
        return Decided((), Imported(errors=tuple(errors)))
    admitted: list[AdmittedEntry] = []
    for start in range(0, len(entries), BATCH):
        batch = [(entry, request.keys.number_hash(entry.phone)) for entry in entries[start : start + BATCH]]
        with open_read() as connection:
            numbers = load_number_facts(
                connection,
                [number for _, number in batch],
                request.clinic_id,
                request.reach,
                request.catalogue,
                rules.quiet,
            )
        admitted += [admit(entry, numbers[number], admission) for entry, number in batch]
        progress(len(admitted), len(entries))
    errors = [one.error for one in admitted if one.error]
    return Decided(tuple(admitted), Imported(tuple(one.enrolled for one in admitted), tuple(errors)))


def _rules(connection: Connection, request: ImportRequest) -> tuple[RosterRules, Admission]:
    where = Clinic.id == request.clinic_id
    columns = (Clinic.country, Clinic.quiet_hours, Clinic.programme, Clinic.policy)
    country, hours, programme, policy = connection.execute(select(*columns).where(where)).first() or NEW_CLINIC
    coaches = coaches_of(connection, request.clinic_id) if request.clinic_id is not None else {}
    quiet = quiet_hours_from(hours)
    return (
        RosterRules(request.catalogue, coaches, country, quiet, request.now),
        Admission(
            request.catalogue,
            coaches,
            quiet,
            request.now,
            request.confirmed,
            request.owner,
            programme,
            policy,
            request.new_only,
        ),
    )


def preview(engine: Engine, data: bytes, request: ImportRequest) -> Imported:
    """Return what importing a roster would do."""
    return decide_roster(lambda: read_transaction(engine), data, request).outcome


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
    """Decide and write a short roster in the caller's transaction."""
    request = ImportRequest(clinic_id, catalogue, keys, now, confirmed)
    decided = decide_roster(lambda: nullcontext(connection), data, request)
    return decided.outcome if decided.outcome.errors else write_at_once(connection, decided, request, clinic_id)


def write_at_once(
    connection: Connection, decided: Decided, request: ImportRequest, clinic_id: int, *, welcome: bool = True
) -> Imported:
    """Write a short roster in the caller's transaction. Raises ChangedMeanwhileError if it is outdated.

    Without `welcome` no welcome is queued, because they are getting it as a reply.
    """
    row = insert(RosterImport).values(
        clinic_id=clinic_id,
        confirmed=request.confirmed,
        own=request.owner is not None,
        state="running",
        created_at=request.now,
    )
    import_id = connection.execute(row.returning(RosterImport.id)).scalar_one()
    stage(connection, import_id, decided.admitted)
    apply_staged(connection, import_id, clinic_id, request.now)
    ids = participants_by_row(connection, import_id, clinic_id)
    if not welcome:
        unstage(connection, import_id, AT_ONCE)
    while follow_up(connection, import_id, request, clinic_id):
        pass
    connection.execute(delete(RosterImport).where(RosterImport.id == import_id))
    enrolled = (replace(one, id=one.id or ids.get(one.row)) for one in decided.outcome.enrolled)
    return replace(decided.outcome, enrolled=tuple(enrolled))


def follow_up(connection: Connection, import_id: int, request: ImportRequest, clinic_id: int) -> int:
    """Welcome and log a batch of new participants. Returns how many; 0 when all are done."""
    where = (request.catalogue, request.keys, request.now)
    some = queue_welcomes(connection, import_id, clinic_id, *where, at_most=AT_ONCE)
    for what, participant_id in some:
        if request.actor and what != "ignored":
            subject = f"participant {participant_id}"
            record(connection, request.actor, what, subject, request.now, clinic_id, {"by": "import"})
    return len(some)
