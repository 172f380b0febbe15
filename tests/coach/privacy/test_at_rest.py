"""Personal data at rest: a dump contains none of it, and keys can be rotated while the installation runs."""

import base64
import os
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, text, update

from coach.database.schema import load_keys
from coach.privacy.key_rotation import encrypted_columns, rotate
from coach.runtime import Runtime
from schedules.database.encryption import Keyring, KeysMissingError, install_keyring
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import ConsentEvent, Participant
from schedules.database.types import Base
from tests.commands import environment, run
from tests.support import DATA_KEY, enrol, person, rows, say, tick

NAME, PHONE, WORDS = "Xochitl", "+14155550001", "my calves were on fire, 7, and yes I stretched"
NEW_KEY = base64.urlsafe_b64encode(b"the newer key of the tests only!").decode()


@pytest.fixture(autouse=True)
def _old_keys_again() -> Iterator[None]:
    yield
    install_keyring(Keyring([DATA_KEY]))


@pytest.fixture
def lived_in(runtime: Runtime) -> Runtime:
    """An installation after an evening with an answer, a page and a mail."""
    enrol(runtime, person(1, first_name=NAME))
    runtime.now.forward(hours=10)  # type: ignore[attr-defined]
    tick(runtime)
    say(runtime, PHONE, WORDS)
    say(runtime, PHONE, "I want to kill myself")
    tick(runtime)
    return runtime


def dump(engine: Engine) -> str:
    """Return the whole database as text."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            return "\n".join(connection.iterdump())
    with read_transaction(engine) as connection:
        tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        found = [connection.execute(text(f'SELECT t::text FROM "{name}" t')).scalars().all() for name in tables]
    return "\n".join(str(row) for of_table in found for row in of_table)


def test_a_dump_holds_no_number_name_or_text(lived_in: Runtime) -> None:
    held = dump(lived_in.engine)
    assert len(held) > 2000
    sent = [word for message in rows(lived_in.engine, OutboxMessage) for word in message.body.split() if len(word) > 11]
    for personal in (NAME, NAME.lower(), PHONE, PHONE[2:], "calves", "kill myself", *sent):
        assert personal not in held, personal


def test_every_number_name_and_text_column_is_encrypted() -> None:
    """A new column with such a name must be encrypted, or be listed here with its reason."""
    public = {
        "clinic.name": "an organisation",
        "clinic_text.name": "the clinic's own for a text",
        "clinic_text.body": "a text that everyone may get: it names nobody",
        "ready_answer.name": "the clinic's own for an answer",
        "ready_answer.body": "an answer that anyone may get: it names nobody",
        "sender.name": "a number or service of ours",
        "periodic_job.name": "a job",
        "attempt_count.name": "a keyed hash of what was tried",
        "coach_account.name": "how a colleague wants to be called; their address stands beside it",
    }
    personal = ("phone", "first_name", "name", "body", "answer", "wording", "reading", "note", "html", "secret", "text")
    encrypted = {f"{table.name}.{name}" for table, names in encrypted_columns().items() for name in names}
    named_so = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in personal
    }
    assert named_so - encrypted - set(public) == set()


def test_everything_is_under_the_new_key_afterwards(lived_in: Runtime) -> None:
    engine = lived_in.engine
    before = _readable(engine)
    secret = load_keys(engine)
    install_keyring(Keyring([NEW_KEY, DATA_KEY]))
    done = sum(rotate(engine, Keyring([NEW_KEY, DATA_KEY]), batch=2), Counter[str]())
    assert {"participant.phone", "outbox_message.body", "inbound_reply.reading", "installation.secret"} <= set(done)
    install_keyring(Keyring([NEW_KEY]))
    assert _readable(engine) == before
    assert load_keys(engine) == secret
    assert list(rotate(engine, Keyring([NEW_KEY]))) == []


def _readable(engine: Engine) -> list[object]:
    """Whatever was encrypted of people and texts; the name has to be put on its sheet anew, which changes a mark."""
    people = [(one.phone, one.first_name) for one in rows(engine, Participant)]
    return [people, rows(engine, OutboxMessage)]


def test_a_run_that_was_cut_off_is_taken_up_again(lived_in: Runtime) -> None:
    keys = Keyring([NEW_KEY, DATA_KEY])
    install_keyring(keys)
    whole = sum(_as_many_as(lived_in.engine, keys, 3), Counter[str]()).total()
    rest = sum(rotate(lived_in.engine, keys, batch=1), Counter[str]()).total()
    install_keyring(Keyring([NEW_KEY]))
    assert min(whole, rest) >= 3
    assert rows(lived_in.engine, Participant)[0].first_name == NAME


def test_a_key_taken_out_before_everything_is_under_the_new_one_is_missed_at_once(lived_in: Runtime) -> None:
    """Otherwise a worker would start, fail to decrypt tonight's texts and give up on them."""
    batches = sum(1 for _ in rotate(lived_in.engine, Keyring([NEW_KEY, DATA_KEY]), batch=1))
    list(_as_many_as(lived_in.engine, Keyring([DATA_KEY, NEW_KEY]), batches - 1))
    install_keyring(Keyring([DATA_KEY]))
    assert rows(lived_in.engine, Participant)[0].first_name == NAME
    with pytest.raises(KeysMissingError, match="restore the key"):
        load_keys(lived_in.engine)


def _as_many_as(engine: Engine, keys: Keyring, batches: int) -> Iterator[Counter[str]]:
    running = rotate(engine, keys, batch=1)
    for _ in range(batches):
        yield next(running)


def test_a_writer_at_work_wins(lived_in: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """A participant is renamed between reading the old value and writing the new token."""
    keys = Keyring([NEW_KEY, DATA_KEY])
    install_keyring(keys)

    class Meanwhile(Keyring):
        renamed = False

        def rotate(self, token: str) -> str | None:
            if not self.renamed and keys.decrypt(token) == NAME:
                Meanwhile.renamed = True
                with write_transaction(lived_in.engine) as connection:
                    connection.execute(update(Participant).values(first_name="Yolotl"))
            return super().rotate(token)

    list(rotate(lived_in.engine, Meanwhile([NEW_KEY, DATA_KEY])))
    install_keyring(Keyring([NEW_KEY]))
    assert Meanwhile.renamed
    assert rows(lived_in.engine, Participant)[0].first_name == "Yolotl"


def test_a_value_that_no_key_opens_is_told_and_nothing_is_lost(lived_in: Runtime) -> None:
    stranger = Keyring([base64.urlsafe_b64encode(os.urandom(32)).decode()])
    with pytest.raises(KeysMissingError, match="restore the key"):
        list(rotate(lived_in.engine, stranger))
    assert rows(lived_in.engine, Participant)[0].first_name == NAME


def test_the_command_rotates_and_says_what_to_do_next(lived_in: Runtime, database_url: str) -> None:
    given = environment(database_url, DATA_KEYS=f"{NEW_KEY},{DATA_KEY}")
    told = run(["keys", "rotate"], given)
    assert (told.returncode, told.stderr) == (0, "")
    assert "may leave DATA_KEYS" in told.stdout
    assert run(["participants", "show", "1"], environment(database_url, DATA_KEYS=NEW_KEY)).returncode == 0
    assert run(["participants", "show", "1"], environment(database_url)).returncode == 1
    assert '"values": 0' not in told.stdout
    assert run(["audit", "verify"], environment(database_url, DATA_KEYS=NEW_KEY)).returncode == 0


def test_without_keys_nothing_starts(database_url: str) -> None:
    for command in (["tick"], ["worker"], ["participants", "list"], ["db", "upgrade"], ["keys", "rotate"]):
        told = run(command, environment(database_url, DATA_KEYS=""))
        assert told.returncode == 2
        assert told.stderr.startswith("DATA_KEYS is not set")


def test_consent_wording_is_encrypted_too(lived_in: Runtime) -> None:
    with write_transaction(lived_in.engine) as connection:
        connection.execute(
            insert(ConsentEvent).values(
                participant_id=1,
                kind="confirmed",
                source="text",
                at=lived_in.now(),
                recorded_at=lived_in.now(),
                wording="yes it is Xochitl",
            )
        )
    assert NAME not in dump(lived_in.engine)
