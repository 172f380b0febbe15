"""Throughput of planning on SQLite: `python -m tests.benchmarks.bench_planning`. Prints one table.

Everyone has thirty evenings of history, answered, before the evening that is measured. Ceiling: the rows that planning
wrote, inserted once more into a copy of the database as it was before, by the driver alone. The ratio is one of CPU
time, so that it holds on a busy machine.
"""

import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Connection, Engine, insert, select, update

from coach.database.schema import load_keys, upgrade
from coach.runtime import tune_interpreter
from content.catalogue import load_catalogue
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import PRAGMAS, open_engine, write_transaction
from schedules.database.tables.clinics import Clinic
from schedules.database.tables.evenings import CheckIn, Decision
from schedules.database.tables.messages import OutboxMessage
from schedules.database.tables.people import Enrolment, Participant
from schedules.planning.planner import plan_due
from tests.support import DATA_KEY

DUE_AT = datetime(2026, 3, 3, 1, tzinfo=UTC)  # 20:00 of 2 March in New York
EVENINGS = 30
PEOPLE = 4000
IDLE = (1_000, 1_000_000)
# A row as large as a real one.
CHANCES = dict.fromkeys(load_catalogue().strategies, 1 / len(load_catalogue().strategies))
FACTS = {"refused": dict.fromkeys(list(CHANCES)[:5], "last_evening"), "recent": list(CHANCES)[:4], "text_draw": 1 / 3}


def main() -> None:
    """Measure and print."""
    install_keyring(Keyring([DATA_KEY]))
    table = Table(f"planning on SQLite, {EVENINGS} evenings of history", "figure")
    with tempfile.TemporaryDirectory() as folder:
        for policy in ("rotation", "adaptive"):
            planned = time_to_plan(Path(folder) / f"{policy}.sqlite3", PEOPLE, policy)
            table.add_row(f"people planned a second, {policy}", f"{PEOPLE / planned.seconds:,.0f}")
            table.add_row("  a second of CPU", f"{PEOPLE / planned.cpu:,.0f}")
            table.add_row(
                f"  bare inserts of their {planned.rows:,} rows, a second of CPU", f"{PEOPLE / planned.bare:,.0f}"
            )
            table.add_row("  of the bare inserts", f"{planned.bare / planned.cpu:.2f}")
        for people in IDLE:
            seconds = seconds_when_idle(Path(folder) / f"idle-{people}.sqlite3", people)
            table.add_row(f"a pass with nothing due, {people:,} participants", f"{seconds * 1000:.2f} ms")
    Console(width=100).print(table)


@dataclass(frozen=True, slots=True)
class Planned:
    """What an evening took: seconds, those of CPU, and the CPU of inserting the rows it wrote by the driver alone."""

    seconds: float
    cpu: float
    bare: float
    rows: int


def time_to_plan(path: Path, people: int, policy: str) -> Planned:
    """The time to plan everyone's evening, decisions, texts and check-ins written."""
    engine = opened(path)
    enrol(engine, people, policy, DUE_AT)
    with write_transaction(engine) as connection:
        write_history(connection, people)
    engine.dispose()  # which writes the log back into the file
    before = path.with_suffix(".before")
    shutil.copyfile(path, before)
    catalogue, keys = load_catalogue(), load_keys(engine)
    tune_interpreter()  # as a worker does at its start
    begun, cpu_begun = perf_counter(), process_time()
    totals = plan_due(engine, catalogue, keys, DUE_AT)
    seconds, cpu = perf_counter() - begun, process_time() - cpu_begun
    assert totals["planned"] == people, totals
    engine.dispose()
    return Planned(seconds, cpu, *insert_bare(before, path, people))


def insert_bare(into: Path, planned: Path, people: int) -> tuple[float, int]:
    """Insert into one database what the other has more of; the CPU seconds, and how many rows."""
    with closing(sqlite3.connect(planned)) as source:
        rows = {
            table: source.execute(f"SELECT * FROM {table} WHERE {key} > ?", [EVENINGS * people]).fetchall()
            for table, key in (("decision", "id"), ("outbox_message", "id"), ("check_in", "outbox_message_id"))
        }
    assert all(len(some) == people for some in rows.values()), {table: len(some) for table, some in rows.items()}
    with closing(sqlite3.connect(into)) as target:
        for pragma in PRAGMAS:
            target.execute(f"PRAGMA {pragma}")
        begun = process_time()
        for table, some in rows.items():
            target.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(some[0]))})", some)
        target.commit()
        return process_time() - begun, sum(map(len, rows.values()))


def seconds_when_idle(path: Path, people: int) -> float:
    """The median time of a planning pass when nobody is due for an hour."""
    engine = opened(path)
    enrol(engine, people, "rotation", DUE_AT + timedelta(hours=1))
    catalogue, keys, times = load_catalogue(), load_keys(engine), []
    for _ in range(20):
        begun = perf_counter()
        assert not sum(plan_due(engine, catalogue, keys, DUE_AT).values())
        times.append(perf_counter() - begun)
    engine.dispose()
    return median(times)


def opened(path: Path) -> Engine:
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine, DUE_AT)
    return engine


def enrol(engine: Engine, people: int, policy: str, due_at: datetime) -> None:
    with write_transaction(engine) as connection:
        connection.execute(insert(Clinic).values(id=1, name="Clinic", created_at=DUE_AT))
        for first in range(1, people + 1, 10_000):
            ids = range(first, min(people + 1, first + 10_000))
            connection.execute(insert(Participant), [participant(id) for id in ids])
            connection.execute(insert(Enrolment), [enrolment(id, policy, due_at) for id in ids])


def participant(id: int) -> dict[str, Any]:
    return {
        "id": id,
        "clinic_id": 1,
        "number_hash": f"{id:064x}",
        "language": "en",
        "time_zone": "America/New_York",
        "created_at": DUE_AT,
    }


def enrolment(id: int, policy: str, due_at: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "participant_id": id,
        "programme": "evening",
        "cadence": "daily",
        "policy": policy,
        "status": "active",
        "starts_on": (DUE_AT - timedelta(days=EVENINGS + 1)).date(),
        "evening_at": datetime(2026, 1, 1, 20).time(),  # noqa: DTZ001  (a wall time)
        "exclude": [],
        "tags": [],
        "next_due_at": due_at,
        "next_due_on": (DUE_AT - timedelta(days=1)).date(),
        "next_slot": "evening",
    }


def write_history(connection: Connection, people: int) -> None:
    """Thirty decisions each, sent, delivered and answered."""
    drawn = random.Random(1)
    texts = [(id, text.id) for id, one in load_catalogue().strategies.items() for text in one.texts["en"]]
    for day in range(EVENINGS, 0, -1):
        at = DUE_AT - timedelta(days=day)
        on = at.date() - timedelta(days=1)
        connection.execute(insert(Decision), [decision(id, at, on, drawn.choice(texts)) for id in range(1, people + 1)])
        base = (EVENINGS - day) * people
        connection.execute(insert(OutboxMessage), list(sent(base, people, at, on, drawn)))
        connection.execute(
            insert(CheckIn),
            [
                {
                    "enrolment_id": id,
                    "asked_on": on,
                    "outbox_message_id": base + id,
                    "score": drawn.randrange(3, 9),
                    "score_at": at,
                    "habit": drawn.random() < 0.7,
                }
                for id in range(1, people + 1)
            ],
        )
    assert connection.execute(select(Decision.id).order_by(Decision.id.desc()).limit(1)).scalar() == EVENINGS * people
    connection.execute(update(Enrolment).values(heard_at=DUE_AT - timedelta(hours=20)))


def decision(id: int, at: datetime, on: Any, drawn: tuple[str, str]) -> dict[str, Any]:
    strategy, text = drawn
    return {
        "enrolment_id": id,
        "slot": "evening",
        "local_on": on,
        "decided_at": at,
        "available": True,
        "eligible": list(CHANCES),
        "probabilities": CHANCES,
        "policy": "rotation",
        "policy_version": 1,
        "draw": 0.5,
        "action": strategy,
        "text_id": text,
        "text_version": 1,
        "covariates": {},
        "facts": FACTS,
    }


def sent(base: int, people: int, at: datetime, on: Any, drawn: random.Random) -> Iterator[dict[str, Any]]:
    for id in range(1, people + 1):
        yield {
            "id": base + id,
            "enrolment_id": id,
            "decision_id": base + id,
            "kind": "nudge",
            "slot": "evening",
            "local_on": on,
            "body": "",
            "token": f"{on:%Y%m%d}{drawn.getrandbits(96):024x}",
            "state": "delivered",
            "due_at": at,
            "expires_at": at,
            "created_at": at,
        }


if __name__ == "__main__":
    main()
