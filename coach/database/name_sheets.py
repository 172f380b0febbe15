"""The first names of a clinic, some hundred to an encrypted sheet, so that a search need not decrypt them one by one.

What the database shows of a sheet is how many ids it covers. `Participant.name_listed` says whether someone's name is
on their sheet as it is now: a trigger unsets it when the name changes, and a search decrypts those names by themselves
until the worker has listed them.
"""

import unicodedata
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, Engine, func, or_, select, text, true, update

from coach.database.desk_tables import NameSheet
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.people import Participant
from schedules.database.types import readable
from schedules.database.upsert import upsert

PER_SHEET = 250
# At most so many names and sheets in one transaction, which takes a tenth of a second, and transactions in one go.
BATCH, SHEETS, BATCHES = 1000, 10, 20
# Advisory lock: who writes sheets takes turns, so that nobody writes an older reading over a newer one.
ONE_AT_A_TIME = 73
# As in its partial index: with a bound value the database would not use that.
UNLISTED = text("NOT participant.name_listed")


def plain(name: str) -> str:
    """Normalize a name for searching: lower case, no accents, single spaces."""
    letters = unicodedata.normalize("NFKD", " ".join(name.split()).casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def find_named(connection: Connection, part: str, clinic_id: int | None) -> list[int]:
    """Return who has a part of a name in theirs, in a clinic or, without one, in all.

    Whose sheet cannot be read is searched as those without one are.
    """
    sought = plain(part)
    here, sheets = select(Participant.id, readable(Participant.first_name)), select(NameSheet.number)
    sheets = sheets.add_columns(readable(NameSheet.names))
    if clinic_id is not None:
        here, sheets = here.where(Participant.clinic_id == clinic_id), sheets.where(NameSheet.clinic_id == clinic_id)
    listed = connection.execute(sheets).all()
    damaged = [_of_sheet(row.number) for row in listed if row.names is None]
    by_themselves = connection.execute(here.where(or_(UNLISTED, *damaged)))
    names = {row.id: plain(row.first_name or "") for row in by_themselves}
    found = [id for id, name in names.items() if name and sought in name]
    for row in listed:
        if row.names and sought in row.names:
            found += [id for id in _on(row.names, sought) if id not in names]
    return found


def _of_sheet(number: int) -> ColumnElement[bool]:
    return Participant.id.between(number * PER_SHEET, (number + 1) * PER_SHEET - 1)


def _on(sheet: str, sought: str) -> list[int]:
    lines = (line.partition(" ") for line in sheet.split("\n"))
    return [int(id) for id, _, name in lines if sought in name]


def list_names(engine: Engine) -> dict[str, int]:
    """List names that are not on their sheet, some batches of them. Returns how many."""
    listed = 0
    for _ in range(BATCHES):
        done = _list_some(engine)
        if not done:
            break
        listed += done
    return {"listed": listed}


def _list_some(engine: Engine) -> int:
    some = select(Participant.id).where(UNLISTED).order_by(Participant.id)
    with read_transaction(engine) as connection:
        if connection.execute(some.limit(1)).first() is None:
            return 0
    with write_transaction(engine) as connection:
        _take_turns(connection)
        # Whoever holds a row may be waiting for the turn.
        left = connection.execute(some.limit(BATCH).with_for_update(skip_locked=True)).scalars().all()
        numbers = sorted({id // PER_SHEET for id in left})[:SHEETS]
        ids = [id for id in left if id // PER_SHEET in numbers]
        if ids:
            _write_sheets(connection, ids)
    return len(ids)


def list_again(connection: Connection, participant_id: int) -> None:
    """Write a sheet anew at once: its participant was erased. Callers hold the transaction."""
    _take_turns(connection)
    _write_sheets(connection, [participant_id])


def _take_turns(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # SQLite has a single writer anyway
        connection.execute(select(func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def _write_sheets(connection: Connection, ids: Sequence[int]) -> None:
    """Mark them listed and then read the names: one that changes in between is marked again, and not lost."""
    connection.execute(update(Participant).where(Participant.id.in_(ids)).values(name_listed=true()))
    sheets: dict[tuple[int, int], list[str]] = {}
    for number in {id // PER_SHEET for id in ids}:
        names = select(Participant.clinic_id, Participant.id, readable(Participant.first_name))
        for row in connection.execute(names.where(_of_sheet(number))):
            sheet = sheets.setdefault((row.clinic_id, number), [])
            if row.first_name:
                sheet.append(f"{row.id} {plain(row.first_name)}")
    rows = [{"clinic_id": id, "number": number, "names": "\n".join(lines)} for (id, number), lines in sheets.items()]
    if rows:
        upsert(connection, NameSheet, rows, key=("clinic_id", "number"), update=("names",))
