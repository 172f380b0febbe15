"""Many requests at once, to gunicorn with two processes: no text waits for a page, and no page for one slow one."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.test_procfile import ROOT, STOPS_WITHIN, wait_for
from tests.served import free_port

SLOW = 2  # seconds
APPLICATION = f"""
import time
def app(environ, start_response):
    time.sleep({SLOW} if environ["PATH_INFO"] == "/slow" else 0.005)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
"""


@contextmanager
def web(folder: Path) -> Iterator[int]:
    (folder / "slow_app.py").write_text(APPLICATION)
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "-w", "2", "--pythonpath", str(folder)]
    with subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}", "slow_app:app"], cwd=ROOT, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/quick", "ok", process)
            yield port
        finally:
            process.terminate()
            process.wait(STOPS_WITHIN)


def test_nobody_waits_behind_one_slow_page(tmp_path: Path) -> None:
    with web(tmp_path) as port, ThreadPoolExecutor(31) as clients:
        slow = clients.submit(seconds_of, port, "GET", "/slow")
        time.sleep(0.3)
        waits = list(clients.map(lambda _: seconds_of(port, "GET", "/quick"), range(30)))
        assert slow.result() >= SLOW
    assert max(waits) < SLOW


def test_no_text_waits_for_as_many_forms_and_pages_as_may_come_at_once(tmp_path: Path) -> None:
    with web(tmp_path) as port, ThreadPoolExecutor(120) as clients:
        forms = [clients.submit(seconds_of, port, "POST", "/slow") for _ in range(8)]
        pages = [clients.submit(seconds_of, port, "GET", "/slow") for _ in range(100)]
        time.sleep(0.5)
        waits = [seconds_of(port, "POST", "/sms/inbound") for _ in range(10)]
        assert not any(one.done() and one.result() < SLOW for one in (*forms, *pages))
        for one in pages:
            one.cancel()
    assert max(waits) < SLOW


def seconds_of(port: int, method: str, path: str) -> float:
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        client.sendall(head.encode())
        client.makefile("rb").read()
    return time.monotonic() - begun
