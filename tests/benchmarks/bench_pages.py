"""Server response times of the pages: `python dev.py bench pages [--people N] [--url postgres://…]`. Prints a table.

One clinic, everyone with five weeks of evenings (`--evenings`), encrypted names, the last week's summary stored, three
hundred replies that wait. Each page is opened a few times by its lead. The figures are the first opening and the median
of the others, and the processor time of that median: on a machine that is busy with other things it is the one that
says something (with SQLite; PostgreSQL's own is not in it).
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from time import perf_counter, process_time

from flask.testing import FlaskClient
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, event, insert, select, update

from coach.accounts.sign_ins import add_account
from coach.adherence.standings import renew_standings
from coach.database.schema import load_keys, upgrade
from coach.database.tables import InboundReply
from coach.runtime import Runtime
from coach.summaries.compute import stored_batches
from coach.web.app import create_app
from content.lint import load_checked
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine, read_transaction, write_transaction
from schedules.database.tables.clinics import CoachAccount
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Participant
from schedules.database.tables.safety import Flag
from schedules.gateway.protocol import MemoryGateway
from tests.benchmarks.bench_summary import NOW, WEEK, fill
from tests.support import DATA_KEY, session_of, settings_for

PEOPLE, EVENINGS, WAITING, ROUNDS = 10_000, 35, 300, 5
NAMES = ("Maria", "George", "Dolores", "Walter", "Ana", "Ruth", "Kenji", "Lucía", "Howard", "Leilani", "Edith", "Sam")
PAGES = {
    "home": "/",
    "participants": "/participants/",
    "participants, the last page": "/participants/?page=200",
    "participants by name": "/participants/?q=luc",
    "participants by worst legs": "/participants/?sort=legs",
    "one participant": "/participants/1",
    "what an open conversation asks": "/participants/1/conversation",
    "inbox": "/inbox/",
    "not delivered": "/inbox/?folder=failed",
    "inbox, searched": "/inbox/search?q=why",
    "inbox, sent": "/inbox/?folder=sent",
    "inbox, closed": "/inbox/?folder=closed",
    "inbox, how many wait": "/inbox/waiting",
    "flags": "/flags/",
    "one flag": "/flags/1",
    "words kept": "/kept/",
    "weekly summary": f"/summary/?week={WEEK}",
    "weekly summary, as a file": f"/summary/summary.csv?week={WEEK}",
    "library": "/library/",
    "enrol": "/enrol/",
}


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="dev.py bench pages")
    parser.add_argument("--people", type=int, default=PEOPLE, help="participants of the clinic")
    parser.add_argument("--evenings", type=int, default=EVENINGS, help="evenings of history for everyone")
    parser.add_argument("--url", help="an empty PostgreSQL database to use instead of SQLite")
    given = parser.parse_args(arguments)
    install_keyring(Keyring([DATA_KEY]))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(given.url or f"sqlite:///{folder}/bench.sqlite3")
        seed(engine, given.people, given.evenings)
        table = Table(
            f"{given.people:,} participants, {given.evenings} evenings", "first", "median", "of it processor", "queries"
        )
        for name, path in PAGES.items():
            first, later, busy, queries = measure(engine, path)
            table.add_row(name, f"{first:.0f} ms", f"{later:.0f} ms", f"{busy:.0f} ms", str(queries))
        engine.dispose()
    Console(width=90).print(table)


def seed(engine: Engine, people: int, evenings: int) -> None:
    """The clinic, its lead, and everyone's evenings."""
    upgrade(engine, NOW)
    fill(engine, people, evenings)
    with write_transaction(engine) as connection:
        add_account(connection, "lead@example.org", "lead", 1, "correct horse battery", NOW)
        for number, name in enumerate(NAMES):
            ids = Participant.id % len(NAMES) == number
            connection.execute(update(Participant).where(ids).values(first_name=name, phone="+14155550134"))
        connection.execute(update(OutboxMessage).where(OutboxMessage.enrolment_id == 1).values(body="Want to stretch?"))
        missed = OutboxMessage.state == "undelivered"
        connection.execute(update(OutboxMessage).where(missed).values(body="Want to stretch?", error_code=30003))
        waiting = range(1, min(WAITING, people) + 1)
        connection.execute(
            insert(InboundReply),
            [
                {
                    "id": id,
                    "message_sid": f"SM{id:032x}",
                    "participant_id": id,
                    "number_hash": str(id),
                    "body": "why every night?",
                    "received_at": NOW - timedelta(minutes=id),
                    "for_coach": True,
                }
                for id in waiting
            ],
        )
        flags = [{"participant_id": id, "reply_id": id, "kind": "medical", "opened_at": NOW} for id in waiting][::10]
        connection.execute(insert(Flag), flags)
    list(stored_batches(engine, WEEK, NOW))
    while renew_standings(engine, NOW)["standings"]:
        pass


def measure(engine: Engine, path: str) -> tuple[float, float, float, int]:
    """The first opening, the median of the next and its processor time, in ms, and how many queries a page makes."""
    client = signed_in(engine)
    times, busy = [], []
    for _ in range(ROUNDS + 1):
        with counted(engine) as queries:
            begun, begun_busy = perf_counter(), process_time()
            answer = client.get(path)
            times.append(1000 * (perf_counter() - begun))
            busy.append(1000 * (process_time() - begun_busy))
        assert answer.status_code == 200, (path, answer.status_code)
    return times[0], median(times[1:]), median(busy[1:]), len(queries)


def signed_in(engine: Engine) -> FlaskClient:
    """The lead's browser, in front of an application of its own."""
    url = engine.url.render_as_string(hide_password=False)
    runtime = Runtime(
        settings_for(url), engine, load_checked(), load_keys(engine), MemoryGateway(lambda: NOW), lambda: NOW
    )
    client = create_app(runtime).test_client()
    with read_transaction(engine) as connection:
        lead = connection.execute(select(CoachAccount.id)).scalar_one()
    cookie = session_of(runtime, lead)
    with client.session_transaction() as session:
        session.update(cookie)
    return client


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """The statements executed while a block lasts."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
