"""A roster that is written in many short transactions and one switch: whoever dies, it is wholly there or not at all.

The import is a row that its writer holds under a lease, renewed with each transaction. What a page was given is kept
in it, so that another worker begins again; what a command was given is not, and an import whose command has died before
the switch is dropped. After the switch only welcomes and the log are missing, and any worker goes on with them.
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
    Importing,
    decide_roster,
    follow_up,
    write_at_once,
)
from content.catalogue import Catalogue
from schedules.database.encryption import InstallationKeys
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.rosters import RosterImport, RosterRow
from schedules.enrolment.roster_apply import ChangedMeanwhileError, apply_staged, stage, unstage
from schedules.enrolment.roster_file import RosterError

LEASE = timedelta(seconds=45)
GIVES_WAY = 0.005  # seconds between two transactions, in which whoever has waited for the first gets their turn
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
class Desk:
    """Who writes rosters, and with what."""

    engine: Engine
    catalogue: Catalogue
    keys: InstallationKeys
    now: Callable[[], datetime]
    worker: str
    progress: Callable[[int, int], None] = lambda *_: None


def import_at_once(desk: Desk, data: bytes, importing: Importing, clinic_id: int) -> Imported:
    """A short roster in one transaction; decided anew if something changed between the deciding and the writing."""
    for _ in range(TRIES):
        decided = decide_roster(lambda: read_transaction(desk.engine), data, importing)
        if decided.outcome.errors:
            return decided.outcome
        try:
            with write_transaction(desk.engine) as connection:
                return write_at_once(connection, decided, importing, clinic_id)
        except (ChangedMeanwhileError, IntegrityError):
            continue
    return Imported(errors=(RosterError(1, "", KEEPS_CHANGING),))


def open_import(connection: Connection, importing: Importing, expected: Imported, **given: Any) -> int:
    """A new import. `expected` is what was decided when it was asked for. Returns its id."""
    counts = {what: expected.count(what) for what in ("created", "updated", "ignored")}
    row = insert(RosterImport).values(
        clinic_id=importing.clinic_id,
        actor=importing.actor,
        confirmed=importing.confirmed,
        own=importing.owner is not None,
        created_at=importing.now,
        rows=len(expected.enrolled),
        **counts,
        **given,
    )
    return int(connection.execute(row.returning(RosterImport.id)).scalar_one())


def claim(desk: Desk) -> dict[str, Any]:
    """The columns of whoever holds an import."""
    return {"claimed_by": desk.worker, "lease_until_at": desk.now() + LEASE}


def write_roster(desk: Desk, import_id: int, data: bytes, importing: Importing, decided: Decided) -> Imported:
    """Write what was decided. The import must be held by this desk. Raises ImportStoppedError."""
    for _ in range(TRIES):
        if decided.outcome.errors:
            return _refuse(desk, import_id, decided.outcome)
        _stage_all(desk, import_id, decided)
        try:
            clinic_id = _switch(desk, import_id, importing, decided.outcome)
        except (ChangedMeanwhileError, IntegrityError):
            _unstage_all(desk, import_id)
            decided = decide_roster(lambda: read_transaction(desk.engine), data, importing, _told(desk, import_id))
            continue
        _finish(desk, import_id, importing, clinic_id)
        return decided.outcome
    return _refuse(desk, import_id, Imported(errors=(RosterError(1, "", KEEPS_CHANGING),)))


def _stage_all(desk: Desk, import_id: int, decided: Decided) -> None:
    for start in range(0, len(decided.admitted), BATCH):
        with _holding(desk, import_id, "running") as connection:
            stage(connection, import_id, decided.admitted[start : start + BATCH])


def _switch(desk: Desk, import_id: int, importing: Importing, outcome: Imported) -> int:
    counts = {what: outcome.count(what) for what in ("created", "updated", "ignored")}
    meanwhile = RosterImport.created - counts["created"]
    with _holding(desk, import_id, "running", state="written", meanwhile=meanwhile, file=None, **counts) as connection:
        clinic_id = importing.clinic_id
        if clinic_id is None:
            name = select(RosterImport.clinic_name).where(RosterImport.id == import_id)
            clinic_id = ensure_clinic(connection, connection.execute(name).scalar_one() or "", importing.now)[0]
            connection.execute(update(RosterImport).where(RosterImport.id == import_id).values(clinic_id=clinic_id))
        apply_staged(connection, import_id, clinic_id, importing.now)
    return clinic_id


def _finish(desk: Desk, import_id: int, importing: Importing, clinic_id: int) -> None:
    done = True
    while done:
        with _holding(desk, import_id, "written") as connection:
            done = bool(follow_up(connection, import_id, importing, clinic_id))
    with _holding(desk, import_id, "written", state="done", ended_at=desk.now()):
        pass


def _refuse(desk: Desk, import_id: int, outcome: Imported) -> Imported:
    told = [[error.row, error.column, error.reason] for error in outcome.errors]
    with _holding(desk, import_id, "running", state="refused", errors=told, file=None, ended_at=desk.now()):
        pass
    return outcome


@contextmanager
def _holding(desk: Desk, import_id: int, held_as: str, **values: Any) -> Iterator[Connection]:
    """A transaction that also renews the lease. Raises ImportStoppedError if the import is no longer ours."""
    with write_transaction(desk.engine) as connection:
        mine = and_(RosterImport.id == import_id, RosterImport.claimed_by == desk.worker, RosterImport.state == held_as)
        held = update(RosterImport).where(mine).values(**claim(desk), **values)
        if not connection.execute(held).rowcount:
            raise ImportStoppedError
        yield connection
    sleep(GIVES_WAY)


def _told(desk: Desk, import_id: int) -> Callable[[int, int], None]:
    """Says how far it is, on the page and to whoever waits."""

    def tell(checked: int, rows: int) -> None:
        desk.progress(checked, rows)
        with _holding(desk, import_id, "running", checked=checked, rows=rows):
            pass

    return tell


def _unstage_all(desk: Desk, import_id: int) -> None:
    left = True
    while left:
        with write_transaction(desk.engine) as connection:
            left = bool(unstage(connection, import_id, BATCH))


def cancel(desk: Desk, import_id: int) -> bool:
    """Stop an import that is not switched yet, and forget what it staged. Returns whether it could be stopped."""
    with write_transaction(desk.engine) as connection:
        stopped = connection.execute(
            update(RosterImport)
            .where(RosterImport.id == import_id, RosterImport.state.in_(("waiting", "running")))
            .values(state="cancelled", file=None, ended_at=desk.now())
        )
    if stopped.rowcount:
        _unstage_all(desk, import_id)
    return stopped.rowcount > 0


def write_due(desk: Desk) -> int:
    """Every import that waits, or whose writer has died. Returns how many were written."""
    now = desk.now()
    free = or_(RosterImport.lease_until_at.is_(None), RosterImport.lease_until_at <= now)
    over = and_(RosterImport.state.not_in(OPEN), RosterImport.ended_at <= now - KEPT)
    staged = exists().where(RosterRow.import_id == RosterImport.id)
    with read_transaction(desk.engine) as connection:
        due = list(connection.execute(select(RosterImport.id).where(RosterImport.state.in_(OPEN), free)).scalars())
        left = list(
            connection.execute(select(RosterImport.id).where(RosterImport.state == "cancelled", staged)).scalars()
        )
        old = connection.execute(select(func.count()).select_from(RosterImport).where(over)).scalar_one()
    for import_id in left:
        _unstage_all(desk, import_id)
    if old:
        with write_transaction(desk.engine) as connection:
            connection.execute(delete(RosterImport).where(over))
    return sum(_take_up(desk, import_id, free) for import_id in due)


def _take_up(desk: Desk, import_id: int, free: Any) -> bool:
    mine = RosterImport.id == import_id
    running = {"state": "running", "tries": RosterImport.tries + 1, **claim(desk)}
    with write_transaction(desk.engine) as connection:
        written = connection.execute(
            update(RosterImport).where(mine, RosterImport.state == "written", free).values(claim(desk))
        )
        begun = connection.execute(
            update(RosterImport).where(mine, RosterImport.state.in_(("waiting", "running")), free).values(running)
        )
    if not written.rowcount and not begun.rowcount:
        return False  # somebody else was first
    with read_transaction(desk.engine) as connection:
        row = connection.execute(select(RosterImport.__table__).where(mine)).one()
    try:
        return _go_on(desk, row)
    except ImportStoppedError:
        return False
    except Exception:  # the next import has its turn all the same; this one is taken up again when its lease ends
        log.exception("import_failed", roster_import=import_id, tries=row.tries)
        return False


def _go_on(desk: Desk, row: Any) -> bool:
    with read_transaction(desk.engine) as connection:
        importing = _importing(connection, desk, row)
    if row.state == "written":
        _finish(desk, row.id, importing, row.clinic_id)
        return True
    if row.file is None:
        cancel(desk, row.id)
        return False
    _unstage_all(desk, row.id)
    if row.tries > TRIES:
        _refuse(desk, row.id, Imported(errors=(RosterError(1, "", BROKE_OFF),)))
        return False
    data = row.file.encode()
    decided = decide_roster(lambda: read_transaction(desk.engine), data, importing, _told(desk, row.id))
    return not write_roster(desk, row.id, data, importing, decided).errors


def _importing(connection: Connection, desk: Desk, row: Any) -> Importing:
    importing = Importing(row.clinic_id, desk.catalogue, desk.keys, desk.now(), row.confirmed, row.actor)
    query = select(CoachAccount.id, CoachAccount.role, CoachAccount.clinic_id).where(CoachAccount.id == row.coach_id)
    coach = connection.execute(query).first()
    if coach is None:
        return importing
    reach = scope_of_coach(coach.role, coach.id, coach.clinic_id)
    return replace(importing, reach=reach, owner=coach.id if row.own else None)
