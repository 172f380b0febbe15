"""Statements by name: what they find and change, and what an error of theirs tells."""

from datetime import UTC, datetime, time

import pytest
from sqlalchemy import Engine, bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.prepared import find_all, find_first, in_array, run_update
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.people import Enrolment, Participant, Suppression
from tests.support import enrol, person

AT = datetime(2026, 3, 3, 1, 0, 0, 123456, tzinfo=UTC)
# A column of every kind: encrypted, a wall time, a date, an instant, JSON, and none.
PEOPLE = (
    select(
        Enrolment.id,
        Participant.phone,
        Enrolment.evening_at,
        Enrolment.starts_on,
        Enrolment.next_due_at,
        Enrolment.tags,
        Enrolment.heard_at,
        Participant.number_hash.is_not(None).label("has_number"),
    )
    .join(Participant, Participant.id == Enrolment.participant_id)
    .where(Enrolment.id >= bindparam("first"))
    .order_by(Enrolment.id)
    .limit(2)
)
HEARD = update(Enrolment).where(Enrolment.id == bindparam("enrolment")).values(heard_at=bindparam("at"))
SUPPRESS = insert(Suppression).values(
    number_hash=bindparam("number"), reason=bindparam("why"), since_at=bindparam("at")
)


def test_it_finds_what_sqlalchemy_finds(runtime: Runtime) -> None:
    enrol(runtime, *(person(number, bedtime="23:00") for number in (1, 2, 3)))
    with write_transaction(runtime.engine) as connection:
        assert run_update(connection, HEARD, enrolment=2, at=AT) == 1
    with read_transaction(runtime.engine) as connection:
        found = find_all(connection, PEOPLE, first=2)
        assert [tuple(row) for row in found] == [tuple(row) for row in connection.execute(PEOPLE, {"first": 2})]
        assert [row.id for row in found] == [2, 3]
        first = find_first(connection, PEOPLE, first=2)
        assert (first.phone, first.evening_at, first.heard_at) == ("+14155550002", time(20), AT)
        assert first == found[0] != found[1]
        assert find_first(connection, PEOPLE, first=99) is None


@pytest.mark.parametrize("ids", [[], [2], [1, 3, 99]])
def test_a_list_of_any_length_is_one_value(runtime: Runtime, ids: list[int]) -> None:
    enrol(runtime, *(person(number) for number in (1, 2, 3)))
    among_them = select(Enrolment.id).where(in_array(Enrolment.id, "ids")).order_by(Enrolment.id)
    with read_transaction(runtime.engine) as connection:
        assert [row.id for row in find_all(connection, among_them, ids=ids)] == [id for id in ids if id < 99]


def test_what_a_statement_returns_is_found(engine: Engine) -> None:
    clinic = insert(Clinic).values(name=bindparam("name"), created_at=bindparam("at")).returning(Clinic.id)
    with write_transaction(engine) as connection:
        made = find_first(connection, clinic, name="North", at=AT)
        assert made.id == connection.execute(select(Clinic.id).where(Clinic.name == "North")).scalar_one()


def test_nothing_stays_of_a_transaction_that_failed(engine: Engine) -> None:
    def fail() -> None:
        with write_transaction(engine) as connection:
            run_update(connection, SUPPRESS, number="x", why="test", at=AT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with read_transaction(engine) as connection:
        assert connection.execute(select(Suppression)).first() is None


def test_a_refusal_is_sqlalchemys_error_and_does_not_tell_the_values(engine: Engine) -> None:
    def twice() -> None:
        with write_transaction(engine) as connection:
            for _ in range(2):
                run_update(connection, SUPPRESS, number="x", why="nobody may read this", at=AT)

    with pytest.raises(IntegrityError) as refused:
        twice()
    assert "suppression" in str(refused.value)
    assert "nobody may read this" not in str(refused.value)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_is_not_used_again(engine: Engine) -> None:
    def cut() -> None:
        with read_transaction(engine) as connection:
            me = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with engine.connect() as other:
                other.execute(text(f"SELECT pg_terminate_backend({me})"))
            find_all(connection, PEOPLE, first=1)

    with pytest.raises(OperationalError) as gone:
        cut()
    assert gone.value.connection_invalidated
    with read_transaction(engine) as connection:
        assert find_all(connection, PEOPLE, first=1) == []
