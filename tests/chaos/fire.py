"""What is done to the workers of an evening, at random: kills, lost sessions, locks, a clock that jumps."""

import random
import sqlite3
from collections import Counter
from collections.abc import Callable
from ctypes import c_double
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from multiprocessing.sharedctypes import RawValue
from multiprocessing.synchronize import Event
from time import sleep
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, text

from tests.chaos.plan import Plan
from tests.chaos.worker import FastClock, start_worker
from tests.forked import FORKED

HOUR = 3600.0
# Kills from a clock's jump until it is right again.
WRONG_FOR = 3


@dataclass(slots=True)
class Worker:
    """A process, by how many seconds its clock is wrong, and whether it works yet."""

    process: ForkServerProcess
    wrong_by: Any
    begun: Event


@dataclass(slots=True)
class Fire:
    """The workers, and what happens to them. `cut` takes the database away for a moment."""

    engine: Engine
    database_url: str
    twilio_url: str
    clock: FastClock
    plan: Plan
    cut: Callable[[Engine], None]
    drawn: random.Random = field(init=False)
    killed: int = 0
    happened: Counter[str] = field(default_factory=Counter)
    alive: list[Worker] = field(default_factory=list)
    wrong: list[tuple[int, Any]] = field(default_factory=list)
    machine: Any = None

    def __post_init__(self) -> None:
        self.drawn = random.Random(self.plan.seed)
        if self.engine.dialect.name == "sqlite":  # all workers are on the machine of the file
            self.machine = RawValue(c_double, 0.0)

    def start(self) -> None:
        wrong_by = self.machine or RawValue(c_double, 0.0)
        name = f"w{self.killed}-{len(self.alive)}"
        begun, at_once = FORKED.Event(), self.plan.at_once
        process = start_worker(self.database_url, self.twilio_url, self.clock, wrong_by, begun, name, at_once)
        self.alive.append(Worker(process, wrong_by, begun))

    def rage(self) -> None:
        """Everything of the plan, one thing after the other."""
        kinds: dict[str, Callable[[], None]] = {"jumps": self._jump, "sessions": self._end_sessions}
        counts = {"jumps": self.plan.jumps, "sessions": self.plan.sessions}
        due = {kind: Counter(self.drawn.choices(range(self.plan.kills), k=counts[kind])) for kind in kinds}
        every = max(1, self.plan.kills // (self.plan.cuts + 1))
        for _ in range(self.plan.workers):
            self.start()
        while self.killed < self.plan.kills:
            self.alive[0].begun.wait(30)  # or a slow machine would kill all of them before any has sent
            sleep(self.drawn.uniform(*self.plan.pause))
            for kind, act in kinds.items():
                for _ in range(due[kind][self.killed]):
                    act()
                    self.happened[kind] += 1
            self._set_right()
            self._kill_one()
            if self.killed % every == 0 and self.happened["cuts"] < self.plan.cuts:
                self.cut(self.engine)
                self.happened["cuts"] += 1
        self._set_right(everything=True)

    def _kill_one(self) -> None:
        victim = self.alive.pop(self.drawn.randrange(len(self.alive)))
        victim.process.kill()
        victim.process.join()
        self.killed += 1
        self.start()

    def _jump(self) -> None:
        """A machine's clock is set ahead or back by an hour."""
        wrong_by = self.drawn.choice(self.alive).wrong_by
        wrong_by.value = self.drawn.choice((HOUR, -HOUR))
        self.wrong.append((self.killed + WRONG_FOR, wrong_by))

    def _set_right(self, *, everything: bool = False) -> None:
        for until, wrong_by in self.wrong:
            if everything or until <= self.killed:
                wrong_by.value = 0.0
        self.wrong = [one for one in self.wrong if one[0] > self.killed and not everything]

    def _end_sessions(self) -> None:
        """One or two sessions end where they are; on SQLite another process holds the file for a second or two."""
        if self.engine.dialect.name == "sqlite":
            lock(self.engine, self.drawn.uniform(1, 2))
        else:
            end_sessions(self.engine, self.drawn.choice((1, 2)))

    def stop(self) -> None:
        for worker in self.alive:
            worker.process.kill()
            worker.process.join()


def cut_off(engine: Engine) -> None:
    """The database goes away: on PostgreSQL every session ends, on SQLite somebody holds the lock for a while."""
    if engine.dialect.name == "sqlite":
        lock(engine, 1)
    else:
        end_sessions(engine, 1000)


def lock(engine: Engine, seconds: float) -> None:
    """Another process holds the lock of an SQLite file meanwhile."""
    holder = FORKED.Process(target=hold, args=(engine.url.database, seconds), daemon=True)
    holder.start()
    holder.join()


def hold(file: str, seconds: float) -> None:
    """Hold the lock as a program that knows nothing of the order in which ours take turns."""
    connection = sqlite3.connect(file, timeout=60, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    sleep(seconds)
    connection.close()


def end_sessions(engine: Engine, count: int) -> None:
    """End some of the database's other sessions, drawn by the server."""
    # An engine of our own, since disposing of theirs would let go of what its threads hold.
    outside = create_engine(engine.url, poolclass=NullPool)
    others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    with outside.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity "
                f"WHERE {others} ORDER BY random() LIMIT :count) AS drawn"
            ),
            {"count": count},
        )
