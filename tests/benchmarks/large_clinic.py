"""A large clinic as years of use leave it, made in a minute or two: what `dev.py bench pages` opens.

Everyone has some weeks of evenings and a name and number of their own, encrypted; one in twenty-five has stopped. Their
last answers are kept as texts, of which one in thirty waits for a coach. Half of them are a coach's; all are the
lead's. The audit log has as many rows as there are participants.
"""

from datetime import timedelta

from sqlalchemy import Connection, Engine, bindparam, insert, select, text, update

from coach.accounts.sign_ins import add_account
from coach.adherence.standings import renew_standings
from coach.database.name_sheets import list_names
from coach.database.schema import load_keys, upgrade
from coach.database.tables import InboundReply
from coach.summaries.compute import stored_batches
from schedules.database.encryption import InstallationKeys, keyring
from schedules.database.engine import read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.database.tables.safety import Flag
from tests.benchmarks.bench_summary import NOW, SERIES, WEEK, fill, run, stamp

NAMES = ("Maria", "George", "Dolores", "Walter", "Ana", "Ruth", "Kenji", "Lucía", "Howard", "Leilani", "Edith", "Sam")
ROLES = ("lead", "coach", "researcher", "admin")
TEXTS = """
INSERT INTO inbound_reply (id, message_sid, participant_id, number_hash, body, received_at, for_coach, closed_at)
{series} SELECT id, CAST(id AS VARCHAR), id, CAST(id AS VARCHAR), :body, :at, id % 10 = 0,
                CASE WHEN id % 30 > 0 THEN {at} END FROM n
"""
COACHED = """
UPDATE outbox_message SET kind = 'answer', body = :body WHERE id <= :people AND id % 20 = 0
"""
LOGGED = """
INSERT INTO audit_event (at, clinic_id, actor, action, subject, detail, hash)
{series} SELECT {at}, 1, 'lead@example.org', CASE WHEN id % 10 = 0 THEN 'changed' ELSE 'viewed' END,
                'participant ' || id, '{{}}', '' FROM n
"""
WORDS = {"sqlite": ":at", "postgresql": "CAST(:at AS timestamptz)"}
# Phones of participants: +1 555 555 0000 to 9999 and on.
FIRST_PHONE = 12_000_000_000


def seed(engine: Engine, people: int, evenings: int) -> None:
    """Make it in an empty database."""
    upgrade(engine, NOW)
    fill(engine, people, evenings)
    keys = load_keys(engine)
    with write_transaction(engine) as connection:
        for role in ROLES:
            add_account(connection, f"{role}@example.org", role, 1, "correct horse battery", NOW)
        _introduce(connection, people, keys)
        _let_write(connection, people)
    list(stored_batches(engine, WEEK, NOW))
    while renew_standings(engine, NOW)["standings"]:
        pass
    while list_names(engine)["listed"]:
        pass
    # PostgreSQL counts rows by itself in the hours after; SQLite never does, and nor do we.
    postgresql = engine.dialect.name == "postgresql"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if postgresql else "DROP TABLE sqlite_stat1"))


def account_of(engine: Engine, role: str) -> int:
    """The id of the one account with a role."""
    with read_transaction(engine) as connection:
        return connection.execute(select(CoachAccount.id).where(CoachAccount.role == role)).scalar_one()


def _introduce(connection: Connection, people: int, keys: InstallationKeys) -> None:
    """Names and numbers; half of them a coach's, some stopped, some invited."""
    phones = {id: f"+{FIRST_PHONE + id}" for id in range(1, people + 1)}
    named = update(Participant).where(Participant.id == bindparam("whose"))
    given = [
        {"whose": id, "first_name": NAMES[id % len(NAMES)], "phone": phone, "number_hash": keys.number_hash(phone)}
        for id, phone in phones.items()
    ]
    connection.execute(named, given)
    coach = select(CoachAccount.id).where(CoachAccount.role == "coach").scalar_subquery()
    connection.execute(update(Participant).where(Participant.id % 2 == 0).values(coach_id=coach))
    gone = {"next_due_at": None, "next_due_on": None, "next_slot": None}
    connection.execute(update(Enrolment).where(Enrolment.id % 25 == 0).values(status="stopped", **gone))
    connection.execute(update(Enrolment).where(Enrolment.id % 25 == 1, Enrolment.id > 1).values(status="invited"))


def _let_write(connection: Connection, people: int) -> None:
    """Texts both ways, flags, texts that did not arrive, and the log."""
    kind = connection.dialect.name
    body = keyring().encrypt("why every night?")
    words = {"series": SERIES[kind], "at": WORDS[kind]}
    given = {"people": people, "at": stamp(NOW - timedelta(hours=20), kind), "body": body}
    for sql in (TEXTS, COACHED, LOGGED):
        run(connection, sql, words, given)
    connection.execute(update(OutboxMessage).where(OutboxMessage.enrolment_id == 1).values(body="Want to stretch?"))
    missed = OutboxMessage.state == "undelivered"
    connection.execute(update(OutboxMessage).where(missed).values(body="Want to stretch?", error_code=30003))
    waiting = range(30, people + 1, 300)
    flags = [{"participant_id": id, "reply_id": id, "kind": "medical", "opened_at": NOW} for id in waiting]
    connection.execute(insert(Flag), flags)
    connection.execute(update(InboundReply).where(InboundReply.id == 1).values(for_coach=True, closed_at=None))
