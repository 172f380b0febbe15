"""The schema goes up, down and up again, and is then what the models say, on both databases."""

from collections.abc import Iterator

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect

from coach.database import MIGRATIONS, SchemaError, check, load_keys, upgrade
from schedules.db import open_engine, writing
from tests.conftest import DATABASES, MADE_AT


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


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory(str(MIGRATIONS)).get_heads()) == 1


def test_up_down_and_up_again(own_engine: Engine) -> None:
    check(own_engine)
    secret = load_keys(own_engine)
    with writing(own_engine) as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
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
