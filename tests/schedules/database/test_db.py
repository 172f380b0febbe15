"""Column types, engines and keys: UTC or nothing, personal data only as tokens, an index behind every foreign key."""

import json
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from threading import Semaphore
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import Engine, UniqueConstraint, event, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError, PendingRollbackError, StatementError

import coach.database.tables  # noqa: F401  (the metadata is whole only with its tables)
from coach.runtime import Runtime
from schedules.database.apart import isolate_failures
from schedules.database.encryption import InstallationKeys, Keyring, KeysMissingError, new_secret
from schedules.database.engine import open_engine, read_transaction, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant, Suppression
from schedules.database.types import Base, EncryptedText, UtcInstant, to_json
from tests.databases import PostgresCopies
from tests.schedules.sending import at_eight, phone, tick
from tests.support import TestClock, enrol, person, rows, say

WORDS = "my legs were dreadful, zanzibar"


def stored_instant(engine: Engine, given: datetime) -> datetime:
    with write_transaction(engine) as connection:
        connection.execute(insert(Suppression).values(number_hash="x", reason="test", since_at=given))
        return connection.execute(select(Suppression.since_at)).scalar_one()


def test_a_naive_datetime_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="has no time zone"):
        stored_instant(engine, datetime(2026, 3, 2))  # noqa: DTZ001


@pytest.mark.parametrize("hours", [-8, 0, 5.75])
def test_an_instant_of_any_zone_comes_back_in_utc(engine: Engine, hours: float) -> None:
    given = datetime(2026, 3, 2, 20, 0, 0, 123456, tzinfo=timezone(timedelta(hours=hours)))
    found = stored_instant(engine, given)
    assert found == given
    assert found.tzinfo is UTC


def test_instants_compare_in_the_database_as_they_do_here(engine: Engine) -> None:
    early = datetime(2026, 3, 2, 23, tzinfo=timezone(timedelta(hours=9)))
    stored_instant(engine, early)
    with read_transaction(engine) as connection:
        later = select(Suppression.number_hash).where(Suppression.since_at <= datetime(2026, 3, 2, 14, tzinfo=UTC))
        assert connection.execute(later).scalar_one() == "x"
        before = select(Suppression.number_hash).where(Suppression.since_at < datetime(2026, 3, 2, 14, tzinfo=UTC))
        assert connection.execute(before).first() is None


def test_wall_times_keep_their_minute(runtime: Runtime) -> None:
    enrol(runtime, person(1, evening_time="19:05", bedtime="23:59"))
    [enrolment] = rows(runtime.engine, Enrolment)
    assert (enrolment.evening_at, enrolment.bedtime_at) == (time(19, 5), time(23, 59))


def dump(engine: Engine, database_url: str) -> str:
    """Everything the database holds, as somebody who has its disk would read it."""
    if engine.dialect.name == "sqlite":
        file = Path(str(make_url(database_url).database))
        # Read by another process: closing a database file here would drop the locks that SQLite holds on it.
        files = sorted(file.parent.glob(file.name + "*"))
        return subprocess.run(["cat", *files], capture_output=True, check=True).stdout.decode("latin-1")
    with read_transaction(engine) as connection:
        there = connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        )
        every = [connection.execute(text(f'SELECT t::text FROM "{name}" t')).scalars() for name in there.scalars()]
        return "\n".join(row for found in every for row in found)


def test_no_name_number_or_words_lie_in_the_database_unencrypted(
    runtime: Runtime, clock: TestClock, database_url: str
) -> None:
    enrol(runtime, person(9, first_name="Zebulon", exclude="caffeine"), confirmed=False)
    at_eight(runtime, clock)
    tick(runtime)
    say(runtime, phone(1), WORDS)
    [sent] = [one for one in rows(runtime.engine, OutboxMessage) if one.kind == "nudge"]
    found = dump(runtime.engine, database_url)
    assert "America/New_York" in found, "the dump holds what is not personal"
    assert "last night" in sent.body
    for secret in ("Zebulon", "4155550001", "4155550009", "zanzibar", WORDS, sent.body, "last night", "Reply YES"):
        assert secret not in found
    assert rows(runtime.engine, Participant)[0].first_name == "Zebulon"


def test_two_of_the_same_are_two_tokens_and_the_wrong_key_opens_none() -> None:
    mine, other = Keyring([Fernet.generate_key().decode()]), Keyring([Fernet.generate_key().decode()])
    assert mine.encrypt("x") != mine.encrypt("x")
    with pytest.raises(KeysMissingError, match="DATA_KEYS does not open this database"):
        other.decrypt(mine.encrypt("x"))
    with pytest.raises(KeysMissingError, match="DATA_KEYS is empty"):
        Keyring([])


def test_a_new_key_in_front_encrypts_and_the_old_one_still_opens() -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    rotated = Keyring([new, old])
    assert rotated.decrypt(Keyring([old]).encrypt("x")) == "x"
    assert Keyring([new]).decrypt(rotated.encrypt("x")) == "x"


def test_keys_of_one_secret_are_the_same_and_of_another_are_not() -> None:
    secret = new_secret()
    keys, again, other = (InstallationKeys.derive(one) for one in (secret, secret, new_secret()))
    assert keys == again
    assert keys.numbers != keys.draws
    assert keys.number_hash("+14155550001") == again.number_hash("+14155550001") != other.number_hash("+14155550001")
    assert keys.number_hash("+14155550001") != keys.number_hash("+14155550002")
    assert keys.token(1, "evening") != keys.token(11, "evening") != keys.token("1\x1fevening")[:0]
    assert len(keys.token(1)) == 32


def test_tokens_of_one_evening_lie_together_and_nobody_guesses_the_next() -> None:
    keys, other = InstallationKeys.derive("ab" * 32), InstallationKeys.derive("cd" * 32)
    first, second = date(2026, 3, 2), date(2026, 3, 3)
    tokens = [keys.token_of(on, enrolment, "evening") for on in (first, second) for enrolment in range(100)]
    assert tokens[:100] == [keys.token_of(first, enrolment, "evening") for enrolment in range(100)]
    assert max(tokens[:100]) < min(tokens[100:])
    assert len({token[8:] for token in tokens}) == 200
    assert all(len(token) == 32 and int(token, 16) for token in tokens)
    assert keys.token_of(first, 1, "evening")[8:] != other.token_of(first, 1, "evening")[8:]


@pytest.mark.parametrize(
    "value", [["a", 'b"\u00fc', None, True, 0.1 + 0.2], {"1": {"x": []}}, "\ud800", 2**70, [], {"a": "\U0001f600"}]
)
def test_json_is_written_so_that_the_same_is_read(value: Any) -> None:
    assert json.loads(to_json(value)) == value


def test_numbers_as_keys_are_written_as_text() -> None:
    assert json.loads(to_json({1: 2})) == json.loads(json.dumps({1: 2})) == {"1": 2}


def test_draws_are_even_and_the_same_for_the_same_names() -> None:
    keys = InstallationKeys.derive("ab" * 32)
    draws = [keys.draw(enrolment, "evening", "2026-03-02", "strategy") for enrolment in range(2000)]
    assert draws == [keys.draw(enrolment, "evening", "2026-03-02", "strategy") for enrolment in range(2000)]
    assert all(0 <= draw < 1 for draw in draws)
    tenths = [sum(tenth <= draw * 10 < tenth + 1 for draw in draws) for tenth in range(10)]
    assert all(150 < count < 250 for count in tenths)
    assert keys.draw(1, 12) != keys.draw(11, 2)


def prefixes_of(table: Any) -> list[list[str]]:
    """The columns of every index, unique key and primary key, in order."""
    keys = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    found = [[column.name for column in key.columns] for key in (*table.indexes, *keys, table.primary_key)]
    return found + [[column.name] for column in table.columns if column.unique]


def test_every_foreign_key_is_the_beginning_of_an_index() -> None:
    bare = [
        f"{table.name}.{key.column_keys}"
        for table in Base.metadata.sorted_tables
        for key in table.foreign_key_constraints
        if not any(found[: len(key.column_keys)] == list(key.column_keys) for found in prefixes_of(table))
    ]
    assert bare == []


OF_A_LIBRARY = ("clinic_text", "ready_answer")  # a clinic's own words, about nobody


def test_every_instant_in_the_schema_is_a_utc_instant_and_personal_data_is_encrypted() -> None:
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if column.name.endswith("_at") and "time" in repr(column.type).lower():
                assert isinstance(column.type, UtcInstant) or column.name in ("evening_at", "bedtime_at"), column
            if column.name in ("phone", "first_name", "body", "wording") and table.name not in OF_A_LIBRARY:
                assert isinstance(column.type, EncryptedText), column


def test_the_unique_keys_that_never_two_stands_on_hold_in_the_database(runtime: Runtime, clock: TestClock) -> None:
    at_eight(runtime, clock)
    tick(runtime)
    for table in (OutboxMessage,):
        [row] = rows(runtime.engine, table)
        again = {name: value for name, value in row._mapping.items() if name not in ("id", "token", "provider_sid")}
        with pytest.raises(IntegrityError), write_transaction(runtime.engine) as connection:
            connection.execute(insert(table).values(**again, token="another"))


def test_sqlite_holds_foreign_keys_and_rolls_back_whole(sqlite_engine: Engine) -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)

    def half_right() -> None:
        with write_transaction(sqlite_engine) as connection:
            connection.execute(insert(Clinic).values(name="left over", created_at=at))
            stranger = {"clinic_id": 999, "number_hash": "x", "language": "en", "time_zone": "UTC", "created_at": at}
            connection.execute(insert(Participant).values(stranger))

    with pytest.raises(IntegrityError):
        half_right()
    with read_transaction(sqlite_engine) as connection:
        assert connection.execute(select(Clinic)).all() == []


@pytest.mark.parametrize("address", ["", "nonsense", "mysql://h/db", "postgres://h:port/db", "postgres://[::1/db"])
def test_what_is_no_database_address_is_one_sentence(address: str) -> None:
    with pytest.raises(ValueError, match=r"DATABASE_URL (is not a database address|names mysql)"):
        open_engine(address)


def test_instants_are_read_whatever_the_servers_style_of_dates(postgres_copies: PostgresCopies) -> None:
    address = make_url(postgres_copies.copy())
    engine = open_engine(address.render_as_string(hide_password=False))
    with write_transaction(engine) as connection:
        for setting in ("datestyle = 'SQL, DMY'", "timezone = 'Asia/Kolkata'"):
            connection.execute(text(f'ALTER DATABASE "{address.database}" SET {setting}'))
    engine.dispose()
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert stored_instant(engine, noon) == noon
    engine.dispose()


def test_no_row_is_blamed_for_a_session_that_was_ended_inside_a_savepoint(postgres_copies: PostgresCopies) -> None:
    engine, blamed = open_engine(postgres_copies.copy()), []

    def ended_by_another(_rows: Sequence[int]) -> None:
        mine = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": mine})
        connection.execute(text("SELECT 1"))

    connection = engine.connect()
    transaction = connection.begin()
    for _ in ("where the session ends", "where it has ended before"):
        with pytest.raises((OperationalError, PendingRollbackError)):
            isolate_failures(connection, [1, 2, 3], ended_by_another, lambda row, _error: blamed.append(row))
    assert blamed == []
    transaction.close()
    connection.close()
    engine.dispose()


def test_postgres_addresses_of_every_spelling_are_accepted() -> None:
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        engine = open_engine(f"{scheme}://user@localhost/db")
        assert engine.url.drivername == "postgresql+psycopg"
        engine.dispose()


def test_writers_on_sqlite_wait_for_their_turn_and_not_by_asking_again(tmp_path: Path) -> None:
    """Without patience, SQLite refuses at once whoever comes while another writes."""
    engine = open_engine(f"sqlite:///{tmp_path / 'turns.sqlite3'}")

    @event.listens_for(engine, "connect")
    def impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout=0")

    with write_transaction(engine) as connection:
        connection.execute(text("CREATE TABLE counted (n INTEGER)"))
        connection.execute(text("INSERT INTO counted VALUES (0)"))

    come = Semaphore(0)

    def count(_: int) -> None:
        come.release()
        with write_transaction(engine) as connection:
            n = connection.execute(text("SELECT n FROM counted")).scalar_one()
            for _ in range((n == 0) + (n < 79)):  # until somebody else wants a turn too
                come.acquire()
            connection.execute(text("UPDATE counted SET n = :n"), {"n": n + 1})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(80)))
    with read_transaction(engine) as connection:
        assert connection.execute(text("SELECT n FROM counted")).scalar_one() == 80
    engine.dispose()
