"""Server response times of every page: `python dev.py bench pages [--people N] [--file F] [--url postgres://…]`.

Every address of the application that an account can open, as a lead, a coach with half of the clinic and an admin; and
lists searched, filtered, sorted and at their end. The figures are the first opening, which starts from nothing, the
median of the others, its processor time (on a machine that is busy with other things the one that says something, with
SQLite; PostgreSQL's own is not in it) and the processor time until the first bytes, which for a file that is streamed
come long before its last. `--file` keeps the clinic, which takes a minute to make, for the next time.
"""

import argparse
import logging
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import structlog
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, inspect
from werkzeug.routing import Rule

from coach.database.schema import load_keys
from coach.runtime import Runtime
from coach.web.app import create_app
from content.lint import load_checked
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine
from schedules.gateway.protocol import MemoryGateway
from tests.benchmarks.bench_summary import NOW, WEEK
from tests.benchmarks.large_clinic import account_of, seed
from tests.support import DATA_KEY, session_of, settings_for

PEOPLE, EVENINGS, ROUNDS = 10_000, 14, 3
MOST = 300  # ms at the server, beyond which a row is marked
ROLES = ("lead", "coach", "admin", "researcher")
# Machines and files of ours, steps of signing in, and pages for participants.
NO_PAGES = ("static", "security", "health", "metrics", "unsubscribe", "own_page", "join_form")
FIRST: Mapping[str, str] = {"name": "welcome", "strategy": "stretching"}
# Beyond what each address shows by itself.
MORE = (
    "/participants/?page=2000",
    "/participants/?q=luc",
    "/participants/?q=luc&page=100",
    "/participants/?q=zz",
    "/participants/?q=77",
    "/participants/?sort=legs",
    "/participants/?sort=answered",
    "/participants/?sort=next",
    "/participants/?status=needing",
    "/participants/?status=stopped",
    "/participants/?coach=coach@example.org",
    "/participants/?coach=nobody&q=ana",
    "/?page=100",
    "/inbox/?page=100",
    "/inbox/?folder=unknown",
    "/inbox/?folder=failed",
    "/inbox/?folder=failed&page=400",
    "/inbox/?folder=sent",
    "/inbox/?folder=sent&page=2000",
    "/inbox/?folder=closed",
    "/inbox/?folder=closed&page=200",
    "/inbox/?kind=crisis&owner=nobody",
    "/inbox/search?q=why",
    "/inbox/search?q=zz",
    f"/summary/?week={WEEK}",
    f"/summary/?week={WEEK}&page=2000",
    f"/summary/summary.csv?week={WEEK}",
    "/log/?page=2000",
    "/log/?who=lead",
    "/log/?what=changed",
    "/log/?about=77",
    "/log/?about=nobody",
    "/log/?from=2026-03-01&until=2026-03-14",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One page: ms of the first opening, the median of the later ones, its processor time, and until it starts."""

    first: float
    later: float
    busy: float
    starts: float
    queries: int


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="dev.py bench pages")
    parser.add_argument("--people", type=int, default=PEOPLE, help="participants of the clinic")
    parser.add_argument("--evenings", type=int, default=EVENINGS, help="evenings of history for everyone")
    parser.add_argument("--file", type=Path, help="the SQLite file to keep the clinic in; one that is there is used")
    parser.add_argument("--url", help="an empty PostgreSQL database, or one seeded before, to use instead of SQLite")
    parser.add_argument("--only", default="", help="only addresses with this in them")
    parser.add_argument("--roles", nargs="+", default=ROLES, choices=ROLES)
    given = parser.parse_args(arguments)
    install_keyring(Keyring([DATA_KEY]))
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(given.url or f"sqlite:///{given.file or Path(folder, 'bench.sqlite3')}")
        if not inspect(engine).has_table("participant"):
            seed(engine, given.people, given.evenings)
        print(f"{'ms':>47}first  median processor  starts queries")
        for role in given.roles:
            for path in addresses(engine, role, given.only):
                print(_line(role, path, measure(engine, role, path)), flush=True)
        engine.dispose()


def _line(role: str, path: str, found: Measured) -> str:
    slow = "  slow" if found.starts > MOST else ""
    times = f"{found.first:8.0f}{found.later:8.0f}{found.busy:10.0f}{found.starts:8.0f}{found.queries:8}"
    return f"{role:<11}{path:<45}{times}{slow}"


def addresses(engine: Engine, role: str, only: str) -> Iterator[str]:
    """Everything with these words in it that a role can open."""
    app = _app(engine)
    client = signed_in(app, engine, role)
    for path in (*sorted({address_of(rule) for rule in _pages(app)}), *MORE):
        if only in path and client.get(path, buffered=False).status_code == 200:
            yield path


def _pages(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.endpoint.partition(".")[0] not in NO_PAGES:
            yield rule


def address_of(rule: Rule) -> str:
    """The rule with the first of everything; a flag's, a participant's."""
    built = rule.rule
    for name in rule.arguments:
        for converter in ("int:", "path:", ""):
            built = built.replace(f"<{converter}{name}>", FIRST.get(name, "1"))
    return built


def measure(engine: Engine, role: str, path: str) -> Measured:
    """Open a page some times, in front of an application of its own."""
    client = signed_in(_app(engine), engine, role)
    times, busy, starts, queries = [], [], [], []
    for _ in range(ROUNDS + 1):
        with counted(engine) as statements:
            begun, begun_busy = perf_counter(), process_time()
            answer = client.get(path, buffered=False)
            parts = iter(answer.response)
            next(parts, b"")
            starts.append(1000 * (process_time() - begun_busy))
            for _ in parts:
                pass
            answer.close()
            times.append(1000 * (perf_counter() - begun))
            busy.append(1000 * (process_time() - begun_busy))
        queries.append(len(statements))
        assert answer.status_code == 200, (path, answer.status_code)
    return Measured(times[0], median(times[1:]), median(busy[1:]), median(starts[1:]), queries[-1])


def _app(engine: Engine) -> Flask:
    url = engine.url.render_as_string(hide_password=False)
    return create_app(
        Runtime(settings_for(url), engine, load_checked(), load_keys(engine), MemoryGateway(lambda: NOW), lambda: NOW)
    )


def signed_in(app: Flask, engine: Engine, role: str) -> FlaskClient:
    """A browser of the account with this role."""
    client = app.test_client()
    cookie = session_of(app.extensions["coach"].runtime, account_of(engine, role))
    with client.session_transaction() as session:
        session.update(cookie)
    return client


@contextmanager
def counted(engine: Engine) -> Iterator[Sequence[str]]:
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
