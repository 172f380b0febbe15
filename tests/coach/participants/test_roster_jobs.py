"""A long roster is imported wholly or not at all, despite crashes and concurrent changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, update

from coach.accounts.sign_ins import ensure_clinic
from coach.database.schema import load_keys
from coach.database.tables import AuditEvent
from coach.participants.roster import BATCH, Imported, ImportRequest, decide_roster, preview
from coach.participants.roster_jobs import (
    LEASE,
    ImportContext,
    ImportStoppedError,
    cancel,
    claim,
    open_import,
    write_due,
    write_roster,
)
from coach.runtime import Runtime
from content.catalogue import Catalogue
from schedules.database import write_times as door
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment, Participant
from schedules.database.tables.rosters import RosterImport, RosterRow
from schedules.gateway.protocol import MemoryGateway
from tests.journeys.budget import counted_writes
from tests.support import TestClock, enrol, import_people, person, roster, rows, say, settings_for, staff

PEOPLE = 260  # two batches to stage, three to welcome
ACTOR = "ada@clinic.test"


@pytest.fixture
def sqlite_runtime(sqlite_url: str, sqlite_engine: Engine, catalogue: Catalogue, clock: TestClock) -> Runtime:
    """For tests that do not depend on the database."""
    settings = settings_for(sqlite_url)
    return Runtime(settings, sqlite_engine, catalogue, load_keys(sqlite_engine), MemoryGateway(clock), clock)


class KilledError(BaseException):
    """Simulate SIGKILL: nothing runs after it."""


@contextmanager
def killed_after(transactions: int) -> Iterator[None]:
    left = iter(range(transactions))

    def count(_: door.WriteTiming) -> None:
        if next(left, None) is None:
            raise KilledError

    door.WATCHERS.append(count)
    try:
        yield
    finally:
        door.WATCHERS.remove(count)


def people(count: int = PEOPLE, **cells: Any) -> bytes:
    return roster(*(person(number, **cells) for number in range(1, count + 1)))


def desk_of(runtime: Runtime, worker: str = "one") -> ImportContext:
    return ImportContext(runtime.engine, runtime.catalogue, runtime.keys, runtime.now, worker)


def importing_of(runtime: Runtime, clinic: str = "Clinic", **more: Any) -> ImportRequest:
    with write_transaction(runtime.engine) as connection:
        clinic_id, _ = ensure_clinic(connection, clinic, runtime.now())
    return ImportRequest(clinic_id, runtime.catalogue, runtime.keys, runtime.now(), actor=ACTOR, **more)


def begin(runtime: Runtime, data: bytes, importing: ImportRequest, *, keeps_file: bool = True) -> int:
    """Open an import as a page or a command does; return its id."""
    expected = preview(runtime.engine, data, importing)
    assert not expected.errors
    file = data.decode() if keeps_file else None
    with write_transaction(runtime.engine) as connection:
        return open_import(connection, importing, expected, file=file, state="running", **claim(desk_of(runtime)))


def write(runtime: Runtime, import_id: int, data: bytes, importing: ImportRequest) -> Imported:
    decided = decide_roster(lambda: read_transaction(runtime.engine), data, importing)
    return write_roster(desk_of(runtime), import_id, data, importing, decided)


def count(runtime: Runtime, table: Any) -> int:
    with read_transaction(runtime.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def made(runtime: Runtime) -> tuple[int, int, int]:
    return count(runtime, Participant), count(runtime, Enrolment), count(runtime, ConsentEvent)


def test_whenever_its_writer_is_killed_everybody_is_there_or_nobody(sqlite_runtime: Runtime, clock: TestClock) -> None:
    runtime, data, seen = sqlite_runtime, people(), set()
    importing = importing_of(runtime)
    for transactions in range(40):
        import_id = begin(runtime, data, importing)
        try:
            with killed_after(transactions):
                write(runtime, import_id, data, importing)
        except KilledError:
            seen.add(made(runtime))
        else:
            break
        clock.forward(seconds=LEASE.total_seconds())
        was_done = rows(runtime.engine, RosterImport)[-1].state == "done"
        assert write_due(desk_of(runtime, "two")) == (not was_done)
        assert made(runtime) == (PEOPLE,) * 3
        assert count(runtime, OutboxMessage) == PEOPLE, "one welcome each, whoever wrote it"
        assert count(runtime, RosterRow) == 0
        assert len(rows(runtime.engine, AuditEvent, AuditEvent.action == "created")) == PEOPLE * (transactions + 1)
        forget_everybody(runtime)
    assert transactions > 6
    assert seen == {(0, 0, 0), (PEOPLE,) * 3}


def forget_everybody(runtime: Runtime) -> None:
    with write_transaction(runtime.engine) as connection:
        for table in (OutboxMessage, ConsentEvent, Enrolment, Participant):
            connection.execute(delete(table))


def test_an_import_whose_command_died_before_the_switch_is_dropped(runtime: Runtime, clock: TestClock) -> None:
    data, importing = people(), importing_of(runtime)
    import_id = begin(runtime, data, importing, keeps_file=False)
    with pytest.raises(KilledError), killed_after(1):
        write(runtime, import_id, data, importing)
    assert write_due(desk_of(runtime, "two")) == 0, "its lease has not ended"
    clock.forward(seconds=LEASE.total_seconds())
    assert write_due(desk_of(runtime, "two")) == 0
    [dropped] = rows(runtime.engine, RosterImport)
    assert (dropped.state, made(runtime), count(runtime, RosterRow)) == ("cancelled", (0, 0, 0), 0)


def test_a_file_that_waits_is_written_by_a_worker_and_said_to_be(runtime: Runtime) -> None:
    data, importing = people(), importing_of(runtime)
    expected = preview(runtime.engine, data, importing)
    with write_transaction(runtime.engine) as connection:
        open_import(connection, importing, expected, file=data.decode(), state="waiting")
    assert write_due(desk_of(runtime)) == 1
    [done] = rows(runtime.engine, RosterImport)
    assert (done.state, done.created, done.checked, done.rows) == ("done", PEOPLE, PEOPLE, PEOPLE)
    assert done.file is None, "what was uploaded is not kept"
    assert write_due(desk_of(runtime)) == 0


def test_one_that_is_cancelled_under_way_writes_nothing(runtime: Runtime) -> None:
    data, importing = people(), importing_of(runtime)
    import_id = begin(runtime, data, importing)

    def cancelled_meanwhile(_: door.WriteTiming) -> None:
        door.WATCHERS.remove(cancelled_meanwhile)
        assert cancel(desk_of(runtime, "the page"), import_id)

    door.WATCHERS.append(cancelled_meanwhile)
    with pytest.raises(ImportStoppedError):
        write(runtime, import_id, data, importing)
    assert (made(runtime), count(runtime, RosterRow)) == ((0, 0, 0), 0)
    assert not cancel(desk_of(runtime), import_id), "once is enough"


def test_who_was_enrolled_meanwhile_is_left_alone_and_said_to_be(runtime: Runtime) -> None:
    data, importing = people(), importing_of(runtime, confirmed=True)
    import_id = begin(runtime, data, importing)

    def enrolled_meanwhile(_: door.WriteTiming) -> None:
        door.WATCHERS.remove(enrolled_meanwhile)
        enrol(runtime, person(7, first_name="Ana"))

    door.WATCHERS.append(enrolled_meanwhile)
    done = write(runtime, import_id, data, importing)
    assert (done.count("created"), done.count("ignored")) == (PEOPLE - 1, 1)
    assert made(runtime)[:2] == (PEOPLE, PEOPLE)
    assert rows(runtime.engine, RosterImport)[0].meanwhile == 1
    assert [one.first_name for one in rows(runtime.engine, Participant) if one.first_name] == ["Ana"]


def test_who_has_stopped_meanwhile_is_not_texted(runtime: Runtime) -> None:
    enrol(runtime, person(3))
    data, importing = people(evening_time="19:00"), importing_of(runtime)
    import_id = begin(runtime, data, importing)

    def stopped_meanwhile(_: door.WriteTiming) -> None:
        door.WATCHERS.remove(stopped_meanwhile)
        say(runtime, "+14155550003", "STOP")

    door.WATCHERS.append(stopped_meanwhile)
    done = write(runtime, import_id, data, importing)
    assert [(one.row, one.what) for one in done.enrolled if one.what != "created"] == [(4, "ignored")]
    stopped = rows(runtime.engine, Enrolment)[0]
    assert (stopped.status, stopped.next_due_at) == ("stopped", None)


def test_a_number_that_became_a_coachs_meanwhile_refuses_the_whole_file(runtime: Runtime) -> None:
    data, importing = people(), importing_of(runtime)
    import_id = begin(runtime, data, importing)

    def paged_meanwhile(_: door.WriteTiming) -> None:
        door.WATCHERS.remove(paged_meanwhile)
        staff(runtime, lead="+14155550009")

    door.WATCHERS.append(paged_meanwhile)
    done = write(runtime, import_id, data, importing)
    assert [(one.row, one.column) for one in done.errors] == [(10, "phone")]
    assert "paged as a coach's" in done.errors[0].reason
    [refused] = rows(runtime.engine, RosterImport)
    assert (refused.state, made(runtime), count(runtime, RosterRow)) == ("refused", (0, 0, 0), 0)


def test_the_same_file_twice_changes_nothing_in_its_clinic(runtime: Runtime) -> None:
    data, importing, another = people(), importing_of(runtime), importing_of(runtime, "Another")
    for expected in ("created", "ignored"):
        done = write(runtime, begin(runtime, data, importing), data, importing)
        assert done.count(expected) == PEOPLE
    assert write(runtime, begin(runtime, data, another), data, another).count("created") == PEOPLE
    assert made(runtime) == (2 * PEOPLE,) * 3


def test_two_files_at_once_enrol_each_person_once(runtime: Runtime) -> None:
    data, importing = people(), importing_of(runtime)
    first, second = (begin(runtime, data, importing) for _ in range(2))
    decided = decide_roster(lambda: read_transaction(runtime.engine), data, importing)
    assert write_roster(desk_of(runtime), first, data, importing, decided).count("created") == PEOPLE
    assert write_roster(desk_of(runtime), second, data, importing, decided).count("ignored") == PEOPLE
    assert made(runtime) == (PEOPLE,) * 3


def test_a_long_roster_changes_people_as_a_short_one_does(runtime: Runtime) -> None:
    import_people(runtime, *(person(number, bedtime="22:30", exclude="caffeine") for number in range(1, 121)))
    data = people(120, evening_time="19:00", language="es", exclude="fall_risk")
    importing = importing_of(runtime)
    write(runtime, begin(runtime, data, importing), data, importing)
    for one in rows(runtime.engine, Enrolment):
        assert (f"{one.evening_at:%H:%M}", f"{one.bedtime_at:%H:%M}", one.exclude) == ("19:00", "22:30", ["fall_risk"])
        assert one.next_due_at.hour == 0
    assert {one.language for one in rows(runtime.engine, Participant)} == {"es"}


def test_an_error_of_ours_stops_one_import_and_no_other(runtime: Runtime, clock: TestClock) -> None:
    importing, data = importing_of(runtime), people(120)
    with write_transaction(runtime.engine) as connection:
        expected = Imported()
        bad = open_import(connection, importing, expected, file="\x00", state="waiting", coach_id=None)
        open_import(connection, importing, expected, file=data.decode(), state="waiting")
        connection.execute(update(RosterImport).where(RosterImport.id == bad).values(clinic_id=None))
    assert write_due(desk_of(runtime)) == 1
    assert count(runtime, Participant) == 120
    assert {one.state for one in rows(runtime.engine, RosterImport)} == {"refused", "done"}


def test_it_asks_the_database_as_often_for_a_thousand_as_it_must(sqlite_runtime: Runtime) -> None:
    """A statement for each batch of people, never one for each person."""
    runtime, data = sqlite_runtime, people()
    importing, asked = importing_of(runtime), 0

    @contextmanager
    def counted() -> Iterator[Any]:
        nonlocal asked
        with read_transaction(runtime.engine) as connection:
            yield Counting(connection)

    class Counting:
        def __init__(self, connection: Any) -> None:
            self.connection = connection

        def execute(self, *given: Any) -> Any:
            nonlocal asked
            asked += 1
            return self.connection.execute(*given)

    decide_roster(counted, data, importing)
    assert asked <= 2 + 5 * 2


def test_nobody_waits_while_a_roster_is_only_looked_at(sqlite_runtime: Runtime) -> None:
    runtime, importing = sqlite_runtime, importing_of(sqlite_runtime)
    with write_transaction(runtime.engine) as connection:  # others write all the while
        connection.execute(update(CoachAccount).values(active=True))
        assert preview(runtime.engine, people(), importing).count("created") == PEOPLE


def test_no_turn_to_write_grows_with_the_roster(sqlite_runtime: Runtime) -> None:
    """One turn writes a batch, or is a handful of statements that the database carries out by itself."""
    runtime, data = sqlite_runtime, people()
    importing = importing_of(runtime)
    with counted_writes() as counted:
        write(runtime, begin(runtime, data, importing), data, importing)
    assert max(counted.statements.values()) < 20
    assert max(counted.rows.values()) <= BATCH + 20
