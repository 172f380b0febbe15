"""Webhook latency while the same web processes serve a heavy request: `bench webhook --beside …`.

A signed text every tenth of a second to gunicorn as deployed: alone, beside the load, and alone again. Fails if a text
is lost or the limits of `tests.benchmarks.limits` do not hold.
"""

import http.client
import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

from rich.console import Console
from rich.table import Table

from coach.accounts.sign_ins import ensure_clinic, find_clinic
from coach.database.schema import load_keys
from coach.participants.roster import ImportRequest, preview
from coach.runtime import Runtime
from coach.web.app import create_app
from content.catalogue import load_catalogue
from schedules.database.engine import open_engine, read_transaction, write_transaction
from schedules.gateway.protocol import SimulatedGateway
from tests.benchmarks import bench_webhook as webhook
from tests.benchmarks import limits
from tests.coach.web.coaches import PASSWORD, sign_in
from tests.support import person, roster, settings_for

EVERY, SIGN_INS, ROWS, WARM_UP = 0.1, 120, 5_000, 20
EMAIL, COOKIE = "bench@clinic.test", "__Host-coach"
KINDS = ("import", "sign-ins", "export")


def main(kind: str, texts: int) -> int:
    """Measure, print one table and what does not hold. Returns the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'coach.sqlite3'}"
        webhook.set_up(url, WARM_UP + 2 * texts)
        cookie, preview_cpu = prepare(url)
        requests = webhook.signed_requests(WARM_UP + 2 * texts, 0)
        first, last = WARM_UP + texts // 2, WARM_UP + texts // 2 + texts
        with webhook.served_by_gunicorn(webhook.OURS, url) as (port, _):
            one_by_one(port, requests[:WARM_UP])  # both processes have answered before
            with limits.measuring_slowness() as before:
                idle = one_by_one(port, requests[WARM_UP:first])
            with beside(kind, Target(port, cookie, url, Path(folder))) as done:
                loaded = one_by_one(port, requests[first:last])
            with limits.measuring_slowness() as after:
                idle += one_by_one(port, requests[last:])
        slowness = (before[0] + after[0]) / 2
        measured = limits.Measured(idle, loaded, len(requests), count_replies(url), preview_cpu, slowness)
    print_table(kind, measured, done)
    return 1 if limits.exceeded(measured) else 0


def one_by_one(port: int, requests: list[bytes]) -> list[float | None]:
    """Send each at its time, whatever became of those before it; the seconds each took, None for no 200."""

    def send(at: float, request: bytes) -> float | None:
        time.sleep(max(0.0, at - time.monotonic()))
        began = time.monotonic()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
            connection.connect()
            connection.sock.sendall(request)
            answer = http.client.HTTPResponse(connection.sock)
            answer.begin()
            answer.read()
            connection.close()
        except OSError:
            return None
        return time.monotonic() - began if answer.status == 200 else None

    start = time.monotonic()
    with ThreadPoolExecutor(160) as senders:
        return list(senders.map(lambda pair: send(start + pair[0] * EVERY, pair[1]), enumerate(requests)))


class Target:
    """A server under load, and a coach signed in there."""

    def __init__(self, port: int, cookie: str, url: str, folder: Path) -> None:
        self.port, self.cookie, self.url, self.folder = port, cookie, url, folder

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "", cookie: str = "") -> tuple[int, str, str]:
        """Status, page and cookie of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": f"{COOKIE}={cookie or self.cookie}"} | ({"Content-Type": kind} if kind else {})
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        page = answer.read().decode(errors="replace")
        given = re.search(r"coach=([^;]+)", answer.headers.get("Set-Cookie", ""))
        return answer.status, page, given[1] if given else cookie or self.cookie


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]


def preview_again_and_again(target: Target, over: Event, begun: Callable[[], None]) -> list[str]:
    """Previews on a page and one whole import by the command."""
    data = roster(*people())
    file = target.folder / "people.csv"
    file.write_bytes(data)
    add = ["coaches", "add", "another@x.example", "--role", "coach", "--clinic", "Another", "--password-stdin"]
    subprocess.run(
        [sys.executable, "-m", "coach", *add],
        env=webhook.environment(target.url),
        input="four quiet words here\n",
        text=True,
        check=True,
    )
    importing = subprocess.Popen(
        [sys.executable, "-m", "coach", "participants", "import", str(file), "--clinic", "Another"],
        env=webhook.environment(target.url),
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds: list[float] = []
    begun()
    try:
        while not (seconds and over.is_set()):
            began = time.monotonic()
            _, page, cookie = target.ask("GET", "/enrol/")
            status, page, _ = target.ask("POST", "/enrol/file", *multipart(data, token_of(page)), cookie)
            assert (status, f"{ROWS} to enrol" in page) == (200, True), (status, page[:500])
            seconds.append(time.monotonic() - began)
    finally:
        said = importing.communicate()[0].strip()
    return [
        f"{len(seconds)} previews of {ROWS:,} rows, {max(seconds):.1f} s at most",
        f"meanwhile, by command: {said}",
    ]


def sign_in_all_at_once(target: Target, over: Event, begun: Callable[[], None]) -> list[str]:
    begun()
    began = time.monotonic()

    def one(_: int) -> int:
        with suppress(OSError, http.client.HTTPException):  # a server that lets go of it after thirty seconds
            _, page, cookie = target.ask("GET", "/sign-in", cookie="none")
            form = urlencode({"email": EMAIL, "password": PASSWORD, "csrf_token": token_of(page)}).encode()
            return target.ask("POST", "/sign-in", form, "application/x-www-form-urlencoded", cookie)[0]
        return 0

    with ThreadPoolExecutor(SIGN_INS) as people:
        statuses = list(people.map(one, range(SIGN_INS)))
    let_in = sum(status in (302, 303) for status in statuses)
    assert let_in
    assert set(statuses) <= {302, 303, 503, 0}, statuses
    return [f"{let_in} of {SIGN_INS} sign-ins at once let in, the last after {time.monotonic() - began:.1f} s"]


def export_again_and_again(target: Target, over: Event, begun: Callable[[], None]) -> list[str]:
    exports, command = 0, [sys.executable, "-m", "coach", "export"]
    begun()
    while not (exports and over.is_set()):
        folder = target.folder / f"export-{exports}"
        subprocess.run(
            [*command, str(folder)], env=webhook.environment(target.url), check=True, stdout=subprocess.DEVNULL
        )
        status, page, _ = target.ask("GET", "/summary/?format=csv")
        assert status == 200, (status, page[:500])
        exports += 1
    return [f"{exports} exports"]


LOADS: dict[str, Callable[[Target, Event, Callable[[], None]], list[str]]] = {
    "import": preview_again_and_again,
    "sign-ins": sign_in_all_at_once,
    "export": export_again_and_again,
}


@contextmanager
def beside(kind: str, target: Target) -> Iterator[list[str]]:
    """The load runs for as long as the block, in a process of its own; what it has to say is there afterwards."""
    apart = multiprocessing.get_context("spawn")
    over, begun, queue, said = apart.Event(), apart.Event(), apart.Queue(), list[str]()
    process = apart.Process(target=run_load, args=(kind, target, over, begun, queue))
    process.start()
    while process.is_alive() and not begun.wait(0.1):
        pass
    try:
        yield said
    finally:
        over.set()
        said += queue.get()
        process.join()
    if process.exitcode:
        raise SystemExit("The load failed, so that nothing was measured beside it.")


def run_load(kind: str, target: Target, over: Event, begun: Event, queue: Any) -> None:
    said: list[str] = []
    try:
        said = LOADS[kind](target, over, begun.set)
    finally:
        queue.put(said)


def prepare(url: str) -> tuple[str, float]:
    """A coach's session, and the CPU seconds of one preview by itself."""
    engine, now = open_engine(url), datetime.now(UTC)
    keys, catalogue = load_keys(engine), load_catalogue()
    runtime = Runtime(settings_for(url), engine, catalogue, keys, SimulatedGateway(), lambda: datetime.now(UTC))
    app = create_app(runtime)
    with write_transaction(engine) as connection:
        ensure_clinic(connection, "Clinic", now)
    browser = sign_in(app, runtime, "lead", email=EMAIL)
    cookie = browser.client.get_cookie(COOKIE)
    assert cookie
    with read_transaction(engine) as connection:
        clinic_id = find_clinic(connection, "Clinic")
    data, began = roster(*people()), time.thread_time()
    done = preview(engine, data, ImportRequest(clinic_id, catalogue, keys, now))
    took = time.thread_time() - began
    assert done.count("created") == ROWS, done.errors[:3]
    engine.dispose()
    return cookie.value, took


def people() -> Iterator[dict[str, str]]:
    for number in range(ROWS):
        yield person(number, phone=f"+1646{555 + number // 10_000}{number % 10_000:04d}", first_name=f"Name {number}")


def multipart(data: bytes, token: str) -> tuple[bytes, str]:
    edge = "benchmark-edge"
    field = f'--{edge}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
    file = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n\r\n'
    return (field + file).encode() + data + f"\r\n--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"


def count_replies(url: str) -> int:
    from sqlalchemy import func, select  # noqa: PLC0415  (only to count at the end)

    from coach.database.tables import InboundReply  # noqa: PLC0415  (only to count at the end)

    engine = open_engine(url)
    with read_transaction(engine) as connection:
        kept = connection.execute(select(func.count()).select_from(InboundReply)).scalar_one()
    engine.dispose()
    return int(kept)


def print_table(kind: str, measured: limits.Measured, told: list[str]) -> None:
    table = Table(f"a text every {EVERY * 1000:.0f} ms", "texts", "lost", "p50 ms", "p99 ms", "longest ms")
    for name, waits in (("idle, before and after", measured.idle), (f"beside {kind}", measured.beside)):
        took = sorted(wait * 1000 for wait in waits if wait is not None)
        lost, cuts = len(waits) - len(took), quantiles(took, n=100)
        table.add_row(name, f"{len(waits)}", f"{lost}", f"{cuts[49]:.0f}", f"{cuts[98]:.0f}", f"{took[-1]:.0f}")
    times = limits.p99(measured.beside) / limits.p99(measured.idle)
    console = Console(width=110)
    console.print(table)
    console.print(
        f"p99 beside is {times:.1f} times p99 idle; up to {limits.longest_p99(measured) * 1000:.0f} ms are allowed, as "
        f"a second of work takes {measured.slowness:.1f} s here."
    )
    console.print(f"One preview of {ROWS:,} rows by itself: {measured.preview_cpu:.2f} s of CPU.")
    for line in (*told, *limits.exceeded(measured)):
        console.print(line)
