"""Write a long roster in many short staging transactions and one switch, so that it is imported wholly or not at all.

The import is a row that its writer holds under a lease, renewed by each transaction. A file uploaded to a page is kept
in the row, so that another worker can restart it; a command's file is not, so its import is dropped if the command dies
before the switch. After the switch only welcomes and log entries remain, and any worker can continue.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import sleep
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from coach.accounts.scope import scope_of_coach
from coach.accounts.sign_ins import ensure_clinic
from coach.participants.roster import (
    BATCH,
    Decided,
    Imported,
    ImportRequest,
    decide_roster,
    follow_up,
    write_at_once,
)
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.set_aside import setting_aside
from schedules.database.tables.clinics import Clinic, CoachAccount
from schedules.database.tables.rosters import RosterImport, RosterRow
from schedules.enrolment.roster_apply import ChangedMeanwhileError, apply_staged, stage, unstage
from schedules.enrolment.roster_file import RosterError

LEASE = timedelta(seconds=45)
GIVES_WAY = 0.005  # seconds between two transactions, to let other writers in
KEPT = timedelta(days=30)
TRIES = 3
OPEN = ("waiting", "running", "written")
KEEPS_CHANGING = "people of this file were changed again and again while it was read: import it again"
BROKE_OFF = (
    "an error of ours broke this off, and nothing was changed: whoever runs the installation finds it in the log"
)

log = structlog.get_logger(__name__)


class ImportStoppedError(RuntimeError):
    """The import was cancelled, or another worker has taken it over."""


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What writing rosters needs, and the id of the worker that does it."""

    engine: Engine
    catalogue: Catalogue
    keys: InstallationKeys
    now: Callable[[], datetime]
    worker: str
    progress: Callable[[int, int], None] = lambda *_: None


def import_at_once(context: ImportContext, data: bytes, request: ImportRequest, clinic_id: int) -> Imported:
    """Import a short roster in one transaction; decide again if data changed before the write."""
    for _ in range(TRIES):
        decided = decide_roster(lambda: read_transaction(context.engine), data, request)
        if decided.outcome.errors:
            return decided.outcome
        try:
            with write_transaction(context.engine) as connection:
                return write_at_once(connection, decided, request, clinic_id)
        except (ChangedMeanwhileError, IntegrityError):
            continue
    return Imported(errors=(RosterError(1, "", KEEPS_CHANGING),))


def open_import(connection: Connection, request: ImportRequest, expected: Imported, **given: object) -> int:
    """Create an import row and return its id. `expected` is the outcome shown when it was requested."""
    counts = {what: expected.count(what) for what in ("created", "updated", "ignored")}
    row = insert(RosterImport).values(
        clinic_id=request.clinic_id,
        actor=request.actor,
        confirmed=request.confirmed,
        own=request.owner is not None,
        created_at=request.now,
        rows=len(expected.enrolled),
        **counts,
        **given,
    )
    return int(connection.execute(row.returning(RosterImport.id)).scalar_one())


def claim(context: ImportContext) -> dict[str, object]:
    """Return the columns that claim an import and renew its lease."""
    return {"claimed_by": context.worker, "lease_until_at": context.now() + LEASE}


def write_roster(
    context: ImportContext, import_id: int, data: bytes, request: ImportRequest, decided: Decided
) -> Imported:
    """Write a decided roster. This worker must hold the import. Raises ImportStoppedError."""
    for _ in range(TRIES):
        if decided.outcome.errors:
            return _refuse(context, import_id, decided.outcome)
        _stage_all(context, import_id, decided)
        try:
            clinic_id = _switch(context, import_id, request, decided.outcome)
        except (ChangedMeanwhileError, IntegrityError):
            _unstage_all(context, import_id)
            request = _in_its_clinic(context, import_id, request)
            decided = decide_roster(
                lambda: read_transaction(context.engine), data, request, _progress_reporter(context, import_id)
            )
            continue
        _finish(context, import_id, request, clinic_id)
        return decided.outcome
    return _refuse(context, import_id, Imported(errors=(RosterError(1, "", KEEPS_CHANGING),)))


def _in_its_clinic(context: ImportContext, import_id: int, request: ImportRequest) -> ImportRequest:
    """Return the request with the clinic that it was to create, if another import has created it meanwhile."""
    if request.clinic_id is not None:
        return request
    named = select(Clinic.id).join(RosterImport, RosterImport.clinic_name == Clinic.name)
    with read_transaction(context.engine) as connection:
        return replace(request, clinic_id=connection.execute(named.where(RosterImport.id == import_id)).scalar())


def _stage_all(context: ImportContext, import_id: int, decided: Decided) -> None:
    for start in range(0, len(decided.admitted), BATCH):
        with _holding(context, import_id, "running") as connection:
            stage(connection, import_id, decided.admitted[start : start + BATCH])


def _switch(context: ImportContext, import_id: int, request: ImportRequest, outcome: Imported) -> int:
    counts = {what: outcome.count(what) for what in ("created", "updated", "ignored")}
    meanwhile = RosterImport.created - counts["created"]
    with _holding(
        context, import_id, "running", state="written", meanwhile=meanwhile, file=None, **counts
    ) as connection:
        clinic_id = request.clinic_id
        if clinic_id is None:
            name = select(RosterImport.clinic_name).where(RosterImport.id == import_id)
            clinic_id = ensure_clinic(connection, connection.execute(name).scalar_one() or "", request.now)[0]
        connection.execute(update(RosterImport).where(RosterImport.id == import_id).values(clinic_id=clinic_id))
        apply_staged(connection, import_id, clinic_id, request.now)
    return clinic_id


def _finish(context: ImportContext, import_id: int, request: ImportRequest, clinic_id: int) -> None:
    done = True
    while done:
        with _holding(context, import_id, "written") as connection:
            done = bool(follow_up(connection, import_id, request, clinic_id))
    with _holding(context, import_id, "written", state="done", ended_at=context.now()):
        pass


def _refuse(context: ImportContext, import_id: int, outcome: Imported) -> Imported:
    errors = [[error.row, error.column, error.reason] for error in outcome.errors]
    with _holding(context, import_id, "running", state="refused", errors=errors, file=None, ended_at=context.now()):
        pass
    return outcome


@contextmanager
def _holding(context: ImportContext, import_id: int, held_as: str, **values: object) -> Iterator[Connection]:
    """Open a transaction that renews the lease. Raises ImportStoppedError if the import is no longer ours."""
    with write_transaction(context.engine) as connection:
        mine = and_(
            RosterImport.id == import_id, RosterImport.claimed_by == context.worker, RosterImport.state == held_as
        )
        held = update(RosterImport).where(mine).values(**claim(context), **values)
        if not connection.execute(held).rowcount:
            raise ImportStoppedError
        yield connection
    sleep(GIVES_WAY)


def _progress_reporter(context: ImportContext, import_id: int) -> Callable[[int, int], None]:
    """Return a callback that reports progress to the caller and on the import's row."""

    def tell(checked: int, rows: int) -> None:
        context.progress(checked, rows)
        with _holding(context, import_id, "running", checked=checked, rows=rows):
            pass

    return tell


def _unstage_all(context: ImportContext, import_id: int) -> None:
    left = True
    while left:
        with write_transaction(context.engine) as connection:
            left = bool(unstage(connection, import_id, BATCH))


def cancel(context: ImportContext, import_id: int) -> bool:
    """Cancel an import before its switch and delete what it staged. Returns whether it was cancelled."""
    with write_transaction(context.engine) as connection:
        stopped = connection.execute(
            update(RosterImport)
            .where(RosterImport.id == import_id, RosterImport.state.in_(("waiting", "running")))
            .values(state="cancelled", file=None, ended_at=context.now())
        )
    if stopped.rowcount:
        _unstage_all(context, import_id)
    return stopped.rowcount > 0


def write_due(context: ImportContext) -> int:
    """Continue every import that is waiting or whose lease has expired. Returns how many were written."""
    now = context.now()
    free = or_(RosterImport.lease_until_at.is_(None), RosterImport.lease_until_at <= now)
    over = and_(RosterImport.state.not_in(OPEN), RosterImport.ended_at <= now - KEPT)
    staged = exists().where(RosterRow.import_id == RosterImport.id)
    with read_transaction(context.engine) as connection:
        due = list(connection.execute(select(RosterImport.id).where(RosterImport.state.in_(OPEN), free)).scalars())
        left = list(
            connection.execute(select(RosterImport.id).where(RosterImport.state == "cancelled", staged)).scalars()
        )
        old = connection.execute(select(func.count()).select_from(RosterImport).where(over)).scalar_one()
    for import_id in left:
        _unstage_all(context, import_id)
    if old:
        with write_transaction(context.engine) as connection:
            connection.execute(delete(RosterImport).where(over))
    return sum(_take_up(context, import_id, free) for import_id in due)


def _take_up(context: ImportContext, import_id: int, free: Any) -> bool:
    mine = RosterImport.id == import_id
    running = {"state": "running", "tries": RosterImport.tries + 1, **claim(context)}
    with write_transaction(context.engine) as connection:
        written = connection.execute(
            update(RosterImport).where(mine, RosterImport.state == "written", free).values(claim(context))
        )
        begun = connection.execute(
            update(RosterImport).where(mine, RosterImport.state.in_(("waiting", "running")), free).values(running)
        )
    if not written.rowcount and not begun.rowcount:
        return False  # somebody else was first
    row: Any = None  # stays so if the row is damaged: the next import is written all the same
    aside = setting_aside(context.engine, "roster", import_id, context.now())
    with aside, read_transaction(context.engine) as connection:
        row = connection.execute(select(RosterImport.__table__).where(mine)).one()
    if row is None:
        return False
    try:
        return _go_on(context, row)
    except ImportStoppedError:
        return False
    except Exception:  # go on with the next import; this one is retried when its lease expires
        log.exception("import_failed", roster_import=import_id, tries=row.tries)
        return False


def _go_on(context: ImportContext, row: Any) -> bool:
    with read_transaction(context.engine) as connection:
        request = _request_of(connection, context, row)
    if row.state == "written":
        _finish(context, row.id, request, row.clinic_id)
        return True
    if row.file is None:
        cancel(context, row.id)
        return False
    _unstage_all(context, row.id)
    if row.tries > TRIES:
        _refuse(context, row.id, Imported(errors=(RosterError(1, "", BROKE_OFF),)))
        return False
    data = row.file.encode()
    decided = decide_roster(
        lambda: read_transaction(context.engine), data, request, _progress_reporter(context, row.id)
    )
    return not write_roster(context, row.id, data, request, decided).errors


def _request_of(connection: Connection, context: ImportContext, row: Any) -> ImportRequest:
    request = ImportRequest(row.clinic_id, context.catalogue, context.keys, context.now(), row.confirmed, row.actor)
    query = select(CoachAccount.id, CoachAccount.role, CoachAccount.clinic_id).where(CoachAccount.id == row.coach_id)
    coach = connection.execute(query).first()
    if coach is None:
        return request
    reach = scope_of_coach(coach.role, coach.id, coach.clinic_id)
    return replace(request, reach=reach, owner=coach.id if row.own else None)
