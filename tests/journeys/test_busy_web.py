"""Many concurrent requests to gunicorn with two processes: no text waits for a page, no page for a slow one.

A slow answer takes until the test opens a gate, so that whatever is answered before was not waiting for it.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.test_procfile import ROOT, STOPS_WITHIN, wait_for
from tests.served import free_port

PROCESSES = 2
APPLICATION = """
import os
def app(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        os.write(os.open(FOLDER + "/begun", os.O_WRONLY), b".")
        os.open(FOLDER + "/gate", os.O_RDONLY)  # waits until somebody opens it to write
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
"""


@dataclass
class Web:
    """Two processes behind a port, the slow answers they have begun, and the gate these wait for."""

    port: int
    begun: int
    gate: Path

    def wait_until_begun(self, count: int) -> None:
        while count:
            count -= len(os.read(self.begun, count))

    def open_the_gate(self) -> int:
        return os.open(self.gate, os.O_RDWR)

    def ask(self, method: str, path: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as client:
            head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            client.sendall(head.encode())
            return client.makefile("rb").read()[-2:]


@contextmanager
def web(folder: Path) -> Iterator[Web]:
    (folder / "slow_app.py").write_text(f"FOLDER = {str(folder)!r}\n{APPLICATION}")
    os.mkfifo(folder / "begun")
    os.mkfifo(folder / "gate")
    begun, port = os.open(folder / "begun", os.O_RDWR), free_port()
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "-w", str(PROCESSES)]
    with subprocess.Popen(
        [*command, "--pythonpath", str(folder), "-b", f"127.0.0.1:{port}", "slow_app:app"],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/quick", "ok", process)
            yield Web(port, begun, folder / "gate")
        finally:
            os.close(os.open(folder / "gate", os.O_RDWR))
            process.terminate()
            process.wait(STOPS_WITHIN)
            os.close(begun)


def test_nobody_waits_behind_one_slow_page(tmp_path: Path) -> None:
    with web(tmp_path) as there, ThreadPoolExecutor(31) as clients:
        slow = clients.submit(there.ask, "GET", "/slow")
        there.wait_until_begun(1)
        assert set(clients.map(lambda _: there.ask("GET", "/quick"), range(30))) == {b"ok"}
        assert not slow.done()
        gate = there.open_the_gate()
        assert slow.result() == b"ok"
        os.close(gate)


def test_no_text_waits_for_as_many_forms_and_pages_as_may_come_at_once(tmp_path: Path) -> None:
    with web(tmp_path) as there, ThreadPoolExecutor(120) as clients:
        waiting: list[Future[bytes]] = [clients.submit(there.ask, "POST", "/slow") for _ in range(8)]
        waiting += [clients.submit(there.ask, "GET", "/slow") for _ in range(100)]
        there.wait_until_begun(2 * PROCESSES)  # in each process a form and a page: the others wait for their turn
        assert [there.ask("POST", "/sms/inbound") for _ in range(10)] == [b"ok"] * 10
        assert not any(one.done() for one in waiting)
        gate = there.open_the_gate()
        assert {one.result() for one in waiting} == {b"ok"}
        os.close(gate)
