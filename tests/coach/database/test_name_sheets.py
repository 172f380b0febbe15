"""Names are searched by the sheet: what is found is what is stored, whatever the worker has listed."""

import pytest
from sqlalchemy import select, text, update

import coach.database.name_sheets as name_sheets
from coach.database.desk_tables import NameSheet
from coach.database.name_sheets import find_named, list_names
from coach.privacy.erase import erase
from coach.runtime import Runtime
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.people import Participant
from tests.support import enrol, person, rows

NAMES = ("Lucía", "George", "Mary Lou")


@pytest.fixture
def three(runtime: Runtime) -> Runtime:
    enrol(runtime, *(person(number, first_name=name) for number, name in enumerate(NAMES, start=1)))
    return runtime


def named(runtime: Runtime, part: str, clinic_id: int | None = 1) -> list[int]:
    with read_transaction(runtime.engine) as connection:
        return sorted(find_named(connection, part, clinic_id))


def rename(runtime: Runtime, id: int, name: str | None) -> None:
    with write_transaction(runtime.engine) as connection:
        connection.execute(update(Participant).where(Participant.id == id).values(first_name=name))


@pytest.mark.parametrize("listed", [False, True])
def test_a_part_of_a_name_is_found_in_any_letters_and_spaces(three: Runtime, listed: bool) -> None:
    if listed:
        assert list_names(three.engine) == {"listed": 3}
    assert named(three, "LUC") == [1]
    assert named(three, "g") == [2]
    assert named(three, "ry  lo") == [3]
    assert named(three, "zz") == []
    assert named(three, "2 george") == [], "the number beside a name is no part of it"


def test_a_new_name_counts_at_once_and_the_old_one_no_longer(three: Runtime) -> None:
    list_names(three.engine)
    rename(three, 2, "Georgia")
    for _ in range(2):
        assert named(three, "george") == []
        assert named(three, "georgia") == [2]
        list_names(three.engine)


def test_whoever_has_lost_their_name_or_is_new_is_listed_with_the_rest(three: Runtime) -> None:
    list_names(three.engine)
    rename(three, 1, None)
    enrol(three, person(4, first_name="Lucas"))
    assert named(three, "luc") == [4]
    assert list_names(three.engine) == {"listed": 2}
    assert named(three, "luc") == [4]
    assert list_names(three.engine) == {"listed": 0}


def test_the_name_of_whoever_is_erased_is_on_no_sheet(three: Runtime) -> None:
    list_names(three.engine)
    with write_transaction(three.engine) as connection:
        assert erase(connection, 2, three.now(), actor="test", at_provider=False)
    [sheet] = rows(three.engine, NameSheet)
    assert sheet.names.splitlines() == ["1 lucia", "3 mary lou"]
    assert named(three, "george") == []
    assert named(three, "mary") == [3]


def test_the_names_of_a_clinic_are_apart_from_those_of_another(three: Runtime) -> None:
    enrol(three, person(5, first_name="Lucinda"), clinic="Another")
    for _ in range(2):
        assert named(three, "luc") == [1]
        assert named(three, "luc", 2) == [4]
        assert named(three, "luc", None) == [1, 4]
        list_names(three.engine)


def test_many_names_are_listed_over_many_sheets_and_goes(three: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_sheets, "PER_SHEET", 1)
    monkeypatch.setattr(name_sheets, "SHEETS", 1)
    monkeypatch.setattr(name_sheets, "BATCHES", 2)
    assert list_names(three.engine) == {"listed": 2}
    assert named(three, "g") == [2]
    assert list_names(three.engine) == {"listed": 1}
    assert len(rows(three.engine, NameSheet)) == len(NAMES)
    assert named(three, "l") == [1, 3]


def test_a_sheet_shows_the_database_no_name(three: Runtime) -> None:
    list_names(three.engine)
    with read_transaction(three.engine) as connection:
        stored = connection.exec_driver_sql("SELECT names FROM name_sheet").scalars().all()
        listed = connection.execute(select(Participant.name_listed)).scalars().all()
    assert not any(name in one for one in stored for name in ("lucia", "george", "mary"))
    assert listed == [True] * len(NAMES)


def test_whose_sheet_cannot_be_read_is_found_all_the_same(three: Runtime) -> None:
    list_names(three.engine)
    with write_transaction(three.engine) as connection:
        connection.execute(text("UPDATE name_sheet SET names = 'v1:damaged'"))
    assert named(three, "luc") == [1]
    assert named(three, "ge", clinic_id=None) == [2]
