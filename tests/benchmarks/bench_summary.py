"""Throughput of the weekly summary: `python dev.py bench summary [--people N …] [--evenings N] [--url postgres://…]`.

Everyone has five weeks of evenings, most of them answered. The ceiling beside it is the bare aggregate: one statement
that sums up the week's texts and answers per participant, and nothing else: no baseline, reasons or storage. Each size
runs in a process of its own, so that its peak memory is its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine, text

from coach.database.schema import upgrade
from coach.summaries.compute import stored_batches
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine, read_transaction, write_transaction
from tests.support import DATA_KEY

SUNDAY = date(2026, 3, 8)
WEEK, NOW = "2026-W10", datetime(2026, 3, 13, 12, tzinfo=UTC)
EVENINGS = 35
ROUNDS = 3
# What a text looks like in the database: encrypted, and longer than what was sent.
BODY = "g" * 260

SERIES = {
    "sqlite": "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < :people)",
    "postgresql": "WITH n(id) AS (SELECT * FROM generate_series(1, :people))",
}
WORDS = {
    "sqlite": {"at": ":at", "true": "1"},
    "postgresql": {"at": "CAST(:at AS timestamptz)", "true": "TRUE"},
}
PARTICIPANTS = """
INSERT INTO participant (id, clinic_id, number_hash, language, time_zone, created_at)
{series} SELECT id, 1, CAST(id AS VARCHAR), 'en', 'America/New_York', :at FROM n
"""
ENROLMENTS = """
INSERT INTO enrolment (id, participant_id, programme, cadence, policy, status, starts_on, evening_at, exclude, tags,
                       next_due_at, next_due_on, next_slot)
{series} SELECT id, id, 'evening', 'daily', 'rotation', 'active', :starts_on, '20:00', '[]', '[]',
                :at, :due_on, 'evening' FROM n
"""
# One for each person stands for those of all evenings: a summary asks only whether a question had a step.
DECISIONS = """
INSERT INTO decision (id, enrolment_id, slot, local_on, decided_at, available, eligible, probabilities, policy,
                      policy_version, action, covariates, facts)
{series} SELECT id, id, 'evening', :starts_on, :at, {true}, '["stretching"]', '{{"stretching": 1.0}}', 'rotation',
                1, 'stretching', '{{}}', '{{}}' FROM n
"""
# One in a hundred texts does not arrive; a person in twenty does not answer at all.
MESSAGES = """
INSERT INTO outbox_message (id, enrolment_id, kind, slot, local_on, body, token, state, due_at, expires_at, accepted_at,
                            created_at)
{series} SELECT :base + id, id, 'nudge', 'evening', :on, :body, CAST(:base + id AS VARCHAR),
                CASE WHEN (id * 7 + :day * 13) % 100 = 0 THEN 'undelivered' ELSE 'delivered' END,
                :at, :at, :at, :at FROM n
"""
CHECK_INS = """
INSERT INTO check_in (enrolment_id, asked_on, outbox_message_id, step_decision_id, score, score_at, habit, habit_at)
{series} SELECT id, :on, :base + id, id,
                CASE WHEN {answers} THEN (id + :day * 5) % 9 END, CASE WHEN {answers} THEN {at} END,
                CASE WHEN {answers} THEN (id + :day) % 3 > 0 END, CASE WHEN {answers} THEN {at} END FROM n
"""
ANSWERS = "id % 20 > 0 AND (id * 31 + :day * 17) % 10 < 7 AND (id * 7 + :day * 13) % 100 > 0"
BARE = """
SELECT p.id, w.texts, w.arrived, w.answered, w.done, w.not_done, w.score_sum
FROM participant p
LEFT JOIN (SELECT c.enrolment_id, COUNT(*) AS texts, SUM(CASE WHEN o.state = 'delivered' THEN 1 ELSE 0 END) AS arrived,
                  COUNT(c.score) AS answered, SUM(CASE WHEN c.habit THEN 1 ELSE 0 END) AS done,
                  SUM(CASE WHEN NOT c.habit THEN 1 ELSE 0 END) AS not_done, SUM(c.score) AS score_sum
           FROM check_in c JOIN outbox_message o ON o.id = c.outbox_message_id
           WHERE c.asked_on BETWEEN :monday AND :sunday GROUP BY c.enrolment_id) w
       ON w.enrolment_id = p.id
ORDER BY p.id
"""


def fill(engine: Engine, people: int, evenings: int) -> None:
    """Everyone, and their evenings up to the Sunday that is summed up."""
    kind = engine.dialect.name
    words = {"series": SERIES[kind], "answers": ANSWERS, **WORDS[kind]}
    starts_on = SUNDAY - timedelta(days=evenings - 1)
    with write_transaction(engine) as connection:
        common = {
            "people": people,
            "at": stamp(NOW, kind),
            "starts_on": starts_on,
            "due_on": SUNDAY + timedelta(days=9),
        }
        connection.execute(
            text("INSERT INTO clinic (id, name, created_at) VALUES (1, 'Clinic', :at)"), {"at": common["at"]}
        )
        for sql in (PARTICIPANTS, ENROLMENTS, DECISIONS):
            run(connection, sql, words, common)
    for day in range(evenings):
        with write_transaction(engine) as connection:
            on = starts_on + timedelta(days=day)
            given = common | {"on": on, "day": day, "base": day * people, "body": BODY}
            given["at"] = stamp(datetime(on.year, on.month, on.day, 23, tzinfo=UTC), kind)
            for sql in (MESSAGES, CHECK_INS):
                run(connection, sql, words, given)
    # What PostgreSQL does by itself in the hours after so many rows: without it no index alone can answer.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE" if kind == "postgresql" else "ANALYZE"))


def run(connection: Any, sql: str, words: dict[str, str], given: dict[str, Any]) -> None:
    statement = text(sql.format(**words))
    connection.execute(statement, {name: value for name, value in given.items() if f":{name}" in statement.text})


def stamp(at: datetime, kind: str) -> Any:
    return at.strftime("%Y-%m-%d %H:%M:%S.000000") if kind == "sqlite" else at


def seconds_of_bare(engine: Engine) -> float:
    """The aggregate alone, every row fetched and dropped."""
    with read_transaction(engine) as connection:
        begun = perf_counter()
        given = {"monday": SUNDAY - timedelta(days=6), "sunday": SUNDAY}
        rows = connection.execution_options(stream_results=True).execute(text(BARE), given)
        assert sum(1 for _ in rows) > 0
        return perf_counter() - begun


def seconds_of_summary(engine: Engine, people: int) -> float:
    """The whole summary, computed, judged and stored."""
    with write_transaction(engine) as connection:
        connection.execute(text("DELETE FROM weekly_summary"))
    begun = perf_counter()
    stored = sum(count for _, count in stored_batches(engine, WEEK, NOW))
    seconds = perf_counter() - begun
    assert stored == people, stored
    return seconds


def measure(url: str, people: int, evenings: int) -> dict[str, float]:
    """Fill a database, run both in turns, and tell the medians and the peak memory of this process, in MB."""
    install_keyring(Keyring([DATA_KEY]))
    engine = open_engine(url)
    upgrade(engine, NOW)
    fill(engine, people, evenings)
    before = peak()
    bare, whole = [], []
    for _ in range(ROUNDS):
        bare.append(seconds_of_bare(engine))
        whole.append(seconds_of_summary(engine, people))
    assert sum(count for _, count in stored_batches(engine, WEEK, NOW)) == 0, "the same again is no new version"
    engine.dispose()
    ratio = median(one / ceiling for one, ceiling in zip(whole, bare, strict=True))
    return {"bare": median(bare), "whole": median(whole), "ratio": ratio, "before": before, "peak": peak()}


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: list[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="dev.py bench summary")
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000], help="sizes to measure")
    parser.add_argument("--evenings", type=int, default=EVENINGS, help="evenings of history for everyone")
    parser.add_argument("--url", help="an empty PostgreSQL database to use instead of SQLite, for one size")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one:
        print(json.dumps(measure(given.url, given.people[0], given.evenings)))
        return
    table = Table(f"weekly summary, {given.evenings} evenings of history", "bare SQL", "summary", "ratio", "memory, MB")
    for people in given.people:
        with tempfile.TemporaryDirectory() as folder:
            told = in_its_own_process(given.url or f"sqlite:///{folder}/bench.sqlite3", people, given.evenings)
        memory = f"{told['before']:.0f} before, {told['peak']:.0f} at most"
        table.add_row(f"{people:,}", f"{told['bare']:.2f} s", f"{told['whole']:.2f} s", f"{told['ratio']:.1f}", memory)
    Console(width=110).print(table)


def in_its_own_process(url: str, people: int, evenings: int) -> dict[str, float]:
    """So that the peak memory of a size is its own."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_summary", "--one", "--url", url]
    command += ["--people", str(people), "--evenings", str(evenings)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main(sys.argv[1:])
