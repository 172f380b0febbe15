"""The schema goes up, down and up again, and is then what the models say, on both databases."""

from collections.abc import Iterator
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Row, delete, insert, inspect, select
from sqlalchemy.exc import IntegrityError

from coach.database.schema import MIGRATIONS, SchemaError, check, load_keys, upgrade
from schedules.database.engine import open_engine, read_transaction, schema_transaction, write_transaction
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Enrolment
from tests.benchmarks.bench_planning import DUE_AT, enrol, write_history
from tests.conftest import DATABASES
from tests.databases import MADE_AT

LATER: dict[Any, set[str]] = {
    Decision: {"programme", "policy_since_at", "acts_on"},
    OutboxMessage: {"unrecorded_sid"},
    CheckIn: {"programme", "policy", "policy_since_at"},
    Enrolment: {"chosen_step", "chosen_on", "plans", "plan_due_on", "plan_question", "plan_until_at"},
}


@pytest.fixture(params=DATABASES)
def own_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A migrated database of its own, since this test takes it apart."""
    if request.param == "sqlite":
        address = request.getfixturevalue("sqlite_url")
    else:
        address = request.getfixturevalue("postgres_copies").copy()
    engine = open_engine(address)
    yield engine
    engine.dispose()
    if request.param == "postgresql":
        request.getfixturevalue("postgres_copies").drop(address)


def configured(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_up_down_and_up_again(own_engine: Engine) -> None:
    check(own_engine)
    secret = load_keys(own_engine)
    with write_transaction(own_engine) as connection:
        command.downgrade(configured(connection), "base")
    assert set(inspect(own_engine).get_table_names()) <= {"alembic_version"}
    with pytest.raises(SchemaError, match="run 'coach db upgrade'"):
        check(own_engine)
    with pytest.raises(SchemaError, match="The database is empty"):
        load_keys(own_engine)
    upgrade(own_engine, MADE_AT)
    check(own_engine)
    assert load_keys(own_engine) != secret, "a new installation has a secret of its own"


def test_upgrading_what_is_at_its_head_keeps_the_secret(own_engine: Engine) -> None:
    secret = load_keys(own_engine)
    upgrade(own_engine, MADE_AT)
    assert load_keys(own_engine) == secret


def test_what_people_had_outlives_a_table_that_is_made_anew(own_engine: Engine) -> None:
    enrol(own_engine, 3, "rotation", DUE_AT)
    with write_transaction(own_engine) as connection:
        write_history(connection, 3)
    before = everything_in(own_engine)
    with schema_transaction(own_engine) as connection:
        command.downgrade(configured(connection), "0011")
    assert everything_in(own_engine) == before
    upgrade(own_engine, MADE_AT)
    check(own_engine)
    assert everything_in(own_engine) == before
    with read_transaction(own_engine) as connection:
        last = connection.execute(select(Decision.__table__).order_by(Decision.id.desc()).limit(1)).one()
    twice = insert(Decision).values(**last._asdict() | {"id": last.id + 1})
    for refused in (twice, delete(Decision).where(Decision.id == last.id)):
        with pytest.raises(IntegrityError), write_transaction(own_engine) as connection:
            connection.execute(refused)


def test_a_consent_to_be_randomized_is_a_kind_of_consent_and_no_other_is_new(engine: Engine) -> None:
    enrol(engine, 1, "rotation", DUE_AT)
    event = {"participant_id": 1, "source": "paper form", "at": MADE_AT, "recorded_at": MADE_AT}
    with write_transaction(engine) as connection:
        connection.execute(insert(ConsentEvent).values(kind="randomised", **event))
    with pytest.raises(IntegrityError), write_transaction(engine) as connection:
        connection.execute(insert(ConsentEvent).values(kind="nonsense", **event))


def everything_in(engine: Engine) -> list[list[Row[Any]]]:
    with read_transaction(engine) as connection:
        return [list(connection.execute(_as_it_is(connection, one))) for one in (Decision, OutboxMessage, CheckIn)]


def _as_it_is(connection: Connection, table: Any) -> Any:
    """The columns that there are at this revision, but for those that came later than any revision gone back to."""
    there = {column["name"] for column in inspect(connection).get_columns(table.__tablename__)} - LATER[table]
    columns = [column for column in table.__table__.columns if column.name in there]
    return select(*columns).order_by(table.id)


def test_no_table_is_made_anew_without_what_others_refer_to(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    enrol(engine, 1, "rotation", DUE_AT)
    with write_transaction(engine) as connection:
        write_history(connection, 1)
    before = everything_in(engine)
    lost = r"a row of .* refers to a row of decision"
    with pytest.raises(RuntimeError, match=lost), schema_transaction(engine) as connection:
        connection.execute(delete(Decision).where(Decision.id == 1))
    assert everything_in(engine) == before
    with pytest.raises(IntegrityError), write_transaction(engine) as connection:
        connection.execute(delete(Decision).where(Decision.id == 1))
    engine.dispose()
